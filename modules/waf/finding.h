#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ravelin/exchange.h"
#include "ravelin/verdict.h"

namespace ravelin::waf {

/// Match is one rule that matched, as reported by the library.
struct Match {
  std::int64_t rule = 0;
  int severity = 8;  // 0 emergency, 2 critical ... 7 debug; 8: none given
  std::string message;
  std::string evidence;  // where and what, masked
  bool is_disruptive = false;
};

/// Finding is what an evaluation came to.
struct Finding {
  std::vector<Match> matches;  // in order; each rule once
  int score = 0;               // inbound anomaly score (outbound for a response)
  bool is_refused = false;
  int status = 403;      // if refused
  std::string location;  // of a redirect
  std::string note;      // about the evaluation itself, for the operator
  Duration cpu{};        // processor time spent

  /// The match that says best what this is about: the rule that refused, unless that one only
  /// compared scores; then the most severe, first of equals. Null if nothing matched.
  const Match* deciding() const;
};

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
