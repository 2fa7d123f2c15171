#pragma once

#include <cstdint>
#include <cstring>

namespace ravelin {

/// Bytes16 is sixteen signed bytes at once, by the vector types of gcc and clang, which know what the machine has.
/// Comparing two gives one in which each byte is 0 or -1.
using Bytes16 = signed char __attribute__((vector_size(16)));

inline Bytes16 load16(const char* from) {
  Bytes16 bytes;
  std::memcpy(&bytes, from, sizeof bytes);
  return bytes;
}

inline void store16(char* to, Bytes16 bytes) { std::memcpy(to, &bytes, sizeof bytes); }

/// Sixteen times the same byte.
constexpr Bytes16 all16(char c) {
  const auto b = static_cast<signed char>(c);
  return Bytes16{b, b, b, b, b, b, b, b, b, b, b, b, b, b, b, b};
}

inline bool is_any(Bytes16 mask) {
  std::uint64_t halves[2];
  std::memcpy(halves, &mask, sizeof halves);
  return (halves[0] | halves[1]) != 0;
}

}  // namespace ravelin
