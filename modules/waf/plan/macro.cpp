#include "modules/waf/plan/macro.h"

#include <algorithm>

namespace ravelin::waf::plan {

bool has_macro(std::string_view text) { return !next_macro(text).name.empty(); }

MacroPlace next_macro(std::string_view text) {
  const std::size_t begin = text.find("%{");
  const std::size_t end = begin == std::string_view::npos ? begin : text.find('}', begin);
  if (end == std::string_view::npos) return {text.size(), text.size(), {}};
  MacroPlace place{begin, end + 1, std::string(text.substr(begin + 2, end - begin - 2))};
  std::transform(place.name.begin(), place.name.end(), place.name.begin(),
                 [](char byte) { return byte >= 'A' && byte <= 'Z' ? static_cast<char>(byte + 32) : byte; });
  std::replace(place.name.begin(), place.name.end(), ':', '.');
  return place;
}

}  // namespace ravelin::waf::plan
