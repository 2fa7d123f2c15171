#include "modules/waf/plan/fold.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <map>
#include <set>
#include <utility>

#include "modules/waf/plan/effect.h"
#include "modules/waf/plan/macro.h"
#include "modules/waf/plan/prune.h"
#include "modules/waf/plan/removal.h"

namespace ravelin::waf::plan {
namespace {

bool is_list_of_matched(Variable variable) {
  return variable == Variable::matched_vars || variable == Variable::matched_vars_names;
}

bool is_number(std::string_view text) { return text.find_first_not_of("0123456789") == std::string_view::npos; }

// Changing are the names of TX variables that depend on the request; one made from a macro is known by how it begins.
struct Changing {
  std::set<std::string> names;
  std::set<std::string> beginnings;
  /// What every request takes away from rules that come later: "ruleremovebyid=1", in lower case.
  std::set<std::string> removals;
  /// What some take away, as written, but cannot be followed: it means a rule that is worked out already.
  std::set<std::string> unfollowed;

  bool has(const std::string& name) const {
    return is_capture_name(name) || names.contains(name) ||
           std::any_of(beginnings.begin(), beginnings.end(),
                       [&](const std::string& beginning) { return name.starts_with(beginning); });
  }
  bool operator==(const Changing&) const = default;
};

// State is what is known of TX and of the flow at one point of the policy.
class State {
 public:
  explicit State(Changing known) : changing(std::move(known)) {}

  const std::map<std::string, std::string>& constants() const { return constants_; }
  void assign(const Assignment& assignment) {
    if (assignment.kind == Assignment::Kind::remove)
      constants_.erase(assignment.name);
    else
      constants_[assignment.name] = sum(constants_[assignment.name], assignment.kind, assignment.value);
  }

  // A text with the macros expanded that do not depend on the request.
  std::string bind(std::string_view text) const {
    return expand_macros(text, [&](const std::string& name) {
      if (!name.starts_with("tx.") || changing.has(name.substr(3))) return "%{" + name + "}";
      const auto known = constants_.find(name.substr(3));
      return known == constants_.end() ? std::string() : known->second;
    });
  }

  void skip_to(const std::string& marker) { skipped_to_ = marker; }
  void may_skip_to(const std::string& marker) { open_.insert(marker); }
  void reach(const std::string& marker) {
    if (skipped_to_ == marker) skipped_to_.clear();
    open_.erase(marker);
  }
  bool is_skipping() const { return !skipped_to_.empty(); }
  // Whether some requests jump over this point.
  bool is_conditional() const { return !open_.empty(); }

  Changing changing;

 private:
  std::map<std::string, std::string> constants_;
  std::string skipped_to_;
  std::set<std::string> open_;
};

enum class Truth : std::uint8_t { never, always, depends };

// One walk over the policy. If it finds that more variables change than it was told, it has to be repeated.
class Walk {
 public:
  Walk(const Rules& rules, Matchers& matchers, const Changing& changing, Purpose purpose)
      : rules_(rules), matchers_(matchers), state_(changing), before_(changing), purpose_(purpose) {
    if (purpose == Purpose::score) removals_ = Removals(rules, changing.unfollowed);
    for (const auto& defaults : rules.defaults)
      for (const Action& action : defaults) {
        if (is_disruptive(action)) has_disruptive_default_ = true;
        if (action.name == "setvar" || action.name == "skipafter" || action.name == "allow" || action.name == "ctl" ||
            action.name == "msg" || plan::changes_engine(action))
          refuse("SecDefaultAction has " + action.name);
      }
  }

  // A marker that a phase does not come by is still looked for in the next.
  void run() {
    for (int phase = 0; phase <= 2; ++phase)
      for (const Rule& rule : rules_.rules)
        if (rule.phase == phase) rule.is_marker() ? state_.reach(rule.marker) : visit(rule);
    for (const auto& [name, value] : state_.constants())
      if (is_score_name(name) && !state_.changing.has(name) && std::atoi(value.c_str()) != 0)
        refuse("every request has an anomaly score: tx." + name);
  }

  bool is_settled() const { return state_.changing == before_; }
  const Changing& changing() const { return state_.changing; }
  Folded take() { return std::move(folded_); }

 private:
  void visit(const Rule& rule) {
    if (state_.is_skipping()) return;
    ++rule_number_;
    step_rule_ = &rule;
    std::vector<const Rule*> chain{&rule};
    for (const Rule& member : rule.chained) chain.push_back(&member);
    Step step;
    step.id = rule.id;
    step.phase = rule.phase;
    step.number = rule_number_;
    step.emptied_at = emptied_at_;
    step.polluted_at = polluted_at_;
    step.removable = removals_.of(rule);
    if (emptying_rule_ != nullptr) step.emptying_removable = removals_.of(*emptying_rule_);
    is_conditional_ = state_.is_conditional() || is_removable(rule);
    step.is_conditional = is_conditional_;
    bool depends = false;
    bool is_unclear = false;  // whether the rest of the chain matches
    for (const Rule* member : chain) {
      auto link = make_link(*member);
      if (link) link->removable = removals_.of_targets(*member);
      Result<Truth> truth = link ? decide(*link) : Result<Truth>(link.error());
      if (truth && *truth == Truth::never) return leave(std::move(step), depends);
      if (truth && link->is_bound_to_order())
        truth = Error{"waf:plan", at(rule) + "what it looks at depends on the library's order"};
      if (!truth) {
        if (!depends) return refuse(truth.error().message);
        is_unclear = true;  // of the requests that come so far
        break;
      }
      depends = depends || *truth == Truth::depends || !assign_constants(*link);
      step.links.push_back(std::move(*link));
      // With multiMatch a link shows without the rest of its chain.
      if (purpose_ == Purpose::proof && step.links.back().is_multi_match && is_visible(rule)) break;
    }
    const bool shows = is_unclear || is_visible(rule) || (depends && removes_effects(rule));
    step.is_visible = shows && purpose_ == Purpose::proof;
    note_matched(rule, shows);
    if (!depends && shows) return refuse(at(rule) + "rule " + std::to_string(rule.id) + " matches every request");
    if (purpose_ == Purpose::score) note_effect(step, depends);
    step.effect.is_unknown = step.effect.is_unknown || is_unclear;
    note_emptying(rule, depends);
    if (!shows && (purpose_ == Purpose::proof || !depends)) note_flow(step, depends);
    if (depends || is_removal_kept(step)) keep(std::move(step));
  }

  // Whether a rule that all requests match is a step because it takes something away. Then its assignments are made
  // already.
  bool is_removal_kept(Step& step) {
    give_up(step.removable);
    if (step.effect.removals.empty()) return false;
    if (!is_followed(step)) {
      give_up(step.effect.removals);
      return false;
    }
    for (Link& link : step.links) link.assignments.clear();
    return true;
  }

  // These removals are not followed in the next walk: some mean what is the same for all requests.
  void give_up(const std::vector<unsigned>& removals) {
    for (const unsigned number : removals) state_.changing.unfollowed.insert(removals_.text(number));
  }

  // What a rule that all requests match makes of their status is not followed.
  void note_effect(Step& step, bool depends) {
    Effect effect = effect_of(step, rules_.defaults, removals_);
    if (!depends && effect.status != 0) refuse(at(*step_rule_) + "every request has the status of a refusal");
    if (!depends) {
      step.effect.removals = std::move(effect.removals);
      return;
    }
    step.effect = effect;
    // A rule that all requests match may take it away again.
    if (effect.status != 0 && !effect.refuses) step.effect.is_unknown = true;
  }

  // Whether some requests are, after this rule, without another that the rest depends on.
  bool removes_effects(const Rule& rule) const {
    return any_link(rule, [&](const Rule& link) {
      return std::any_of(link.actions.begin(), link.actions.end(),
                         [&](const Action& action) { return is_removal(action) && removes_effects(action); });
    });
  }

  bool removes_effects(const Action& action) const {
    const std::string removal = lower_case(action.value);
    return std::any_of(rules_.rules.begin(), rules_.rules.end(), [&](const Rule& rule) {
      const bool removes = has_effect(rule) && !is_visible(rule) && may_remove(removal, rule);
      return rule.phase <= 2 && (removes || may_remove_link(removal, rule));
    });
  }

  // Whether every request may be without it, or without some of its targets; or some may, and it sets something before
  // it shows.
  bool is_removable(const Rule& rule) const {
    const auto means_it = [&](const std::string& removal) { return may_remove(removal, rule); };
    const auto& of_all = state_.changing.removals;
    const auto& of_some = possible_removals_;
    return std::any_of(of_all.begin(), of_all.end(), means_it) ||
           (is_visible(rule) && has_early_effect(rule) && std::any_of(of_some.begin(), of_some.end(), means_it));
  }

  // What a step that nobody sees does to the rules after it. The first rule of a chain has the last word.
  void note_flow(const Step& step, bool depends) {
    for (auto link = step.links.rbegin(); link != step.links.rend(); ++link)
      for (const Action& action : link->rule->actions) {
        if (action.name == "skipafter")
          depends || is_conditional_ ? state_.may_skip_to(action.value) : state_.skip_to(action.value);
        if ((action.name == "allow" || switches_engine(action)) && purpose_ == Purpose::score)
          refuse(at(*link->rule) + "every request is let pass");
        if (!is_removal(action) || removals_.find(action)) continue;
        const std::string removal = lower_case(action.value);
        if (!depends && std::any_of(rules_.rules.begin(), rules_.rules.end(), [&](const Rule& rule) {
              return rule.phase <= 2 && may_remove_link(removal, rule);
            }))
          refuse(at(*link->rule) + "ctl:ruleRemoveById means a link of a chain, which then always matches");
        possible_removals_.insert(removal);
        if (!depends) state_.changing.removals.insert(removal);
      }
  }

  // MATCHED_VARS grow until a rule does not match. One that shows is such a rule, or nothing matters any more.
  void note_matched(const Rule& rule, bool empties) {
    const bool is_certain =
        !is_conditional_ && std::none_of(possible_removals_.begin(), possible_removals_.end(),
                                         [&](const std::string& removal) { return may_remove(removal, rule); });
    if (!empties && !rule.is_unconditional()) has_matched_ = true;
    if (empties && is_certain && !rule.is_unconditional()) has_matched_ = false;
  }

  // The same for a score, where what shows is followed: MATCHED_VARS have what rules in a row have matched. Whether one
  // that only some requests have has emptied them nobody knows.
  void note_emptying(const Rule& rule, bool may_fail) {
    if (rule.is_unconditional()) return;
    if (!may_fail || is_conditional_)
      polluted_at_ = rule_number_;
    else {
      emptied_at_ = rule_number_;
      emptying_rule_ = &rule;
    }
  }

  // A chain that a constant breaks still makes the assignments of the links before.
  void leave(Step step, bool depends) {
    step.is_visible = false;
    step.is_cut = true;
    note_matched(*step_rule_, true);
    note_emptying(*step_rule_, true);
    if (depends) return keep(std::move(step));
    if (!step.links.empty()) give_up(step.removable);
  }

  void keep(Step step) {
    if (purpose_ == Purpose::score && !is_followed(step)) {
      step.links.erase(step.links.begin() + 1, step.links.end());
      step.effect.is_unknown = true;
    }
    for (const Link& link : step.assigning()) note_changes(link);
    // What does nothing else may still match, and leave that in MATCHED_VARS.
    if (purpose_ == Purpose::score || step.is_visible || step.has_assignments() || step.has_captures())
      folded_.steps.push_back(std::move(step));
  }

  // Whether a score can tell what it does: not all requests may have the rule, and with multiMatch each link of a chain
  // is logged by itself.
  bool is_followed(const Step& step) const {
    const auto is_multi_match = [](const Link& link) { return link.is_multi_match; };
    if (!step_rule_->chained.empty() && any_link(*step_rule_, [](const Rule& link) { return link.is_unconditional(); }))
      return false;
    return !is_conditional_ &&
           (step_rule_->chained.empty() || std::none_of(step.links.begin(), step.links.end(), is_multi_match));
  }

  bool is_visible(const Rule& rule) const {
    // multiMatch logs each match, whatever the actions say that are run after the whole chain.
    const auto shows = [](const Rule& link) {
      return link.action("log") != nullptr || link.action("auditlog") != nullptr ||
             link.action("multimatch") != nullptr || changes_engine(link);
    };
    const auto is_disruptive_link = [](const Rule& link) {
      return std::any_of(link.actions.begin(), link.actions.end(), is_disruptive);
    };
    const bool may_refuse =
        any_link(rule, is_disruptive_link) ||
        (has_disruptive_default_ && rule.action("pass") == nullptr && rule.action("allow") == nullptr);
    const bool may_log = rule.action("nolog") == nullptr || any_link(rule, shows);
    return may_refuse ||
           (rule.is_unconditional() ? logs_unconditionally(rule, may_log) || changes_engine(rule) : may_log);
  }

  static bool changes_engine(const Rule& rule) {
    return std::any_of(rule.actions.begin(), rule.actions.end(),
                       [](const Action& action) { return plan::changes_engine(action); });
  }

  void refuse(std::string why) { folded_.unsupported.push_back(std::move(why)); }

  // False if the assignments depend on the request, or on whether this point is reached.
  bool assign_constants(const Link& link) {
    for (const Assignment& assignment : link.assignments)
      if (is_conditional_ || state_.changing.has(assignment.name) || has_macro(assignment.name) ||
          has_macro(assignment.value))
        return false;
    for (const Assignment& assignment : link.assignments) state_.assign(assignment);
    return true;
  }

  void note_changes(const Link& link) {
    for (const Assignment& assignment : link.assignments) {
      const std::string& text = assignment.name;
      if (is_capture_name(text)) refuse(at(*link.rule) + "what only a match stores is assigned to");
      if (!has_macro(text))
        state_.changing.names.insert(text);
      else if (const std::string beginning = text.substr(0, text.find("%{")); !is_number(beginning))
        state_.changing.beginnings.insert(beginning);
      else  // and may be that of what a match stores
        refuse(at(*link.rule) + "the name of a variable depends on the request");
    }
  }

  // Whether the link holds for all requests or none. Also compiles its operator, and replaces constants. An Error if
  // that cannot be told of any request.
  Result<Truth> decide(Link& link) {
    const Operator& op = link.rule->op;
    bind(link);
    const bool is_unconditional = op.name == "unconditionalmatch" && !op.is_negated && link.rule->targets.empty();
    if (!is_unconditional && has_no_value(link)) return Truth::never;
    if (has_macro(link.argument)) return Truth::depends;
    auto matcher = matchers_.compile(expanded(*link.rule, link.argument), link.rule->place.file);
    if (!matcher) return Error{"waf:plan", at(*link.rule) + matcher.error().message};
    link.matcher = *std::move(matcher);
    if (is_unconditional) return Truth::always;
    // What it captures, negated or not, is to be known when requests are judged.
    if (!are_constant(link) || link.has_captures) return Truth::depends;
    const std::size_t matches = matches_of_constants(link);
    // More than one match makes its assignments more than once.
    return matches == 0 ? Truth::never : matches == 1 ? Truth::always : Truth::depends;
  }

  static std::string at(const Rule& rule) { return rule.place.file + ":" + std::to_string(rule.place.line) + ": "; }

  void bind(Link& link) const {
    link.argument = state_.bind(link.rule->op.argument);
    for (Assignment& assignment : link.assignments) {
      assignment.name = lower_case(state_.bind(assignment.name));
      assignment.value = state_.bind(assignment.value);
    }
    for (Choice& choice : link.choices)
      choice.is_stale = purpose_ == Purpose::proof && has_matched_ && is_list_of_matched(choice.variable);
    for (Choice& choice : link.choices)
      if (choice.variable == Variable::tx)
        for (const auto& [name, value] : state_.constants())
          if (!state_.changing.has(name) && choice.picks(name)) choice.constants.push_back(value);
  }

  bool has_no_value(const Link& link) const { return are_constant(link) && constant_values(link).empty(); }

  bool are_constant(const Link& link) const {
    return std::all_of(link.choices.begin(), link.choices.end(), [&](const Choice& choice) {
      return choice.variable == Variable::tx && choice.kind == Target::Key::name && !state_.changing.has(choice.key);
    });
  }

  static std::vector<std::string> constant_values(const Link& link) {
    std::vector<std::string> values;
    for (const Choice& choice : link.choices) {
      if (choice.is_count)
        values.push_back(std::to_string(choice.constants.size()));
      else
        values.insert(values.end(), choice.constants.begin(), choice.constants.end());
    }
    return values;
  }

  static std::size_t matches_of_constants(const Link& link) {
    std::size_t matches = 0;
    const auto test = [&](const std::string& value) {
      if (link.matcher->matches(value) != link.rule->op.is_negated) ++matches;
    };
    for (std::string value : constant_values(link)) {
      for (const Transform transform : link.rule->transforms) {
        if (link.is_multi_match) test(value);
        plan::apply(transform, value);
      }
      test(value);
    }
    return matches;
  }

  const Rules& rules_;
  Matchers& matchers_;
  State state_;
  Folded folded_;
  Changing before_;
  Purpose purpose_;
  bool has_disruptive_default_ = false;
  const Rule* step_rule_ = nullptr;  // that is visited
  bool is_conditional_ = false;      // whether some requests are without it
  int rule_number_ = 0;
  int emptied_at_ = -1;
  const Rule* emptying_rule_ = nullptr;  // of that number
  int polluted_at_ = -1;
  bool has_matched_ = false;                 // what rules before it matched may be in MATCHED_VARS
  std::set<std::string> possible_removals_;  // that are not followed
  Removals removals_;                        // that are
};

// What is disruptive is run only then.
bool is_enforcing(const Rules& rules) {
  return std::all_of(rules.settings.begin(), rules.settings.end(), [](const Setting& setting) {
    return setting.name != "secruleengine" || lower_case(setting.arguments.front()) == "on";
  });
}

}  // namespace

Folded fold(const Rules& rules, Matchers& matchers, Purpose purpose) {
  Changing changing;
  while (true) {
    Walk walk(rules, matchers, changing, purpose);
    walk.run();
    if (!walk.is_settled()) {
      changing = walk.changing();
      continue;
    }
    Folded folded = walk.take();
    if (purpose == Purpose::score && !is_enforcing(rules)) folded.unsupported.push_back("SecRuleEngine is not On");
    folded.unsupported.insert(folded.unsupported.end(), rules.unsupported.begin(), rules.unsupported.end());
    if (purpose == Purpose::proof) prune(folded.steps);
    return folded;
  }
}

}  // namespace ravelin::waf::plan
