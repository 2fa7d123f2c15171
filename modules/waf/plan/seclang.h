#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "modules/waf/plan/transform.h"
#include "modules/waf/plan/variable.h"
#include "ravelin/result.h"

/// SecLang as the core rule sets 3.3 and 4.x use it, read into plain data. What is read is exactly
/// what libmodsecurity 3.0.9 would read; a construct that is not understood is kept as `unsupported`, with
/// the reason: then the library judges the requests that come to it, all of them if nothing stands before it.
namespace ravelin::waf::plan {

/// Place is where something is written, for messages and for the comparison with the library's own parse.
struct Place {
  std::string file;
  int line = 0;          // the first line of the directive, from 1
  int library_line = 0;  // the same as the library counts: not every continued line
};

/// Target is one element of a rule's variable list.
struct Target {
  enum class Key : std::uint8_t { none, name, pattern };  // ARGS, ARGS:id, ARGS:/^id_/
  Variable variable = Variable::other;
  std::string written;  // the variable's name as in the rule, upper case
  Key kind = Key::none;
  std::string key;           // without slashes; case as written (compared without)
  bool is_count = false;     // &ARGS
  bool is_excluded = false;  // !ARGS:id; has no effect on counts. What it takes away whole is not in the list
  /// Of a SecRuleUpdateTarget*. Its exclusions are others than a rule's own: the name is compared with case, and a
  /// pattern takes away the members with such a name from every collection, not only from its own.
  bool is_update = false;
};

/// Operator is "@rx ^a" or "!@eq 0" or a bare pattern, which is rx. `argument` is as written, blanks and the
/// backslashes before quotes included: the library removes neither. Macros (%{tx.x}) are not expanded. Whether it
/// makes sense (a regular expression, a file that exists) is not looked at.
struct Operator {
  std::string name;  // lower case: "rx", "pmfromfile" (also for pmf), "unconditionalmatch"
  std::string argument;
  bool is_negated = false;
};

/// Action in the order written, transformations apart: {"setvar", "tx.a=+%{tx.b}"}, {"capture", ""},
/// {"ctl", "ruleRemoveById=1"}. Where ruleRemoveTargetById has a range of ids, the library means its first only.
struct Action {
  std::string name;   // lower case
  std::string value;  // without the quotes around it; backslashes in it as written
};

/// Assignment is a setvar taken apart: tx.a=+1, !tx.a (remove), tx.a (set, to 1). Names may have macros.
struct Assignment {
  enum class Kind : std::uint8_t { set, add, subtract, remove };
  Variable collection = Variable::tx;
  std::string name;  // case as written (compared without)
  Kind kind = Kind::set;
  std::string value;
};

/// Of an action setvar that parse() has read.
Assignment assignment_of(const Action& setvar);

/// Rule is SecRule, SecAction (operator unconditionalmatch, no targets) or SecMarker (`marker` set).
struct Rule {
  Place place;
  std::int64_t id = 0;  // usually 0 for members of a chain after the first; 0 for markers
  int phase = 1;        // 0 to 5, of the chain's first rule; 1 if it says none (the manual claims 2)
  std::string marker;
  std::vector<Target> targets;
  Operator op;
  std::vector<Transform> transforms;            // after t:none and SecDefaultAction have been applied, in order
  std::vector<std::string> written_transforms;  // "none", "urlDecodeUni": its own, as written
  std::vector<Action> actions;                  // its own; see Rules::defaults
  std::vector<Rule> chained;                    // the rest of the chain, in order, in the first rule only
  std::string unsupported;                      // why the plan cannot read it; empty if it can

  bool is_marker() const { return !marker.empty(); }
  bool is_unconditional() const { return !is_marker() && targets.empty(); }  // SecAction
  /// The first action of that name, or null. Names in lower case.
  const Action* action(std::string_view name) const;
};

/// Directive other than rules that changes rules or the engine: SecRuleRemoveById, SecRuleUpdateTargetById,
/// SecDefaultAction, SecRuleEngine, SecRequestBodyAccess, ...
struct Setting {
  Place place;
  std::string name;  // lower case
  std::vector<std::string> arguments;
};

/// Rules are a whole policy, in the order in which the library evaluates it: per phase (from 0), then as written. A
/// marker is there once for each phase. Static removals and updates (SecRuleRemove*, SecRuleUpdateTarget*) have been
/// applied. The library keeps them beside the rules and asks for every request, so they work on rules before and
/// after them alike; those by tag or message want the whole text, not a pattern.
struct Rules {
  std::vector<Rule> rules;
  std::vector<Rule> removed;  // by SecRuleRemove*, same order
  /// What SecDefaultAction says per phase, transformations apart. The library runs those that are not disruptive
  /// for each rule that matched, before the rule's own (but after its setvar), and the disruptive ones for `block`.
  std::array<std::vector<Action>, 6> defaults;
  std::vector<Setting> settings;
  std::vector<std::string> unsupported;  // of the policy as a whole: "FILE:LINE: why"
};

/// Source is a text of rules and the file it came from; `Include` has been resolved by whoever reads files,
/// but @pmFromFile and @ipMatchFromFile name files relative to `file`. One for each text that the library loads: a
/// chain ends with it, and SecDefaultAction may be given once per phase in each.
struct Source {
  std::string file;
  std::string text;
};

/// Reads a policy from its texts, in order. An Error only for text that the library refuses, too. Where it cannot be
/// told how the library would read on, the policy has `unsupported` and the rest is not read.
Result<Rules> parse(const std::vector<Source>& sources);

}  // namespace ravelin::waf::plan
