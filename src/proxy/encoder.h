#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "base/buffer.h"
#include "config/config.h"

namespace ravelin::proxy {

using config::Coding;

/// The name of a coding in Content-Encoding.
std::string_view name_of(Coding coding);

/// Encoder gives one body a content coding, piece by piece. All of its memory is taken when it is made
/// or used: 0.3 MiB for gzip, 0.7 MiB for zstd, up to 1.9 MiB for br, at any level. Each call appends to `out`, which
/// the caller owns; false says that the library has failed, mostly for want of memory: what was
/// appended is then no whole body and never will be. One worker's thread.
class Encoder {
 public:
  /// What one call appends at most, if it is given `piece` bytes at most: a whole block of the coding
  /// may have been waiting inside (128 KiB of Brotli) and come out with what it is given.
  static constexpr std::size_t piece = 16 * 1024;
  static constexpr std::size_t most_at_once = 160 * 1024;

  virtual ~Encoder() = default;
  /// Takes in `bytes`. Nothing, or much, may come out.
  [[nodiscard]] virtual bool feed(std::string_view bytes, Chain& out) = 0;
  /// Everything taken in can be decoded from what has come out.
  [[nodiscard]] virtual bool flush(Chain& out) = 0;
  /// Ends the body; only restart() may follow.
  [[nodiscard]] virtual bool finish(Chain& out) = 0;
  /// Makes it ready for another body, of which nothing depends on the one before. False: it cannot be
  /// used again.
  [[nodiscard]] virtual bool restart() = 0;
};

/// Makers; null if there is no memory for one. `level` is within the range of config::CompressionLevel.
std::unique_ptr<Encoder> make_gzip_encoder(std::uint32_t level);
std::unique_ptr<Encoder> make_brotli_encoder(std::uint32_t level);
std::unique_ptr<Encoder> make_zstd_encoder(std::uint32_t level);
std::unique_ptr<Encoder> make_encoder(Coding coding, std::uint32_t level);

}  // namespace ravelin::proxy
