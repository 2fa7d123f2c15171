#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "modules/waf/plan/transform_families.h"

namespace ravelin::waf::plan::family {
namespace {

unsigned char byte_at(const std::string& text, std::size_t index) { return static_cast<unsigned char>(text[index]); }

// By the first byte of a character; 0 for one that no character starts with.
std::size_t character_length(unsigned char first) {
  if ((first & 0xe0) == 0xc0) return 2;
  if ((first & 0xf0) == 0xe0) return 3;
  return (first & 0xf8) == 0xf0 ? 4 : 0;
}

bool is_continued(const std::string& text, std::size_t start, std::size_t length) {
  for (std::size_t i = start + 1; i < start + length; ++i)
    if ((byte_at(text, i) & 0xc0) != 0x80) return false;
  return true;
}

std::uint32_t code_point(const std::string& text, std::size_t start, std::size_t length) {
  std::uint32_t code = byte_at(text, start) & (0x7fU >> length);
  for (std::size_t i = start + 1; i < start + length; ++i) code = code << 6 | (byte_at(text, i) & 0x3fU);
  return code;
}

void append_escape(std::string& to, std::uint32_t code) {
  constexpr std::string_view digits = "0123456789abcdef";
  to += "%u";
  for (int shift = code > 0xfffff ? 20 : code > 0xffff ? 16 : 12; shift >= 0; shift -= 4)
    to += digits[code >> shift & 0xf];
}

bool is_surrogate(std::uint32_t code) { return code >= 0xd800 && code <= 0xdfff; }
bool is_overlong(std::uint32_t code, std::size_t length) {
  constexpr std::uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
  return code < least[length];
}

// Appends what the character at `start` becomes, and gives its length. As the library has it: the first byte of a
// broken character disappears (f5, f6 and f7 do not), and that of one that should not be is there besides.
std::size_t append_character(std::string& to, const std::string& text, std::size_t start) {
  const char first = text[start];
  const std::size_t length = character_length(byte_at(text, start));
  if (length == 0 || byte_at(text, start) >= 0xf5) to += first;
  if (length == 0 || !is_continued(text, start, length)) return 1;
  const std::uint32_t code = code_point(text, start, length);
  append_escape(to, code);
  if (is_surrogate(code)) to += first;
  if (is_overlong(code, length)) to += first;
  return length;
}

}  // namespace

// NULs disappear.
void utf8_to_unicode(std::string& value) {
  std::size_t at = 0;
  while (at < value.size() && static_cast<signed char>(value[at]) > 0) ++at;
  if (at == value.size()) return;
  thread_local std::string out;
  out.assign(value, 0, at);
  while (at < value.size()) {
    const unsigned char byte = byte_at(value, at);
    if (byte >= 0x80) {
      at += append_character(out, value, at);
    } else {
      if (byte != 0) out += value[at];
      ++at;
    }
  }
  value.swap(out);
}

}  // namespace ravelin::waf::plan::family
