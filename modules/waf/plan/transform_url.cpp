#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "modules/waf/plan/rewrite.h"
#include "modules/waf/plan/transform_families.h"
#include "modules/waf/plan/unicode_map.h"

namespace ravelin::waf::plan::family {
namespace {

bool is_hex_run(const Rewrite& rewrite, std::size_t first, std::size_t last) {
  for (std::size_t i = first; i <= last; ++i)
    if (!is_hex(rewrite.peek(i))) return false;
  return true;
}

// What is no escape stays.
void byte_escape(Rewrite& rewrite) {
  if (is_hex_run(rewrite, 1, 2)) return rewrite.put(hex_pair(rewrite.peek(1), rewrite.peek(2)), 3);
  rewrite.copy(1);
}

unsigned char character(const Rewrite& rewrite) {
  const unsigned high = hex_pair(rewrite.peek(2), rewrite.peek(3));
  const unsigned low = hex_pair(rewrite.peek(4), rewrite.peek(5));
  const int mapped = ascii_of(static_cast<std::uint16_t>(high * 256 + low));
  if (mapped >= 0) return static_cast<unsigned char>(mapped);
  const bool is_wide = high == 0xff && low > 0 && low < 0x5f;
  return static_cast<unsigned char>(is_wide ? low + 0x20 : low);
}

void wide_escape(Rewrite& rewrite) {
  if ((rewrite.peek(1) | 0x20) != 'u') return byte_escape(rewrite);
  if (is_hex_run(rewrite, 2, 5)) return rewrite.put(character(rewrite), 6);
  rewrite.copy(2);
}

template <class Escape>
void decode(std::string& value, Escape escape) {
  std::size_t first = 0;
  while (first < value.size() && value[first] != '%' && value[first] != '+') ++first;
  if (first == value.size()) return;
  Rewrite rewrite(value, first);
  while (!rewrite.is_done()) {
    const unsigned char byte = rewrite.peek();
    if (byte == '%') {
      escape(rewrite);
    } else {
      rewrite.put(byte == '+' ? ' ' : byte, 1);
    }
  }
  rewrite.finish();
}

}  // namespace

void url_decode(std::string& value) { decode(value, byte_escape); }
void url_decode_uni(std::string& value) { decode(value, wide_escape); }

void url_encode(std::string& value) {
  constexpr std::string_view digits = "0123456789abcdef";
  thread_local std::string encoded;
  encoded.clear();
  for (const char byte : value) {
    const auto code = static_cast<unsigned char>(byte);
    if (byte == ' ') {
      encoded += '+';
    } else if (byte == '*' || is_letter_or_digit(code)) {
      encoded += byte;
    } else {
      encoded += {'%', digits[code >> 4], digits[code & 0xf]};
    }
  }
  value.swap(encoded);
}

}  // namespace ravelin::waf::plan::family
