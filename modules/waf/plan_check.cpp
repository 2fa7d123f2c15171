#include "modules/waf/plan_check.h"

#include <modsecurity/actions/action.h>
#include <modsecurity/rule_marker.h>
#include <modsecurity/rule_unconditional.h>
#include <modsecurity/rule_with_operator.h>
#include <modsecurity/rules_set.h>
#include <modsecurity/transaction.h>

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "modules/waf/library.h"
#include "modules/waf/plan/ascii.h"

namespace ravelin::waf {
namespace {

using Difference = std::optional<std::string>;
using modsecurity::RuleWithActions;
using modsecurity::RuleWithOperator;

Difference differs(std::string_view what, std::string_view library, std::string_view plan) {
  if (library == plan) return std::nullopt;
  return std::string(what) + " is '" + std::string(library) + "' to the library, '" + std::string(plan) +
         "' in the plan";
}

Difference differs(std::string_view what, std::int64_t library, std::int64_t plan) {
  return differs(what, std::to_string(library), std::to_string(plan));
}

// As the library says it without a request: macros are nothing.
std::string without_macros(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const std::size_t macro = std::min(text.find("%{"), text.size());
    result += text.substr(0, macro);
    text.remove_prefix(macro);
    if (!text.empty()) text.remove_prefix(text.find('}') + 1);
  }
  return result;
}

const plan::Action* last_action(const plan::Rule& rule, std::string_view name) {
  const auto found = std::find_if(rule.actions.rbegin(), rule.actions.rend(),
                                  [&](const plan::Action& action) { return action.name == name; });
  return found == rule.actions.rend() ? nullptr : &*found;
}

constexpr std::array<std::string_view, 5> disruptive{"allow", "deny", "drop", "pass", "redirect"};

bool has_disruptive(const plan::Rule& rule) {
  return std::any_of(disruptive.begin(), disruptive.end(),
                     [&](std::string_view name) { return rule.action(name) != nullptr; });
}

// The library's phases, by SecLang's number.
constexpr std::array<int, 6> phases{
    modsecurity::ConnectionPhase,      modsecurity::RequestHeadersPhase, modsecurity::RequestBodyPhase,
    modsecurity::ResponseHeadersPhase, modsecurity::ResponseBodyPhase,   modsecurity::LoggingPhase,
};

class Check {
 public:
  Check(modsecurity::RulesSet& rules, const plan::Rules& plan)
      : rules_(rules), plan_(plan), transaction_(&library(), &rules, id_.data(), nullptr) {}

  Difference run() {
    for (int phase = 0; phase < static_cast<int>(phases.size()); ++phase) {
      if (auto what = compare_phase(phase)) return "phase " + std::to_string(phase) + ": " + *what;
      if (auto what = compare_defaults(phase)) return "phase " + std::to_string(phase) + ": " + *what;
    }
    if (next_ < plan_.rules.size()) return "the library does not have " + name_of(plan_.rules[next_]);
    if (next_removed_ < plan_.removed.size())
      return "the library does not have " + name_of(plan_.removed[next_removed_]);
    return std::nullopt;
  }

 private:
  static std::string name_of(const plan::Rule& rule) {
    const std::string place = rule.place.file + ":" + std::to_string(rule.place.line);
    return place + (rule.is_marker() ? " (marker " + rule.marker + ")" : " (rule " + std::to_string(rule.id) + ")");
  }

  // The library has removed rules in its lists and asks for each request whether they are.
  Difference compare_phase(int phase) {
    for (const auto& rule : rules_.m_rulesSetPhases.at(phases.at(static_cast<std::size_t>(phase)))->m_rules) {
      const bool removed = is_removed(dynamic_cast<RuleWithActions*>(rule.get()));
      const auto& list = removed ? plan_.removed : plan_.rules;
      std::size_t& next = removed ? next_removed_ : next_;
      const std::string_view where = removed ? "among the removed rules of the plan" : "in the plan";
      if (next == list.size() || list[next].phase != phase)
        return rule->getReference() + " is missing " + std::string(where);
      if (auto what = compare(*rule, list[next])) return name_of(list[next]) + ": " + *what;
      ++next;
    }
    if (next_ < plan_.rules.size() && plan_.rules[next_].phase == phase)
      return "the library does not have " + name_of(plan_.rules[next_]) + ", or has removed it";
    return std::nullopt;
  }

  bool is_removed(RuleWithActions* rule) {
    if (rule == nullptr) return false;
    auto& exceptions = rules_.m_exceptions;
    bool removed = exceptions.contains(static_cast<int>(rule->m_ruleId));
    for (const auto& tag : exceptions.m_remove_rule_by_tag) removed = removed || rule->containsTag(tag, nullptr);
    for (const auto& msg : exceptions.m_remove_rule_by_msg) removed = removed || rule->containsMsg(msg, nullptr);
    return removed;
  }

  Difference compare(modsecurity::Rule& rule, const plan::Rule& planned) {
    if (auto what = differs("the file", *rule.getFileName(), planned.place.file)) return what;
    if (auto what = differs("the line", rule.getLineNumber(), planned.place.library_line)) return what;
    if (auto* marker = dynamic_cast<modsecurity::RuleMarker*>(&rule))
      return differs("the marker", *marker->getName(), planned.marker);
    auto* const with_actions = dynamic_cast<RuleWithActions*>(&rule);
    if (with_actions == nullptr) return "the library has something here that is no rule";
    return compare_chain(*with_actions, planned);
  }

  Difference compare_chain(RuleWithActions& first, const plan::Rule& planned) {
    if (auto what = compare_one(first, planned)) return what;
    const RuleWithActions* last = &first;
    for (const plan::Rule& next : planned.chained) {
      last = last->m_chainedRuleChild.get();
      if (last == nullptr) return "the chain is shorter to the library";
      if (auto what = differs("the file", *last->getFileName(), next.place.file)) return what;
      if (auto what = differs("the line", last->getLineNumber(), next.place.library_line)) return what;
      if (auto what = compare_one(const_cast<RuleWithActions&>(*last), next)) return "in the chain: " + *what;
    }
    if (last->m_chainedRuleChild != nullptr) return "the chain is longer to the library";
    return std::nullopt;
  }

  Difference compare_one(RuleWithActions& rule, const plan::Rule& planned) {
    if (auto what = differs("the id", rule.m_ruleId, planned.id)) return what;
    if (auto what = differs("the phase", rule.getPhase(), phases.at(static_cast<std::size_t>(planned.phase))))
      return what;
    if (auto what = compare_kind(rule, planned)) return what;
    if (auto what = compare_flags(rule, planned)) return what;
    if (auto what = compare_texts(rule, planned)) return what;
    return compare_lists(rule, planned);
  }

  static Difference compare_kind(RuleWithActions& rule, const plan::Rule& planned) {
    if (dynamic_cast<modsecurity::RuleUnconditional*>(&rule) != nullptr)
      return differs("the kind", "SecAction", planned.is_unconditional() ? "SecAction" : "another");
    const auto* with_operator = dynamic_cast<RuleWithOperator*>(&rule);
    if (with_operator == nullptr) return "the library has a script here";
    if (auto what =
            differs("the kind", "SecRule", planned.is_unconditional() || planned.is_marker() ? "another" : "SecRule"))
      return what;
    return differs("the operator", lower_case(with_operator->getOperatorName()), planned.op.name);
  }

  static Difference compare_flags(const RuleWithActions& rule, const plan::Rule& planned) {
    const auto has = [&](std::string_view name) { return planned.action(name) != nullptr; };
    if (auto what = differs("chain", rule.isChained(), has("chain"))) return what;
    if (auto what = differs("capture", rule.hasCaptureAction(), has("capture"))) return what;
    if (auto what = differs("multiMatch", rule.hasMultimatch(), has("multimatch"))) return what;
    if (auto what = differs("block", rule.hasBlockAction(), has("block"))) return what;
    if (auto what = differs("a disruptive action", rule.hasDisruptiveAction(), has_disruptive(planned))) return what;
    if (auto what = differs("logdata", rule.hasLogData(), has("logdata"))) return what;
    return differs("severity", rule.hasSeverity(), has("severity"));
  }

  static Difference compare_texts(RuleWithActions& rule, const plan::Rule& planned) {
    const auto text = [&](std::string_view name) {
      const plan::Action* action = last_action(planned, name);
      return action == nullptr ? std::string() : without_macros(action->value);
    };
    if (auto what = differs("msg", rule.hasMsg() ? rule.msg(nullptr) : "", text("msg"))) return what;
    if (auto what = differs("logdata", rule.hasLogData() ? rule.logData(nullptr) : "", text("logdata"))) return what;
    if (auto what = differs("ver", rule.m_ver, text("ver"))) return what;
    if (auto what = differs("rev", rule.m_rev, text("rev"))) return what;
    for (const plan::Action& action : planned.actions)
      if (action.name == "tag" && !rule.containsTag(without_macros(action.value), nullptr))
        return "the library does not have the tag '" + action.value + "'";
    return std::nullopt;
  }

  // Of transformations and of actions that run, the library tells how often it has one of a name.
  Difference compare_lists(RuleWithActions& rule, const plan::Rule& planned) {
    const auto& own = planned.written_transforms;
    std::int64_t total = own_count(rule, "T");  // of "T:trim", the name is no more than that
    const bool has_capitals = total > 0;
    for (const std::string& name : std::set<std::string>(own.begin(), own.end())) {
      const std::int64_t count = own_count(rule, "t:" + name);
      total += count;
      if (has_capitals) continue;
      if (auto what = differs("t:" + name, count, std::count(own.begin(), own.end(), name))) return what;
    }
    if (auto what = differs("the number of transformations", total, static_cast<std::int64_t>(own.size()))) return what;
    return compare_common(rule, planned);
  }

  // What the library has and the plan has not can only be asked for by name.
  Difference compare_common(RuleWithActions& rule, const plan::Rule& planned) {
    const auto& own = planned.written_transforms;
    for (const std::string_view name : {"none", "lowercase", "urlDecode", "urlDecodeUni", "htmlEntityDecode"}) {
      const std::string written = "t:" + std::string(name);
      if (own_count(rule, written) > std::count(own.begin(), own.end(), name)) return "the plan lacks a " + written;
    }
    const auto is_control = [](const plan::Action& action) { return action.name == "ctl"; };
    // The library counts by the name as written, and knows no "CTL" as "ctl".
    const auto count = std::count_if(planned.actions.begin(), planned.actions.end(), is_control);
    if (control_count(rule) > count) return "the plan lacks a ctl";
    return std::nullopt;
  }

  std::int64_t own_count(RuleWithActions& rule, const std::string& name) {
    std::int64_t updates = 0;
    for (const auto& [id, action] : rules_.m_exceptions.m_action_pre_update_target_by_id)
      updates += id == static_cast<double>(rule.m_ruleId) && *action->m_name == name ? 1 : 0;
    return static_cast<std::int64_t>(rule.getActionsByName(name, &transaction_).size()) - updates;
  }

  std::int64_t control_count(RuleWithActions& rule) {
    std::int64_t updates = 0;
    for (const auto& [id, action] : rules_.m_exceptions.m_action_pos_update_target_by_id)
      updates += id == static_cast<double>(rule.m_ruleId) && *action->m_name == "ctl" ? 1 : 0;
    return static_cast<std::int64_t>(rule.getActionsByName("ctl", &transaction_).size()) - updates;
  }

  Difference compare_defaults(int phase) {
    std::vector<std::string> of_library;
    for (const auto& action : rules_.m_defaultActions[phases.at(static_cast<std::size_t>(phase))])
      if (!action->m_name->starts_with("t:")) of_library.push_back(lower_case(*action->m_name));
    std::vector<std::string> of_plan;
    for (const plan::Action& action : plan_.defaults.at(static_cast<std::size_t>(phase)))
      of_plan.push_back(action.name);
    if (of_library == of_plan) return std::nullopt;
    return "SecDefaultAction is not the same";
  }

  modsecurity::RulesSet& rules_;
  const plan::Rules& plan_;
  std::string id_ = "check";
  modsecurity::Transaction transaction_;  // the library's accessors ask for one
  std::size_t next_ = 0;
  std::size_t next_removed_ = 0;
};

}  // namespace

Result<void> check_plan(modsecurity::RulesSet& rules, const plan::Rules& plan) {
  if (!plan.unsupported.empty()) return Error{"waf:plan", "the plan is not whole: " + plan.unsupported.front()};
  if (auto what = Check(rules, plan).run()) return Error{"waf:plan", *what};
  return {};
}

}  // namespace ravelin::waf
