#include "modules/waf/status.h"

#include <nlohmann/json.hpp>

namespace ravelin::waf {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t most_shown_rules = 20;

double seconds(Duration duration) { return std::chrono::duration<double>(duration).count(); }

std::string_view name_of(Engine engine) {
  for (const auto& [name, value] : enum_names(engine))
    if (value == engine) return name;
  return "";
}

std::string_view name_of(FastPath::State state) {
  switch (state) {
    case FastPath::State::compiling: return "compiling";
    case FastPath::State::ready: return "ready";
    case FastPath::State::off: return "off";
  }
  return "";
}

// Phases 3 and 4 are of responses; the last is the library's logging, which is never run.
std::string_view judge_of(std::size_t phase, const Standing& standing, bool is_on) {
  if (phase <= 2) return is_on ? "plan, then library" : "library";
  return phase <= 4 && standing.policy->inspects_responses() ? "library" : "nobody";
}

Json phases_of(const Coverage& coverage, const Standing& standing, bool is_on) {
  Json phases = Json::array();
  for (std::size_t i = 0; i < coverage.phases.size(); ++i) {
    const Coverage::Phase& phase = coverage.phases[i];
    Json one{{"phase", i + 1}, {"rules", phase.rules}, {"judged_by", judge_of(i + 1, standing, is_on)}};
    if (i < 2) {
      one["planned"] = phase.rules - std::min(phase.rules, phase.gaps);
      one["evaluated"] = phase.evaluated;
    }
    phases.push_back(std::move(one));
  }
  return phases;
}

std::string why_none(const Standing& standing) {
  if (standing.config.engine == Engine::library) return "engine: library";
  if (standing.policy->inspects_responses()) return "response_body: on, and the plan knows no responses";
  if (!standing.policy->plan_problem().empty()) return standing.policy->plan_problem();
  return "there was no thread to compile it";
}

Json fast_path_of(const Standing& standing) {
  if (standing.fast_path == nullptr) return {{"state", "off"}, {"why", why_none(standing)}};
  const FastPath::Status status = standing.fast_path->status();
  Json json{{"state", name_of(status.state)}};
  if (!status.why.empty()) json["why"] = status.why;
  json["cache_directory"] = status.cache;
  if (status.state == FastPath::State::compiling) return json;
  json["compilation"] = {{"cpu_seconds", seconds(status.cpu)},
                         {"from", status.compiled_sets == 0 ? "cache" : "cold"},
                         {"compiled_sets", status.compiled_sets}};
  json["phases"] = phases_of(status.coverage, standing, status.state == FastPath::State::ready);
  json["gaps"] = status.coverage.gap_count;
  json["unplanned"] = Json::array();
  for (const Coverage::Gap& gap : status.coverage.gaps)
    json["unplanned"].push_back({{"phase", gap.phase}, {"why", gap.why}});
  json["unscored"] = status.coverage.unscored;
  return json;
}

Json proofs_of(const Totals& totals) {
  std::uint64_t all = 0;
  for (const std::uint64_t number : totals.outcomes) all += number;
  Json json{{"requests", all}};
  for (std::size_t i = 0; i < outcome_names.size(); ++i) json[std::string(outcome_names[i])] = totals.outcomes[i];
  const auto left = static_cast<double>(totals[Outcome::doubtful] + totals[Outcome::dirty]);
  json["library_share"] = all == 0 ? 0.0 : left / static_cast<double>(all);
  return json;
}

Json rules_of(const Totals::ByRule& rules, const Policy& policy) {
  Json json = Json::array();
  for (const auto& [rule, requests] : rules) {
    if (json.size() == most_shown_rules) break;
    json.push_back({{"rule", std::to_string(rule)}, {"message", policy.message_of(rule)}, {"requests", requests}});
  }
  return json;
}

Json doubts_of(const Totals& totals) {
  Json json = Json::array();
  for (const auto& [doubt, requests] : totals.doubts) json.push_back({{"why", doubt}, {"requests", requests}});
  return json;
}

Json rechecks_of(const Totals& totals, const Standing& standing) {
  Json json{{"one_in", standing.config.engine == Engine::shadow ? 1 : standing.config.recheck_every}};
  for (std::size_t i = 0; i < recheck_names.size(); ++i) json[std::string(recheck_names[i])] = totals.rechecks[i];
  return json;
}

Json cost_of(const Cost& cost) {
  Json classes = Json::array();
  for (std::size_t i = 0; i < cost.classes.size(); ++i) {
    Json one{{"requests", cost.classes[i]}};
    if (i < Cost::bounds.size()) one["up_to_seconds"] = seconds(Cost::bounds[i]);
    classes.push_back(std::move(one));
  }
  const double mean = cost.count == 0 ? 0 : seconds(cost.total) / static_cast<double>(cost.count);
  return {{"requests", cost.count},
          {"mean_cpu_seconds", mean},
          {"most_cpu_seconds", seconds(cost.most)},
          {"classes", std::move(classes)}};
}

}  // namespace

std::string status_of(const Standing& standing) {
  const Totals totals = standing.tally->totals();
  Json sources = Json::array();
  for (const RuleSource& source : standing.config.rules) sources.push_back(source.text());
  const Json json{{"rule_sources", std::move(sources)},
                  {"rules_loaded", standing.policy->rule_count()},
                  {"engine", name_of(standing.config.engine)},
                  {"scoring", standing.config.scoring == Scoring::automatic ? "auto" : "library"},
                  {"fast_path", fast_path_of(standing)},
                  {"proofs", proofs_of(totals)},
                  {"library_by_rule", rules_of(totals.rules, *standing.policy)},
                  {"library_by_other_rules", totals.other_rules},
                  {"scored_by_rule", rules_of(totals.scored_rules, *standing.policy)},
                  {"scored_by_other_rules", totals.other_scored_rules},
                  {"library_by_doubt", doubts_of(totals)},
                  {"rechecks", rechecks_of(totals, standing)},
                  {"cost", {{"proof", cost_of(totals.proving)}, {"library", cost_of(totals.library)}}}};
  // A rule file may hold bytes that are no UTF-8.
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace ravelin::waf
