#include "modules/waf/plan/halves.h"

#include <algorithm>
#include <cstddef>
#include <vector>

namespace ravelin::waf::plan {
namespace {

// Where a group's alternatives stand, and which '|' parts them most evenly.
struct Group {
  std::size_t begin = 0;
  std::size_t end = 0;
  std::size_t middle = 0;

  std::size_t smaller_half() const { return std::min(middle - begin, end - middle); }
};

// A match goes through each group that is not repeated, nor within one that is, once at most, and takes one of its
// alternatives. That holds without atomic and possessive groups, references and lookaround, where what a group could
// have matched counts, too.
class Division {
 public:
  explicit Division(std::string_view pattern) : pattern_(pattern) {}

  /// The group that is divided most evenly.
  std::optional<Group> best() {
    if (pattern_.starts_with("(?i)")) at_ = 4;
    read_group(true);
    if (is_unclear_ || at_ != pattern_.size() || best_.smaller_half() == 0) return {};
    return best_;
  }

 private:
  bool at(char byte) const { return at_ < pattern_.size() && pattern_[at_] == byte; }

  // From behind what opens it to what closes it.
  void read_group(bool is_once) {
    const std::size_t begin = at_;
    std::vector<std::size_t> bars;
    while (at_ < pattern_.size() && !at(')') && !is_unclear_) {
      if (at('|')) bars.push_back(at_);
      read_one(is_once);
    }
    if (!is_once) return;
    for (const std::size_t bar : bars)
      if (const Group group{begin, at_, bar}; group.smaller_half() > best_.smaller_half()) best_ = group;
  }

  void read_one(bool is_once) {
    switch (pattern_[at_]) {
      case '(': return read_nested(is_once);
      case '[': return read_bracket();
      case '\\': return read_escape();
      case '*':
      case '+':
      case '?':
      case '}':
        ++at_;
        is_unclear_ = is_unclear_ || at('+');  // possessive
        return;
      default: ++at_;
    }
  }

  // Whether it is repeated is to be seen behind it.
  void read_nested(bool is_once) {
    ++at_;
    if (at('*')) is_unclear_ = true;
    if (at('?')) {
      const std::size_t end = pattern_.find_first_not_of("ism-", at_ + 1);
      is_unclear_ = is_unclear_ || end == std::string_view::npos || pattern_[end] != ':';
      at_ = end == std::string_view::npos ? pattern_.size() : end + 1;
    }
    const Group before = best_;
    read_group(is_once);
    if (!at(')')) is_unclear_ = true;
    ++at_;
    if (at('*') || at('+') || at('?') || at('{')) best_ = before;
  }

  void read_bracket() {
    ++at_;
    if (at('^')) ++at_;
    if (at(']')) ++at_;
    while (at_ < pattern_.size() && !at(']')) {
      const std::string_view rest = pattern_.substr(at_);
      is_unclear_ = is_unclear_ || rest.starts_with("[:") || rest.starts_with("[.") || rest.starts_with("[=") ||
                    rest.starts_with("\\Q") || rest.starts_with("\\E");
      at_ += at('\\') ? 2 : 1;
    }
    ++at_;
  }

  void read_escape() {
    const char byte = at_ + 1 < pattern_.size() ? pattern_[at_ + 1] : 'Q';
    is_unclear_ = is_unclear_ || (byte >= '1' && byte <= '9') ||
                  std::string_view("gkKQEGXRCNopP").find(byte) != std::string_view::npos;
    at_ += 2;
  }

  std::string_view pattern_;
  std::size_t at_ = 0;
  bool is_unclear_ = false;
  Group best_;
};

}  // namespace

std::optional<std::pair<std::string, std::string>> halves(std::string_view pattern) {
  const auto group = Division(pattern).best();
  if (!group) return {};
  const auto with = [&](std::size_t begin, std::size_t end) {
    return std::string(pattern.substr(0, group->begin))
        .append(pattern.substr(begin, end - begin))
        .append(pattern.substr(group->end));
  };
  return std::pair(with(group->begin, group->middle), with(group->middle + 1, group->end));
}

}  // namespace ravelin::waf::plan
