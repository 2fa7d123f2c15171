#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "modules/waf/plan/seclang.h"

namespace ravelin::waf::plan {

/// Whether `test` holds for a rule or one that is chained to it.
template <class Test>
bool any_link(const Rule& rule, Test test) {
  return test(rule) || std::any_of(rule.chained.begin(), rule.chained.end(), test);
}

/// Whether an action takes rules or targets away from one request: ctl:ruleRemove...
bool is_removal(const Action& action);

/// Whether such an action's value, in lower case, may mean a rule, or a target that it has.
bool may_remove(std::string_view removal, const Rule& rule);

/// Whether it may mean a rule that is chained to this one, by its id, which is 0 if it has none. The library takes such
/// a link for one that has matched (3.0.9).
bool may_remove_link(std::string_view removal, const Rule& rule);

/// Removals are the actions of a policy that take rules, or the values of one name from rules, away from the request
/// that meets them, from the next rule on; those of which it is certain what the library makes. They go by numbers.
/// What they mean in TX or of a match is not among them, nor what means a link of a chain, or rules by tags while some
/// have macros.
class Removals {
 public:
  Removals() = default;
  /// `rules` may go; those in `without`, as written, are left out.
  Removals(const Rules& rules, const std::set<std::string>& without);

  std::optional<unsigned> find(const Action& action) const;
  const std::string& text(unsigned number) const { return all_[number].text; }
  /// Those that take a rule away.
  std::vector<unsigned> of(const Rule& rule) const;
  /// Those that take something away from a rule, or link of a chain, and its name, with case: "ARGS:id".
  std::vector<std::pair<unsigned, std::string>> of_targets(const Rule& rule) const;

 private:
  struct Removal {
    std::string text;                                        // of the action
    std::vector<std::pair<std::int64_t, std::int64_t>> ids;  // of rules, from first to last; or:
    std::string tag;
    std::string target;  // empty: it takes rules away

    bool means(const Rule& rule) const;
  };
  static std::optional<Removal> read(const Action& action);

  std::vector<Removal> all_;
};

/// Whether a rule changes what the rules after it see, or which of them there are.
bool has_effect(const Rule& rule);

/// Whether it does even if the chain does not match whole.
bool has_early_effect(const Rule& rule);

}  // namespace ravelin::waf::plan
