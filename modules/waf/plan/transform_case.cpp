#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>

#include "modules/waf/plan/rewrite.h"
#include "modules/waf/plan/transform_families.h"

namespace ravelin::waf::plan::family {
namespace {

constexpr std::uint64_t each_byte = 0x0101010101010101;

// 0x20 in each byte of `word` that is a letter from `first` to `first` + 25, in eight bytes at once.
std::uint64_t case_bits(std::uint64_t word, unsigned char first) {
  const std::uint64_t low = word & (each_byte * 0x7f);
  const std::uint64_t at_least = low + each_byte * (0x80U - first);
  const std::uint64_t beyond = low + each_byte * (0x80U - first - 26U);
  return ((at_least & ~beyond & ~word) & (each_byte * 0x80)) >> 2;
}

void change_case(std::string& value, unsigned char first) {
  char* at = value.data();
  char* const end = at + value.size();
  for (; end - at >= 8; at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, at, sizeof word);
    word ^= case_bits(word, first);
    std::memcpy(at, &word, sizeof word);
  }
  for (; at != end; ++at)
    if (static_cast<unsigned>(static_cast<unsigned char>(*at)) - first < 26U) *at = static_cast<char>(*at ^ 0x20);
}

// Whether an odd number of bits is set.
bool is_odd(unsigned char byte) {
  constexpr unsigned odd_nibbles = 0x6996;
  return ((odd_nibbles >> ((byte ^ (byte >> 4)) & 0xf)) & 1U) != 0;
}

char with_parity(unsigned char byte, bool parity) { return static_cast<char>(parity ? byte | 0x80 : byte & 0x7f); }

}  // namespace

void lowercase(std::string& value) { change_case(value, 'A'); }
void uppercase(std::string& value) { change_case(value, 'a'); }

// The library counts the eighth bit, too, which it is about to replace.
void parity_even_7bit(std::string& value) {
  for (char& byte : value)
    byte = with_parity(static_cast<unsigned char>(byte), is_odd(static_cast<unsigned char>(byte)));
}

void parity_odd_7bit(std::string& value) {
  for (char& byte : value)
    byte = with_parity(static_cast<unsigned char>(byte), !is_odd(static_cast<unsigned char>(byte)));
}

void parity_zero_7bit(std::string& value) {
  for (char& byte : value) byte = static_cast<char>(byte & 0x7f);
}

}  // namespace ravelin::waf::plan::family
