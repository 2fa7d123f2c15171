#include <climits>
#include <string>
#include <string_view>

#include "modules/waf/plan/operator_families.h"
#include "modules/waf/plan/rewrite.h"

namespace ravelin::waf::plan::family {
namespace {

// The number that `text` starts with, as strtoll() reads it: blanks, a sign, digits; 0 if there are none,
// and the greatest or least if it is beyond.
long long number_of(std::string_view text) {
  std::size_t i = 0;
  while (i < text.size() && is_blank(static_cast<unsigned char>(text[i]))) ++i;
  const bool is_negative = i < text.size() && text[i] == '-';
  if (i < text.size() && (text[i] == '-' || text[i] == '+')) ++i;
  long long value = 0;
  for (; i < text.size() && text[i] >= '0' && text[i] <= '9'; ++i) {
    if (__builtin_mul_overflow(value, 10, &value)) return is_negative ? LLONG_MIN : LLONG_MAX;
    const int digit = text[i] - '0';
    if (__builtin_add_overflow(value, is_negative ? -digit : digit, &value)) return is_negative ? LLONG_MIN : LLONG_MAX;
  }
  return value;
}

// @eq takes what is beyond an int for 0, the others do not.
long long small_number_of(std::string_view text) {
  const long long value = number_of(text);
  return value < INT_MIN || value > INT_MAX ? 0 : value;
}

}  // namespace

Compiled compile_number(const Operator& op, const std::string&) {
  if (op.name == "eq")
    return matcher([n = small_number_of(op.argument)](std::string_view value) { return small_number_of(value) == n; });
  const long long n = number_of(op.argument);
  if (op.name == "ge") return matcher([n](std::string_view value) { return number_of(value) >= n; });
  if (op.name == "gt") return matcher([n](std::string_view value) { return number_of(value) > n; });
  if (op.name == "le") return matcher([n](std::string_view value) { return number_of(value) <= n; });
  return matcher([n](std::string_view value) { return number_of(value) < n; });
}

}  // namespace ravelin::waf::plan::family
