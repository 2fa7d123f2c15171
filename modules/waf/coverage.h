#pragma once

#include <array>
#include <cstddef>
#include <map>
#include <string>
#include <vector>

namespace ravelin::waf {

namespace plan {
class Plan;
struct Rules;
}  // namespace plan

/// Coverage says for people how much of a policy its plan takes over.
struct Coverage {
  struct Phase {
    std::size_t rules = 0;      // a chain is one
    std::size_t evaluated = 0;  // of these, rules whose outcome depends on the request
    std::size_t gaps = 0;
  };
  /// Gap is a construct that is the library's.
  struct Gap {
    int phase = 0;  // 0: of the policy as a whole
    std::string why;
  };
  static constexpr std::size_t most_gaps = 64;

  std::array<Phase, 5> phases;  // 1 to 5
  std::vector<Gap> gaps;        // the first `most_gaps`
  std::size_t gap_count = 0;
  std::vector<std::string> unscored;  // why nothing that is not clean is judged by it; likewise
};

/// Outline is where a policy has its rules, to tell afterwards what became of them in a plan.
class Outline {
 public:
  explicit Outline(const plan::Rules& rules);
  Coverage compare(const plan::Plan& plan) const;

 private:
  int phase_of(const std::string& gap) const;

  Coverage coverage_;
  std::map<std::string, int> phases_;  // by "FILE:LINE"
};

}  // namespace ravelin::waf
