#include <algorithm>

#include "modules/waf/plan/collect.h"
#include "modules/waf/plan/collect_text.h"

namespace ravelin::waf::plan {
namespace {

std::string_view without_leading_space(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  return text;
}

std::string_view without_trailing_space(std::string_view text) {
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

}  // namespace

// Blanks are taken off before names and after the last pair, even if a ';' follows that; not after other
// values. Pairs without a name are dropped.
void Values::collect_cookies(std::string_view field) {
  for (std::size_t begin = 0; begin < field.size();) {
    const std::size_t end = std::min(field.find(';', begin), field.size());
    std::string_view pair = field.substr(begin, end - begin);
    begin = end + 1;
    if (begin >= field.size()) pair = without_trailing_space(pair);
    const std::size_t equals = std::min(pair.find('='), pair.size());
    const std::string_view name = without_leading_space(pair.substr(0, equals));
    if (!name.empty()) cookies_.add(name, pair.substr(std::min(equals + 1, pair.size())));
  }
}

}  // namespace ravelin::waf::plan
