#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "waf_diff/random.h"

namespace ravelin::waf_diff {

/// What administrators write around rules. Each element is one directive.

/// Named is what exclusions may call rules by.
struct Named {
  std::span<const int> ids;
  std::span<const std::string_view> tags;
  std::span<const std::string_view> messages;
};

/// Rules of the core rule set that real exclusions name.
extern const Named core_rules;

/// Exclusion packages, limits and allowed methods of crs-setup.conf, before the rules.
std::vector<std::string> set_up_actions(Random& random);
/// ctl:ruleRemove... on a condition, before the rules. Their ids are counted from `first_id`.
std::vector<std::string> conditional_exclusions(Random& random, const Named& named, int first_id);
/// SecRuleRemoveBy..., SecRuleUpdateTargetBy..., after the rules.
std::vector<std::string> static_exclusions(Random& random, const Named& named);

}  // namespace ravelin::waf_diff
