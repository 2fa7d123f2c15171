#include "modules/waf/plan/macro.h"

#include <algorithm>

#include "modules/waf/plan/ascii.h"

namespace ravelin::waf::plan {

bool has_macro(std::string_view text) { return !next_macro(text).name.empty(); }

MacroPlace next_macro(std::string_view text) {
  const std::size_t begin = text.find("%{");
  const std::size_t end = begin == std::string_view::npos ? begin : text.find('}', begin);
  if (end == std::string_view::npos) return {text.size(), text.size(), {}};
  MacroPlace place{begin, end + 1, lower_case(text.substr(begin + 2, end - begin - 2))};
  if (const std::size_t separator = place.name.find_first_of(".:"); separator != std::string::npos)
    place.name[separator] = '.';
  return place;
}

}  // namespace ravelin::waf::plan
