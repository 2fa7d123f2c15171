#include "modules/waf/plan/apart.h"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "modules/waf/plan/macro.h"

namespace ravelin::waf::plan {
namespace {

// What names made from `name` have in common.
std::string_view beginning(std::string_view name) { return name.substr(0, name.find("%{")); }

// What a pattern wants names to begin with, if that can be told: ^header_name_
std::string_view anchored(std::string_view pattern) {
  if (!pattern.starts_with('^') || pattern.find('|') != std::string_view::npos) return {};
  pattern.remove_prefix(1);
  const std::size_t end = pattern.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_");
  if (end == std::string_view::npos) return pattern;
  const bool is_optional = std::string_view("*?{").find(pattern[end]) != std::string_view::npos;
  return pattern.substr(0, is_optional && end > 0 ? end - 1 : end);
}

// What is captured is another rule's if this one captures nothing.
bool is_made_of_match(const Link& link, std::string_view text) {
  return !names_any(text, [&](const std::string& name) {
    return name != "matched_var" && name != "matched_var_name" &&
           !(link.has_captures && name.starts_with("tx.") && is_capture_name(name.substr(3)));
  });
}

bool collects(const Link& link) {
  return !link.is_multi_match && !link.assignments.empty() &&
         std::all_of(link.assignments.begin(), link.assignments.end(), [&](const Assignment& one) {
           return one.kind == Assignment::Kind::set && has_macro(one.name) && !beginning(one.name).empty() &&
                  is_made_of_match(link, one.name) && is_made_of_match(link, one.value);
         });
}

bool looks_at_collected(const Link& link) {
  if (link.choices.size() != 1 || !link.exclusions.empty()) return false;
  const Choice& choice = link.choices[0];
  return link.matcher != nullptr && !link.rule->op.is_negated && !link.is_multi_match && !link.has_captures &&
         choice.variable == Variable::tx && choice.kind == Target::Key::pattern && !choice.is_count &&
         choice.constants.empty() && !choice.picks_captures && !anchored(choice.key).empty();
}

// Surroundings are the other rules, as seen from a step that collects.
class Surroundings {
 public:
  explicit Surroundings(const Step& step) : step_(step), wanted_(anchored(step.links[1].choices[0].key)) {}

  void look_at(const std::vector<Step>& steps) {
    for (const Step& step : steps)
      for (const Link& link : step.links) {
        look_at_texts(link);
        if (is_own(link)) continue;
        look_at_assignments(link);
        look_at_choices(link);
      }
  }

  // Choices that may pick what is collected; nullopt if others assign to it, or read it by name.
  std::optional<std::vector<Choice>> readers() && {
    if (is_shared_) return std::nullopt;
    return std::move(readers_);
  }

 private:
  bool is_own(const Link& link) const {
    return std::any_of(step_.links.begin(), step_.links.end(), [&](const Link& own) { return own.rule == link.rule; });
  }

  void look_at_texts(const Link& link) {
    look_at_text(link.argument);
    for (const Assignment& assignment : link.assignments) {
      look_at_text(assignment.name);
      look_at_text(assignment.value);
    }
    for (const Action& action : link.rule->actions) look_at_text(action.value);
  }

  void look_at_text(std::string_view text) {
    is_shared_ = is_shared_ || names_any(text, [&](const std::string& name) {
                   return name.starts_with("tx.") && step_.first().may_assign(std::string_view(name).substr(3));
                 });
  }

  void look_at_assignments(const Link& link) {
    for (const Assignment& assignment : link.assignments) {
      const std::string_view name = beginning(assignment.name);
      if (name.starts_with(wanted_) || (has_macro(assignment.name) && wanted_.starts_with(name))) is_shared_ = true;
    }
  }

  void look_at_choices(const Link& link) {
    for (const Choice& choice : link.choices) {
      if (choice.variable != Variable::tx) continue;
      if (choice.kind == Target::Key::pattern)
        readers_.push_back(choice);
      else if (choice.kind == Target::Key::none || step_.first().may_assign(choice.key))
        is_shared_ = true;
    }
  }

  const Step& step_;
  std::string_view wanted_;
  std::vector<Choice> readers_;
  bool is_shared_ = false;
};

bool may_be_apart(const Step& step) {
  return step.is_scanned && step.is_visible && !step.is_conditional && step.links.size() == 2 &&
         collects(step.first()) && looks_at_collected(step.links[1]);
}

// Whether a value that tells nothing of the one tells nothing of the other: a proof takes for constant what only rules
// that show change, a score does not.
bool is_same(const Step& step, const Step& other) {
  const auto is_equal = [](const Assignment& a, const Assignment& b) {
    return a.kind == b.kind && a.name == b.name && a.value == b.value;
  };
  const auto& ours = step.first().assignments;
  const auto& theirs = other.first().assignments;
  return other.links.size() == 2 && step.links[1].argument == other.links[1].argument &&
         looks_at_collected(other.links[1]) &&
         std::equal(ours.begin(), ours.end(), theirs.begin(), theirs.end(), is_equal);
}

std::vector<Step*> twins(const Step& step, std::vector<Step>& score) {
  std::vector<Step*> found;
  for (Step& other : score)
    if (other.first().rule == step.first().rule) found.push_back(&other);
  return found;
}

}  // namespace

void mark_apart(std::vector<Step>& proof, std::vector<Step>& score) {
  for (Step& step : proof) {
    if (!may_be_apart(step)) continue;
    const auto same = twins(step, score);
    if (!std::all_of(same.begin(), same.end(), [&](const Step* other) { return is_same(step, *other); })) continue;
    Surroundings surroundings(step);
    surroundings.look_at(proof);
    surroundings.look_at(score);
    auto readers = std::move(surroundings).readers();
    if (!readers) continue;
    step.is_apart = true;
    step.readers = std::move(*readers);
    for (Step* other : same) other->is_apart = true;
  }
}

}  // namespace ravelin::waf::plan
