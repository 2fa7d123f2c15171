#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "modules/waf/plan/seclang.h"
#include "modules/waf/plan/step.h"

namespace ravelin::waf::plan {

/// Purpose is what a policy is folded for: to prove that no rule shows, where each step ends the proof that does, or
/// to say what all rules make of a request.
enum class Purpose : std::uint8_t { proof, score };

/// Folded is a policy with all that is the same for every request worked out: what is left to do, in order,
/// for a proof for as long as no visible rule has matched.
struct Folded {
  std::vector<Step> steps;
  /// Why the policy cannot be planned; empty if it can.
  std::vector<std::string> unsupported;
};

/// fold follows phases 1 and 2 as libmodsecurity would, with TX variables known as absent, constant or changing. A
/// condition on constants is decided; what depends on the request becomes a step. For a proof, a skip that depends on
/// it is not taken, nor is a removal of rules, as both only take detections away. For a score, removals are followed
/// (Effect::removals) unless they mean what is the same for every request; a request that meets one of these, or a
/// skip, is the library's (Effect::is_unknown). Operators are compiled by
/// `matchers`; `rules` must outlive the result.
Folded fold(const Rules& rules, Matchers& matchers, Purpose purpose);

}  // namespace ravelin::waf::plan
