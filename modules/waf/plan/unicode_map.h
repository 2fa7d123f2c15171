#pragma once

#include <cstdint>

namespace ravelin::waf::plan {

/// The ASCII character that a lenient backend takes the UTF-16 unit `code` for, which is what t:urlDecodeUni makes
/// of %uXXXX; -1 for those that are nothing of the kind. The library is given the same map. Any thread.
int ascii_of(std::uint16_t code);

}  // namespace ravelin::waf::plan
