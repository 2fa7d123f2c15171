#pragma once

#include <cctype>
#include <set>
#include <string>
#include <vector>

#include "modules/waf/plan/operators.h"
#include "modules/waf/plan/seclang.h"
#include "unit/modules/waf/plan/policy_text.h"

namespace ravelin::waf::plan {

/// core_patterns: the regular expressions that the core rule set asks requests by, at all levels.
inline std::vector<std::string> core_patterns() {
  std::set<std::string> patterns;
  const auto rules = parse(core_rule_set());
  const auto note = [&](const Rule& rule) {
    if (rule.op.name == "rx" && rule.phase <= 2 && rule.op.argument.find("%{") == std::string::npos)
      patterns.emplace(pattern_of(rule.op));
  };
  for (const Rule& rule : rules->rules) {
    note(rule);
    for (const Rule& member : rule.chained) note(member);
  }
  return {patterns.begin(), patterns.end()};
}

/// pieces_near: a pattern's own words, so that texts come near to it, and what is treated in special ways.
inline std::vector<std::string> pieces_near(const std::vector<std::string>& patterns) {
  using namespace std::string_literals;
  std::vector<std::string> pieces{"\n",  "\r\n", "\v", "\f", "\0"s,    "\xff",   "\x85", "\xa0", " ",     "\t",
                                  "'",   "\"",   "<",  ">",  "=",      "(",      ")",    ";",    "--",    "/*",
                                  "../", "$",    "${", "|",  "&&",     "://",    "%27",  "0x41", "union", "or",
                                  "and", "1",    "A",  "_",  "select", "script", "://",  "a.b",  ".php",  "{{",
                                  "[",   "]",    "`",  "\\", ",",      "@",      "#",    "!"};
  for (const std::string& pattern : patterns) {
    std::string word;
    for (const char byte : pattern + " ") {
      if (std::isalnum(static_cast<unsigned char>(byte)) != 0) {
        word += byte;
        continue;
      }
      if (word.size() > 2) pieces.push_back(word);
      word.clear();
    }
  }
  return pieces;
}

}  // namespace ravelin::waf::plan
