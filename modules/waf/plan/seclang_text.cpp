#include "modules/waf/plan/seclang_text.h"

#include <algorithm>

namespace ravelin::waf::plan {
namespace {

bool is_word(char c) { return (lower(c) >= 'a' && lower(c) <= 'z') || (c >= '0' && c <= '9') || c == '_'; }

}  // namespace

std::string_view Text::take(std::size_t count) {
  const std::string_view taken = rest_.substr(0, count);
  rest_.remove_prefix(taken.size());
  line_ += static_cast<int>(std::count(taken.begin(), taken.end(), '\n'));
  if (!taken.empty()) is_at_line_start_ = taken.back() == '\n';
  return taken;
}

std::string_view Text::take_until(std::string_view ends) {
  return take(std::min(rest_.find_first_of(ends), rest_.size()));
}

std::string_view Text::take_word() {
  const auto* const end = std::find_if_not(rest_.begin(), rest_.end(), is_word);
  return take(static_cast<std::size_t>(end - rest_.begin()));
}

bool Text::accept(std::string_view what) {
  if (!is_at(what)) return false;
  take(what.size());
  return true;
}

std::size_t Text::blanks() const { return std::min(rest_.find_first_not_of(" \t"), rest_.size()); }

bool Text::skip_continuation() {
  const std::string_view mark = rest_.substr(blanks());
  const std::size_t length = mark.starts_with("\\\n") ? 2 : mark.starts_with("\\\r\n") ? 3 : 0;
  if (length == 0) return false;
  take(blanks() + length);
  skip_blanks();
  count_line();
  return true;
}

void Text::stop(std::string_view why, bool is_refused) {
  if (is_stopped()) return;
  trouble_ = file_ + ":" + std::to_string(line_) + ": " + std::string(why);
  is_refused_ = is_refused;
  rest_ = {};
}

}  // namespace ravelin::waf::plan
