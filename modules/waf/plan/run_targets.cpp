// What a rule looks at, of the request and of what rules before it have made.
#include <algorithm>
#include <utility>

#include "modules/waf/plan/cpu_time.h"
#include "modules/waf/plan/macro.h"
#include "modules/waf/plan/run.h"

namespace ravelin::waf::plan {
namespace {

bool may_change(const Link& link, std::string_view text) {
  if (link.rule->transforms.empty()) return false;
  const ByteClasses classes = classes_of(text);
  return std::any_of(link.rule->transforms.begin(), link.rule->transforms.end(),
                     [&](Transform transform) { return plan::may_change(transform, classes); });
}

}  // namespace

std::vector<Run::Alternative> Run::confirm(const Link& link, std::span<const Found> found) {
  Test test{link, *link.matcher, {}};
  for (const Found& one : found)
    if (affords_picking(link, one.name.size()) && picks(link, one.variable, one.name))
      try_text({one.variable, one.name, one.text}, one.text, test);
  return std::move(test.matched);
}

// Whether one of these removals has been made.
bool Run::is_removed(std::span<const unsigned> by) const {
  return std::any_of(by.begin(), by.end(), [&](unsigned number) {
    return std::find(removals_.begin(), removals_.end(), number) != removals_.end();
  });
}

// Whether a removal has taken this target, or value, away from a link.
bool Run::is_taken_away(const Link& link, std::string_view full_name) const {
  return std::any_of(link.removable.begin(), link.removable.end(), [&](const auto& removable) {
    return removable.second == full_name && is_removed({&removable.first, 1});
  });
}

bool Run::picks(const Link& link, Variable variable, std::string_view name) const {
  if (removals_.empty() || link.removable.empty()) return link.picks(variable, name);
  return !is_taken_away(link, full_name(variable, name)) &&
         std::any_of(link.choices.begin(), link.choices.end(), [&](const Choice& choice) {
           return choice.variable == variable && choice.picks(name) && !link.excludes(choice, name) &&
                  !(choice.is_own && is_taken_away(link, choice.full_name));
         });
}

std::vector<Run::Alternative> Run::evaluate(const Link& link) {
  // The library stores what a negated pattern captures although the rule does not match then.
  if (link.has_captures && link.rule->op.is_negated) {
    has_hidden_captures_ = true;
    hidden_after_ = chain_.size();
  }
  std::shared_ptr<const Matcher> own;
  if (link.matcher == nullptr) {
    if (!affords_compiling()) return {};
    const auto value_of = [&](const std::string& name) { return macro(name); };
    auto compiled = compile(expanded(*link.rule, expand_macros(link.argument, value_of)), link.rule->place.file);
    if (!compiled) {
      is_in_doubt_ = true;
      return {};
    }
    own = std::move(*compiled);
  }
  Test test{link, own == nullptr ? *link.matcher : *own, {}};
  if (link.choices.empty()) test_value({}, test);
  for (const Choice& choice : link.choices) switch (choice.variable) {
      case Variable::tx: test_tx(choice, test); break;
      case Variable::matched_var:
      case Variable::matched_vars:
      case Variable::matched_var_name:
      case Variable::matched_vars_names: test_matched(choice, test); break;
      default: test_request(choice, test); break;
    }
  return std::move(test.matched);
}

// One value through the transformations; with multiMatch each stage counts.
void Run::test_value(const Value& value, Test& test) {
  const Link& link = test.link;
  if (!affords_transforming(link, value.text.size())) return;
  if (!may_change(link, value.text)) return try_text(value, value.text, test);
  transformed_.assign(value.text);
  if (link.is_multi_match) return test_stages(value, test);
  transform(link.rule->transforms);
  try_text(value, transformed_, test);
}

void Run::transform(std::span<const Transform> transforms) {
  const auto measured = effort_.measured(transformed_.size());
  for (const Transform transform : transforms) apply(transform, transformed_);
}

// The value itself, and each stage that has changed it.
void Run::test_stages(const Value& value, Test& test) {
  try_text(value, transformed_, test);
  for (const Transform one : test.link.rule->transforms) {
    const std::string before = transformed_;
    transform({&one, 1});
    if (transformed_ != before) try_text(value, transformed_, test);
  }
}

// Few patterns go back much for any text, and those that do for some do so for few: what takes more is counted.
bool Run::holds(const Link& link, const Matcher& matcher, std::string_view text, Captures* captures) {
  is_in_doubt_ = is_in_doubt_ || !effort_.take(text.size());
  if (is_in_doubt_) return true;
  const Answer answer = ask(link, matcher, text, captures);
  if (answer == Answer::unclear) effort_.give_up();
  is_in_doubt_ = effort_.is_spent();
  return answer != Answer::no;
}

Answer Run::ask(const Link& link, const Matcher& matcher, std::string_view text, Captures* captures) {
  if (!Effort::is_costly(link) || effort_.take_worst(text.size())) {
    const auto measured = effort_.measured(text.size());
    const Answer answer = matcher.ask(text, captures, Effort::few_steps(text.size()));
    if (answer != Answer::unclear) return answer;
  }
  const Effort::Measured measured(effort_);
  if (Effort::is_long(text.size()) && link.sieve != nullptr) {
    const auto patience = std::min(link.sieve->patience(text.size()), effort_.left());
    const Answer answer = patience.count() > 0 ? matcher.search(text, captures, patience) : Answer::unclear;
    if (answer != Answer::unclear) return answer;
    if (link.sieve->rules_out(text)) return Answer::no;
  }
  return matcher.search(text, captures, effort_.left());
}

void Run::try_text(const Value& value, std::string_view text, Test& test) {
  const bool is_negated = test.link.rule->op.is_negated;
  Captures captures;
  const bool wants_captures = test.link.has_captures && !is_negated;
  if (holds(test.link, test.matcher, text, wants_captures ? &captures : nullptr) == is_negated) return;
  test.matched.push_back(
      {value.variable, std::string(value.name), std::string(text), std::move(captures), value.is_count});
}

void Run::test_count(const Choice& choice, std::size_t count, Test& test) {
  test_value({choice.variable, choice.key, std::to_string(count), true}, test);
}

void Run::test_request(const Choice& choice, Test& test) {
  const bool may_lack = !removals_.empty() && !test.link.removable.empty();
  if (may_lack && (choice.is_own || choice.is_count) && is_taken_away(test.link, choice.full_name)) return;
  std::size_t count = 0;
  for (const Item& item : values_.of(choice.variable)) {
    if (!affords_picking(test.link, item.name.size())) return;
    if (!choice.picks(item.name)) continue;
    if (!choice.is_count && test.link.excludes(choice, item.name)) continue;
    if (may_lack && !affords_comparing(test.link.removable.size())) return;
    if (may_lack && !choice.is_count && is_taken_away(test.link, full_name(choice.variable, item.name))) continue;
    ++count;
    if (!choice.is_count) test_value({choice.variable, item.name, item.value}, test);
  }
  if (choice.is_count) test_count(choice, count, test);
}

void Run::test_tx(const Choice& choice, Test& test) {
  if (choice.is_capture()) {
    const std::string* value = capture(choice.key);
    if (choice.is_count) return test_count(choice, value == nullptr ? 0 : 1, test);
    if (value != nullptr) test_value({Variable::tx, choice.key, *value}, test);
    return;
  }
  // Captures are in TX, too.
  if ((has_captured_ || has_hidden_captures_) && choice.picks_captures) is_in_doubt_ = true;
  std::size_t count = choice.constants.size();
  if (!choice.is_count)
    for (const std::string& value : choice.constants) test_value({Variable::tx, choice.key, value}, test);
  for (const auto& [name, changed] : variables_) {
    if (!affords_picking(test.link, name.size())) return;
    if (!choice.picks(name)) continue;
    ++count;
    const std::string_view value = read(changed);
    if (!choice.is_count) test_value({Variable::tx, name, value}, test);
  }
  if (choice.is_count) test_count(choice, count, test);
}

// Which match was the last depends on the order of a hash table in the library: each is taken for it.
void Run::test_matched(const Choice& choice, Test& test) {
  const bool is_name = choice.variable == Variable::matched_var_name || choice.variable == Variable::matched_vars_names;
  if (choice.is_count || choice.is_stale || chain_.empty()) is_in_doubt_ = true;
  const auto test_one = [&](const Alternative& match) {
    test_value({choice.variable, {}, is_name ? name_of_match(match) : match.value}, test);
  };
  const bool is_last = choice.variable == Variable::matched_var || choice.variable == Variable::matched_var_name;
  // A SecAction leaves what was there before.
  if (is_last && !chain_.empty() && chain_.back()->variable == Variable::other) is_in_doubt_ = true;
  if (choice.kind != Target::Key::none || !test.link.exclusions.empty()) is_in_doubt_ = true;
  if (is_last) {
    if (!chain_.empty()) test_one(*chain_.back());
    return;
  }
  if (purpose_ == Purpose::proof) {
    for (const Alternative* alternative : chain_) test_one(*alternative);
    return;
  }
  if (is_polluted_) is_in_doubt_ = true;
  for (const Alternative& match : lasting_) test_one(match);
  for (const Matches* link : chain_matches_)
    for (const Alternative& match : *link) test_one(match);
}

}  // namespace ravelin::waf::plan
