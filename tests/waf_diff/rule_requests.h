#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "modules/waf/plan/seclang.h"
#include "waf_diff/crs_tests.h"
#include "waf_diff/random.h"
#include "waf_diff/sample.h"

namespace ravelin::waf_diff {

/// RuleRequests makes requests that one rule may match, from what it says: for each rule of its chain a text of its
/// operator (every alternative, every phrase), written so that its transformations undo it, in one of its targets.
class RuleRequests {
 public:
  /// `rule` must outlive it.
  explicit RuleRequests(const waf::plan::Rule& rule);
  RuleRequests(const RuleRequests&) = delete;
  RuleRequests& operator=(const RuleRequests&) = delete;
  ~RuleRequests();

  /// How many have to be made for each alternative, and each transformation in each target, to have had its turn.
  std::size_t fewest() const;
  /// Mended.
  Sample make(Random& random);

 private:
  class LinkTexts;
  std::vector<std::unique_ptr<LinkTexts>> links_;
};

/// The core rule set's tests that ask for the rule, or that it does not match.
std::vector<Sample> tests_of(const std::vector<CrsTest>& tests, std::int64_t rule);

}  // namespace ravelin::waf_diff
