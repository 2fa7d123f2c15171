#include "http/hops.h"

#include <algorithm>
#include <string>

#include "http/chars.h"

namespace ravelin::http {

namespace {

// No honest path is longer; the RFC lets a recipient have a largest value.
constexpr unsigned most_hops = 255;

bool is_number(std::string_view text) {
  const auto is_digit = [](char c) { return chars::is_digit(static_cast<unsigned char>(c)); };
  return !text.empty() && std::all_of(text.begin(), text.end(), is_digit);
}

// One too many is enough to know: so no length of `digits` overflows.
unsigned number_up_to_most(std::string_view digits) {
  unsigned number = 0;
  for (const char c : digits) number = std::min(number * 10 + static_cast<unsigned>(c - '0'), most_hops + 1);
  return number;
}

}  // namespace

Result<bool> count_hop(RequestHead& head) {
  const std::size_t count = head.method == "OPTIONS" ? head.fields.count("max-forwards") : 0;
  if (count == 0) return true;
  const std::string_view value = *head.fields.find("max-forwards");
  if (count > 1 || !is_number(value))
    return Error{"http:max_forwards", "Max-Forwards is not one number", Side::client, 400};
  const unsigned hops = number_up_to_most(value);
  if (hops == 0) return false;
  head.fields.set("max-forwards", std::to_string(hops - 1));
  return true;
}

}  // namespace ravelin::http
