#include "waf_diff/corruption_kinds.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdlib>
#include <set>
#include <utility>
#include <vector>

#include "modules/waf/plan/ascii.h"

namespace ravelin::waf_diff {
namespace {

using waf::plan::Operator;
using waf::plan::Rule;
using waf::plan::Rules;
using waf::plan::Target;
using waf::plan::Transform;
using waf::plan::Variable;
using What = std::optional<std::string>;

Rule* find(Rules& rules, std::int64_t id) {
  for (Rule& rule : rules.rules)
    if (rule.id == id) return &rule;
  return nullptr;
}

// One of its chain.
Rule& some_link(Rules& rules, std::int64_t id, Random& random) {
  Rule& first = *find(rules, id);
  const std::size_t which = random.below(first.chained.size() + 1);
  return which == 0 ? first : first.chained[which - 1];
}

std::string text_of(const Target& target) {
  return (target.is_excluded ? "!" : "") + target.written + (target.key.empty() ? "" : ":" + target.key);
}

template <class Part, class Test>
std::optional<std::size_t> some_part(const std::vector<Part>& parts, Test test, Random& random) {
  std::vector<std::size_t> found;
  for (std::size_t i = 0; i < parts.size(); ++i)
    if (test(parts[i])) found.push_back(i);
  if (found.empty()) return std::nullopt;
  return random.pick(found);
}

What take_rule(Rules& rules, std::int64_t id, Random&) {
  std::erase_if(rules.rules, [id](const Rule& rule) { return rule.id == id; });
  return "taken out";
}

What take_target(Rules& rules, std::int64_t id, Random& random, bool is_excluded) {
  auto& targets = some_link(rules, id, random).targets;
  const auto is_such = [&](const Target& t) { return t.is_excluded == is_excluded && t.variable != Variable::xml; };
  const auto at = some_part(targets, is_such, random);
  if (!at || targets.size() < 2) return std::nullopt;
  const std::string what = text_of(targets[*at]);
  targets.erase(targets.begin() + static_cast<std::ptrdiff_t>(*at));
  return what;
}
What lose_target(Rules& rules, std::int64_t id, Random& random) { return take_target(rules, id, random, false); }
What lose_exclusion(Rules& rules, std::int64_t id, Random& random) { return take_target(rules, id, random, true); }

// For another that is near.
What change_target(Rules& rules, std::int64_t id, Random& random) {
  constexpr std::array<std::pair<Variable, Variable>, 14> near{
      {{Variable::args, Variable::args_get},
       {Variable::args, Variable::args_post},
       {Variable::args_names, Variable::args_get_names},
       {Variable::args_get, Variable::args},
       {Variable::request_cookies, Variable::request_cookies_names},
       {Variable::request_cookies_names, Variable::request_cookies},
       {Variable::request_filename, Variable::request_basename},
       {Variable::request_basename, Variable::request_filename},
       {Variable::request_uri, Variable::request_uri_raw},
       {Variable::request_uri_raw, Variable::request_uri},
       {Variable::request_uri, Variable::request_filename},
       {Variable::request_line, Variable::request_uri},
       {Variable::files, Variable::files_names},
       {Variable::request_headers, Variable::request_headers_names}}};
  auto& targets = some_link(rules, id, random).targets;
  const auto is_near = [&](const Target& t) {
    return std::any_of(near.begin(), near.end(), [&](const auto& pair) { return pair.first == t.variable; });
  };
  const auto at = some_part(targets, is_near, random);
  if (!at) return std::nullopt;
  Target& target = targets[*at];
  std::vector<Variable> others;
  for (const auto& [from, to] : near)
    if (from == target.variable) others.push_back(to);
  const std::string what = text_of(target);
  target.variable = random.pick(others);
  target.written = name_of(target.variable);
  if (!waf::plan::is_collection(target.variable)) target.kind = Target::Key::none, target.key.clear();
  return what + " for " + text_of(target);
}

What change_key(Rules& rules, std::int64_t id, Random& random) {
  auto& targets = some_link(rules, id, random).targets;
  const auto has_name = [](const Target& t) { return t.kind == Target::Key::name && t.variable != Variable::xml; };
  const auto at = some_part(targets, has_name, random);
  if (!at) return std::nullopt;
  const std::string what = text_of(targets[*at]);
  targets[*at].key.pop_back();
  return what;
}

What lose_transform(Rules& rules, std::int64_t id, Random& random) {
  Rule& link = some_link(rules, id, random);
  auto& transforms = link.transforms;
  if (transforms.empty()) return std::nullopt;
  const std::size_t at = random.below(transforms.size());
  // Phrases are found in any case.
  if (transforms[at] == Transform::lowercase && link.op.name.starts_with("pm")) return std::nullopt;
  const std::string what(name_of(transforms[at]));
  transforms.erase(transforms.begin() + static_cast<std::ptrdiff_t>(at));
  return what;
}

What change_transform(Rules& rules, std::int64_t id, Random& random) {
  auto& transforms = some_link(rules, id, random).transforms;
  if (transforms.empty()) return std::nullopt;
  Transform& transform = transforms[random.below(transforms.size())];
  const auto other = static_cast<Transform>(random.below(waf::plan::transform_count));
  if (other == transform) return std::nullopt;
  const std::string what = std::string(name_of(transform)) + " for " + std::string(name_of(other));
  transform = other;
  return what;
}

What swap_transforms(Rules& rules, std::int64_t id, Random& random) {
  auto& transforms = some_link(rules, id, random).transforms;
  if (transforms.size() < 2) return std::nullopt;
  const std::size_t at = random.below(transforms.size() - 1);
  if (transforms[at] == transforms[at + 1]) return std::nullopt;
  std::swap(transforms[at], transforms[at + 1]);
  return std::string(name_of(transforms[at + 1])) + " behind " + std::string(name_of(transforms[at]));
}

// Places in a pattern, and whether they are within brackets or behind a backslash.
std::vector<std::size_t> places(const std::string& pattern, bool (*test)(char)) {
  std::vector<std::size_t> found;
  bool is_in_brackets = false;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == '\\') {
      ++i;
      continue;
    }
    if (pattern[i] == '[') is_in_brackets = true;
    if (pattern[i] == ']') is_in_brackets = false;
    if (!is_in_brackets && test(pattern[i])) found.push_back(i);
  }
  return found;
}

std::string around(const std::string& text, std::size_t at) {
  const std::size_t begin = at - std::min<std::size_t>(at, 12);
  return "..." + text.substr(begin, 30) + "...";
}

// The alternative behind a '|', to the next one or the end of its group.
What lose_alternative(Rules& rules, std::int64_t id, Random& random) {
  Operator& op = some_link(rules, id, random).op;
  const auto bars = places(op.argument, [](char c) { return c == '|'; });
  if (op.name != "rx" || bars.empty()) return std::nullopt;
  const std::size_t begin = random.pick(bars);
  const std::string what = around(op.argument, begin);
  int depth = 0;
  for (const std::size_t at : places(op.argument, [](char c) { return c == '|' || c == '(' || c == ')'; })) {
    if (at <= begin) continue;
    if (depth == 0 && op.argument[at] != '(') {
      op.argument.erase(begin, at - begin);
      return what;
    }
    depth += op.argument[at] == '(' ? 1 : op.argument[at] == ')' ? -1 : 0;
  }
  op.argument.resize(begin);
  return what;
}

What change_letter(Rules& rules, std::int64_t id, Random& random) {
  Operator& op = some_link(rules, id, random).op;
  const auto letters = places(op.argument, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; });
  if (op.name != "rx" || letters.empty()) return std::nullopt;
  const std::size_t at = random.pick(letters);
  const std::string what = around(op.argument, at);
  const bool is_syntax = at > 0 && std::string_view("?{,").find(op.argument[at - 1]) != std::string_view::npos;
  if (is_syntax) return std::nullopt;
  op.argument[at] = op.argument[at] == 'z' || op.argument[at] == 'Z' || op.argument[at] == '9'
                        ? static_cast<char>(op.argument[at] - 1)
                        : static_cast<char>(op.argument[at] + 1);
  return what;
}

What change_quantifier(Rules& rules, std::int64_t id, Random& random) {
  Operator& op = some_link(rules, id, random).op;
  const auto counts = places(op.argument, [](char c) { return c == '*' || c == '+'; });
  if (op.name != "rx" || counts.empty()) return std::nullopt;
  const std::size_t at = random.pick(counts);
  const std::string what = around(op.argument, at);
  op.argument.replace(at, 1, op.argument[at] == '*' ? "+" : "{2,}");
  return what;
}

What lose_anchor(Rules& rules, std::int64_t id, Random& random) {
  Operator& op = some_link(rules, id, random).op;
  const auto anchors = places(op.argument, [](char c) { return c == '^' || c == '$'; });
  if (op.name != "rx" || anchors.empty()) return std::nullopt;
  const std::size_t at = random.pick(anchors);
  const std::string what = around(op.argument, at);
  op.argument.erase(at, 1);
  return what;
}

What mind_case(Rules& rules, std::int64_t id, Random& random) {
  Rule& link = some_link(rules, id, random);
  Operator& op = link.op;
  const std::size_t at = op.argument.find("(?i)");
  const auto& transforms = link.transforms;
  const bool is_lower = std::find(transforms.begin(), transforms.end(), Transform::lowercase) != transforms.end();
  if (op.name != "rx" || at == std::string::npos || is_lower) return std::nullopt;
  op.argument.erase(at, 4);
  return "of a pattern";
}

// Of @pm, and the last letter of what other operators compare with.
What lose_phrase(Rules& rules, std::int64_t id, Random& random) {
  Operator& op = some_link(rules, id, random).op;
  const bool is_text = op.name == "contains" || op.name == "streq" || op.name == "beginswith" ||
                       op.name == "endswith" || op.name == "within" || op.name == "containsword";
  if (!is_text && op.name != "pm") return std::nullopt;
  const std::size_t blank = op.argument.rfind(' ');
  const std::string what = op.argument.substr(blank == std::string::npos ? 0 : blank);
  if (blank != std::string::npos && op.name != "contains")
    op.argument.resize(blank);
  else if (is_text && !op.argument.empty() && op.argument.back() != '}')
    op.argument.pop_back();
  else
    return std::nullopt;
  return what;
}

What change_number(Rules& rules, std::int64_t id, Random& random) {
  Operator& op = some_link(rules, id, random).op;
  constexpr std::array<std::string_view, 5> names{"eq", "ge", "gt", "le", "lt"};
  if (std::find(names.begin(), names.end(), op.name) == names.end() || op.argument.empty() ||
      std::isdigit(static_cast<unsigned char>(op.argument.front())) == 0)
    return std::nullopt;
  const std::string what = op.argument;
  op.argument = std::to_string(std::atoi(op.argument.c_str()) + (random.one_in(2) ? 1 : -1));
  return what + " for " + op.argument;
}

What change_operator(Rules& rules, std::int64_t id, Random& random) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 12> near{
      {{"contains", "streq"},
       {"beginswith", "streq"},
       {"endswith", "streq"},
       {"within", "streq"},
       {"streq", "contains"},
       {"eq", "gt"},
       {"ge", "gt"},
       {"gt", "ge"},
       {"lt", "le"},
       {"detectsqli", "detectxss"},
       {"detectxss", "detectsqli"},
       {"validateurlencoding", "validateutf8encoding"}}};
  Operator& op = some_link(rules, id, random).op;
  for (const auto& [from, to] : near)
    if (op.name == from) {
      op.name = to;
      return std::string(from) + " for " + std::string(to);
    }
  return std::nullopt;
}

What change_bytes(Rules& rules, std::int64_t id, Random& random) {
  Operator& op = some_link(rules, id, random).op;
  const std::size_t dash = op.argument.find('-');
  if (op.name != "validatebyterange" || dash == std::string::npos) return std::nullopt;
  const std::string what = op.argument;
  const std::size_t begin = op.argument.find_last_of(", ", dash) + 1;
  const int first = std::atoi(op.argument.c_str() + begin);
  op.argument.replace(begin, dash - begin, std::to_string(first == 0 ? 1 : first - 1));
  return what + " for " + op.argument;
}

What flip_negation(Rules& rules, std::int64_t id, Random& random) {
  Rule& link = some_link(rules, id, random);
  if (link.targets.empty()) return std::nullopt;
  link.op.is_negated = !link.op.is_negated;
  return "@" + link.op.name;
}

What lose_link(Rules& rules, std::int64_t id, Random& random) {
  Rule& rule = *find(rules, id);
  if (rule.chained.empty()) return std::nullopt;
  const std::size_t at = random.below(rule.chained.size());
  rule.chained.erase(rule.chained.begin() + static_cast<std::ptrdiff_t>(at));
  return "the one at " + std::to_string(at + 1);
}

What lose_action(Rules& rules, std::int64_t id, Random& random, std::string_view name) {
  auto& actions = some_link(rules, id, random).actions;
  return std::erase_if(actions, [name](const auto& action) { return action.name == name; }) > 0
             ? What(std::string(name))
             : std::nullopt;
}
What lose_multi_match(Rules& rules, std::int64_t id, Random& random) {
  return lose_action(rules, id, random, "multimatch");
}

// Whether more than a message depends on what a rule captures.
bool reads_captures(const Rule& rule) {
  const auto does = [](const Rule& link) {
    return std::any_of(link.targets.begin(), link.targets.end(),
                       [](const Target& t) {
                         return t.variable == Variable::tx && t.key.size() == 1 && t.key[0] >= '0' && t.key[0] <= '9';
                       }) ||
           link.op.argument.find("%{TX.1") != std::string::npos || link.op.argument.find("%{tx.1") != std::string::npos;
  };
  return does(rule) || std::any_of(rule.chained.begin(), rule.chained.end(), does);
}
What lose_capture(Rules& rules, std::int64_t id, Random& random) {
  return reads_captures(*find(rules, id)) ? lose_action(rules, id, random, "capture") : std::nullopt;
}

bool is_of_body(const Target& target) {
  switch (target.variable) {
    case Variable::args:
    case Variable::args_names:
    case Variable::args_post:
    case Variable::args_post_names:
    case Variable::request_body:
    case Variable::files:
    case Variable::files_names: return true;
    default: return false;
  }
}

// Where it matters: the head is the same in both.
What change_phase(Rules& rules, std::int64_t id, Random&) {
  Rule& rule = *find(rules, id);
  const int before = rule.phase;
  if (std::none_of(rule.targets.begin(), rule.targets.end(), is_of_body)) return std::nullopt;
  rule.phase = before == 2 ? 1 : 2;
  for (Rule& link : rule.chained) link.phase = rule.phase;
  return std::to_string(before) + " for " + std::to_string(rule.phase);
}

// Names of TX that the rule reads.
std::set<std::string> names_read(const Rule& rule) {
  std::set<std::string> names;
  const auto note = [&](const Rule& link) {
    for (const Target& target : link.targets)
      if (target.variable == Variable::tx && target.kind == Target::Key::name)
        names.insert(waf::lower_case(target.key));
    const std::string argument = waf::lower_case(link.op.argument);
    for (std::size_t at = argument.find("%{tx."); at != std::string::npos; at = argument.find("%{tx.", at + 1))
      names.insert(argument.substr(at + 5, argument.find('}', at) - at - 5));
  };
  note(rule);
  for (const Rule& link : rule.chained) note(link);
  return names;
}

// A setvar of such a name in another rule: its value is cut short.
What change_constant(Rules& rules, std::int64_t id, Random& random) {
  const std::set<std::string> names = names_read(*find(rules, id));
  std::vector<waf::plan::Action*> found;
  const auto note = [&](Rule& link) {
    for (auto& action : link.actions) {
      if (action.name != "setvar") continue;
      const auto assignment = waf::plan::assignment_of(action);
      if (assignment.value.size() > 1 && names.contains(waf::lower_case(assignment.name))) found.push_back(&action);
    }
  };
  for (Rule& rule : rules.rules) {
    note(rule);
    for (Rule& link : rule.chained) note(link);
  }
  if (found.empty()) return std::nullopt;
  waf::plan::Action& action = *random.pick(found);
  const std::string what = action.value.substr(0, 60);
  const std::size_t blank = action.value.rfind(' ');
  action.value.resize(blank == std::string::npos ? action.value.size() - 1 : blank);
  return what;
}

// A rule before it that skips to a marker behind it does so always.
What skip_always(Rules& rules, std::int64_t id, Random&) {
  for (Rule& gate : rules.rules) {
    if (gate.id == id) return std::nullopt;
    const auto* const skip = gate.action("skipafter");
    if (skip == nullptr || gate.op.name != "lt" || gate.phase != find(rules, id)->phase) continue;
    const bool is_passed = std::any_of(rules.rules.begin(), rules.rules.end(),
                                       [&](const Rule& rule) { return rule.marker == skip->value; });
    if (!is_passed) continue;
    gate.op.argument = "9";
    return "at rule " + std::to_string(gate.id);
  }
  return std::nullopt;
}

constexpr std::array<CorruptionKind, 24> kinds{{{"a rule is lost", take_rule},
                                                {"a target is lost", lose_target},
                                                {"a target is another", change_target},
                                                {"a target's key is another", change_key},
                                                {"an exclusion is lost", lose_exclusion},
                                                {"a transformation is lost", lose_transform},
                                                {"a transformation is another", change_transform},
                                                {"transformations change places", swap_transforms},
                                                {"an alternative is lost", lose_alternative},
                                                {"a letter is another", change_letter},
                                                {"a quantifier is another", change_quantifier},
                                                {"an anchor is lost", lose_anchor},
                                                {"case matters", mind_case},
                                                {"a phrase is lost", lose_phrase},
                                                {"a number is another", change_number},
                                                {"an operator is another", change_operator},
                                                {"a byte is allowed", change_bytes},
                                                {"a negation is flipped", flip_negation},
                                                {"a link is lost", lose_link},
                                                {"multiMatch is lost", lose_multi_match},
                                                {"capture is lost", lose_capture},
                                                {"the phase is another", change_phase},
                                                {"a constant is another", change_constant},
                                                {"it is always skipped", skip_always}}};

}  // namespace

std::span<const CorruptionKind> corruption_kinds() { return kinds; }

}  // namespace ravelin::waf_diff
