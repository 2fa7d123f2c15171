#include "modules/waf/plan/hash.h"

#include <cstring>

namespace ravelin::waf::plan {
namespace {

__extension__ using Wide = unsigned __int128;

std::uint64_t mix(std::uint64_t a, std::uint64_t b) {
  const auto product = static_cast<Wide>(a ^ 0x9e3779b97f4a7c15U) * (b ^ 0xd1b54a32d192ed03U);
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

}  // namespace

std::uint64_t hash(std::string_view text, std::uint64_t seed) {
  for (; text.size() >= 8; text.remove_prefix(8)) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data(), 8);
    seed = mix(seed, word);
  }
  std::uint64_t rest = text.size();
  for (const char byte : text) rest = rest << 8 | static_cast<unsigned char>(byte);
  return mix(seed, rest);
}

}  // namespace ravelin::waf::plan
