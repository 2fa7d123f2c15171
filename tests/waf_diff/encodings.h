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

/// Encoding writes one byte in another way.
using Encoding = std::string (*)(unsigned char);
namespace written_as {
std::string percent(unsigned char byte);
std::string percent_u(unsigned char byte);
std::string backslash_u(unsigned char byte);
std::string backslash_x(unsigned char byte);
std::string entity(unsigned char byte);
std::string entity_hex(unsigned char byte);
/// U+FF01 to U+FF5E in UTF-8.
std::string full_width(unsigned char byte);
std::string css(unsigned char byte);
}  // namespace written_as

/// One of the ways in which an attack may be disguised: percent encoding (once, twice, of everything),
/// %uXXXX, \uXXXX and \xXX, HTML entities, base64, hex, overlong UTF-8, full-width letters.
std::string disguised(std::string_view text, Random& random);

}  // namespace ravelin::waf_diff
