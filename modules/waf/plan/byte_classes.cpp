#include "modules/waf/plan/byte_classes.h"

#include <array>
#include <cstddef>

namespace ravelin::waf::plan {
namespace {

constexpr ByteClasses printable_class(unsigned char byte) {
  switch (byte) {
    case ' ': return ByteClasses::space;
    case '_': return ByteClasses::underscore;
    case '.': return ByteClasses::dot;
    case '-': return ByteClasses::hyphen;
    case '%': return ByteClasses::percent;
    case '+': return ByteClasses::plus;
    case '&': return ByteClasses::ampersand;
    case '\\': return ByteClasses::backslash;
    case '/': return ByteClasses::slash;
    case '\'':
    case '"':
    case '`': return ByteClasses::quote;
    case '<':
    case '>': return ByteClasses::angle;
    case '*': return ByteClasses::star;
    case '#': return ByteClasses::number_sign;
    case '^': return ByteClasses::caret;
    case ',':
    case ';': return ByteClasses::list;
    case '(':
    case ')': return ByteClasses::parenthesis;
    case '=': return ByteClasses::equals;
    default: return ByteClasses::other;
  }
}

constexpr ByteClasses find_class(unsigned char byte) {
  if (byte >= 'a' && byte <= 'z') return ByteClasses::lower;
  if (byte >= 'A' && byte <= 'Z') return ByteClasses::upper;
  if (byte >= '0' && byte <= '9') return ByteClasses::digit;
  if (byte >= 0x80) return ByteClasses::high;
  if (byte >= '\t' && byte <= '\r') return ByteClasses::control_space;
  if (byte == 0) return ByteClasses::nul;
  if (byte < 0x20 || byte == 0x7f) return ByteClasses::control;
  return printable_class(byte);
}

constexpr auto table = [] {
  std::array<std::uint32_t, 256> classes{};
  for (unsigned byte = 0; byte < classes.size(); ++byte)
    classes[byte] = static_cast<std::uint32_t>(find_class(static_cast<unsigned char>(byte)));
  return classes;
}();

std::uint32_t bits(char byte) { return table[static_cast<unsigned char>(byte)]; }

}  // namespace

ByteClasses class_of(unsigned char byte) { return static_cast<ByteClasses>(table[byte]); }

// Four sums, so that no look-up waits for the one before it.
ByteClasses classes_of(std::string_view value) {
  const char* at = value.data();
  const char* const end = at + value.size();
  std::uint32_t a = 0;
  std::uint32_t b = 0;
  std::uint32_t c = 0;
  std::uint32_t d = 0;
  for (; end - at >= 8; at += 8) {
    a |= bits(at[0]) | bits(at[4]);
    b |= bits(at[1]) | bits(at[5]);
    c |= bits(at[2]) | bits(at[6]);
    d |= bits(at[3]) | bits(at[7]);
  }
  for (; at != end; ++at) a |= bits(*at);
  return static_cast<ByteClasses>(a | b | c | d);
}

}  // namespace ravelin::waf::plan
