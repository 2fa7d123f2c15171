#include "proxy/request_ids.h"

namespace ravelin::proxy {
namespace {

void write_hex(std::uint64_t value, char* to) {
  for (int i = 15; i >= 0; --i, value >>= 4) to[i] = "0123456789abcdef"[value & 15];
}

// A bijection (the finaliser of SplitMix64), so that a counter gives no id twice.
std::uint64_t scramble(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9U;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebU;
  return x ^ (x >> 31);
}

}  // namespace

RequestIds::RequestIds(std::uint64_t prefix, std::uint64_t seed) : counter_(seed), text_() {
  write_hex(prefix, text_.data());
}

std::string_view RequestIds::next() {
  write_hex(scramble(++counter_), text_.data() + 16);
  return {text_.data(), text_.size()};
}

}  // namespace ravelin::proxy
