#include "modules/waf/plan/pattern_time.h"

#include <algorithm>
#include <cstddef>
#include <vector>

namespace ravelin::waf::plan {
namespace {

constexpr std::size_t most_ways = 64;

// Ways are how many there may be to match at one place: optional parts double them, alternatives of a group multiply
// them; those outside all groups are tried one after the other.
class Ways {
 public:
  void see(char byte) {
    if (byte == '?') count_ *= 2;
    if (byte == '(') open_.push_back(1);
    if (byte == '|' && !open_.empty()) ++open_.back();
    if (byte == ')' && !open_.empty()) {
      count_ *= open_.back();
      open_.pop_back();
    }
    count_ = std::min(count_, most_ways + 1);
  }
  bool are_few() const { return count_ <= most_ways; }

 private:
  std::size_t count_ = 1;
  std::vector<std::size_t> open_;  // alternatives of the groups around
};

// Behind the set that begins before `at`; beyond the end if it has none, or a class with a name, which may hold a ']'.
std::size_t behind_set(std::string_view pattern, std::size_t at) {
  if (at < pattern.size() && pattern[at] == '^') ++at;
  for (bool is_first = true; at < pattern.size() && (is_first || pattern[at] != ']'); is_first = false) {
    if (pattern.substr(at).starts_with("[:")) return pattern.size() + 1;
    at += pattern[at] == '\\' ? 2 : 1;
  }
  return at + 1;
}

}  // namespace

// A group with a question mark is nothing but (?: or (?i), in parts: others may be called again, or be conditions.
bool takes_linear_time(std::string_view pattern) {
  std::size_t at = 0;
  Ways ways;
  while (at < pattern.size()) {
    const char byte = pattern[at++];
    if (byte == '*' || byte == '+' || byte == '{') return false;
    ways.see(byte);
    if (byte == '[') at = behind_set(pattern, at);
    if (byte == '(' && pattern.substr(at).starts_with('?')) {
      at = std::min(pattern.find_first_not_of("ims", at + 1), pattern.size());
      if (at < pattern.size() && pattern[at] != ':' && pattern[at] != ')') return false;
    }
    if (byte != '\\') continue;
    // References, quotations, and what takes more than one line end.
    if (at < pattern.size() && std::string_view("123456789gkQERX").find(pattern[at]) != std::string_view::npos)
      return false;
    ++at;
  }
  return at == pattern.size() && ways.are_few();
}

}  // namespace ravelin::waf::plan
