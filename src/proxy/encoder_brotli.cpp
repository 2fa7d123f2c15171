#include <brotli/encode.h>

#include "proxy/encoder.h"

namespace ravelin::proxy {
namespace {

// The library gathers twice the window before it has to let anything out, with lists and tables to match:
// up to 1.9 MiB with this one. With the next larger window it would be 2.6 to 18 MiB, by the level, for
// pages that are 1 % smaller.
constexpr std::uint32_t window_bits = 16;

class BrotliEncoder final : public Encoder {
 public:
  BrotliEncoder() : state_(BrotliEncoderCreateInstance(nullptr, nullptr, nullptr)) {}
  BrotliEncoder(const BrotliEncoder&) = delete;
  BrotliEncoder& operator=(const BrotliEncoder&) = delete;
  ~BrotliEncoder() override { BrotliEncoderDestroyInstance(state_); }

  bool prepare(std::uint32_t level) {
    return state_ != nullptr && BrotliEncoderSetParameter(state_, BROTLI_PARAM_QUALITY, level) == BROTLI_TRUE &&
           BrotliEncoderSetParameter(state_, BROTLI_PARAM_LGWIN, window_bits) == BROTLI_TRUE;
  }

  bool feed(std::string_view bytes, Chain& out) override { return run(bytes, BROTLI_OPERATION_PROCESS, out); }
  bool flush(Chain& out) override { return run({}, BROTLI_OPERATION_FLUSH, out); }
  bool finish(Chain& out) override { return run({}, BROTLI_OPERATION_FINISH, out); }
  // The library has no way back to the beginning.
  bool restart() override { return false; }

 private:
  // It keeps what has come out in a buffer of its own, and says where.
  bool run(std::string_view bytes, BrotliEncoderOperation operation, Chain& out) {
    const auto* next_in = reinterpret_cast<const std::uint8_t*>(bytes.data());
    std::size_t left = bytes.size();
    do {
      std::size_t no_room = 0;
      if (BrotliEncoderCompressStream(state_, operation, &left, &next_in, &no_room, nullptr, nullptr) != BROTLI_TRUE) {
        return false;
      }
      std::size_t size = 0;
      const std::uint8_t* const coded = BrotliEncoderTakeOutput(state_, &size);
      out.append(std::string_view(reinterpret_cast<const char*>(coded), size));
    } while (left > 0 || BrotliEncoderHasMoreOutput(state_) == BROTLI_TRUE);
    return operation != BROTLI_OPERATION_FINISH || BrotliEncoderIsFinished(state_) == BROTLI_TRUE;
  }

  BrotliEncoderState* state_;
};

}  // namespace

std::unique_ptr<Encoder> make_brotli_encoder(std::uint32_t level) {
  auto encoder = std::make_unique<BrotliEncoder>();
  return encoder->prepare(level) ? std::move(encoder) : nullptr;
}

}  // namespace ravelin::proxy
