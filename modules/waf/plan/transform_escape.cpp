#include <cstddef>
#include <string>

#include "modules/waf/plan/rewrite.h"
#include "modules/waf/plan/transform_families.h"

namespace ravelin::waf::plan::family {
namespace {

// Calls `escape` at each backslash, and copies the rest.
template <class Escape>
void decode(std::string& value, Escape escape) {
  const std::size_t first = value.find('\\');
  if (first == std::string::npos) return;
  Rewrite rewrite(value, first);
  while (!rewrite.is_done()) {
    escape(rewrite);
    if (!rewrite.is_done()) rewrite.copy_until('\\');
  }
  rewrite.finish();
}

bool is_f(unsigned char byte) { return (byte | 0x20) == 'f'; }

// The full-width forms of ASCII are U+FF01 to U+FF5E.
unsigned char without_width(unsigned char low, bool is_wide) {
  return is_wide && low > 0 && low < 0x5f ? static_cast<unsigned char>(low + 0x20) : low;
}

// Whether that many digits can say more than a byte: of five or six only with zeroes in front.
bool is_four_digits(const Rewrite& rewrite, std::size_t digits) {
  if (digits == 4) return true;
  if (digits == 5) return rewrite.peek(1) == '0';
  return digits == 6 && rewrite.peek(1) == '0' && rewrite.peek(2) == '0';
}

unsigned char css_character(const Rewrite& rewrite, std::size_t digits) {
  if (digits == 1) return static_cast<unsigned char>(hex_value(rewrite.peek(1)));
  const unsigned char low = hex_pair(rewrite.peek(digits - 1), rewrite.peek(digits));
  if (!is_four_digits(rewrite, digits)) return low;
  return without_width(low, is_f(rewrite.peek(digits - 2)) && is_f(rewrite.peek(digits - 3)));
}

void css_escape(Rewrite& rewrite) {
  std::size_t digits = 0;
  while (digits < 6 && is_hex(rewrite.peek(digits + 1))) ++digits;
  if (digits != 0) {
    const bool takes_blank = digits + 1 < rewrite.left() && is_blank(rewrite.peek(digits + 1));
    rewrite.put(css_character(rewrite, digits), digits + 1 + (takes_blank ? 1 : 0));
  } else if (rewrite.left() == 1) {
    rewrite.skip(1);
  } else if (rewrite.peek(1) == '\n') {
    rewrite.skip(2);
  } else {
    rewrite.put(rewrite.peek(1), 2);
  }
}

std::size_t octal_digits(const Rewrite& rewrite) {
  std::size_t digits = 0;
  while (digits < 3 && is_octal(rewrite.peek(digits + 1))) ++digits;
  return digits;
}

unsigned char octal_value(const Rewrite& rewrite, std::size_t digits) {
  unsigned value = 0;
  for (std::size_t i = 1; i <= digits; ++i) value = value * 8 + (rewrite.peek(i) - unsigned{'0'});
  return static_cast<unsigned char>(value);
}

bool is_hex_run(const Rewrite& rewrite, std::size_t first, std::size_t last) {
  for (std::size_t i = first; i <= last; ++i)
    if (!is_hex(rewrite.peek(i))) return false;
  return true;
}

unsigned char control_letter(unsigned char letter) {
  switch (letter) {
    case 'a': return '\a';
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    case 'v': return '\v';
    default: return letter;
  }
}

void js_octal(Rewrite& rewrite, std::size_t digits) {
  if (digits == 3 && rewrite.peek(1) > '3') digits = 2;
  rewrite.put(octal_value(rewrite, digits), digits + 1);
}

void js_escape(Rewrite& rewrite) {
  if (rewrite.left() == 1) return rewrite.copy(1);
  const unsigned char kind = rewrite.peek(1);
  if (kind == 'u' && is_hex_run(rewrite, 2, 5)) {
    const bool is_wide = is_f(rewrite.peek(2)) && is_f(rewrite.peek(3));
    rewrite.put(without_width(hex_pair(rewrite.peek(4), rewrite.peek(5)), is_wide), 6);
  } else if (kind == 'x' && is_hex_run(rewrite, 2, 3)) {
    rewrite.put(hex_pair(rewrite.peek(2), rewrite.peek(3)), 4);
  } else if (const std::size_t digits = octal_digits(rewrite)) {
    js_octal(rewrite, digits);
  } else {
    rewrite.put(control_letter(kind), 2);
  }
}

void c_escape(Rewrite& rewrite) {
  if (rewrite.left() == 1) return rewrite.copy(1);
  const unsigned char kind = rewrite.peek(1);
  if ((kind | 0x20) == 'x' && is_hex_run(rewrite, 2, 3)) {
    rewrite.put(hex_pair(rewrite.peek(2), rewrite.peek(3)), 4);
  } else if (const std::size_t digits = octal_digits(rewrite)) {
    rewrite.put(octal_value(rewrite, digits), digits + 1);
  } else {
    rewrite.put(control_letter(kind), 2);
  }
}

}  // namespace

// The library takes the result for a C string, so it ends at the first NUL, one that was there before included.
void css_decode(std::string& value) {
  decode(value, css_escape);
  const std::size_t end = value.find('\0');
  if (end != std::string::npos) value.resize(end);
}

void js_decode(std::string& value) { decode(value, js_escape); }
void escape_seq_decode(std::string& value) { decode(value, c_escape); }

}  // namespace ravelin::waf::plan::family
