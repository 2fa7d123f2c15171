#pragma once

#include <string_view>

namespace ravelin::waf::plan {

/// Whether a regular expression of PCRE2 is seen to repeat nothing, and to have few ways to match at one place, so that
/// looking for it takes time in proportion to the text. False is the answer to what is not understood, too.
bool takes_linear_time(std::string_view pattern);

}  // namespace ravelin::waf::plan
