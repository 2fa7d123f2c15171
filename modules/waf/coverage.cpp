#include "modules/waf/coverage.h"

#include <algorithm>

#include "modules/waf/plan/plan.h"

namespace ravelin::waf {
namespace {

// Phase 0 comes before the head and counts with it.
Coverage::Phase& of(Coverage& coverage, int phase) {
  return coverage.phases[static_cast<std::size_t>(std::clamp(phase, 1, 5) - 1)];
}

std::string key_of(const plan::Place& place) { return place.file + ":" + std::to_string(place.line); }

}  // namespace

Outline::Outline(const plan::Rules& rules) {
  for (const plan::Rule& rule : rules.rules) {
    if (rule.is_marker()) continue;
    ++of(coverage_, rule.phase).rules;
    phases_.emplace(key_of(rule.place), rule.phase);
    for (const plan::Rule& member : rule.chained) phases_.emplace(key_of(member.place), rule.phase);
  }
}

// A gap begins with its place, "FILE:LINE: ", unless it is of the policy as a whole.
int Outline::phase_of(const std::string& gap) const {
  const auto known = phases_.find(gap.substr(0, gap.find(": ")));
  return known == phases_.end() ? 0 : std::max(known->second, 1);
}

Coverage Outline::compare(const plan::Plan& plan) const {
  Coverage coverage = coverage_;
  for (const plan::Step& step : plan.steps()) ++of(coverage, step.phase).evaluated;
  coverage.gap_count = plan.unsupported().size();
  for (const std::string& why : plan.unsupported()) {
    const int phase = phase_of(why);
    if (phase != 0) ++of(coverage, phase).gaps;
    if (coverage.gaps.size() < Coverage::most_gaps) coverage.gaps.push_back({phase, why});
  }
  for (const std::string& why : plan.unscored())
    if (coverage.unscored.size() < Coverage::most_gaps) coverage.unscored.push_back(why);
  return coverage;
}

}  // namespace ravelin::waf
