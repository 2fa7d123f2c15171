#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "modules/waf/plan/prover.h"
#include "ravelin/exchange.h"
#include "ravelin/verdict.h"

namespace ravelin::waf {

inline constexpr int no_severity = 8;

/// Match is one rule that matched, as reported by library or plan.
struct Match {
  std::int64_t rule = 0;
  int severity = no_severity;  // 0 emergency, 2 critical ... 7 debug; 8: none given
  std::string message;
  std::string evidence;  // where and what, masked
  bool is_disruptive = false;
};

/// Finding is what an evaluation came to.
struct Finding {
  std::vector<Match> matches;  // in order; each rule once
  int score = 0;               // inbound anomaly score (outbound for a response)
  bool is_refused = false;
  bool is_costly = false;  // for what it would take to tell
  int status = 403;        // if refused
  std::string location;    // of a redirect
  std::string note;        // about the evaluation itself, for the operator
  Duration cpu{};          // processor time spent

  /// The match that says best what this is about: the rule that refused, unless that one only
  /// compared scores; then the most severe, first of equals. Null if nothing matched.
  const Match* deciding() const;

  /// A match more, unless its rule is known. Beyond 64 only such as refuse.
  void add(Match match);
  /// What the engine's own checks of a body say holds, whatever the other rules decided. When all have been added.
  void refuse_malformed();
  /// Instead, of a body of which only a part was looked at: what they say is dropped.
  void forgive_malformed();
};

/// Whether both come to the same rules, score and refusal.
bool agree(const Finding& a, const Finding& b);
/// The first rule that only one of them has; if there is none, what the second is about; 0 if that is nothing.
std::int64_t disputed_rule(const Finding& a, const Finding& b);

/// What the plan's score, which is known, comes to.
Finding finding_of(const plan::Score& score);

/// Where and what, masked, of a rule that has logged `data`: of the core rule set this is "Matched Data: WHAT found
/// within VARIABLE: VALUE". Without that, only `variable`.
std::string evidence_of(std::string_view data, std::string_view variable);

/// is_scoring_rule: set-up, blocking and correlation rules of the core rule set, which are about
/// scores and not about the request.
constexpr bool is_scoring_rule(std::int64_t id) {
  const std::int64_t group = id / 1000;
  return group == 901 || group == 949 || group == 959 || group == 980;
}

/// "waf:942100"; our own checks of bodies have names: "waf:malformed_body".
std::string reason_of(const Match& match);
Incident incident_of(const Finding& finding);
/// reject for a refusal, else pass.
Verdict verdict_of(const Finding& finding);

}  // namespace ravelin::waf
