#pragma once

#include <cstdint>
#include <string>

#include "modules/waf/config.h"

namespace ravelin::waf_diff {

/// RulePolicy is the core rule set at the highest level, cut down to one rule that shows: with it stay the rules that
/// show nothing (set-up, switches, skips) of its file and of the set-up, and those that compare scores. What a
/// judge says of a request under it depends on that rule alone. Its files go with it.
class RulePolicy {
 public:
  /// `file` is the rule's, one of the installed core rule set.
  RulePolicy(const std::string& file, std::int64_t rule);
  RulePolicy(const RulePolicy&) = delete;
  RulePolicy& operator=(const RulePolicy&) = delete;
  ~RulePolicy();

  const waf::Config& config() const { return config_; }
  const std::string& folder() const { return folder_; }

 private:
  std::string folder_;
  waf::Config config_;
};

}  // namespace ravelin::waf_diff
