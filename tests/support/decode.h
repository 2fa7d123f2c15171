#pragma once

#include <brotli/decode.h>
#include <zlib.h>
#include <zstd.h>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

/// The libraries' own decoders, for what the gateway has coded.
namespace ravelin::testing {

/// Decoded is what could be decoded: all that the bytes given say, also if the body goes on.
struct Decoded {
  std::string text;
  bool is_whole = false;  // the end of the body was there, and nothing behind it
};

inline Decoded decode_gzip(std::string_view coded) {
  Decoded decoded;
  z_stream stream{};
  if (inflateInit2(&stream, 15 + 16) != Z_OK) return decoded;
  std::string input(coded);
  stream.next_in = reinterpret_cast<Bytef*>(input.data());
  stream.avail_in = static_cast<uInt>(input.size());
  std::array<char, 65536> room;
  int outcome = Z_OK;
  do {
    stream.next_out = reinterpret_cast<Bytef*>(room.data());
    stream.avail_out = room.size();
    outcome = inflate(&stream, Z_SYNC_FLUSH);
    decoded.text.append(room.data(), room.size() - stream.avail_out);
  } while (outcome == Z_OK);
  decoded.is_whole = outcome == Z_STREAM_END && stream.avail_in == 0;
  inflateEnd(&stream);
  return decoded;
}

inline Decoded decode_brotli(std::string_view coded) {
  Decoded decoded;
  BrotliDecoderState* const state = BrotliDecoderCreateInstance(nullptr, nullptr, nullptr);
  std::size_t left = coded.size();
  const auto* next = reinterpret_cast<const std::uint8_t*>(coded.data());
  std::array<std::uint8_t, 65536> room;
  BrotliDecoderResult result = BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT;
  while (result == BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT) {
    std::size_t free = room.size();
    std::uint8_t* out = room.data();
    result = BrotliDecoderDecompressStream(state, &left, &next, &free, &out, nullptr);
    decoded.text.append(reinterpret_cast<const char*>(room.data()), room.size() - free);
  }
  decoded.is_whole = result == BROTLI_DECODER_RESULT_SUCCESS && left == 0;
  BrotliDecoderDestroyInstance(state);
  return decoded;
}

inline Decoded decode_zstd(std::string_view coded) {
  Decoded decoded;
  ZSTD_DStream* const stream = ZSTD_createDStream();
  ZSTD_inBuffer input{coded.data(), coded.size(), 0};
  std::array<char, 65536> room;
  std::size_t left = 1;
  bool is_full = true;
  while (left != 0 && (input.pos < input.size || is_full)) {
    ZSTD_outBuffer output{room.data(), room.size(), 0};
    left = ZSTD_decompressStream(stream, &output, &input);
    if (ZSTD_isError(left) != 0) break;
    decoded.text.append(room.data(), output.pos);
    is_full = output.pos == output.size;
  }
  decoded.is_whole = left == 0 && input.pos == input.size;
  ZSTD_freeDStream(stream);
  return decoded;
}

/// By the name of the coding in Content-Encoding; empty is the identity.
inline Decoded decode(std::string_view coding, std::string_view coded) {
  if (coding == "gzip") return decode_gzip(coded);
  if (coding == "br") return decode_brotli(coded);
  if (coding == "zstd") return decode_zstd(coded);
  return {std::string(coded), true};
}

}  // namespace ravelin::testing
