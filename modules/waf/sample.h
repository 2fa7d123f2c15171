#pragma once

#include <cstdint>

namespace ravelin::waf {

/// Sample says of one in so many that it is in the sample, at random: whoever does not know the seed cannot tell which,
/// nor keep out of it. The same seed makes the same choices. One thread.
class Sample {
 public:
  explicit Sample(std::uint64_t seed) : state_(seed) {}

  /// True once in `every` times on average; never if that is 0.
  bool takes(std::uint32_t every) { return every != 0 && next() % every == 0; }

 private:
  // SplitMix64 (Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014).
  std::uint64_t next() {
    std::uint64_t x = state_ += 0x9e3779b97f4a7c15U;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9U;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebU;
    return x ^ (x >> 31);
  }

  std::uint64_t state_;
};

}  // namespace ravelin::waf
