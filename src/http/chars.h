#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "base/bytes16.h"
#include "base/chars.h"

namespace ravelin::http::chars {

using namespace ravelin::chars;

// Classes of bytes. The low byte of `name` is the lower-case form of a token character (RFC 9110
// section 5.6.2), 0 for any other; `odd` marks those that CGI-like origins cannot tell from '-'.
inline constexpr std::uint16_t odd = 0x100;

constexpr bool is_blank(char c) { return c == ' ' || c == '\t'; }
constexpr bool is_visible(unsigned char c) { return c > 0x20 && c < 0x7f; }

constexpr std::array<std::uint16_t, 256> make_name_table() {
  std::array<std::uint16_t, 256> table{};
  for (unsigned c = 0; c < 256; ++c) {
    const auto byte = static_cast<unsigned char>(c);
    if (is_digit(byte) || is_alpha(byte) ||
        std::string_view("!#$%&'*+-.^_`|~").find(static_cast<char>(c)) != std::string_view::npos)
      table[c] = static_cast<unsigned char>(to_lower(static_cast<char>(c)));
  }
  for (const char c : std::string_view("!#$%&'*+.^_`|~")) table[static_cast<unsigned char>(c)] |= odd;
  return table;
}
inline constexpr std::array<std::uint16_t, 256> name_table = make_name_table();

constexpr std::uint16_t name_class(char c) { return name_table[static_cast<unsigned char>(c)]; }
constexpr bool is_token_char(char c) { return name_class(c) != 0; }

// Where else a byte may stand as it is.
inline constexpr std::uint8_t in_host = 1;  // a host name or an IPv4 address
inline constexpr std::uint8_t in_query = 2;

constexpr std::array<std::uint8_t, 256> make_place_table() {
  std::array<std::uint8_t, 256> table{};
  for (unsigned c = 0; c < 256; ++c) {
    const auto byte = static_cast<unsigned char>(c);
    if (is_digit(byte) || is_alpha(byte) || c == '-' || c == '_' || c == '.') table[c] |= in_host;
    if (is_visible(byte) && c != '#') table[c] |= in_query;
  }
  return table;
}
inline constexpr std::array<std::uint8_t, 256> place_table = make_place_table();

constexpr std::uint8_t places(char c) { return place_table[static_cast<unsigned char>(c)]; }
constexpr bool is_host_char(char c) { return (places(c) & in_host) != 0; }

/// The index in memory of the first byte of `marked`, loaded from memory, that is not zero.
inline int first_byte(std::uint64_t marked) {
  static_assert(std::endian::native == std::endian::little);
  return std::countr_zero(marked) / 8;
}

/// Marks each control character but HTAB.
inline Bytes16 mark_controls(Bytes16 bytes) {
  return ((bytes >= all16(0)) & (bytes < all16(' ')) & (bytes != all16('\t'))) | (bytes == all16(0x7f));
}
inline bool has_control(Bytes16 bytes) { return is_any(mark_controls(bytes)); }

/// Where the first control character (0x00-0x1f, 0x7f) but HTAB stands in [from, end), or `end`. Many
/// bytes at a time: most values hold none.
inline const char* find_control(const char* from, const char* end) {
  constexpr std::uint64_t ones = 0x0101010101010101;
  const auto is_control = [](char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f; };
  for (; end - from >= 16; from += 16) {
    std::uint64_t marked[2];
    const Bytes16 controls = mark_controls(load16(from));
    std::memcpy(marked, &controls, sizeof marked);
    if (marked[0] != 0) return from + first_byte(marked[0]);
    if (marked[1] != 0) return from + 8 + first_byte(marked[1]);
  }
  while (end - from >= 8) {
    std::uint64_t word;
    std::memcpy(&word, from, 8);
    const std::uint64_t not_del = word ^ (ones * 0x7f);
    // The high bit of each byte below 0x20 or equal to 0x7f. A borrow can only add false ones behind a
    // true one, and the first is asked for.
    const std::uint64_t found = (((word - ones * 0x20) & ~word) | ((not_del - ones) & ~not_del)) & (ones * 0x80);
    if (found == 0) {
      from += 8;
      continue;
    }
    from += first_byte(found);
    if (is_control(*from)) return from;
    ++from;
  }
  while (from != end && !is_control(*from)) ++from;
  return from;
}

}  // namespace ravelin::http::chars
