#pragma once

#include <string>
#include <vector>

#include "modules/waf/plan/seclang.h"
#include "modules/waf/plan/step.h"

namespace ravelin::waf::plan {

/// Folded is a policy with all that is the same for every request worked out: what is left to do, in order,
/// for as long as no visible rule has matched.
struct Folded {
  std::vector<Step> steps;
  /// Why the policy cannot be planned; empty if it can.
  std::vector<std::string> unsupported;
};

/// fold follows phases 1 and 2 as libmodsecurity would for a request that no visible rule matches, with TX
/// variables known as absent, constant or changing. A condition on constants is decided; what depends on the
/// request becomes a step; a skip that depends on it is not taken, nor is a removal of rules, as both only take
/// detections away. `rules` must outlive the result.
Folded fold(const Rules& rules);

}  // namespace ravelin::waf::plan
