#pragma once

#include <algorithm>
#include <string_view>

#include "modules/waf/plan/seclang.h"

namespace ravelin::waf::plan {

/// Whether `test` holds for a rule or one that is chained to it.
template <class Test>
bool any_link(const Rule& rule, Test test) {
  return test(rule) || std::any_of(rule.chained.begin(), rule.chained.end(), test);
}

/// Whether an action takes rules or targets away from one request: ctl:ruleRemove...
bool is_removal(const Action& action);

/// Whether such an action's value, in lower case, may mean a rule, or a target that it has.
bool may_remove(std::string_view removal, const Rule& rule);

/// Whether it may mean a rule that is chained to this one, by its id, which is 0 if it has none. The library takes such
/// a link for one that has matched (3.0.9).
bool may_remove_link(std::string_view removal, const Rule& rule);

/// Whether a rule changes what the rules after it see, or which of them there are.
bool has_effect(const Rule& rule);

/// Whether it does even if the chain does not match whole.
bool has_early_effect(const Rule& rule);

}  // namespace ravelin::waf::plan
