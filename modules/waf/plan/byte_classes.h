#pragma once

#include <cstdint>
#include <string_view>

namespace ravelin::waf::plan {

/// ByteClasses says which kinds of bytes occur in a value, one bit each. Found in one pass of one table
/// look-up per byte, it proves most transformations to be the identity and most patterns unable to match.
enum class ByteClasses : std::uint32_t {
  none = 0,
  lower = 1U << 0,          // a-z
  upper = 1U << 1,          // A-Z
  digit = 1U << 2,          // 0-9
  underscore = 1U << 3,     // _
  space = 1U << 4,          // blank
  control_space = 1U << 5,  // \t \n \v \f \r
  nul = 1U << 6,
  control = 1U << 7,  // the other bytes below 0x20, and 0x7f
  high = 1U << 8,     // 0x80 and above
  percent = 1U << 9,
  plus = 1U << 10,
  ampersand = 1U << 11,
  backslash = 1U << 12,
  slash = 1U << 13,
  quote = 1U << 14,  // ' " `
  angle = 1U << 15,  // < >
  star = 1U << 16,
  number_sign = 1U << 17,
  caret = 1U << 18,
  list = 1U << 19,  // , ;
  parenthesis = 1U << 20,
  equals = 1U << 21,
  other = 1U << 22,  // what is printable and not named here
  dot = 1U << 23,
  hyphen = 1U << 24,
  word = underscore | dot | hyphen,  // . _ -
};

constexpr ByteClasses operator|(ByteClasses a, ByteClasses b) {
  return static_cast<ByteClasses>(static_cast<std::uint32_t>(a) | static_cast<std::uint32_t>(b));
}
constexpr ByteClasses operator~(ByteClasses a) {
  constexpr std::uint32_t all = (1U << 25) - 1;
  return static_cast<ByteClasses>(~static_cast<std::uint32_t>(a) & all);
}
inline constexpr ByteClasses all_classes = ~ByteClasses::none;

constexpr bool has_any(ByteClasses of, ByteClasses wanted) {
  return (static_cast<std::uint32_t>(of) & static_cast<std::uint32_t>(wanted)) != 0;
}

ByteClasses class_of(unsigned char byte);
ByteClasses classes_of(std::string_view value);

}  // namespace ravelin::waf::plan
