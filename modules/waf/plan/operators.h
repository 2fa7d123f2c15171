#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "modules/waf/plan/seclang.h"
#include "ravelin/result.h"

namespace ravelin::waf::plan {

/// Captures are what a match stores in TX:0, TX:1, ... by index. An entry without a value leaves the variable as it
/// was (a group that took no part), and so do those that are not there. More than ten are possible.
using Captures = std::vector<std::optional<std::string>>;

/// Answer to whether an operator matches; unclear: finding out takes longer than it may.
enum class Answer : std::uint8_t { no, yes, unclear };

/// Matcher is one operator with its argument, compiled once: exact to libmodsecurity 3.0.9, without the
/// negation. Immutable; any thread (what PCRE2 needs per match is per thread).
class Matcher {
 public:
  virtual ~Matcher() = default;
  virtual bool matches(std::string_view value) const = 0;
  /// The same, with what the library would capture. Default: nothing. `captures` is emptied first.
  virtual bool matches(std::string_view value, Captures& captures) const;
  /// The same for one who waits: a regular expression may go back about `steps` times from each
  /// byte where a match may begin. `captures` may be null.
  virtual Answer ask(std::string_view value, Captures* captures, std::uint32_t steps) const;
  /// The same for as long as it takes, up to `most` of processor time and not much more.
  virtual Answer search(std::string_view value, Captures* captures, std::chrono::nanoseconds most) const;
  /// Makes ready what search() may need, which otherwise it does when it does. Any thread, and beside the others.
  virtual void prepare() const {}
};

/// Compiles an operator whose argument has no macros, or has had them expanded. Files of @pmFromFile are found as the
/// library finds them: by the name as it is, then in the folder of `file`. An Error for an operator that the plan does
/// not know (the library's then), for an argument that the library refuses, and for one with which it reads or
/// writes out of bounds.
Result<std::unique_ptr<Matcher>> compile(const Operator& op, const std::string& file);

/// Matchers compiles what it is asked for once: a plan asks for the same several times. One thread at a time.
class Matchers {
 public:
  /// As compile().
  Result<std::shared_ptr<const Matcher>> compile(const Operator& op, const std::string& file);

 private:
  std::map<std::array<std::string, 3>, std::shared_ptr<const Matcher>> known_;
};

/// True if compile() knows it at all; @rbl, @geoLookup, @inspectFile and others are not.
bool is_known_operator(std::string_view name);

/// What @pm, @pmf and @pmFromFile look for, as bytes, to be compared without regard to the case of ASCII letters.
/// The operator matches only where one of them occurs; the reverse does not hold (see phrase_automaton.h).
Result<std::vector<std::string>> phrases_of(const Operator& op, const std::string& file);

/// The pattern that @rx gives to PCRE2 (with dotall and multiline), a view of `op`. Empty: matches everything.
std::string_view pattern_of(const Operator& op);

/// A hash of what the file says now that the operator reads (@pmFromFile, @ipMatchFromFile), `file` being the rule's; 0
/// if it has none or there is none.
std::uint64_t hash_of_file(const Operator& op, const std::string& file);

}  // namespace ravelin::waf::plan
