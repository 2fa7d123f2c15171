#pragma once

#include <cstdint>
#include <string_view>

namespace ravelin::waf::plan {

/// A fast 64-bit hash. With a secret seed, values that share a place in a small table cannot be found from outside
/// but by trying; it is no signature.
std::uint64_t hash(std::string_view text, std::uint64_t seed);

}  // namespace ravelin::waf::plan
