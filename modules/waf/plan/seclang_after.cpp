#include "modules/waf/plan/seclang_read.h"

namespace ravelin::waf::plan {
namespace {

// A rule without actions: the library takes the line that follows for actions if it can, and refuses it otherwise,
// unless that line is empty.
std::vector<Action> read_next_line(Text& text) {
  if (text.is_at_end() || text.accept("\n")) return {};
  if (text.accept("\r\n")) {
    text.count_line();
    return {};
  }
  if (text.is_at("#") || equals_in_any_case(text.rest().substr(0, 3), "sec"))
    text.refuse("a rule without actions that no empty line follows");
  else
    text.doubt("actions without quotes in a line of their own");
  return {};
}

std::vector<Action> read_in_quotes(Text& text) {
  text.skip_blanks();
  if (text.is_at("\"")) text.doubt("two quotes before actions");
  const std::size_t end = text.rest().find_first_not_of("\\\r\n \t");
  const bool is_line_end = text.is_at("\\") || text.is_at("\r") || text.is_at("\n");
  if (is_line_end && text.rest().substr(0, end).find('\n') != std::string_view::npos &&
      (end == std::string_view::npos || text.rest()[end] == '"'))
    text.doubt("a quote on each side of the end of a line");
  return read_actions(text);
}

// One action, behind a blank.
std::vector<Action> read_without_quotes(Text& text) {
  Action action = read_action(text);
  if (text.accept("\n") || text.is_at(" ") || text.is_at("\r\n") || text.is_at_end()) return {action};
  text.doubt("more than one action without quotes");
  return {};
}

// Passes the end of the line, with or without the mark that it goes on, and the blanks around it.
bool skip_line_end(Text& text) {
  if (text.skip_continuation()) return true;
  const std::string_view rest = text.rest().substr(text.blanks());
  if (!rest.starts_with('\n') && !rest.starts_with("\r\n")) return false;
  text.skip_blanks();
  text.accept("\r");
  text.take(1);
  text.skip_blanks();
  text.count_line();
  return true;
}

}  // namespace

std::vector<Action> read_actions_after_operator(Text& text) {
  if (text.is_at_end()) return {};
  if (skip_line_end(text)) return text.accept("\"") ? read_in_quotes(text) : read_next_line(text);
  if (text.rest().substr(text.blanks()).starts_with('"')) {
    text.skip_blanks();
    text.accept("\"");
    return read_in_quotes(text);
  }
  if (text.rest().substr(0, text.blanks()).find('\t') != std::string_view::npos || text.blanks() == 0)
    text.doubt("something behind an operator");
  text.skip_blanks();
  if (text.is_at("\\")) text.doubt("a backslash behind an operator");
  return read_without_quotes(text);
}

}  // namespace ravelin::waf::plan
