#include <algorithm>
#include <tuple>

#include "modules/waf/plan/seclang_read.h"

namespace ravelin::waf::plan {
namespace {

// How far a key with a pattern goes, and what it is. The library takes the longest text that fits: up to the last
// slash before a character that a pattern may not have, whatever is between.
struct Pattern {
  std::size_t length = 0;
  std::string_view text;
};

Pattern bare_pattern(std::string_view rest) {
  const std::string_view run = rest.substr(0, rest.find_first_of(" =|\t\""));
  const std::size_t slash = run.rfind('/');
  if (!run.starts_with('/') || slash < 2) return {};
  const std::string_view after = rest.substr(slash + 1, 1);
  const bool takes_one_more = after == " " || after == "|" || after == ",";
  return {slash + 1 + (takes_one_more ? 1U : 0U), run.substr(1, slash - 1)};
}

Pattern quoted_pattern(std::string_view rest) {
  const std::string_view run = rest.substr(0, rest.find_first_of(" =\t\""));
  const std::size_t slash = run.rfind("/'");
  if (!run.starts_with("'/") || slash == std::string_view::npos || slash < 3) return {};
  const bool takes_one_more = rest.substr(slash + 2, 1) == "|";
  return {slash + 2 + (takes_one_more ? 1U : 0U), run.substr(2, slash - 2)};
}

void take_pattern(Text& text, Target& target, std::string_view pattern) {
  target.kind = Target::Key::pattern;
  target.key = pattern;
  const std::size_t quotes = text.is_at("'") ? 4 : 2;
  if (pattern.find_first_of("\r\n") != std::string_view::npos) return text.doubt("a pattern of more than one line");
  text.take(pattern.size() + quotes);
}

void read_key(Text& text, Target& target) {
  const Pattern bare = bare_pattern(text.rest());
  const Pattern pattern = bare.length > 0 ? bare : quoted_pattern(text.rest());
  const std::string_view name = text.rest().substr(0, text.rest().find_first_of("\"|,\n \t}"));
  if (pattern.length > 0 && pattern.length >= name.size()) return take_pattern(text, target, pattern.text);
  if (name.empty()) return text.doubt("a target with an empty key");
  if (name.find_first_of("\\\r") != std::string_view::npos) return text.doubt("a key with a backslash");
  target.kind = Target::Key::name;
  target.key = name;
  text.take(name.size());
}

Target read_target(Text& text) {
  Target target;
  target.is_excluded = text.accept("!");
  target.is_count = !target.is_excluded && text.accept("&");
  const VariableName* variable = find_variable(text.take_word());
  if (variable == nullptr) {
    text.doubt("a target that is no variable");
    return target;
  }
  target.variable = variable->variable;
  target.written = variable->name;
  if (!text.accept(":") && !text.accept(".")) return target;
  if (!variable->takes_key) text.refuse(target.written + " has no members");
  read_key(text, target);
  return target;
}

}  // namespace

std::vector<Target> read_targets(Text& text) {
  const bool is_quoted = text.accept("\"");
  std::vector<Target> targets;
  do targets.push_back(read_target(text));
  while (text.accept("|") || text.accept(","));
  if (is_quoted && !text.accept("\"")) text.doubt("a list of targets without its closing quote");
  return targets;
}

void drop_excluded(std::vector<Target>& targets) {
  const auto identity = [](const Target& target) { return std::tie(target.written, target.kind, target.key); };
  const std::vector<Target> all = targets;
  std::erase_if(targets, [&](const Target& target) {
    return !target.is_excluded && !target.is_update && std::any_of(all.begin(), all.end(), [&](const Target& other) {
      return other.is_excluded && identity(other) == identity(target);
    });
  });
}

}  // namespace ravelin::waf::plan
