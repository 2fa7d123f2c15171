#include "modules/waf/plan/step.h"

#include <algorithm>
#include <array>
#include <climits>
#include <cstdlib>
#include <utility>

#include "modules/waf/plan/macro.h"
#include "modules/waf/plan/pattern_time.h"

namespace ravelin::waf::plan {
namespace {

Error not_planned(const Rule& rule, std::string_view why) {
  return Error{"waf:plan", rule.place.file + ":" + std::to_string(rule.place.line) + ": " + std::string(why)};
}

bool is_kept_for_requests(Variable variable) {
  switch (variable) {
    case Variable::ip:
    case Variable::global:
    case Variable::session:
    case Variable::user:
    case Variable::resource: return true;
    default: return false;
  }
}

bool is_known(Variable variable) {
  switch (variable) {
    case Variable::other:
    case Variable::unique_id:
    case Variable::duration:
    case Variable::env:
    case Variable::geo:
    case Variable::rule:
    case Variable::response_status:
    case Variable::response_headers:
    case Variable::response_headers_names:
    case Variable::response_body:
    case Variable::response_protocol:
    case Variable::response_content_type:
    case Variable::response_content_length: return false;
    default: return true;
  }
}

// Whether a pattern of names looks at case, which the library tells it not to and which names of TX have not kept, or
// may take exponential time: what repeats a group, or goes back to one.
bool is_odd_pattern(std::string_view key) {
  for (std::size_t at = key.find("(?"); at != std::string_view::npos; at = key.find("(?", at + 1))
    if (!key.substr(at).starts_with("(?:") && !key.substr(at).starts_with("(?i)")) return true;
  constexpr std::array<std::string_view, 6> odd{"(*", "\\p", "\\P", ")*", ")+", "){"};
  return std::any_of(odd.begin(), odd.end(),
                     [&](std::string_view part) { return key.find(part) != std::string_view::npos; });
}

// As the library has it.
std::string full_name(const Target& target) {
  switch (target.kind) {
    case Target::Key::none: return target.written;
    case Target::Key::name: return target.written + ":" + target.key;
    case Target::Key::pattern: return target.written + ":regex(" + target.key + ")";
  }
  return {};
}

Result<Choice> make_choice(const Target& target) {
  const bool is_exact = target.is_update && target.is_excluded;
  const std::string key = is_exact ? target.key : lower_case(target.key);
  Choice choice{target.variable, target.kind,       key,   nullptr, target.is_count, full_name(target), {},
                is_exact,        !target.is_update, false, false};
  choice.picks_captures = target.kind == Target::Key::none;
  if (target.kind != Target::Key::pattern) return choice;
  if (is_odd_pattern(target.key)) return Error{"waf:plan", "an odd pattern of names is not planned: " + target.key};
  auto matcher = compile(Operator{"rx", "(?i)" + target.key, false}, {});
  if (!matcher) return std::move(matcher).error();
  choice.key_pattern = std::move(*matcher);
  for (int number = 0; number < 1000; ++number)
    choice.picks_captures = choice.picks_captures || choice.picks(std::to_string(number));
  return choice;
}

// What does not fit is no number for the library.
int number(std::string_view text) {
  const long value = std::strtol(std::string(text).c_str(), nullptr, 10);
  return value >= INT_MIN && value <= INT_MAX ? static_cast<int>(value) : 0;
}

// Others take their argument as it is when the policy is loaded, when no variable has a value.
bool expands_macros(std::string_view name) {
  static constexpr std::array<std::string_view, 14> all{"beginswith", "contains", "containsword", "endswith", "eq",
                                                        "ge",         "gt",       "le",           "lt",       "rx",
                                                        "rxglobal",   "streq",    "strmatch",     "within"};
  return std::find(all.begin(), all.end(), name) != all.end();
}

// Whether an update takes away a count, or what another update adds: the library compares their full names.
Result<bool> excludes_by_full_name(const Rule& rule, const Target& exclusion) {
  if (!exclusion.is_excluded || !exclusion.is_update) return false;
  auto choice = make_choice(exclusion);
  if (!choice) return not_planned(rule, choice.error().message);
  return std::any_of(rule.targets.begin(), rule.targets.end(), [&](const Target& target) {
    if (target.is_excluded || !(target.is_count || target.is_update)) return false;
    const std::string name = lower_case(full_name(target));
    return choice->kind == Target::Key::pattern ? choice->picks(name) : lower_case(full_name(exclusion)) == name;
  });
}

// ARGS:/^/|!ARGS: the library leaves out what has no name.
bool is_whole_beside_part(const Rule& rule, const Target& exclusion) {
  return exclusion.is_excluded && exclusion.kind == Target::Key::none &&
         std::any_of(rule.targets.begin(), rule.targets.end(), [&](const Target& target) {
           return !target.is_excluded && target.variable == exclusion.variable && target.kind == Target::Key::pattern;
         });
}

bool names_last_match(std::string_view text) {
  return names_any(text, [](const std::string& name) {
    return name.starts_with("matched_var") || (name.starts_with("tx.") && is_capture_name(name.substr(3)));
  });
}

std::string wrapped(long value) { return std::to_string(static_cast<int>(static_cast<unsigned>(value))); }

}  // namespace

bool is_of_matched(Variable variable) {
  switch (variable) {
    case Variable::matched_var:
    case Variable::matched_vars:
    case Variable::matched_var_name:
    case Variable::matched_vars_names: return true;
    default: return false;
  }
}

bool is_capture_name(std::string_view name) {
  return !name.empty() && name.find_first_not_of("0123456789") == std::string_view::npos &&
         (name.size() == 1 || name.front() != '0');
}

bool is_score_name(std::string_view name) {
  const auto is_of_level = [&](std::string_view of) { return name.size() == of.size() + 1 && name.starts_with(of); };
  return name == "anomaly_score" || name == "blocking_inbound_anomaly_score" || is_of_level("anomaly_score_pl") ||
         is_of_level("inbound_anomaly_score_pl");
}

bool is_same_name(std::string_view name, std::string_view key) {
  return std::equal(name.begin(), name.end(), key.begin(), key.end(),
                    [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a + 32 : a) == b; });
}

bool Choice::picks(std::string_view name) const {
  switch (kind) {
    case Target::Key::none: return true;
    case Target::Key::pattern: return key_pattern->matches(name);
    case Target::Key::name: return is_exact ? name == key : is_same_name(name, key);
  }
  return true;
}

bool Choice::is_capture() const {
  return variable == Variable::tx && kind == Target::Key::name && is_capture_name(key);
}

bool Choice::has_one_value() const {
  return is_count || variable == Variable::matched_var || variable == Variable::matched_var_name ||
         (variable == Variable::tx && kind == Target::Key::name) ||
         (static_cast<unsigned>(variable) <= static_cast<unsigned>(Variable::server_port) && !is_collection(variable));
}

bool Link::picks(Variable variable, std::string_view name) const {
  return std::any_of(choices.begin(), choices.end(), [&](const Choice& choice) {
    return choice.variable == variable && choice.picks(name) && !excludes(choice, name);
  });
}

bool Link::excludes_by_name_alone() const {
  return std::any_of(exclusions.begin(), exclusions.end(), [](const Choice& exclusion) {
    return !exclusion.is_own && exclusion.kind == Target::Key::pattern;
  });
}

// As libmodsecurity has it: what a rule excludes itself is not excluded from members that it names, nor from what
// others add to its targets. What others exclude by pattern is taken out of every collection, and a variable by its own
// name.
bool Link::excludes(const Choice& choice, std::string_view name) const {
  const std::string_view of_any = is_collection(choice.variable) ? name : name_of(choice.variable);
  return std::any_of(exclusions.begin(), exclusions.end(), [&](const Choice& exclusion) {
    if (exclusion.kind == Target::Key::none) return false;
    if (!exclusion.is_own && exclusion.kind == Target::Key::pattern) return exclusion.picks(of_any);
    const bool is_meant = !exclusion.is_own || (choice.is_own && choice.kind != Target::Key::name);
    return is_meant && exclusion.variable == choice.variable && exclusion.picks(name);
  });
}

bool Link::depends_on_chain() const {
  return matcher == nullptr || std::any_of(choices.begin(), choices.end(), [](const Choice& choice) {
           return is_of_matched(choice.variable) || choice.is_capture();
         });
}

bool Link::depends_on_last_match() const {
  const auto is_read = [](const Choice& choice) {
    return choice.variable == Variable::matched_var || choice.variable == Variable::matched_var_name ||
           (choice.variable == Variable::tx && choice.picks_any_capture());
  };
  return names_last_match(argument) || std::any_of(choices.begin(), choices.end(), is_read) || assigns_last_match();
}

bool Link::assigns_last_match() const {
  return std::any_of(assignments.begin(), assignments.end(), [](const Assignment& assignment) {
    return names_last_match(assignment.name) || names_last_match(assignment.value);
  });
}

bool Link::may_assign(std::string_view name) const {
  return std::any_of(assignments.begin(), assignments.end(), [&](const Assignment& one) {
    return has_macro(one.name) ? name.starts_with(one.name.substr(0, one.name.find("%{"))) : name == one.name;
  });
}

bool Link::names_its_own(std::string_view text) const {
  return names_any(text,
                   [&](const std::string& name) { return name.starts_with("tx.") && may_assign(name.substr(3)); });
}

bool Link::assigns_by_its_own() const {
  return std::any_of(assignments.begin(), assignments.end(), [&](const Assignment& assignment) {
    return names_its_own(assignment.name) || names_its_own(assignment.value);
  });
}

bool Link::looks_at_its_own() const {
  const auto is_own = [&](const Choice& choice) {
    if (choice.variable != Variable::tx) return false;
    if (choice.kind == Target::Key::name) return may_assign(choice.key);
    return std::any_of(assignments.begin(), assignments.end(), [&](const Assignment& assignment) {
      return has_macro(assignment.name) || choice.picks(assignment.name);
    });
  };
  return names_its_own(argument) || std::any_of(choices.begin(), choices.end(), is_own);
}

// Between its values, what a link has matched is MATCHED_VAR, what it captures TX:1, and what it assigns is there.
bool Link::is_bound_to_order() const {
  const auto is_matched = [](const Choice& choice) { return is_of_matched(choice.variable); };
  const auto is_captured = [&](const Choice& choice) {
    return has_captures && choice.variable == Variable::tx && choice.picks_any_capture();
  };
  const bool has_one_value = choices.empty() || (choices.size() == 1 && choices[0].has_one_value());
  if ((names_last_match(argument) || looks_at_its_own()) && (!has_one_value || is_multi_match)) return true;
  // The first target's values are there before any has matched.
  return choices.size() > 1 && (std::any_of(choices.begin() + 1, choices.end(), is_matched) ||
                                std::any_of(choices.begin(), choices.end(), is_captured));
}

bool Step::has_assignments() const {
  const auto links_that_assign = assigning();
  return std::any_of(links_that_assign.begin(), links_that_assign.end(),
                     [](const Link& link) { return !link.assignments.empty(); });
}

bool Step::has_captures() const {
  return std::any_of(links.begin(), links.end(), [](const Link& link) { return link.has_captures; });
}

std::string sum(std::string_view before, Assignment::Kind kind, std::string_view value) {
  switch (kind) {
    case Assignment::Kind::add: return wrapped(long{number(before)} + number(value));
    case Assignment::Kind::subtract: return wrapped(long{number(before)} - number(value));
    default: return std::string(value);
  }
}

Operator expanded(const Rule& rule, std::string argument) {
  if (argument.empty() && rule.op.name.starts_with("rx") && has_macro(rule.op.argument)) argument = ".*";
  return {rule.op.name, std::move(argument), false};
}

Result<Link> make_link(const Rule& rule) {
  if (!rule.unsupported.empty()) return not_planned(rule, rule.unsupported);
  Link link;
  link.rule = &rule;
  link.is_pattern = rule.op.name == "rx";
  link.is_linear = link.is_pattern && takes_linear_time(rule.op.argument);
  if (has_macro(rule.op.argument) && !expands_macros(rule.op.name))
    return not_planned(rule, "a macro in an argument of @" + rule.op.name + " is not planned");
  for (const Target& target : rule.targets) {
    if (target.variable == Variable::xml && target.kind == Target::Key::none && !target.is_excluded)
      return not_planned(rule, "XML without a path, which always has a value, is not planned");
    const auto is_odd = excludes_by_full_name(rule, target);
    if (!is_odd) return is_odd.error();
    if (*is_odd) return not_planned(rule, "what an update takes away from a count or an update is not planned");
    // Of other bodies it takes nothing away; those of XML are the library's (Plan::reads_xml).
    if (target.variable == Variable::xml && target.is_excluded) continue;
    const bool is_of_all = target.is_excluded && target.is_update && target.kind == Target::Key::pattern;
    // Nothing is kept: no value.
    if (is_kept_for_requests(target.variable) && !target.is_count && !is_of_all) continue;
    if (target.is_excluded && target.variable == Variable::tx)
      return not_planned(rule, "what is taken out of TX is not planned");
    if (!is_known(target.variable)) return not_planned(rule, target.written + " is not planned");
    if (is_whole_beside_part(rule, target))
      return not_planned(rule, "an exclusion of all of a variable beside some of it is not planned");
    auto choice = make_choice(target);
    if (!choice) return not_planned(rule, choice.error().message);
    link.has_slow_keys |= target.kind == Target::Key::pattern && !takes_linear_time(target.key);
    (target.is_excluded ? link.exclusions : link.choices).push_back(std::move(*choice));
  }
  for (const Choice& choice : link.choices)
    if (choice.variable == Variable::tx && (choice.kind != Target::Key::name || link.excludes(choice, choice.key)))
      if (link.excludes_by_name_alone()) return not_planned(rule, "what is taken out of TX is not planned");
  for (const Action& action : rule.actions) {
    if (action.name == "capture") link.has_captures = true;
    if (action.name == "multimatch") link.is_multi_match = true;
    if (action.name != "setvar") continue;
    Assignment assignment = assignment_of(action);
    assignment.name = lower_case(assignment.name);
    if (assignment.collection == Variable::tx) link.assignments.push_back(std::move(assignment));
  }
  return link;
}

}  // namespace ravelin::waf::plan
