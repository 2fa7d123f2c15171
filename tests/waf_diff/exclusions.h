#pragma once

#include <string>
#include <vector>

#include "waf_diff/random.h"

namespace ravelin::waf_diff {

/// What administrators write around the core rule set. Each element is one directive.

/// Exclusion packages, limits and allowed methods of crs-setup.conf, before the rules.
std::vector<std::string> set_up_actions(Random& random);
/// ctl:ruleRemove... on a condition, before the rules.
std::vector<std::string> conditional_exclusions(Random& random);
/// SecRuleRemoveBy..., SecRuleUpdateTargetBy..., after the rules.
std::vector<std::string> static_exclusions(Random& random);

}  // namespace ravelin::waf_diff
