#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "modules/waf/plan/ascii.h"
#include "modules/waf/plan/operators.h"
#include "modules/waf/plan/seclang.h"
#include "modules/waf/plan/sieve.h"

namespace ravelin::waf::plan {

/// Choice is one target of a rule, ready to pick values: a variable, all of it or some of its members.
struct Choice {
  Variable variable = Variable::other;
  Target::Key kind = Target::Key::none;
  std::string key;                             // lower case
  std::shared_ptr<const Matcher> key_pattern;  // for Key::pattern
  bool is_count = false;
  std::string full_name;  // by which a ctl means it, with the key's case: ARGS:id, ARGS:regex(^id)
  /// Of TX: what it picks of the variables that are the same for every request.
  std::vector<std::string> constants;
  /// Of an exclusion by SecRuleUpdateTarget*: the name is compared with case, and `key` is as written.
  bool is_exact = false;
  /// Of the rule itself, not of a SecRuleUpdateTarget*.
  bool is_own = true;
  /// Of TX, by pattern or all of it: whether that may pick what a match stores.
  bool picks_captures = false;
  /// Of MATCHED_VARS: whether what rules before have matched may be in it still.
  bool is_stale = false;

  /// Whether it picks the member `name` of its variable.
  bool picks(std::string_view name) const;
  /// Of TX: whether it is one of those that a match stores, by its number.
  bool is_capture() const;
  /// Of TX: whether it may pick what a match stores.
  bool picks_any_capture() const { return picks_captures || is_capture(); }
  /// Whether there is never more than one.
  bool has_one_value() const;
};

/// Link is one rule of a chain, ready to be evaluated.
struct Link {
  const Rule* rule = nullptr;
  std::vector<Choice> choices;
  std::vector<Choice> exclusions;
  std::string argument;                    // of the operator; macros that depend on the request are still in it
  std::shared_ptr<const Matcher> matcher;  // null if there are such
  std::vector<Assignment> assignments;     // of TX, names in lower case
  bool is_pattern = false;                 // its operator is a regular expression
  bool is_linear = false;                  // one that takes time in proportion to the text
  std::shared_ptr<const Sieve> sieve;      // of long texts, for a pattern that is not linear; may be null
  bool has_slow_keys = false;              // it picks by name with one that may take more
  bool has_captures = false;
  bool is_multi_match = false;
  /// Of a score: what some requests take away of its targets, by number (Removals), and how it is called.
  std::vector<std::pair<unsigned, std::string>> removable;

  /// Whether it looks at this value: chosen, and not excluded.
  bool picks(Variable variable, std::string_view name) const;
  /// Whether what `choice` picks under this name is taken away again.
  bool excludes(const Choice& choice, std::string_view name) const;
  /// Whether something is taken out of all collections by the name of members.
  bool excludes_by_name_alone() const;
  /// Whether what it makes of a request depends on what the links before it have matched, beyond their assignments.
  bool depends_on_chain() const;
  /// Whether that, or what it assigns, may depend on which of several matches of a link before was the last.
  bool depends_on_last_match() const;
  /// Whether what it assigns may.
  bool assigns_last_match() const;
  /// Whether what it assigns depends on what it has assigned for another value.
  bool assigns_by_its_own() const;
  /// Whether it looks for, or in, what it assigns.
  bool looks_at_its_own() const;
  /// Whether what it looks for, or in, changes from one of its values to the next, which is not followed.
  bool is_bound_to_order() const;

  /// Whether it may assign to the variable `name`, in lower case.
  bool may_assign(std::string_view name) const;

 private:
  bool names_its_own(std::string_view text) const;
};

/// Effect is what a chain does that has matched whole, beside its assignments; what the chain's rules, from the last
/// to the first, and the defaults of their phase say together.
struct Effect {
  bool is_logged = false;          // it is among the transaction's messages
  bool refuses = false;            // deny, or block where that is the default: the phase ends
  bool lets_pass = false;          // pass: forgets the status of rules before
  int status = 0;                  // sets that of a refusal, its own or a later one; 0: does not
  bool is_unknown = false;         // it does what only the library follows: skips, some removals, redirects
  std::vector<unsigned> removals;  // that the request has from here on, by number
};

/// Step is a chain of rules that depends on the request, with all that does not taken out of it.
struct Step {
  std::vector<Link> links;
  std::int64_t id = 0;
  int phase = 2;
  bool is_visible = true;       // it would show: a match is logged, scored or refused
  bool is_scanned = false;      // its first link need only be evaluated for what the scanner finds
  bool is_counted = false;      // how often that matches is not to be seen from what the scanner finds
  bool is_conditional = false;  // some requests skip it, which is not followed: what it assigns is uncertain
  bool is_apart = false;        // it tells of each value by itself whether it matches: mark_apart()
  std::vector<Choice> readers;  // if so: choices of other rules that may pick what it assigns
  // Of a step for a score, of which none is visible, as none ends anything:
  Effect effect;
  bool is_cut = false;   // a constant breaks the chain after these links: it never matches whole
  int number = 0;        // of its rule, in the order of evaluation
  int emptied_at = -1;   // the last rule before it that all have and that empties MATCHED_VARS, unless it matches
  int polluted_at = -1;  // the last that may leave something there which is not followed
  std::vector<unsigned> removable;           // removals that take it away, by number
  std::vector<unsigned> emptying_removable;  // the same for the rule of `emptied_at`

  const Link& first() const { return links.front(); }
  /// The links whose assignments are made while nothing has shown.
  std::span<const Link> assigning() const { return {links.data(), links.size() - (is_visible ? 1U : 0U)}; }
  bool has_assignments() const;
  bool has_captures() const;
};

/// What an assignment makes of the number `before`, as libmodsecurity counts: what is no number is 0.
std::string sum(std::string_view before, Assignment::Kind kind, std::string_view value);

/// Whether it tells what rules have matched: MATCHED_VAR, MATCHED_VARS_NAMES, ...
bool is_of_matched(Variable variable);
/// Whether a variable of TX is what a match stores: 0, 1, ...
bool is_capture_name(std::string_view name);
/// Whether a variable of TX, in lower case, is where the core rule set adds up a request's anomaly score.
bool is_score_name(std::string_view name);

/// The anomaly score of a request by the core rule set's variables, whose numbers `number_of` has: names of 3.3, then
/// of 4.0; before the blocking rules have added up, what the levels have so far.
template <class Lookup>
int inbound_score(Lookup&& number_of) {
  const int score = std::max(number_of("anomaly_score"), number_of("blocking_inbound_anomaly_score"));
  if (score > 0) return score;
  int sum = score;
  for (const char* const of_level : {"anomaly_score_pl", "inbound_anomaly_score_pl"})
    for (const char level : {'1', '2', '3', '4'}) sum += number_of(std::string(of_level) + level);
  return sum;
}

/// Whether `name` is `key`, which is in lower case, but for case.
bool is_same_name(std::string_view name, std::string_view key);

/// The operator of `rule` with `argument` in place of its own, whose macros are expanded; not negated. Of a pattern
/// that macros have left nothing of, libmodsecurity makes one that matches and captures all.
Operator expanded(const Rule& rule, std::string argument);

/// Choices and exclusions, captures and assignments of `rule`; everything but the matcher. An Error if the plan
/// cannot evaluate it.
Result<Link> make_link(const Rule& rule);

}  // namespace ravelin::waf::plan
