#include <zlib.h>

#include "proxy/encoder.h"

namespace ravelin::proxy {
namespace {

// zlib takes 2^(window bits + 2) + 2^(memory level + 9) bytes: 128 KiB and 128 KiB. The 16 asks for the
// gzip format (RFC 1952) instead of its own.
constexpr int window_bits = 15;
constexpr int memory_level = 8;
constexpr int gzip_format = 16;

class GzipEncoder final : public Encoder {
 public:
  explicit GzipEncoder(int level) : level_(level) {}
  GzipEncoder(const GzipEncoder&) = delete;
  GzipEncoder& operator=(const GzipEncoder&) = delete;
  ~GzipEncoder() override {
    if (is_ready_) deflateEnd(&stream_);
  }

  bool prepare() {
    is_ready_ =
        deflateInit2(&stream_, level_, Z_DEFLATED, window_bits + gzip_format, memory_level, Z_DEFAULT_STRATEGY) == Z_OK;
    return is_ready_;
  }

  bool feed(std::string_view bytes, Chain& out) override { return bytes.empty() || run(bytes, Z_NO_FLUSH, out); }
  bool flush(Chain& out) override { return run({}, Z_SYNC_FLUSH, out); }
  bool finish(Chain& out) override { return run({}, Z_FINISH, out); }
  bool restart() override { return deflateReset(&stream_) == Z_OK; }

 private:
  // Until there is room left over: only then has zlib nothing more to give. Having had nothing to do is
  // Z_BUF_ERROR, which is no failure.
  bool run(std::string_view bytes, int mode, Chain& out) {
    stream_.next_in = reinterpret_cast<z_const Bytef*>(const_cast<char*>(bytes.data()));  // zlib only reads there
    stream_.avail_in = static_cast<uInt>(bytes.size());
    int outcome = Z_OK;
    do {
      const auto room = out.reserve(least_room);
      stream_.next_out = reinterpret_cast<Bytef*>(room.data());
      stream_.avail_out = static_cast<uInt>(room.size());
      outcome = deflate(&stream_, mode);
      out.commit(room.size() - stream_.avail_out);
      if (outcome != Z_OK && outcome != Z_STREAM_END && outcome != Z_BUF_ERROR) return false;
    } while (stream_.avail_out == 0);
    return mode != Z_FINISH || outcome == Z_STREAM_END;
  }

  static constexpr std::size_t least_room = 512;  // so that an end of a block is not filled by crumbs

  z_stream stream_{};
  const int level_;
  bool is_ready_ = false;
};

}  // namespace

std::unique_ptr<Encoder> make_gzip_encoder(std::uint32_t level) {
  auto encoder = std::make_unique<GzipEncoder>(static_cast<int>(level));
  return encoder->prepare() ? std::move(encoder) : nullptr;
}

}  // namespace ravelin::proxy
