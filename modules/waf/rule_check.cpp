#include <modsecurity/actions/action.h>
#include <modsecurity/rule_unconditional.h>
#include <modsecurity/rule_with_operator.h>
#include <modsecurity/rules_set.h>
#include <modsecurity/transaction.h>

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "modules/waf/finding.h"
#include "modules/waf/library.h"
#include "modules/waf/plan/ascii.h"
#include "modules/waf/policy.h"

namespace ravelin::waf {
namespace {

using modsecurity::RuleWithActions;
using modsecurity::RuleWithOperator;

// "949110" or "949000-949999" covers `id`.
bool covers(const std::string& ids, std::int64_t id) {
  char* end = nullptr;
  const long long first = std::strtoll(ids.c_str(), &end, 10);
  const long long last = *end == '-' ? std::strtoll(end + 1, nullptr, 10) : first;
  return first <= id && id <= last;
}

class Check {
 public:
  Check(modsecurity::RulesSet& rules, bool inspects_responses, Log& log)
      : rules_(rules),
        last_phase_(inspects_responses ? modsecurity::ResponseBodyPhase : modsecurity::RequestBodyPhase),
        log_(log),
        transaction_(&library(), &rules, id_.data(), nullptr) {}

  Result<std::size_t> run() {
    for (int phase = 0; phase < modsecurity::NUMBER_OF_PHASES; ++phase) {
      auto& list = rules_.m_rulesSetPhases.at(phase)->m_rules;
      std::erase_if(list,
                    [](const auto& rule) { return asks_the_network(dynamic_cast<RuleWithActions*>(rule.get())); });
      for (const auto& rule : list)
        if (auto* const one = dynamic_cast<RuleWithActions*>(rule.get());
            one != nullptr && is_scoring_rule(one->m_ruleId) && one->m_ruleId / 1000 != 980)
          scoring_.push_back(one);
    }
    for (int phase = 0; phase < modsecurity::NUMBER_OF_PHASES; ++phase) {
      auto& list = rules_.m_rulesSetPhases.at(phase)->m_rules;
      for (const auto& rule : list) {
        if (rule->isMarker()) continue;
        if (auto why = refusal(*rule)) return Error{"waf:rules", place_of(*rule) + ": " + *why};
        if (phase > last_phase_) warn_of_phase(*rule, phase);
        ++count_;
      }
    }
    return count_;
  }

 private:
  // Rules of the core rule set that are off until a key for their look-up is set, which cannot be.
  static bool asks_the_network(const RuleWithActions* rule) {
    if (rule == nullptr || !is_core_rule(rule->m_ruleId)) return false;
    for (; rule != nullptr; rule = rule->m_chainedRuleChild.get()) {
      const auto* with_operator = dynamic_cast<const RuleWithOperator*>(rule);
      if (with_operator != nullptr && lower_case(with_operator->getOperatorName()) == "rbl") return true;
    }
    return false;
  }

  static bool is_core_rule(std::int64_t id) { return id >= 900000 && id <= 999999; }

  void warn_of_phase(const modsecurity::Rule& rule, int phase) {
    const auto* const with_actions = dynamic_cast<const RuleWithActions*>(&rule);
    if (with_actions == nullptr || is_core_rule(with_actions->m_ruleId)) return;
    const bool is_of_response = phase <= modsecurity::ResponseBodyPhase;
    log_.warning(place_of(rule) + ": rule " + std::to_string(with_actions->m_ruleId) + " is never asked: " +
                 (is_of_response ? "phases 3 and 4 need 'response_body: on'" : "there is no phase 5 here"));
  }

  static std::string place_of(const modsecurity::Rule& rule) {
    return *rule.getFileName() + ":" + std::to_string(rule.getLineNumber());
  }

  std::optional<std::string> refusal(modsecurity::Rule& rule) {
    auto* const with_actions = dynamic_cast<RuleWithActions*>(&rule);
    if (with_actions == nullptr) return "rules may not run programs or scripts";
    if (auto why = is_removed(*with_actions)) return why;
    const bool is_for_all = !has_condition(with_actions);
    for (RuleWithActions* part = with_actions; part != nullptr; part = part->m_chainedRuleChild.get()) {
      if (auto why = refused_operator(*part)) return why;
      if (auto why = refused_action(*part, is_for_all)) return why;
    }
    return std::nullopt;
  }

  static bool has_condition(const RuleWithActions* rule) {
    for (; rule != nullptr; rule = rule->m_chainedRuleChild.get()) {
      const auto* with_operator = dynamic_cast<const RuleWithOperator*>(rule);
      if (with_operator != nullptr && lower_case(with_operator->getOperatorName()) != "unconditionalmatch") return true;
    }
    return false;
  }

  // The rules that make the scores and compare them are the core rule set's only way to block.
  std::optional<std::string> is_removed(RuleWithActions& rule) {
    if (!is_scoring_rule(rule.m_ruleId)) return std::nullopt;
    auto& exceptions = rules_.m_exceptions;
    bool removed = exceptions.contains(static_cast<int>(rule.m_ruleId));
    for (const auto& tag : exceptions.m_remove_rule_by_tag) removed = removed || rule.containsTag(tag, &transaction_);
    for (const auto& msg : exceptions.m_remove_rule_by_msg) removed = removed || rule.containsMsg(msg, &transaction_);
    if (!removed) return std::nullopt;
    return "rule " + std::to_string(rule.m_ruleId) +
           " is removed by an exclusion, which switches the whole core rule set off; remove the rule that found the "
           "match, or use 'mode: detect'";
  }

  static std::optional<std::string> refused_operator(const RuleWithActions& rule) {
    const auto* with_operator = dynamic_cast<const RuleWithOperator*>(&rule);
    if (with_operator == nullptr) return std::nullopt;
    const std::string name = lower_case(with_operator->getOperatorName());
    if (name == "inspectfile") return "@inspectFile runs a program while requests wait";
    if (name == "rbl") return "@rbl asks a name server while requests wait; use the modules 'ban' or 'access'";
    if (name == "fuzzyhash") return "@fuzzyHash reads files while requests wait";
    return std::nullopt;
  }

  std::optional<std::string> refused_action(RuleWithActions& rule, bool is_for_all) {
    if (!rule.getActionsByName("exec", &transaction_).empty())
      return "the action exec runs a program while requests wait";
    for (const auto* action : rule.getActionsByName("ctl", &transaction_)) {
      const std::string what = lower_case(action->m_parser_payload);
      if (what.starts_with("ruleengine=") && is_for_all)
        return "ctl:ruleEngine without a condition switches the WAF off for every request; use 'mode'";
      if (what.starts_with("requestbodyaccess=false")) return "ctl:requestBodyAccess=Off lets bodies pass unseen";
      if (what.starts_with("auditengine=on")) return "the gateway writes its own security events";
      if (is_for_all && switches_scores_off(action->m_parser_payload))
        return "ctl:" + action->m_parser_payload +
               " without a condition is about the rules that add up and compare scores, and switches the core rule set "
               "off for every request; use 'mode'";
    }
    return std::nullopt;
  }

  // Whether a ctl takes away a rule that scores, or the score that it looks at.
  bool switches_scores_off(const std::string& payload) {
    const std::size_t equals = payload.find('=');
    if (equals == std::string::npos) return false;
    std::string what = lower_case(std::string_view(payload).substr(0, equals));
    std::string of = payload.substr(equals + 1);
    if (what.starts_with("ruleremovetargetby")) {
      const std::size_t semicolon = std::min(of.find(';'), of.size());
      if (!lower_case(of.substr(semicolon)).starts_with(";tx")) return false;
      what.erase(std::string_view("ruleremove").size(), std::string_view("target").size());
      of.resize(semicolon);
    }
    return std::any_of(scoring_.begin(), scoring_.end(), [&](RuleWithActions* rule) {
      return (what == "ruleremovebyid" && covers(of, rule->m_ruleId)) ||
             (what == "ruleremovebytag" && rule->containsTag(of, &transaction_)) ||
             (what == "ruleremovebymsg" && rule->containsMsg(of, &transaction_));
    });
  }

  modsecurity::RulesSet& rules_;
  const int last_phase_;
  Log& log_;
  std::string id_ = "check";
  modsecurity::Transaction transaction_;   // the library's accessors ask for one
  std::vector<RuleWithActions*> scoring_;  // rules that make the scores and compare them
  std::size_t count_ = 0;
};

}  // namespace

Result<std::size_t> check_rules(modsecurity::RulesSet& rules, bool inspects_responses, Log& log) {
  return Check(rules, inspects_responses, log).run();
}

}  // namespace ravelin::waf
