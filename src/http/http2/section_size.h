#pragma once

#include <cstddef>
#include <string_view>

#include "http/limits.h"
#include "ravelin/message.h"

namespace ravelin::http::http2 {

/// DecodedText is a name or value as the HPACK decoder hands it out. Static table text lives for ever
/// and needs no copy.
struct DecodedText {
  std::string_view text;
  bool is_static = false;
  bool is_never_indexed = false;  // of a value: RFC 7541 section 6.2.3

  std::string_view keep(Arena& arena) const { return is_static ? text : arena.copy(text); }
};

/// SectionSize holds one decoded field section against the limits (RFC 9113 section 6.5.2: 32 bytes
/// are added for each field, so that empty fields count too).
class SectionSize {
 public:
  explicit SectionSize(const Limits& limits) : limits_(limits) {}
  void clear() { bytes_ = fields_ = crumbs_ = 0; }
  void add(std::string_view name, std::string_view value);

  bool has_too_many_bytes() const { return bytes_ > limits_.head; }
  /// Browsers send each cookie as a field of its own, where HTTP/1.1 has one for all.
  bool has_too_many_fields() const { return fields_ > limits_.fields || crumbs_ > 2 * limits_.fields; }
  bool is_too_large() const { return has_too_many_bytes() || has_too_many_fields(); }
  /// Far beyond what an honest peer could have meant: not worth decoding on for a 431.
  bool is_bomb() const { return bytes_ > bomb_factor * limits_.head; }
  std::size_t bytes() const { return bytes_; }

 private:
  // One byte of HPACK can stand for 4 KiB: with 16 KiB heads, 128 KiB are looked at before the stream
  // is reset, some 100 microseconds; the points of FloodBudget stop it after 50 such heads.
  static constexpr std::size_t bomb_factor = 8;

  const Limits& limits_;
  std::size_t bytes_ = 0;
  std::size_t fields_ = 0;  // pseudo fields not counted: they are the request line
  std::size_t crumbs_ = 0;  // fields named cookie
};

}  // namespace ravelin::http::http2
