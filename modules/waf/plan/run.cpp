#include "modules/waf/plan/run.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "modules/waf/plan/macro.h"

namespace ravelin::waf::plan {
namespace {

// Whether links from `first` on may ask for the last match of one before.
bool may_depend(const Step& step, std::size_t first) {
  return std::any_of(step.links.begin() + static_cast<std::ptrdiff_t>(first), step.links.end(),
                     [](const Link& link) { return link.depends_on_last_match(); });
}

}  // namespace

void Run::start(Purpose purpose, Spend spend) {
  purpose_ = purpose;
  variables_.clear();
  chain_.clear();
  hits_.clear();
  removals_.clear();
  status_ = 0;
  refusal_ = 0;
  last_matched_ = -1;
  cleaned_at_ = -1;
  polluted_at_ = -1;
  lasting_.clear();
  has_captured_ = false;
  has_hidden_captures_ = false;
  is_in_doubt_ = false;
  if (spend == Spend::all) effort_.renew();
}

bool Run::has_score() const {
  return std::any_of(variables_.begin(), variables_.end(), [](const auto& entry) {
    return is_score_name(entry.first) && (!entry.second.is_certain || std::atoi(entry.second.value.c_str()) != 0);
  });
}

bool Run::matches(const Step& step, std::span<const Found> found) {
  chain_.clear();
  hidden_after_ = 0;
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
  hidden_after_ = 0;
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
  if (is_removed(step.removable)) return false;
  chain_.clear();
  chain_matches_.clear();
  hidden_after_ = 0;
  if (is_removed(step.emptying_removable)) {
    polluted_at_ = std::max(polluted_at_, step.emptied_at);
  } else if (last_matched_ < step.emptied_at) {
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
  removals_.insert(removals_.end(), effect.removals.begin(), effect.removals.end());
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

// Of TX, of counts and of what has matched before, the library has it as it is written somewhere else.
std::string Run::name_of_match(const Alternative& match) {
  if (match.is_count || match.variable == Variable::tx || is_of_matched(match.variable)) is_in_doubt_ = true;
  return full_name(match.variable, match.name);
}

const std::string* Run::capture(const std::string& name) {
  const std::size_t number = std::strtoul(name.c_str(), nullptr, 10);
  const auto last =
      std::find_if(chain_.rbegin(), chain_.rend(), [](const auto* link) { return !link->captures.empty(); });
  if (last != chain_.rend() && (*last)->captures.size() > number && (*last)->captures[number]) {
    if (hidden_after_ >= static_cast<std::size_t>(chain_.rend() - last)) is_in_doubt_ = true;
    return &*(*last)->captures[number];
  }
  // What is not captured is still there from a match before, of this link or another.
  if (has_captured_ || has_hidden_captures_ || last != chain_.rend()) is_in_doubt_ = true;
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
  Choice choice;
  choice.variable = variable;
  if (dot != std::string::npos) {
    choice.kind = Target::Key::name;
    choice.key = name.substr(dot + 1);
  }
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
