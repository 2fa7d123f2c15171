#include <algorithm>
#include <array>

#include "modules/waf/plan/seclang_read.h"

namespace ravelin::waf::plan {
namespace {

// What may stand behind the name of an action.
enum class Form : std::uint8_t {
  bare,           // deny
  maybe_value,    // allow, allow:phase
  number,         // status:403
  maybe_quoted,   // id:1, id:'1', phase:request, severity:'CRITICAL'
  quoted_number,  // accuracy:'9'. Without quotes the library reads on to the next quote in the file.
  quoted,         // ver:'1.0'
  text,           // msg:'%{tx.a}', tag:"x", logdata:x
  collection,     // initcol:ip=%{remote_addr}
  variable,       // setvar:tx.a=1
  expiry,         // expirevar:'ip.a=60'
  control,        // ctl:ruleRemoveById=1
  label,          // skipAfter:END
  transformation,
  refused,
};

struct Known {
  std::string_view name;
  Form form;
};

constexpr std::array<Known, 45> actions{{
    {"accuracy", Form::quoted_number},
    {"allow", Form::maybe_value},
    {"append", Form::refused},
    {"auditlog", Form::bare},
    {"block", Form::bare},
    {"capture", Form::bare},
    {"chain", Form::bare},
    {"ctl", Form::control},
    {"deny", Form::bare},
    {"deprecatevar", Form::refused},
    {"drop", Form::bare},
    {"expirevar", Form::expiry},
    {"id", Form::maybe_quoted},
    {"initcol", Form::collection},
    {"log", Form::bare},
    {"logdata", Form::text},
    {"maturity", Form::quoted_number},
    {"msg", Form::text},
    {"multimatch", Form::bare},
    {"noauditlog", Form::bare},
    {"nolog", Form::bare},
    {"pass", Form::bare},
    {"pause", Form::refused},
    {"phase", Form::maybe_quoted},
    {"prepend", Form::refused},
    {"proxy", Form::refused},
    {"redirect", Form::text},
    {"rev", Form::quoted},
    {"sanitisearg", Form::refused},
    {"sanitisematched", Form::refused},
    {"sanitisematchedbytes", Form::refused},
    {"sanitiserequestheader", Form::refused},
    {"sanitiseresponseheader", Form::refused},
    {"setenv", Form::text},
    {"setrsc", Form::text},
    {"setsid", Form::text},
    {"setuid", Form::text},
    {"setvar", Form::variable},
    {"severity", Form::maybe_quoted},
    {"skip", Form::number},
    {"skipafter", Form::label},
    {"status", Form::number},
    {"t", Form::transformation},
    {"tag", Form::text},
    {"ver", Form::quoted},
}};

bool is_word_of(std::string_view value, std::initializer_list<std::string_view> words) {
  return std::any_of(words.begin(), words.end(),
                     [&](std::string_view word) { return equals_in_any_case(value, word); });
}

// The library turns it into a double and back, and wants the same text.
bool is_rule_id(std::string_view value) {
  return is_number(value) && value.size() <= 15 && (value == "0" || value.front() != '0');
}

bool is_short_number(std::string_view value) { return is_number(value) && value.size() <= 9; }

bool is_severity(std::string_view value) {
  return is_short_number(value) ||
         is_word_of(value, {"emergency", "alert", "critical", "error", "warning", "notice", "info", "debug"});
}

bool is_phase(std::string_view value) {
  return (value.size() == 1 && value >= "0" && value <= "5") || is_word_of(value, {"request", "response", "logging"});
}

void check_word(Text& text, const Action& action, bool is_quoted) {
  const bool is_right = action.name == "id"         ? is_rule_id(action.value)
                        : action.name == "severity" ? is_severity(action.value)
                                                    : is_phase(action.value);
  if (!is_right) return text.doubt("the action " + action.name + " with an odd value");
  // To the library this is "allow", whatever it means by that.
  if (is_quoted && action.name == "phase" && equals_in_any_case(action.value, "request"))
    text.doubt("phase:'request' in quotes");
}

// A quoted value that is more than a text to the library: no escapes, no line ends, no macros.
std::string read_plain_quoted(Text& text) {
  if (!text.accept("'")) text.doubt("a value that needs single quotes");
  std::string value(text.take_until("'\\\r\n"));
  if (!text.accept("'")) text.doubt("a quoted value that does not end");
  if (value.empty()) text.doubt("an empty value");
  return value;
}

void read_word(Text& text, Action& action) {
  const bool is_quoted = text.is_at("'");
  action.value = is_quoted ? read_plain_quoted(text) : std::string(text.take_word());
  if (!text.is_stopped()) check_word(text, action, is_quoted);
}

std::string read_text(Text& text) {
  for (const char quote : {'\'', '"'}) {
    if (!text.accept(std::string(1, quote))) continue;
    std::string value = read_quoted(text, quote);
    if (value.empty()) text.refuse("an action with an empty value");
    return value;
  }
  return read_bare(text, ",\"");
}

void read_allow(Text& text, Action& action) {
  if (!text.accept(":")) return;
  action.value = text.take_word();
  if (!is_word_of(action.value, {"request", "phase"})) text.doubt("allow with an odd value");
}

void read_number(Text& text, Action& action) {
  action.value = text.take_word();
  if (!is_short_number(action.value)) text.doubt("the action " + action.name + " with an odd value");
}

void read_quoted_plainly(Text& text, Action& action) {
  action.value = read_plain_quoted(text);
  if (action.name == "rev" && action.value.find(',') != std::string::npos) text.doubt("a revision with a comma");
}

void read_quoted_number(Text& text, Action& action) {
  action.value = read_plain_quoted(text);
  if (!is_short_number(action.value)) text.doubt("the action " + action.name + " with an odd value");
}

void read_collection(Text& text, Action& action) {
  const std::string_view name = text.take_word();
  if (name != "ip" && name != "global" && name != "resource") text.doubt("initcol of an odd collection");
  if (!text.accept("=")) text.doubt("initcol without a value");
  action.value = std::string(name) + "=" + read_text(text);
}

std::string read_content(Text& text, bool is_quoted) {
  std::string content;
  const std::string_view ends = is_quoted ? "'\",=%\\\r\n" : "'\",=%\\\r\n \t";
  while (true) {
    content += text.take_until(ends);
    if (!text.is_at("%{")) break;
    content += read_macro(text);
  }
  if (text.is_at("%") || text.is_at("\\")) text.doubt("a setvar with an odd name or value");
  return content;
}

std::string read_variable_name(Text& text) {
  const std::string_view collection = text.take_word();
  if (!is_word_of(collection, {"tx", "ip", "global", "session", "user", "resource"}))
    text.doubt("setvar of an odd collection");
  if (!text.is_at(".") && !text.is_at(":")) text.doubt("setvar of a whole collection");
  std::string name = std::string(collection) + std::string(text.take(1));
  if (text.is_at("/") || text.is_at("'")) text.doubt("setvar of an odd name");
  const std::size_t prefix = name.size();
  name += read_content(text, false);
  if (name.size() == prefix) text.doubt("setvar without a name");
  return name;
}

void read_setvar(Text& text, Action& action) {
  const bool is_quoted = text.accept("'");
  if (text.accept("!")) action.value = "!";
  action.value += read_variable_name(text);
  if (text.is_at("=")) {
    if (action.value.starts_with("!")) text.doubt("setvar that removes and sets");
    action.value += text.take(1);
    if (text.is_at("+") || text.is_at("-")) action.value += text.take(1);
    const std::string content = read_content(text, is_quoted);
    if (content.empty() || text.is_at("=")) text.doubt("setvar to an odd value");
    action.value += content;
  }
  if (is_quoted && !text.accept("'")) text.doubt("setvar without its closing quote");
  // The library would take what else follows into the name, or into the value without quotes.
  const bool is_name_only = action.value.find('=') == std::string::npos;
  if (is_name_only && is_quoted && action.value.ends_with('}')) text.doubt("setvar of a name that ends with a macro");
  if ((is_name_only || !is_quoted) && !text.is_at(",") && !text.is_at("\""))
    text.doubt("setvar with something right behind it");
}

// Without quotes the library looks for the last equals sign before a blank, other actions included.
void read_expiry(Text& text, Action& action) {
  const std::string_view run = text.rest().substr(0, text.rest().find_first_of(" \t\""));
  if (text.is_at("'"))
    action.value = read_plain_quoted(text);
  else
    action.value = text.take_until(", \t\"\\\r\n");
  if (action.value.empty()) text.doubt("expirevar of nothing");
  if (!text.is_at(",") && !text.is_at("\"") && !text.is_at(" ")) text.doubt("expirevar with something right behind it");
  if (run.size() > action.value.size() + 2 && run.substr(action.value.size() + 2).find('=') != std::string_view::npos)
    text.doubt("expirevar with another action right behind it");
}

constexpr std::string_view control_characters =
    "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_/.-*:;][$";

bool is_id_or_range(std::string_view value) {
  const std::size_t dash = value.find('-');
  if (dash == std::string_view::npos) return is_short_number(value);
  const std::string_view first = value.substr(0, dash);
  const std::string_view last = value.substr(dash + 1);
  return is_short_number(first) && is_short_number(last) &&
         (first.size() < last.size() || (first.size() == last.size() && first <= last));
}

bool is_right_control(std::string_view name, std::string_view value) {
  const std::size_t semicolon = value.find(';');
  const bool has_two = semicolon != std::string_view::npos && semicolon + 1 < value.size();
  if (name == "ruleremovebyid") return is_id_or_range(value);
  if (name == "ruleremovebytag") return !value.empty();
  // Of a range, the library takes the first id and leaves the rest.
  if (name == "ruleremovetargetbyid") return has_two && is_id_or_range(value.substr(0, semicolon));
  if (name == "ruleremovetargetbytag") return has_two && semicolon > 0;
  if (name == "ruleengine") return is_word_of(value, {"on", "off", "detectiononly"});
  if (name == "auditengine") return is_word_of(value, {"on", "off", "relevantonly"});
  if (name == "requestbodyaccess" || name == "forcerequestbodyvariable") return is_word_of(value, {"on", "off"});
  if (name == "requestbodyprocessor") return is_word_of(value, {"json", "xml", "urlencoded"});
  return false;
}

void read_control(Text& text, Action& action) {
  const std::string_view name = text.take_word();
  action.value = std::string(name) + "=";
  if (!text.accept("=")) return text.doubt("ctl without a value");
  const bool is_parts = equals_in_any_case(name, "auditLogParts");
  if (is_parts && (text.is_at("+") || text.is_at("-"))) action.value += text.take(1);
  const std::size_t end = std::min(text.rest().find_first_not_of(control_characters), text.rest().size());
  const std::string_view value = text.take(end);
  action.value += value;
  const bool is_right = is_parts
                            ? !value.empty() && value.find_first_not_of("ABCDEFGHJKIZ") == std::string_view::npos &&
                                  (action.value.find_first_of("+-") != std::string::npos)
                            : is_right_control(lower_case(name), value);
  if (!is_right) text.doubt("ctl:" + std::string(name) + " with an odd value");
}

void read_label(Text& text, Action& action) {
  if (text.is_at("'")) {
    action.value = read_plain_quoted(text);
    if (action.value.find_first_of(", \t\"") != std::string::npos) text.doubt("skipAfter to an odd marker");
    return;
  }
  action.value = text.take_until(", \t\"\r\n'\\");
  if (action.value.empty() || text.is_at("'") || text.is_at("\\")) text.doubt("skipAfter to an odd marker");
}

void read_transformation(Text& text, Action& action) {
  action.value = text.take_word();
  if (equals_in_any_case(action.value, "none") || transform_named(action.value)) return;
  text.refuse("there is no transformation " + action.value);
}

void read_value(Text& text, Action& action, Form form) {
  if (form == Form::refused) return text.refuse("the action " + action.name + " is not one of the library's");
  if (form == Form::bare) return;
  if (form == Form::maybe_value) return read_allow(text, action);
  if (!text.accept(":")) return text.doubt("the action " + action.name + " without its value");
  switch (form) {
    case Form::number: return read_number(text, action);
    case Form::maybe_quoted: return read_word(text, action);
    case Form::quoted_number: return read_quoted_number(text, action);
    case Form::quoted: return read_quoted_plainly(text, action);
    case Form::collection: return read_collection(text, action);
    case Form::variable: return read_setvar(text, action);
    case Form::expiry: return read_expiry(text, action);
    case Form::control: return read_control(text, action);
    case Form::label: return read_label(text, action);
    case Form::transformation: return read_transformation(text, action);
    default: action.value = read_text(text);
  }
}

// At the end of the list: the closing quote or, for want of one, the end of the line or of the text.
bool is_at_end_of_actions(Text& text) {
  if (text.is_at_end() || text.accept("\"")) return true;
  const std::string_view rest = text.rest().substr(text.blanks());
  if (!rest.starts_with('\n') && !rest.starts_with("\r\n")) return false;
  text.skip_blanks();
  text.accept("\r");
  text.accept("\n");
  text.count_line();
  return true;
}

}  // namespace

bool is_number(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

Action read_action(Text& text) {
  Action action{lower_case(text.take_word()), {}};
  const auto* const known =
      std::find_if(actions.begin(), actions.end(), [&](const Known& row) { return row.name == action.name; });
  if (known == actions.end() || action.name.empty())
    text.doubt("an unknown action");
  else
    read_value(text, action, known->form);
  return action;
}

std::vector<Action> read_actions(Text& text) {
  std::vector<Action> list;
  while (!text.is_stopped()) {
    while (text.skip_continuation()) continue;
    list.push_back(read_action(text));
    while (text.skip_continuation()) continue;
    if (is_at_end_of_actions(text)) break;
    text.skip_blanks();
    if (!text.accept(",")) text.doubt("something between two actions");
    text.skip_blanks();
  }
  return list;
}

}  // namespace ravelin::waf::plan
