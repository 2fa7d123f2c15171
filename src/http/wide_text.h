#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

#include "base/bytes16.h"

namespace ravelin::http {

/// The least that is_any_of() takes.
inline constexpr std::size_t wide_text = 8;

/// The first and the last eight bytes of a text that has 8 to 16.
inline Bytes16 load_ends(std::string_view text) {
  using Words = std::uint64_t __attribute__((vector_size(16)));
  std::uint64_t first;
  std::uint64_t last;
  std::memcpy(&first, text.data(), sizeof first);
  std::memcpy(&last, text.data() + text.size() - sizeof last, sizeof last);
  return reinterpret_cast<Bytes16>(Words{first, last});
}

/// Whether `has_one`, which is asked about sixteen bytes at a time, finds one in a text of `wide_text` bytes or more.
/// About some it is asked twice, so that none is left over.
template <class Check>
bool is_any_of(std::string_view text, Check has_one) {
  if (text.size() <= sizeof(Bytes16)) return has_one(load_ends(text));
  const char* const last = text.data() + text.size() - sizeof(Bytes16);
  for (const char* at = text.data(); at < last; at += sizeof(Bytes16))
    if (has_one(load16(at))) return true;
  return has_one(load16(last));
}

}  // namespace ravelin::http
