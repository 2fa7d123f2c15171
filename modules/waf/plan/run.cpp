#include "modules/waf/plan/run.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "modules/waf/plan/macro.h"

namespace ravelin::waf::plan {
namespace {

bool may_change(const Link& link, std::string_view text) {
  if (link.rule->transforms.empty()) return false;
  const ByteClasses classes = classes_of(text);
  return std::any_of(link.rule->transforms.begin(), link.rule->transforms.end(),
                     [&](Transform transform) { return plan::may_change(transform, classes); });
}

// Whether links from `first` on may ask for the last match of one before.
bool may_depend(const Step& step, std::size_t first) {
  return std::any_of(step.links.begin() + static_cast<std::ptrdiff_t>(first), step.links.end(),
                     [](const Link& link) { return link.depends_on_last_match(); });
}

std::string full_name(Variable variable, std::string_view name) {
  std::string full(name_of(variable));
  return is_collection(variable) ? full.append(":").append(name) : full;
}

}  // namespace

void Run::start(Purpose purpose) {
  purpose_ = purpose;
  variables_.clear();
  chain_.clear();
  hits_.clear();
  status_ = 0;
  refusal_ = 0;
  last_matched_ = -1;
  cleaned_at_ = -1;
  polluted_at_ = -1;
  lasting_.clear();
  has_captured_ = false;
  has_hidden_captures_ = false;
  is_in_doubt_ = false;
  effort_.renew();
}

bool Run::has_score() const {
  return std::any_of(variables_.begin(), variables_.end(), [](const auto& entry) {
    return is_score_name(entry.first) && (!entry.second.is_certain || std::atoi(entry.second.value.c_str()) != 0);
  });
}

bool Run::matches(const Step& step, std::span<const Found> found) {
  chain_.clear();
  return follow(step, 0, step.is_scanned ? confirm(step.first(), found) : evaluate(step.first()), !step.is_conditional);
}

bool Run::follow(const Step& step, std::size_t depth, const std::vector<Alternative>& matched, bool is_certain) {
  if (matched.empty()) return false;
  const Link& link = step.links[depth];
  const bool is_last = depth + 1 == step.links.size();
  has_captured_ = has_captured_ || link.has_captures;
  if (!is_last || !step.is_visible) assign(link, matched, is_certain);
  if (is_last) return true;
  bool is_whole = false;
  // Then one answer is that of all: many headers would be asked for each other's.
  const bool is_same_for_all =
      depth + 2 == step.links.size() && step.is_visible && !step.links.back().depends_on_chain();
  for (const Alternative& alternative : matched) {
    if (is_in_doubt_) return false;
    chain_.push_back(&alternative);
    const bool has_followed =
        follow(step, depth + 1, evaluate(step.links[depth + 1]), is_certain && matched.size() == 1);
    chain_.pop_back();
    is_whole = is_whole || has_followed;
    if (is_whole && step.is_visible) return true;
    if (is_same_for_all) break;
  }
  return is_whole;
}

bool Run::shows_of(const Step& step, const Found& one) {
  std::map<std::string, Changed, std::less<>> others;
  others.swap(variables_);
  const bool had_captured = has_captured_;
  chain_.clear();
  const bool does_match = follow(step, 0, confirm(step.first(), {&one, 1}), true);
  const bool is_read = std::any_of(variables_.begin(), variables_.end(), [&](const auto& assigned) {
    return std::any_of(step.readers.begin(), step.readers.end(),
                       [&](const Choice& reader) { return reader.picks(assigned.first); });
  });
  variables_.swap(others);
  has_captured_ = had_captured;
  return does_match || is_read || is_in_doubt_;
}

bool Run::scores(const Step& step, std::span<const Found> found) {
  chain_.clear();
  chain_matches_.clear();
  if (last_matched_ < step.emptied_at) {
    lasting_.clear();
    cleaned_at_ = step.emptied_at;
  }
  is_polluted_ = std::max(step.polluted_at, polluted_at_) > cleaned_at_;
  const bool is_found = step.is_scanned && !step.is_counted;
  const Matches first = is_found ? confirm(step.first(), found) : evaluate(step.first());
  const bool does_match = follow_exactly(step, 0, first) && !step.is_cut;
  const bool is_seen = !step.first().rule->is_unconditional();  // by MATCHED_VARS
  if (is_seen && does_match) last_matched_ = step.number;
  if (is_seen && !does_match && !step.is_conditional) {
    lasting_.clear();
    cleaned_at_ = step.number;
  }
  if (does_match) take_effect(step);
  if (step.is_cut && step.effect.is_unknown && !first.empty()) is_in_doubt_ = true;
  if (does_match && step.is_apart) is_in_doubt_ = true;  // not all of its values may be among those that were found
  return does_match;
}

// As the library follows a chain: each link is evaluated once, after the last match of the link before.
bool Run::follow_exactly(const Step& step, std::size_t depth, const Matches& matched) {
  if (matched.empty() || is_in_doubt_) return false;
  const Link& link = step.links[depth];
  has_captured_ = has_captured_ || link.has_captures;
  assign(link, matched, true);
  chain_matches_.push_back(&matched);
  if (depth + 1 == step.links.size()) {
    report(step, matched.back());
    if (step.is_cut || link.rule->is_unconditional()) return true;
    for (const Matches* link_matches : chain_matches_)
      lasting_.insert(lasting_.end(), link_matches->begin(), link_matches->end());
    return true;
  }
  if (matched.size() > 1 && may_depend(step, depth + 1)) {
    if (!agree(step, depth, matched)) is_in_doubt_ = true;
    polluted_at_ = step.number;
  }
  chain_.push_back(&matched.back());
  return follow_exactly(step, depth + 1, evaluate(step.links[depth + 1]));
}

// Which match was the last is the library's secret: whether the rest of the chain makes the same of each.
bool Run::agree(const Step& step, std::size_t depth, const Matches& matched) {
  const auto counts = counts_after(step, depth, matched.back());
  for (std::size_t i = 0; i < counts.size(); ++i)
    if (counts[i] > 0 && step.links[depth + 1 + i].assigns_last_match()) return false;
  return std::all_of(matched.begin(), matched.end() - 1, [&](const Alternative& match) {
    return !is_in_doubt_ && counts_after(step, depth, match) == counts;
  });
}

// How many matches each link has after `depth`, if `last` was the last of that.
std::vector<std::size_t> Run::counts_after(const Step& step, std::size_t depth, const Alternative& last) {
  std::vector<std::size_t> counts;
  chain_.push_back(&last);
  const Matches next = evaluate(step.links[depth + 1]);
  counts.push_back(next.size());
  if (!next.empty() && depth + 2 < step.links.size() && !is_in_doubt_) {
    if (next.size() > 1 && may_depend(step, depth + 2)) is_in_doubt_ = true;
    chain_matches_.push_back(&next);
    const auto rest = counts_after(step, depth + 1, next.back());
    counts.insert(counts.end(), rest.begin(), rest.end());
    chain_matches_.pop_back();
  }
  chain_.pop_back();
  return counts;
}

void Run::take_effect(const Step& step) {
  const Effect& effect = step.effect;
  if (effect.is_unknown) is_in_doubt_ = true;
  if (effect.lets_pass) status_ = 0;
  if (effect.status != 0) status_ = effect.status;
  if (effect.refuses) refusal_ = status_ == 0 || status_ == 200 ? 403 : status_;
}

void Run::report(const Step& step, const Alternative& last) {
  if (!step.effect.is_logged) return;
  chain_.push_back(&last);
  const bool was_in_doubt = is_in_doubt_;  // what is only said need not be exact
  hits_.push_back({step.first().rule, described(step, "msg"), described(step, "logdata"),
                   full_name(last.variable, last.name), step.effect.refuses && !step.first().is_multi_match});
  is_in_doubt_ = was_in_doubt;
  chain_.pop_back();
}

// The first rule of a chain has the last word.
std::string Run::described(const Step& step, std::string_view action) {
  for (const Link& link : step.links)
    if (const Action* text = link.rule->action(action); text != nullptr)
      return expand_macros(text->value, [&](const std::string& name) { return macro(name); });
  return {};
}

int Run::score() {
  return inbound_score([&](const std::string& name) {
    const auto known = variables_.find(name);
    return known == variables_.end() ? 0 : std::atoi(std::string(read(known->second)).c_str());
  });
}

std::vector<Run::Alternative> Run::confirm(const Link& link, std::span<const Found> found) {
  Test test{link, *link.matcher, {}};
  for (const Found& one : found)
    if (affords_picking(link, one.name.size()) && link.picks(one.variable, one.name))
      try_text({one.variable, one.name, one.text}, one.text, test);
  return std::move(test.matched);
}

std::vector<Run::Alternative> Run::evaluate(const Link& link) {
  // The library stores what a negated pattern captures although the rule does not match then.
  if (link.has_captures && link.rule->op.is_negated) has_hidden_captures_ = true;
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
  for (const Transform transform : link.rule->transforms) apply(transform, transformed_);
  try_text(value, transformed_, test);
}

// The value itself, and each stage that has changed it.
void Run::test_stages(const Value& value, Test& test) {
  try_text(value, transformed_, test);
  for (const Transform transform : test.link.rule->transforms) {
    const std::string before = transformed_;
    apply(transform, transformed_);
    if (transformed_ != before) try_text(value, transformed_, test);
  }
}

// Few patterns go back much for any text, and those that do for some may do so for few.
bool Run::holds(const Link& link, const Matcher& matcher, std::string_view text, Captures* captures) {
  is_in_doubt_ = is_in_doubt_ || !effort_.take(link, text.size());
  if (is_in_doubt_) return true;
  Answer answer = matcher.ask(text, captures, Effort::few_steps(text.size()));
  if (answer == Answer::unclear && effort_.take_many_steps())
    answer = matcher.ask(text, captures, Effort::many_steps(text.size()));
  if (answer == Answer::unclear) effort_.give_up();
  is_in_doubt_ = effort_.is_spent();
  return answer != Answer::no;
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
  std::size_t count = 0;
  for (const Item& item : values_.of(choice.variable)) {
    if (!affords_picking(test.link, item.name.size())) return;
    if (!choice.picks(item.name)) continue;
    if (!choice.is_count && test.link.excludes(choice, item.name)) continue;
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

// Of TX, of counts and of what has matched before, the library has it as it is written somewhere else.
std::string Run::name_of_match(const Alternative& match) {
  if (match.is_count || match.variable == Variable::tx || is_of_matched(match.variable)) is_in_doubt_ = true;
  return full_name(match.variable, match.name);
}

const std::string* Run::capture(const std::string& name) {
  if (has_hidden_captures_) is_in_doubt_ = true;
  const std::size_t number = std::strtoul(name.c_str(), nullptr, 10);
  const auto last =
      std::find_if(chain_.rbegin(), chain_.rend(), [](const auto* link) { return !link->captures.empty(); });
  if (last != chain_.rend() && (*last)->captures.size() > number && (*last)->captures[number])
    return &*(*last)->captures[number];
  // What is not captured is still there from a match before, of this link or another.
  if (has_captured_ || last != chain_.rend()) is_in_doubt_ = true;
  return nullptr;
}

std::string_view Run::read(const Changed& changed) {
  if (!changed.is_certain) is_in_doubt_ = true;
  return changed.value;
}

std::string Run::macro(const std::string& name) {
  if (name.starts_with("tx.")) {
    const std::string key = name.substr(3);
    if (is_capture_name(key)) {
      const std::string* value = capture(key);
      return value == nullptr ? std::string() : *value;
    }
    const auto known = variables_.find(key);
    if (known == variables_.end()) return {};
    return std::string(read(known->second));
  }
  // A SecAction leaves what was there before.
  if (name.starts_with("matched_var") && !chain_.empty() && chain_.back()->variable == Variable::other)
    is_in_doubt_ = true;
  if (name == "matched_var" && !chain_.empty()) return chain_.back()->value;
  if (name == "matched_var_name" && !chain_.empty()) return name_of_match(*chain_.back());
  const std::size_t dot = name.find('.');
  const Variable variable = variable_named(name.substr(0, dot));
  const bool is_of_request = static_cast<unsigned>(variable) <= static_cast<unsigned>(Variable::server_port);
  if (!is_of_request || (dot == std::string::npos) == is_collection(variable)) {
    is_in_doubt_ = true;
    return {};
  }
  const Choice choice{variable,
                      dot == std::string::npos ? Target::Key::none : Target::Key::name,
                      dot == std::string::npos ? std::string() : name.substr(dot + 1),
                      nullptr,
                      false,
                      {}};
  const Item* only = nullptr;
  for (const Item& item : values_.of(variable)) {
    if (!choice.picks(item.name)) continue;
    if (only != nullptr) is_in_doubt_ = true;
    only = &item;
  }
  return only == nullptr ? std::string() : std::string(only->value);
}

bool Run::do_differ(const Matches& matched) {
  return std::any_of(matched.begin(), matched.end(), [&](const Alternative& match) {
    return match.value != matched.front().value || match.captures != matched.front().captures ||
           match.variable != matched.front().variable || match.name != matched.front().name;
  });
}

// Match by match, as the library does. If they are in another order there, only what does not depend on it is certain.
void Run::assign(const Link& link, const std::vector<Alternative>& matched, bool is_certain) {
  if (link.assignments.empty()) return;
  const bool is_ordered = link.assigns_by_its_own() && link.assigns_last_match() && do_differ(matched);
  struct Sets {
    std::string first;
    bool are_same = true;
  };
  std::map<std::pair<const Assignment*, std::string>, Sets> sets;  // what each has set for the values so far
  for (const Alternative& alternative : matched)
    for (const Assignment& assignment : link.assignments) {
      chain_.push_back(&alternative);
      const auto expand = [&](const std::string& name) { return macro(name); };
      const std::string name = lower_case(expand_macros(assignment.name, expand));
      // A choice by pattern that is to begin with something may begin behind a line.
      if (name.find_first_of("\r\n") != std::string::npos) is_in_doubt_ = true;
      const std::string value = expand_macros(assignment.value, expand);
      chain_.pop_back();
      if (assignment.kind == Assignment::Kind::remove) {
        variables_.erase(name);
        if (!is_certain) is_in_doubt_ = true;
        continue;
      }
      Changed& changed = variables_[name];
      const bool is_set = assignment.kind == Assignment::Kind::set;
      if (!is_set) read(changed);
      changed.value = sum(changed.value, assignment.kind, value);
      Sets& known = sets.try_emplace(std::pair(&assignment, name), Sets{changed.value}).first->second;
      known.are_same = known.are_same && known.first == changed.value;
      // How often multiMatch counts one value depends on which stages change it.
      const bool is_counted = purpose_ == Purpose::proof && link.is_multi_match && !is_set;
      changed.is_certain =
          is_certain && (known.are_same || !is_set) && !is_counted && !is_ordered && (changed.is_certain || is_set);
    }
}

}  // namespace ravelin::waf::plan
