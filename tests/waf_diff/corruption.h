#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "waf_diff/crs_tests.h"
#include "waf_diff/policy.h"

namespace ravelin::waf_diff {

/// Corruptions are a try whether the requests would show a wrong plan: so many times, one rule, target, transformation
/// or alternative of a pattern is taken out of the rules that the plan is made from.
struct Corruptions {
  std::size_t count = 100;
  std::size_t requests = 3000;  // drawn, besides the core rule set's tests
  std::uint64_t seed = 1;
};

/// Noticed says, for one kind of corruption, how many a request has shown, and which none has.
struct Noticed {
  std::size_t tried = 0;
  std::size_t noticed = 0;
  std::vector<std::string> missed;
};

/// By kind. An Error if the policy has no plan.
Result<std::map<std::string, Noticed>> try_corruptions(const Corruptions& corruptions, const Policy& policy,
                                                       const std::vector<CrsTest>& tests);

std::string text_of(const std::map<std::string, Noticed>& noticed);

}  // namespace ravelin::waf_diff
