#pragma once

#include <cstdint>
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
  /// Whether the library has been asked all the same, of one that has a finding: to be compared, or it has thrown.
  enum class Beside : std::uint8_t { nothing, finding, failure } beside = Beside::nothing;
};

/// ask_plan has `prover` judge a request; what is not clean it scores, if `scoring` is automatic. On any thread.
Planned ask_plan(plan::Prover& prover, const plan::Request& request, Scoring scoring);

/// The same of a request that is long, or not likely to be clean: it is looked at once for both.
Planned ask_for_score(plan::Prover& prover, const plan::Request& request, Scoring scoring);

}  // namespace ravelin::waf
