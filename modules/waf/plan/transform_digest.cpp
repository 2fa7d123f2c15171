#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>

#include "modules/waf/plan/transform_families.h"

namespace ravelin::waf::plan::family {
namespace {

constexpr std::size_t block_size = 64;
using Block = std::array<std::uint32_t, 16>;

enum class Order { little, big };

std::uint32_t shift_of(std::size_t byte, Order order) {
  return static_cast<std::uint32_t>(8 * (order == Order::little ? byte : 3 - byte));
}

// `text` with the bit 1, zeroes and its length in bits behind it, in whole blocks (RFC 1321, section 3; RFC 3174,
// section 4).
std::string padded(const std::string& text, Order order) {
  std::string whole = text;
  whole += '\x80';
  while (whole.size() % block_size != block_size - 8) whole += '\0';
  const std::uint64_t bits = std::uint64_t{text.size()} * 8;
  for (unsigned i = 0; i < 8; ++i) whole += static_cast<char>(bits >> 8 * (order == Order::little ? i : 7 - i));
  return whole;
}

Block block_at(const std::string& text, std::size_t start, Order order) {
  Block block{};
  for (std::size_t i = 0; i < block_size; ++i)
    block[i / 4] |= std::uint32_t{static_cast<unsigned char>(text[start + i])} << shift_of(i % 4, order);
  return block;
}

template <std::size_t words>
std::string bytes_of(const std::array<std::uint32_t, words>& state, Order order) {
  std::string bytes;
  for (const std::uint32_t word : state)
    for (std::size_t i = 0; i < 4; ++i) bytes += static_cast<char>(word >> shift_of(i, order));
  return bytes;
}

// Bit by bit: x where `mask` is set, y elsewhere.
std::uint32_t choose(std::uint32_t mask, std::uint32_t x, std::uint32_t y) { return (mask & x) | (~mask & y); }

std::uint32_t md5_constant(std::size_t step) {
  static const auto constants = [] {
    std::array<std::uint32_t, 64> made{};
    for (std::size_t i = 0; i < made.size(); ++i)
      made[i] = static_cast<std::uint32_t>(std::floor(4294967296.0 * std::fabs(std::sin(static_cast<double>(i + 1)))));
    return made;
  }();
  return constants[step];
}

using Md5State = std::array<std::uint32_t, 4>;

std::uint32_t md5_mix(const Md5State& state, const Block& block, std::size_t step) {
  const auto [a, b, c, d] = state;
  switch (step / 16) {
    case 0: return choose(b, c, d) + block[step];
    case 1: return choose(d, b, c) + block[(5 * step + 1) % 16];
    case 2: return (b ^ c ^ d) + block[(3 * step + 5) % 16];
    default: return (c ^ (b | ~d)) + block[7 * step % 16];
  }
}

void md5_block(Md5State& state, const Block& block) {
  constexpr int turns[4][4] = {{7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}};
  Md5State now = state;
  for (std::size_t step = 0; step < 64; ++step) {
    const std::uint32_t sum = now[0] + md5_mix(now, block, step) + md5_constant(step);
    now = {now[3], now[1] + std::rotl(sum, turns[step / 16][step % 4]), now[1], now[2]};
  }
  for (std::size_t i = 0; i < state.size(); ++i) state[i] += now[i];
}

using Sha1State = std::array<std::uint32_t, 5>;

std::uint32_t sha1_mix(const Sha1State& state, std::size_t step) {
  const std::uint32_t b = state[1];
  const std::uint32_t c = state[2];
  const std::uint32_t d = state[3];
  switch (step / 20) {
    case 0: return choose(b, c, d) + 0x5a827999;
    case 1: return (b ^ c ^ d) + 0x6ed9eba1;
    case 2: return ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdc;
    default: return (b ^ c ^ d) + 0xca62c1d6;
  }
}

void sha1_block(Sha1State& state, const Block& block) {
  std::array<std::uint32_t, 80> words{};
  for (std::size_t i = 0; i < words.size(); ++i)
    words[i] = i < 16 ? block[i] : std::rotl(words[i - 3] ^ words[i - 8] ^ words[i - 14] ^ words[i - 16], 1);
  Sha1State now = state;
  for (std::size_t step = 0; step < words.size(); ++step) {
    const std::uint32_t sum = std::rotl(now[0], 5) + sha1_mix(now, step) + now[4] + words[step];
    now = {sum, now[0], std::rotl(now[1], 30), now[2], now[3]};
  }
  for (std::size_t i = 0; i < state.size(); ++i) state[i] += now[i];
}

}  // namespace

void md5(std::string& value) {
  Md5State state{0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};
  const std::string whole = padded(value, Order::little);
  for (std::size_t at = 0; at < whole.size(); at += block_size) md5_block(state, block_at(whole, at, Order::little));
  value = bytes_of(state, Order::little);
}

void sha1(std::string& value) {
  Sha1State state{0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
  const std::string whole = padded(value, Order::big);
  for (std::size_t at = 0; at < whole.size(); at += block_size) sha1_block(state, block_at(whole, at, Order::big));
  value = bytes_of(state, Order::big);
}

}  // namespace ravelin::waf::plan::family
