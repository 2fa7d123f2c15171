#include "modules/waf/plan/hash.h"

#include <cstring>

namespace ravelin::waf::plan {
namespace {

__extension__ using Wide = unsigned __int128;

// What would make a factor zero, and all before it forgotten, is another number.
std::uint64_t mix(std::uint64_t a, std::uint64_t b) {
  std::uint64_t first = a ^ 0x9e3779b97f4a7c15U;
  std::uint64_t second = b ^ 0xd1b54a32d192ed03U;
  if (first == 0) first = 0xa0761d6478bd642fU;
  if (second == 0) second = a | 1;
  const auto product = static_cast<Wide>(first) * second;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

std::uint64_t word_at(const char* at) {
  std::uint64_t word = 0;
  std::memcpy(&word, at, sizeof word);
  return word;
}

}  // namespace

// The last word may share bytes with the one before.
std::uint64_t hash(std::string_view text, std::uint64_t seed) {
  constexpr std::size_t word = sizeof(std::uint64_t);
  seed = mix(seed, text.size());
  if (text.size() < word) {
    std::uint64_t rest = 0;
    for (const char byte : text) rest = rest << 8 | static_cast<unsigned char>(byte);
    return mix(seed, rest);
  }
  const char* const last = text.data() + text.size() - word;
  for (const char* at = text.data(); at < last; at += word) seed = mix(seed, word_at(at));
  return mix(seed, word_at(last));
}

}  // namespace ravelin::waf::plan
