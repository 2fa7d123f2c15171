#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "waf_diff/crs_tests.h"
#include "waf_diff/sample.h"

namespace ravelin::waf_diff {

/// Source gives the requests of a run, each a function of the seed and its number only: benign ones, attacks
/// and the core rule set's tests as they are, and mutations of them. Any thread.
class Source {
 public:
  Source(std::uint64_t seed, const std::vector<CrsTest>& tests) : seed_(seed), tests_(tests) {}

  /// Mended, and with no more arguments than the gateway lets through.
  Sample at(std::size_t policy, std::size_t index) const;

 private:
  Sample draw(std::uint64_t seed) const;

  std::uint64_t seed_;
  const std::vector<CrsTest>& tests_;
};

}  // namespace ravelin::waf_diff
