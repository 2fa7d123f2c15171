#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace ravelin::waf::plan {

/// halves gives two regular expressions of PCRE2, smaller than `pattern`, of which at least one matches wherever it
/// does, and neither elsewhere: a group that is not repeated is left half of its alternatives in each. Nothing if there
/// is no such group, or the pattern is not understood.
std::optional<std::pair<std::string, std::string>> halves(std::string_view pattern);

}  // namespace ravelin::waf::plan
