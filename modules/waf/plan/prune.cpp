#include "modules/waf/plan/prune.h"

#include <algorithm>
#include <set>
#include <string>
#include <string_view>

#include "modules/waf/plan/macro.h"

namespace ravelin::waf::plan {
namespace {

// Reads are the names of TX variables whose values matter.
class Reads {
 public:
  explicit Reads(const std::vector<Step>& steps) {
    for (const Step& step : steps) {
      for (const Link& link : step.links) note(link);
      for (const Link& link : step.assigning())
        for (const Assignment& assignment : link.assignments) {
          note(assignment.name);
          note(assignment.value);
        }
    }
  }

  bool has_captures() const {
    return std::any_of(wider_.begin(), wider_.end(), [](const Choice* choice) { return choice->picks_captures; }) ||
           std::any_of(names_.begin(), names_.end(), is_capture_name);
  }
  bool has(const std::string& name) const {
    return names_.contains(name) || has_macro(name) || is_score_name(name) ||
           std::any_of(wider_.begin(), wider_.end(), [&](const Choice* choice) { return choice->picks(name); });
  }

 private:
  void note(const Link& link) {
    note(link.argument);
    for (const Choice& choice : link.choices) {
      if (choice.variable != Variable::tx) continue;
      if (choice.kind == Target::Key::name)
        names_.insert(choice.key);
      else
        wider_.push_back(&choice);
    }
  }

  void note(std::string_view text) {
    expand_macros(text, [&](const std::string& name) {
      if (name.starts_with("tx.")) names_.insert(name.substr(3));
      return std::string();
    });
  }

  std::set<std::string> names_;
  std::vector<const Choice*> wider_;  // by pattern, or all of TX
};

}  // namespace

void prune(std::vector<Step>& steps) {
  for (std::size_t before = 0; before != steps.size();) {
    before = steps.size();
    const Reads reads(steps);
    std::erase_if(steps, [&](const Step& step) {
      const bool has_read_captures = step.has_captures() && reads.has_captures();
      return !step.is_visible && !has_read_captures &&
             std::none_of(step.links.begin(), step.links.end(), [&](const Link& link) {
               return std::any_of(link.assignments.begin(), link.assignments.end(),
                                  [&](const Assignment& assignment) { return reads.has(assignment.name); });
             });
    });
  }
}

}  // namespace ravelin::waf::plan
