#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "ravelin/result.h"
#include "waf_diff/crs_tests.h"

namespace ravelin::waf_diff {

/// Corruptions are a try whether requests show a wrong plan. Each rule of the core rule set that shows is judged by
/// itself (see RulePolicy), for requests that were made for it and the rule set's own tests of it: first as it is,
/// then, so many times, with one thing of it read wrong by the plan and not by the library.
struct Corruptions {
  std::size_t count = 40;
  std::size_t requests = 150;        // per rule, besides the tests,
  std::size_t most_requests = 4000;  // if it has more to be seen
  std::size_t per_rule = 2;
  std::uint64_t seed = 1;
  std::int64_t only_rule = 0;
  bool shows_progress = false;  // a line on standard error after each rule
};

/// Noticed says what came of the corruptions of one kind.
struct Noticed {
  std::size_t tried = 0;
  std::size_t clean = 0;            // shown by a request that is proved clean though the rule matches
  std::size_t dirty = 0;            // only by one that is no longer proved clean
  std::vector<std::string> missed;  // by none
};

struct CorruptionReport {
  std::map<std::string, Noticed> kinds;
  std::vector<std::string> failures;   // of the rules as they are: the plan is wrong
  std::vector<std::string> unmatched;  // rules that no request matches
  std::size_t rules = 0;
  std::size_t requests = 0;
  std::size_t matched = 0;  // requests

  std::size_t noticed() const;
};

/// An Error if there is no core rule set that is planned.
Result<CorruptionReport> try_corruptions(const Corruptions& corruptions, const std::vector<CrsTest>& tests);

std::string text_of(const CorruptionReport& report);

}  // namespace ravelin::waf_diff
