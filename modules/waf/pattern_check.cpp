#include <modsecurity/rule_message.h>
#include <modsecurity/rules_set.h>
#include <modsecurity/transaction.h>

#include <set>
#include <string>
#include <vector>

#include "modules/waf/library.h"
#include "modules/waf/policy.h"

namespace ravelin::waf {
namespace {

// "|" before a pattern that compiles makes it match anything, and changes nothing else. A pattern with
// a macro is compiled per request, one that starts with a verb cannot have the "|" before it.
std::string probe(std::string_view pattern, std::size_t id) {
  if (pattern.empty() || pattern.starts_with("(*") || pattern.find("%{") != std::string_view::npos) return {};
  return "SecRule REQUEST_METHOD \"@rx |" + std::string(pattern) + "\" \"id:" + std::to_string(id) +
         ",phase:1,t:none,pass,log,msg:'compiles'\"\n";
}

std::set<int> matched(modsecurity::RulesSet& rules) {
  std::string id = "check";
  modsecurity::Transaction transaction(&library(), &rules, id.data(), nullptr);
  transaction.processURI("/", "GET", "1.1");
  transaction.processRequestHeaders();
  std::set<int> ids;
  for (const auto& message : transaction.m_rulesMessages) ids.insert(message.m_ruleId);
  return ids;
}

}  // namespace

Result<void> check_patterns(const RuleText& text) {
  const std::vector<Directive> directives = split_directives(text.text);
  std::string probes = "SecRuleEngine On\n";
  std::set<int> expected;
  for (std::size_t i = 0; i < directives.size(); ++i) {
    const std::string rule = probe(pattern_of(directives[i]), i + 1);
    if (!rule.empty()) expected.insert(static_cast<int>(i) + 1);
    probes += rule;
  }
  modsecurity::RulesSet rules;
  if (expected.empty() || rules.load(probes.c_str(), text.file) < 0) return {};
  const std::set<int> found = matched(rules);
  for (const int id : expected) {
    if (found.count(id) != 0) continue;
    const Directive& directive = directives[static_cast<std::size_t>(id) - 1];
    return Error{"waf:rules", text.file + ":" + std::to_string(directive.line) +
                                  ": the regular expression does not compile: " + std::string(pattern_of(directive))};
  }
  return {};
}

}  // namespace ravelin::waf
