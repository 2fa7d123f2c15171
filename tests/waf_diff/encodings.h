#pragma once

#include <string>
#include <string_view>

#include "waf_diff/random.h"

namespace ravelin::waf_diff {

std::string percent_decoded(std::string_view text);
/// As browsers write a form: letters, digits and *-._ as they are, a blank as '+'.
std::string form_encoded(std::string_view text);
std::string base64_encoded(std::string_view text);
/// What is no base64 is left out.
std::string base64_decoded(std::string_view text);
/// The text of a JSON string, without its quotes; bytes that are not UTF-8 stay as they are.
std::string json_escaped(std::string_view text);

/// One of the ways in which an attack may be disguised: percent encoding (once, twice, of everything),
/// %uXXXX, \uXXXX and \xXX, HTML entities, base64, hex, overlong UTF-8, full-width letters.
std::string disguised(std::string_view text, Random& random);

}  // namespace ravelin::waf_diff
