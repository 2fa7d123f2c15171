#include <algorithm>

#include "modules/waf/plan/seclang_read.h"

namespace ravelin::waf::plan {
namespace {

constexpr std::string_view line_ends = "\r\n";

// How much of `text` a comment takes that hides a directive and has a backslash, which the library looks for to hide
// the continued lines, too. The longest match, as the library wants it; 0 if there is none.
struct Hidden {
  std::string_view directive;
  std::size_t (*length_after)(std::string_view text, std::size_t backslash);
};

std::size_t after_blanks(std::string_view text, std::size_t at) {
  return std::min(text.find_first_not_of(" \t", at), text.size());
}

// SecRule: blanks and all ends of lines.
std::size_t length_after_rule(std::string_view text, std::size_t backslash) {
  return std::min(text.find_first_not_of(line_ends, after_blanks(text, backslash + 1)), text.size());
}

// SecAction: blanks and one character that is neither a backslash nor, by a slip of the library, an n.
std::size_t length_after_action(std::string_view text, std::size_t backslash) {
  const std::size_t next = after_blanks(text, backslash + 1);
  if (next < text.size() && text[next] != '\\' && text[next] != 'n') return next + 1;
  return next > backslash + 1 ? next : 0;
}

std::size_t hidden_length(Text& text, const Hidden& hidden) {
  const std::string_view rest = text.rest();
  const std::size_t name = after_blanks(rest, 1);
  if (!rest.substr(name).starts_with(hidden.directive)) return 0;
  const std::size_t one = name + hidden.directive.size();
  if (one >= rest.size() || rest[one] == '\\') return 0;
  if (rest[one] == '\n') {
    text.doubt("a comment of only a directive's name");
    return 0;
  }
  const std::size_t end = std::min(rest.find('\n'), rest.size());
  std::size_t longest = 0;
  for (std::size_t at = rest.find('\\', one + 1); at < end; at = rest.find('\\', at + 1))
    longest = std::max(longest, hidden.length_after(rest, at));
  return longest;
}

// What follows a continued comment is one, too.
void skip_continued(Text& text) {
  while (!text.is_at_end()) {
    const std::string_view line = text.take_until("\n");
    const bool goes_on = line.ends_with('\\') || line.ends_with("\\\r");
    if (text.is_at_end() && goes_on) text.doubt("a comment that ends with a backslash");
    text.accept("\n");
    text.count_line();
    if (!goes_on) return;
    text.skip_blanks();
  }
}

void skip_comment(Text& text) {
  const std::size_t line = std::min(text.rest().find('\n'), text.rest().size());
  const std::size_t hidden = std::max(hidden_length(text, {"SecRule", length_after_rule}),
                                      hidden_length(text, {"SecAction", length_after_action}));
  if (hidden < line || hidden == 0) {
    text.take(line);
    return;
  }
  text.take(hidden);
  text.count_line();
  skip_continued(text);
}

}  // namespace

void skip_to_directive(Text& text) {
  while (!text.is_at_end()) {
    if (text.skip_continuation() || text.accept("\r")) continue;
    text.skip_blanks();
    if (text.accept("\n"))
      text.count_line();
    else if (text.is_at("#"))
      skip_comment(text);
    else if (!text.is_at("\\") && !text.is_at("\r"))
      return;
    else if (!text.skip_continuation() && !text.accept("\r"))
      return text.doubt("a backslash where a directive should be");
  }
}

}  // namespace ravelin::waf::plan
