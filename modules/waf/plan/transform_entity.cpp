#include <climits>
#include <cstddef>
#include <string>
#include <string_view>

#include "modules/waf/plan/rewrite.h"
#include "modules/waf/plan/transform_families.h"

namespace ravelin::waf::plan::family {
namespace {

struct Entity {
  std::string_view name;
  unsigned char byte;
};
constexpr Entity entities[] = {{"quot", '"'}, {"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"nbsp", 0xa0}};

bool is_named(const Rewrite& rewrite, std::string_view name) {
  for (std::size_t i = 0; i < name.size(); ++i)
    if ((rewrite.peek(i + 1) | 0x20) != name[i]) return false;
  return true;
}

// With the semicolon after the entity, which is optional.
std::size_t with_end(const Rewrite& rewrite, std::size_t length) {
  return length < rewrite.left() && rewrite.peek(length) == ';' ? length + 1 : length;
}

void named(Rewrite& rewrite) {
  std::size_t length = 0;
  while (is_letter_or_digit(rewrite.peek(length + 1))) ++length;
  for (const Entity& entity : entities)
    if (entity.name.size() == length && is_named(rewrite, entity.name))
      return rewrite.put(entity.byte, with_end(rewrite, length + 1));
  rewrite.copy(length + 1);
}

bool is_digit_of(unsigned char byte, unsigned base) { return base == 16 ? is_hex(byte) : byte >= '0' && byte <= '9'; }

// The lowest byte; what is too long is the greatest long, as strtol() has it.
unsigned char number(const Rewrite& rewrite, std::size_t first, unsigned base) {
  unsigned long value = 0;
  for (std::size_t i = first; is_digit_of(rewrite.peek(i), base); ++i) {
    const unsigned digit = hex_value(rewrite.peek(i));
    if (value > (static_cast<unsigned long>(LONG_MAX) - digit) / base) return 0xff;
    value = value * base + digit;
  }
  return static_cast<unsigned char>(value);
}

void numeric(Rewrite& rewrite) {
  const unsigned base = (rewrite.peek(2) | 0x20) == 'x' ? 16 : 10;
  const std::size_t first = base == 16 ? 3 : 2;
  std::size_t end = first;
  while (is_digit_of(rewrite.peek(end), base)) ++end;
  if (end == first) return rewrite.copy(first);
  rewrite.put(number(rewrite, first, base), with_end(rewrite, end));
}

}  // namespace

void html_entity_decode(std::string& value) {
  const std::size_t first = value.find('&');
  if (first == std::string::npos) return;
  Rewrite rewrite(value, first);
  while (!rewrite.is_done()) {
    if (rewrite.peek() != '&') {
      rewrite.copy_until('&');
    } else if (rewrite.peek(1) == '#') {
      numeric(rewrite);
    } else {
      named(rewrite);
    }
  }
  rewrite.finish();
}

}  // namespace ravelin::waf::plan::family
