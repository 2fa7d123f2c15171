#pragma once

#include <cstddef>
#include <string_view>

#include "modules/waf/plan/ascii.h"

/// What the library's parsers ask of single bytes, in the locale "C".
namespace ravelin::waf::plan {

constexpr bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
constexpr bool is_alphanumeric(char c) { return (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'z'); }

/// Of a hexadecimal digit; -1 for anything else.
constexpr int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char small = lower(c);
  return small >= 'a' && small <= 'f' ? small - 'a' + 10 : -1;
}

/// `lowered` is in lower case.
constexpr bool starts_with_lowered(std::string_view text, std::string_view lowered) {
  if (text.size() < lowered.size()) return false;
  for (std::size_t i = 0; i < lowered.size(); ++i)
    if (lower(text[i]) != lowered[i]) return false;
  return true;
}
constexpr bool equals_lowered(std::string_view text, std::string_view lowered) {
  return text.size() == lowered.size() && starts_with_lowered(text, lowered);
}

}  // namespace ravelin::waf::plan
