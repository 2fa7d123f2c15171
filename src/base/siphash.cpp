#include "base/siphash.h"

#include <bit>
#include <cstddef>
#include <cstdlib>
#include <cstring>

#include <sys/random.h>

namespace ravelin {

namespace {

struct State {
  std::uint64_t v0, v1, v2, v3;

  State(std::uint64_t key0, std::uint64_t key1)
      : v0(key0 ^ 0x736f6d6570736575U),
        v1(key1 ^ 0x646f72616e646f6dU),
        v2(key0 ^ 0x6c7967656e657261U),
        v3(key1 ^ 0x7465646279746573U) {}

  void round() {
    v0 += v1;
    v2 += v3;
    v1 = std::rotl(v1, 13) ^ v0;
    v3 = std::rotl(v3, 16) ^ v2;
    v0 = std::rotl(v0, 32);
    v2 += v1;
    v0 += v3;
    v1 = std::rotl(v1, 17) ^ v2;
    v3 = std::rotl(v3, 21) ^ v0;
    v2 = std::rotl(v2, 32);
  }

  void block(std::uint64_t word) {
    v3 ^= word;
    round();
    round();
    v0 ^= word;
  }

  std::uint64_t finish() {
    for (int i = 0; i < 4; ++i) round();
    return v0 ^ v1 ^ v2 ^ v3;
  }

  void absorb(std::string_view text) {
    std::size_t at = 0;
    for (; at + 8 <= text.size(); at += 8) block(word_at(text.data() + at, 8));
    block(word_at(text.data() + at, text.size() - at) | (text.size() << 56));
  }

  // Little-endian, as the definition has it.
  static std::uint64_t word_at(const char* from, std::size_t size) {
    std::uint64_t word = 0;
    if constexpr (std::endian::native == std::endian::little) {
      if (size == 8) {
        std::memcpy(&word, from, 8);
        return word;
      }
    }
    for (std::size_t i = 0; i < size; ++i) {
      word |= static_cast<std::uint64_t>(static_cast<unsigned char>(from[i])) << (8 * i);
    }
    return word;
  }
};

}  // namespace

SipHash SipHash::with_random_secret() {
  std::uint64_t secret[2];
  if (getrandom(secret, sizeof secret, 0) != static_cast<ssize_t>(sizeof secret)) std::abort();
  return {secret[0], secret[1]};
}

std::uint64_t SipHash::narrow(std::string_view text) const {
  State state(key0_, key1_);
  state.absorb(text);
  state.v2 ^= 0xff;
  return state.finish();
}

SipHash::Wide SipHash::wide(std::string_view text) const {
  State state(key0_, key1_);
  state.v1 ^= 0xee;
  state.absorb(text);
  state.v2 ^= 0xee;
  const std::uint64_t first = state.finish();
  state.v1 ^= 0xdd;
  return {first, state.finish()};
}

}  // namespace ravelin
