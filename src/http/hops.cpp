#include "http/hops.h"

#include <algorithm>
#include <string>

#include "http/chars.h"
#include "http/fields.h"

namespace ravelin::http {

namespace {

// No honest path is longer; the RFC lets a recipient have a largest value.
constexpr unsigned most_hops = 255;

// Gateways of one name may stand behind each other, but hardly that many.
constexpr std::size_t most_rounds = 8;

// Of "1.1 name (comment)" the name.
std::string_view received_by(std::string_view item) {
  item = trim(item.substr(std::min(item.find_first_of(" \t"), item.size())));
  return item.substr(0, item.find_first_of(" \t"));
}

std::size_t count_rounds(const HeaderList& fields, std::string_view name) {
  std::size_t rounds = 0;
  for (const Field& field : fields) {
    if (field.name != "via") continue;
    ListItems items(field.value);
    while (const auto item = items.next()) rounds += received_by(*item) == name ? 1 : 0;
  }
  return rounds;
}

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

Result<void> add_via(RequestHead& head, std::string_view name) {
  if (count_rounds(head.fields, name) >= most_rounds)
    return Error{"http:loop",
                 "the request has come through '" + std::string(name) + "' again and again: it goes in a circle",
                 Side::client, 508};
  head.fields.add_view("via", head.arena.join({to_string(head.version), " ", name}));
  return {};
}

}  // namespace ravelin::http
