#include "modules/waf/plan/seclang_exceptions.h"

#include <algorithm>
#include <charconv>

#include "modules/waf/plan/seclang_read.h"

namespace ravelin::waf::plan {
namespace {

enum class Answer : std::uint8_t { no, perhaps, yes };

// Whether a text of the rule, in which macros may stand, is `wanted` when the library looks.
Answer is_same(std::string_view text, std::string_view wanted) {
  const std::size_t first = text.find("%{");
  if (first == std::string_view::npos) return text == wanted ? Answer::yes : Answer::no;
  const std::string_view tail = text.substr(text.rfind('}') + 1);
  return wanted.starts_with(text.substr(0, first)) && wanted.ends_with(tail) ? Answer::perhaps : Answer::no;
}

Answer has_tag(const Rule& rule, std::string_view tag) {
  Answer answer = Answer::no;
  for (const Action& action : rule.actions)
    if (action.name == "tag") answer = std::max(answer, is_same(action.value, tag));
  return answer;
}

Answer has_message(const Rule& rule, std::string_view message) {
  const Action* last = nullptr;
  for (const Action& action : rule.actions)
    if (action.name == "msg") last = &action;
  return last == nullptr ? Answer::no : is_same(last->value, message);
}

std::int64_t to_number(std::string_view digits) {
  std::int64_t number = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return number;
}

std::string strip(std::string_view text, char quote) {
  if (text.size() > 1 && text.front() == quote && text.back() == quote) text = text.substr(1, text.size() - 2);
  return std::string(text);
}

// A tag or message, in quotes or up to the end of the line.
std::string read_line_name(Text& text) {
  const bool is_quoted = text.accept("\"");
  std::string_view name = text.take_until("\"|\\\r\n");
  if (is_quoted && !text.accept("\"")) text.doubt("a name without its closing quote");
  if (!is_quoted)
    while (name.ends_with(' ')) name.remove_suffix(1);
  if (name.empty() || name.starts_with(' ') || name.ends_with(' ') || text.is_at("\"") || text.is_at("|"))
    text.doubt("an odd name");
  return strip(name, '\'');
}

// The same where targets or actions follow.
std::string read_short_name(Text& text) {
  const bool is_quoted = text.accept("\"");
  const std::string_view name = text.take_until(is_quoted ? "\"|\\\r\n" : ", \t\"|\\\r\n");
  if (is_quoted && !text.accept("\"")) text.doubt("a name without its closing quote");
  if (name.empty() || name.starts_with(' ') || name.ends_with(' ')) text.doubt("an odd name");
  return strip(name, '\'');
}

}  // namespace

std::optional<Setting> Exceptions::read(Text& text, std::string_view name) {
  Setting setting{text.place(), std::string(name), {}};
  constexpr std::string_view remove = "secruleremoveby";
  constexpr std::string_view update = "secruleupdatetargetby";
  const bool is_removal = name.starts_with(remove);
  const bool is_update = name.starts_with(update);
  const std::string_view by = is_removal ? name.substr(remove.size()) : is_update ? name.substr(update.size()) : "id";
  if (by != "id" && by != "tag" && by != "msg") return std::nullopt;
  if (!is_removal && !is_update && name != "secruleupdateactionbyid") return std::nullopt;
  if (!text.accept(" ") || text.blanks() > 0) text.doubt("a directive without exactly one blank behind its name");
  if (is_removal)
    read_removal(text, setting, by);
  else if (is_update)
    read_update(text, setting, by);
  else
    read_action_update(text, setting);
  return setting;
}

void Exceptions::read_removal(Text& text, Setting& setting, std::string_view by) {
  if (by == "id") {
    const std::string_view ids = text.take_until("\"|\r\n");
    setting.arguments.emplace_back(ids);
    if (ids.empty() || text.is_at("\"") || text.is_at("|")) return text.doubt("odd ids");
    return read_ids(text, ids);
  }
  setting.arguments.push_back(read_line_name(text));
  (by == "tag" ? removed_tags_ : removed_messages_).push_back(setting.arguments.front());
}

void Exceptions::read_ids(Text& text, std::string_view ids) {
  while (!ids.empty()) {
    const std::string_view one = ids.substr(0, ids.find(' '));
    ids.remove_prefix(std::min(one.size() + 1, ids.size()));
    const std::string_view first = one.substr(0, one.find('-'));
    const bool is_range = first.size() < one.size();
    const std::string_view last = is_range ? one.substr(first.size() + 1) : first;
    if (!is_number(first) || !is_number(last) || first.size() > 9 || last.size() > 9) return text.doubt("odd ids");
    // As texts: the library takes 9-10 for an error.
    if (first > last) return text.refuse("a range of ids that ends before it begins");
    removed_ids_.push_back({to_number(first), to_number(last)});
  }
}

void Exceptions::read_update(Text& text, Setting& setting, std::string_view by) {
  Update update{std::string(by), read_short_name(text), {}};
  setting.arguments.push_back(update.what);
  if (by == "id" && (!is_number(update.what) || update.what.size() > 15)) text.doubt("an odd id");
  if (text.blanks() == 0) text.doubt("an update without targets");
  text.skip_blanks();
  const std::string_view begin = text.rest();
  update.targets = read_targets(text);
  setting.arguments.emplace_back(begin.substr(0, begin.size() - text.rest().size()));
  // Without this the library would go on waiting for variables, in the next text, too.
  text.skip_blanks();
  if (!text.is_at("\n")) return text.doubt("an update that its line does not end");
  const std::size_t ends = text.rest().find_first_not_of('\n');
  if (text.rest().substr(std::min(ends, text.rest().size())).starts_with('\\'))
    text.doubt("a backslash in an empty line");
  text.take(ends);
  for (Target& target : update.targets) target.is_update = true;
  updates_.push_back(std::move(update));
}

void Exceptions::read_action_update(Text& text, Setting& setting) {
  setting.arguments.push_back(read_short_name(text));
  if (!is_number(setting.arguments.front()) || setting.arguments.front().size() > 15) text.doubt("an odd id");
  const std::size_t blanks = text.blanks();
  if (blanks == 0 || text.rest().substr(blanks, 1) != "\"") text.doubt("an update without actions in quotes");
  read_actions_after_operator(text);
  updated_actions_.push_back(setting.arguments.front());
}

bool Exceptions::removes(const Rule& rule) const {
  const auto covers = [&](const Range& range) { return range.first <= rule.id && rule.id <= range.last; };
  const auto is_tag = [&](const std::string& tag) { return has_tag(rule, tag) == Answer::yes; };
  const auto is_message = [&](const std::string& message) { return has_message(rule, message) == Answer::yes; };
  return std::any_of(removed_ids_.begin(), removed_ids_.end(), covers) ||
         std::any_of(removed_tags_.begin(), removed_tags_.end(), is_tag) ||
         std::any_of(removed_messages_.begin(), removed_messages_.end(), is_message);
}

void Exceptions::update(Rule& rule) const {
  const auto doubt = [&](Answer answer) {
    if (answer == Answer::perhaps) rule.unsupported = "an exception may mean it, depending on a macro";
    return answer == Answer::yes;
  };
  for (const std::string& tag : removed_tags_) doubt(has_tag(rule, tag));
  for (const std::string& message : removed_messages_) doubt(has_message(rule, message));
  for (const std::string& id : updated_actions_)
    if (to_number(id) == rule.id) rule.unsupported = "SecRuleUpdateActionById changes it";
  if (rule.is_unconditional()) return;
  bool is_updated = false;
  for (const Update& update : updates_) {
    const Answer answer = update.by == "tag"   ? has_tag(rule, update.what)
                          : update.by == "msg" ? has_message(rule, update.what)
                                               : (to_number(update.what) == rule.id ? Answer::yes : Answer::no);
    if (!doubt(answer)) continue;
    rule.targets.insert(rule.targets.end(), update.targets.begin(), update.targets.end());
    is_updated = true;
    for (const Target& target : update.targets)
      if (target.variable == Variable::other) rule.unsupported = "the variable " + target.written;
  }
  if (is_updated) drop_excluded(rule.targets);
}

}  // namespace ravelin::waf::plan
