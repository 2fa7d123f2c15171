#pragma once

#include <array>
#include <vector>

#include "modules/waf/plan/removal.h"
#include "modules/waf/plan/step.h"

namespace ravelin::waf::plan {

/// Whether it changes how the rest is evaluated in a way that is not only less of it.
bool changes_engine(const Action& action);
/// Whether it is a ctl:ruleEngine.
bool switches_engine(const Action& action);
/// Whether it may refuse: deny, drop, block, redirect, proxy.
bool is_disruptive(const Action& action);

/// Whether a SecAction is logged whose actions ask for it, or not.
bool logs_unconditionally(const Rule& rule, bool wants_log);

/// What the actions of a step's rules do together when the chain has matched whole, `defaults` being those of each
/// phase, `removals` those that are followed.
Effect effect_of(const Step& step, const std::array<std::vector<Action>, 6>& defaults, const Removals& removals);

}  // namespace ravelin::waf::plan
