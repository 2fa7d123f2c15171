#pragma once

#include <optional>

#include "modules/waf/config.h"
#include "modules/waf/finding.h"
#include "modules/waf/tally.h"

namespace ravelin::waf {

/// Planned is what the plan has said of one request, and what that comes to, unless it is the library's.
struct Planned {
  Answer answer;
  std::optional<Finding> finding;
  Duration cpu{};  // processor time spent
};

/// ask_plan has `prover` judge a request; what is not clean it scores, if `scoring` is automatic. On any thread.
Planned ask_plan(plan::Prover& prover, const plan::Request& request, Scoring scoring);

}  // namespace ravelin::waf
