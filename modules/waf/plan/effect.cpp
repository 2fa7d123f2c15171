#include "modules/waf/plan/effect.h"

#include <algorithm>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>

#include "modules/waf/plan/macro.h"

namespace ravelin::waf::plan {
namespace {

// What the actions of a chain that has matched do, as the library runs them: for each rule, from the last of the
// chain to the first, what is not disruptive of its phase's defaults, then its own, then its disruptive one.
class Effects {
 public:
  Effects(const std::vector<Action>& defaults, const Removals& removals) : defaults_(defaults), removals_(removals) {}

  void run(const Rule& rule) {
    const Action* disruptive = nullptr;
    for (const Action& action : defaults_)
      if (!is_last_word(action) && action.name != "block") run(action);
    for (const Action& action : rule.actions)
      if (is_last_word(action))
        disruptive = &action;
      else
        run(action);
    if (disruptive != nullptr) run(*disruptive);
  }

  Effect take() const { return effect_; }

 private:
  static bool is_last_word(const Action& action) {
    return action.name == "pass" || action.name == "allow" || (is_disruptive(action) && action.name != "block");
  }

  void run(const Action& action) {
    const std::string& name = action.name;
    if (name == "log" || name == "auditlog")
      effect_.is_logged = true;
    else if (name == "nolog" || name == "noauditlog")
      effect_.is_logged = false;
    else if (name == "status")
      set_status(std::atoi(action.value.c_str()));
    else if (name == "deny" || name == "drop")
      effect_.refuses = true;
    else if (name == "pass")
      effect_ = {effect_.is_logged, false, true, 0, effect_.is_unknown, std::move(effect_.removals)};
    else if (name == "block")
      run_disruptive_defaults();
    else if (is_removal(action))
      remove(action);
    else if (name == "allow" || name == "skipafter" || switches_engine(action) || is_disruptive(action) ||
             changes_engine(action))
      effect_.is_unknown = true;
  }

  void remove(const Action& action) {
    if (const auto number = removals_.find(action))
      effect_.removals.push_back(*number);
    else
      effect_.is_unknown = true;
  }

  // 0 is none here, and a strange status there.
  void set_status(int status) {
    effect_.status = status;
    effect_.is_unknown = effect_.is_unknown || status == 0;
  }

  void run_disruptive_defaults() {
    for (const Action& action : defaults_)
      if (is_last_word(action)) run(action);
  }

  const std::vector<Action>& defaults_;
  const Removals& removals_;
  Effect effect_{true, false, false, 0, false, {}};
};

}  // namespace

bool changes_engine(const Action& action) {
  if (action.name == "exec" || action.name == "skip" || action.name == "setenv") return true;
  if (action.name == "allow" && !action.value.empty()) return true;  // later phases are without what the rest sets
  if (action.name != "ctl") return false;
  const std::string text = lower_case(action.value);
  constexpr std::array<std::string_view, 6> harmless{"ruleremove",     "auditengine",      "auditlogparts",
                                                     "ruleengine=off", "forcerequestbody", "debuglog"};
  return std::none_of(harmless.begin(), harmless.end(), [&](std::string_view name) { return text.starts_with(name); });
}

bool switches_engine(const Action& action) {
  return action.name == "ctl" && lower_case(action.value).starts_with("ruleengine");
}

bool is_disruptive(const Action& action) {
  constexpr std::array<std::string_view, 5> names{"deny", "drop", "block", "redirect", "proxy"};
  return std::find(names.begin(), names.end(), action.name) != names.end();
}

// Without a message the library keeps silent about a SecAction, and always tells of one that blocks.
bool logs_unconditionally(const Rule& rule, bool wants_log) {
  if (rule.action("multimatch") != nullptr) return false;
  const Action* const message = rule.action("msg");
  return rule.action("block") != nullptr || (wants_log && message != nullptr && !message->value.empty());
}

Effect effect_of(const Step& step, const std::array<std::vector<Action>, 6>& defaults, const Removals& removals) {
  Effects effects(defaults[static_cast<std::size_t>(step.phase)], removals);
  for (auto link = step.links.rbegin(); link != step.links.rend(); ++link) effects.run(*link->rule);
  Effect effect = effects.take();
  const Rule& rule = *step.first().rule;
  if (rule.is_unconditional()) {
    const Action* const message = rule.action("msg");
    effect.is_logged = logs_unconditionally(rule, effect.is_logged);
    effect.is_unknown = effect.is_unknown || (message != nullptr && has_macro(message->value));  // may be empty
  } else if (step.first().is_multi_match)
    effect.is_logged = true;  // it has logged each match by itself
  return effect;
}

}  // namespace ravelin::waf::plan
