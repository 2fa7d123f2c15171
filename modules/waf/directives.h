#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ravelin/result.h"

namespace ravelin::waf {

/// RuleText is a stretch of SecLang for the library to parse, without an Include. `text` is preceded
/// by as many empty lines as come before it in `file`, so that the library's line numbers are right.
struct RuleText {
  std::string file;
  std::string text;
};

/// read_rules reads a file of rules and what it includes, each file once, in the library's order.
/// Refuses directives that are not rules but settings of the engine, which belong to the gateway; the
/// error names file, line and what to do instead.
Result<std::vector<RuleText>> read_rules(const std::string& file);

/// Directive is one logical line: continuation lines joined, comments left out.
struct Directive {
  int line = 0;       // of its first physical line, from 1
  int last_line = 0;  // of its last
  std::string name;   // as written
  std::string text;   // whole, the name included

  std::string_view rest() const { return std::string_view(text).substr(name.size()); }
};

std::vector<Directive> split_directives(std::string_view text);

/// refusal is why `directive` may not stand in a file of rules, and what to do instead; none if it may.
std::optional<std::string> refusal(const Directive& directive);

/// pattern_of: the regular expression of a SecRule, quotes in it still escaped; empty if it has another
/// operator.
std::string_view pattern_of(const Directive& directive);

/// expand lists the files that `pattern` names, in lexical order; '*' is understood.
std::vector<std::string> expand(const std::string& pattern);

}  // namespace ravelin::waf
