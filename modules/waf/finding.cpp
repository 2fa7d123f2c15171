#include "modules/waf/finding.h"

#include <algorithm>

#include "modules/waf/engine_rules.h"
#include "modules/waf/mask.h"

namespace ravelin::waf {
namespace {

std::string detail_of(const Finding& finding, const Match& match) {
  std::string detail = match.message.empty() ? "rule " + std::to_string(match.rule) : match.message;
  if (!match.evidence.empty()) detail += " at " + match.evidence;
  if (finding.score > 0) detail += "; score " + std::to_string(finding.score);
  if (!finding.note.empty()) detail += "; " + finding.note;
  return printable(detail, longest_detail);
}

}  // namespace

const Match* Finding::deciding() const {
  const Match* best = nullptr;
  for (const Match& match : matches) {
    if (is_scoring_rule(match.rule)) continue;
    if (match.is_disruptive) return &match;
    if (best == nullptr || match.severity < best->severity) best = &match;
  }
  return best != nullptr || matches.empty() ? best : &matches.back();
}

std::string reason_of(const Match& match) {
  return is_body_check(match.rule) ? "waf:malformed_body" : "waf:" + std::to_string(match.rule);
}

Incident incident_of(const Finding& finding) {
  const Match& match = *finding.deciding();
  Incident incident;
  incident.module = "waf";
  incident.reason = reason_of(match);
  for (const Match& each : finding.matches) incident.rules.push_back(std::to_string(each.rule));
  incident.rule_name = match.message;
  incident.score = finding.score;
  incident.detail = detail_of(finding, match);
  return incident;
}

Verdict verdict_of(const Finding& finding) {
  if (!finding.is_refused) return Verdict::pass();
  Rejection rejection;
  rejection.status = finding.status;
  if (const Match* match = finding.deciding()) {
    rejection.reason = reason_of(*match);
    rejection.detail = detail_of(finding, *match);
  } else {
    rejection.reason = "waf:rule";  // a rule refused that says nolog
    rejection.detail = "refused by a rule that does not log";
  }
  if (!finding.location.empty()) rejection.headers.emplace_back("location", finding.location);
  return Verdict::reject(std::move(rejection));
}

}  // namespace ravelin::waf
