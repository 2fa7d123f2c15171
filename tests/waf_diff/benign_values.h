#pragma once

#include <cstddef>
#include <string>

#include "waf_diff/random.h"

namespace ravelin::waf_diff {

// Values that people and programs write.
std::string word(Random& random);
std::string person(Random& random);
std::string prose(Random& random, std::size_t words);
std::string uuid(Random& random);
std::string web_token(Random& random);
/// `size` characters of letters and digits.
std::string token(Random& random, std::size_t size);
/// Any of the above, or a number, a date, an address, a colour, a search.
std::string value(Random& random);
std::string parameter_name(Random& random);

}  // namespace ravelin::waf_diff
