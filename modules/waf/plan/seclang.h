#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "modules/waf/plan/transform.h"
#include "modules/waf/plan/variable.h"
#include "ravelin/result.h"

/// SecLang as the core rule sets 3.3 and 4.x use it, read into plain data. What is read is exactly
/// what libmodsecurity 3.0.9 would read; a construct that is not understood is kept as `unsupported`, with
/// the reason, and makes the phase it is in the library's.
namespace ravelin::waf::plan {

/// Place is where something is written, for messages and for the comparison with the library's own parse.
struct Place {
  std::string file;
  int line = 0;  // the first line of the directive, from 1
};

/// Target is one element of a rule's variable list.
struct Target {
  enum class Key : std::uint8_t { none, name, pattern };  // ARGS, ARGS:id, ARGS:/^id_/
  Variable variable = Variable::other;
  std::string written;  // the variable's name as in the rule, upper case
  Key kind = Key::none;
  std::string key;           // without slashes; case as written (compared without)
  bool is_count = false;     // &ARGS
  bool is_excluded = false;  // !ARGS:id
};

/// Operator is "@rx ^a" or "!@eq 0" or a bare pattern, which is rx. `argument` has SecLang's escapes
/// removed and macros (%{tx.x}) not expanded.
struct Operator {
  std::string name;  // lower case: "rx", "pmfromfile", "unconditionalmatch"
  std::string argument;
  bool is_negated = false;
};

/// Action in the order written, transformations apart: {"setvar", "tx.a=+%{tx.b}"}, {"capture", ""}.
struct Action {
  std::string name;   // lower case
  std::string value;  // without quotes
};

/// Rule is SecRule, SecAction (operator unconditionalmatch, no targets) or SecMarker (`marker` set).
struct Rule {
  Place place;
  std::int64_t id = 0;  // 0 for members of a chain after the first, and for markers
  int phase = 2;        // of the chain's first rule
  std::string marker;
  std::vector<Target> targets;
  Operator op;
  std::vector<Transform> transforms;  // after t:none and SecDefaultAction have been applied, in order
  std::vector<Action> actions;
  std::vector<Rule> chained;  // the rest of the chain, in order, in the first rule only
  std::string unsupported;    // why the plan cannot read it; empty if it can

  bool is_marker() const { return !marker.empty(); }
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

/// Rules are a whole policy, in the order in which the library evaluates it: per phase, then as written.
/// Static removals and updates (SecRuleRemove*, SecRuleUpdate*) have been applied, as the library applies them
/// (SecRuleRemoveById before or after the rule, updates ...).
struct Rules {
  std::vector<Rule> rules;
  std::vector<Setting> settings;
  std::vector<std::string> unsupported;  // of the policy as a whole: "FILE:LINE: why"
};

/// Source is a text of rules and the file it came from; `Include` has been resolved by whoever reads files,
/// but @pmFromFile and @ipMatchFromFile name files relative to `file`.
struct Source {
  std::string file;
  std::string text;
};

/// Reads a policy from its texts, in order. An Error only for text that the library refuses, too.
Result<Rules> parse(const std::vector<Source>& sources);

}  // namespace ravelin::waf::plan
