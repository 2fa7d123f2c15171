#include <modsecurity/rule_with_actions.h>
#include <modsecurity/rules_set.h>

#include "modules/waf/mask.h"
#include "modules/waf/policy.h"

namespace ravelin::waf {

// The rules are in lists by phase; it is asked for few, by people.
std::string Policy::message_of(std::int64_t rule) const {
  for (int phase = 0; phase < modsecurity::NUMBER_OF_PHASES; ++phase)
    for (const auto& each : rules_->m_rulesSetPhases.at(phase)->m_rules) {
      auto* const known = dynamic_cast<modsecurity::RuleWithActions*>(each.get());
      if (known == nullptr || known->m_ruleId != rule) continue;
      return known->hasMsg() ? printable(known->msg(nullptr), longest_detail) : std::string();
    }
  return {};
}

}  // namespace ravelin::waf
