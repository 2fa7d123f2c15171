#include <cstddef>
#include <string>

#include "modules/waf/plan/ascii.h"
#include "modules/waf/plan/rewrite.h"
#include "modules/waf/plan/transform_families.h"

namespace ravelin::waf::plan::family {

// Quotes, "\" and "^" go, blanks and "," and ";" become one blank, none before "/" and "(".
void cmd_line(std::string& value) {
  std::size_t to = 0;
  bool is_after_blank = false;
  for (const char byte : value) {
    switch (byte) {
      case '"':
      case '\'':
      case '\\':
      case '^': continue;
      case ' ':
      case ',':
      case ';':
      case '\t':
      case '\r':
      case '\n':
        if (!is_after_blank) value[to++] = ' ';
        is_after_blank = true;
        continue;
      case '/':
      case '(':
        if (is_after_blank) --to;
        break;
      default: break;
    }
    value[to++] = lower(byte);
    is_after_blank = false;
  }
  value.resize(to);
}

// The library counts its way through the value one byte too early: the last one is never copied by itself, and the one
// after a decoded run is copied unseen. What follows the first NUL is lost.
void sql_hex_decode(std::string& value) {
  const auto peek = [&value](std::size_t index) { return static_cast<unsigned char>(value[index]); };
  std::size_t from = 0;
  std::size_t to = 0;
  while (from + 1 < value.size() && peek(from) != 0) {
    if (peek(from) == '0' && (peek(from + 1) | 0x20) == 'x' && is_hex(peek(from + 2)) && is_hex(peek(from + 3))) {
      for (from += 2; is_hex(peek(from)) && is_hex(peek(from + 1)); from += 2)
        value[to++] = static_cast<char>(hex_pair(peek(from), peek(from + 1)));
    }
    value[to++] = value[from++];
  }
  value.resize(to < value.size() ? to : value.size());
  const std::size_t end = value.find('\0');
  if (end != std::string::npos) value.resize(end);
}

}  // namespace ravelin::waf::plan::family
