#include <zstd.h>

#include "proxy/encoder.h"

namespace ravelin::proxy {
namespace {

// 64 KiB, of the 8 MiB that a client must be able to hold (RFC 9659). A block is as large. With these
// tables an encoder takes 0.7 MiB.
constexpr int window_bits = 16;
constexpr int table_bits = 15;

class ZstdEncoder final : public Encoder {
 public:
  ZstdEncoder() : stream_(ZSTD_createCStream()) {}
  ZstdEncoder(const ZstdEncoder&) = delete;
  ZstdEncoder& operator=(const ZstdEncoder&) = delete;
  ~ZstdEncoder() override { ZSTD_freeCStream(stream_); }

  bool prepare(int level) {
    return stream_ != nullptr && is_good(ZSTD_CCtx_setParameter(stream_, ZSTD_c_compressionLevel, level)) &&
           is_good(ZSTD_CCtx_setParameter(stream_, ZSTD_c_windowLog, window_bits)) &&
           is_good(ZSTD_CCtx_setParameter(stream_, ZSTD_c_hashLog, table_bits)) &&
           is_good(ZSTD_CCtx_setParameter(stream_, ZSTD_c_chainLog, table_bits));
  }

  bool feed(std::string_view bytes, Chain& out) override { return run(bytes, ZSTD_e_continue, out); }
  bool flush(Chain& out) override { return run({}, ZSTD_e_flush, out); }
  bool finish(Chain& out) override { return run({}, ZSTD_e_end, out); }
  bool restart() override { return is_good(ZSTD_CCtx_reset(stream_, ZSTD_reset_session_only)); }

 private:
  static bool is_good(std::size_t code) { return ZSTD_isError(code) == 0; }

  // A feed is over when all is taken in; a flush or the end when nothing is left inside.
  bool run(std::string_view bytes, ZSTD_EndDirective directive, Chain& out) {
    ZSTD_inBuffer input{bytes.data(), bytes.size(), 0};
    for (;;) {
      const auto room = out.reserve(least_room);
      ZSTD_outBuffer output{room.data(), room.size(), 0};
      const std::size_t left = ZSTD_compressStream2(stream_, &output, &input, directive);
      out.commit(output.pos);
      if (!is_good(left)) return false;
      if (directive == ZSTD_e_continue ? input.pos == input.size : left == 0) return true;
    }
  }

  static constexpr std::size_t least_room = 512;  // so that an end of a block is not filled by crumbs

  ZSTD_CStream* stream_;
};

}  // namespace

std::unique_ptr<Encoder> make_zstd_encoder(std::uint32_t level) {
  auto encoder = std::make_unique<ZstdEncoder>();
  return encoder->prepare(static_cast<int>(level)) ? std::move(encoder) : nullptr;
}

}  // namespace ravelin::proxy
