// The whole simulated gateway between clients and origins that say anything at any time. The input is a
// script of steps, "~~" before each; the first letter of a step says what it is (gateway.md lists them).
// Checked: every wait ends, nothing stays alive, memory is bounded, every exchange is told of once; what
// origins saw are, to a strict reader, exactly the requests that were recorded, none of them sent twice
// that may not be; what clients saw are whole responses as recorded, or are seen to be cut.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <string_view>

#include "gateway_world.h"

namespace {

constexpr std::size_t most_input = 12'000;
constexpr std::size_t most_steps = 60;

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ravelin::fuzz;
  if (size == 0 || size > most_input) return 0;
  GTEST_FLAG_SET(break_on_failure, true);  // what ~Simulation expects
  World world;
  std::string_view script(reinterpret_cast<const char*>(data), size);
  for (std::size_t steps = 0; !script.empty() && steps < most_steps; ++steps) {
    const std::size_t end = std::min(script.find("~~"), script.size());
    world.step(script.substr(0, end));
    script.remove_prefix(std::min(end + 2, script.size()));
  }
  world.end();
  return 0;
}
