#include "modules/waf/finding.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <iterator>
#include <set>
#include <utility>

#include "modules/waf/engine_rules.h"
#include "modules/waf/mask.h"
#include "modules/waf/plan/ascii.h"

namespace ravelin::waf {
namespace {

constexpr std::size_t most_matches = 256;

std::set<std::int64_t> rules_of(const Finding& finding) {
  std::set<std::int64_t> rules;
  for (const Match& match : finding.matches) rules.insert(match.rule);
  return rules;
}

int severity_of(const plan::Rule& rule) {
  constexpr std::array<std::string_view, 8> names{"emergency", "alert",  "critical", "error",
                                                  "warning",   "notice", "info",     "debug"};
  const plan::Action* const severity = rule.action("severity");
  if (severity == nullptr) return no_severity;
  const std::string name = lower_case(severity->value);
  const auto known = std::find(names.begin(), names.end(), name);
  return known == names.end() ? std::atoi(name.c_str()) : static_cast<int>(known - names.begin());
}

Match match_of(const plan::Hit& hit) {
  Match match;
  match.rule = hit.rule->id;
  match.severity = severity_of(*hit.rule);
  match.message = printable(hit.message, longest_detail);
  if (!is_body_check(match.rule)) match.evidence = evidence_of(hit.data, hit.variable);
  match.is_disruptive = hit.refuses || is_body_check(match.rule);
  return match;
}

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

void Finding::add(Match match) {
  for (Match& known : matches) {
    if (known.rule != match.rule) continue;
    known.is_disruptive = known.is_disruptive || match.is_disruptive;
    return;
  }
  if (matches.size() < most_matches || match.is_disruptive) matches.push_back(std::move(match));
}

void Finding::refuse_malformed() {
  const bool is_malformed =
      std::any_of(matches.begin(), matches.end(), [](const Match& match) { return is_body_check(match.rule); });
  if (!is_malformed) return;
  is_refused = true;
  status = 400;
  location.clear();
}

void Finding::forgive_malformed() {
  std::erase_if(matches, [](const Match& match) { return is_body_check(match.rule); });
}

bool agree(const Finding& a, const Finding& b) {
  return rules_of(a) == rules_of(b) && a.score == b.score && a.is_refused == b.is_refused &&
         (!a.is_refused || (a.status == b.status && a.location == b.location));
}

std::int64_t disputed_rule(const Finding& a, const Finding& b) {
  std::vector<std::int64_t> of_one;
  const std::set<std::int64_t> rules_of_a = rules_of(a);
  const std::set<std::int64_t> rules_of_b = rules_of(b);
  std::set_symmetric_difference(rules_of_a.begin(), rules_of_a.end(), rules_of_b.begin(), rules_of_b.end(),
                                std::back_inserter(of_one));
  if (!of_one.empty()) return of_one.front();
  return b.matches.empty() ? 0 : b.deciding()->rule;
}

Finding finding_of(const plan::Score& score) {
  Finding finding;
  for (const plan::Hit& hit : score.hits) finding.add(match_of(hit));
  finding.score = score.anomaly;
  finding.is_refused = score.refusal != 0;
  if (finding.is_refused) finding.status = score.refusal;
  finding.refuse_malformed();
  return finding;
}

// The library's own text for a pattern has "against variable `VARIABLE' (Value: `VALUE' )".
std::string evidence_of(std::string_view data, std::string_view variable) {
  constexpr std::string_view before = "Matched Data: ";
  constexpr std::string_view between = " found within ";
  const std::size_t begin = data.find(before);
  const std::size_t end = begin == std::string_view::npos ? begin : data.find(between, begin + before.size());
  if (end == std::string_view::npos || end == begin + before.size())
    return variable.empty() ? std::string{} : evidence(variable, {}, {});
  const std::string_view what = data.substr(begin + before.size(), end - begin - before.size());
  const std::string_view found = data.substr(end + between.size());
  const std::size_t colon = found.find(": ");
  const std::string_view value = colon == std::string_view::npos ? std::string_view{} : found.substr(colon + 2);
  return evidence(found.substr(0, colon), what, value);
}

std::string reason_of(const Match& match) {
  return is_body_check(match.rule) ? "waf:malformed_body" : "waf:" + std::to_string(match.rule);
}

Incident incident_of(const Finding& finding) {
  const Match& match = *finding.deciding();
  Incident incident;
  incident.module = "waf";
  incident.reason = reason_of(match);
  incident.rules.push_back(std::to_string(match.rule));
  for (const Match& each : finding.matches)
    if (each.rule != match.rule) incident.rules.push_back(std::to_string(each.rule));
  incident.rule_name = match.message;
  incident.score = finding.score;
  incident.detail = detail_of(finding, match);
  return incident;
}

// What a rule's macros bring into it is the client's: nothing in it may end the field (RFC 3986 section 2.1).
std::string as_location(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string location;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte > 0x20 && byte < 0x7f && c != '"' && c != '<' && c != '>' && c != '\\')
      location += c;
    else
      location.append("%").append(1, digits[byte >> 4]).append(1, digits[byte & 15]);
  }
  return location;
}

Verdict verdict_of(const Finding& finding) {
  if (!finding.is_refused) return Verdict::pass();
  Rejection rejection;
  rejection.status = finding.status;
  if (finding.is_costly) {
    rejection.reason = "waf:effort_limit";
    rejection.detail = "whether patterns match would take more processor time to tell than effort_limit allows";
  } else if (const Match* match = finding.deciding()) {
    rejection.reason = reason_of(*match);
    rejection.detail = detail_of(finding, *match);
  } else {
    rejection.reason = "waf:rule";  // a rule refused that says nolog
    rejection.detail = "refused by a rule that does not log";
  }
  if (!finding.location.empty()) rejection.headers.emplace_back("location", as_location(finding.location));
  return Verdict::reject(std::move(rejection));
}

}  // namespace ravelin::waf
