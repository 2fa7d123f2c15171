#include <algorithm>
#include <array>

#include "modules/waf/plan/seclang_read.h"

namespace ravelin::waf::plan {
namespace {

enum class Form : std::uint8_t {
  word,    // one of `words`
  number,  // behind exactly one blank: the library does not look for more
  quoted,  // in double quotes
  line,    // all of the line
};

struct Known {
  std::string_view name;
  Form form;
  std::string_view words = {};  // lower case, each between blanks
};

constexpr std::string_view on_off = " on off ";
constexpr std::string_view limit_actions = " reject processpartial ";

constexpr std::array<Known, 24> settings{{
    {"secargumentslimit", Form::number},
    {"secauditengine", Form::word, " on off relevantonly "},
    {"secauditlogformat", Form::word, " json native "},
    {"secauditlogtype", Form::word, " serial parallel concurrent "},
    {"seccollectiontimeout", Form::number},
    {"seccomponentsignature", Form::quoted},
    {"seccookieformat", Form::word, " 0 "},
    {"secpcrematchlimit", Form::number},
    {"secpcrematchlimitrecursion", Form::number},
    {"secrequestbodyaccess", Form::word, on_off},
    {"secrequestbodyjsondepthlimit", Form::number},
    {"secrequestbodylimit", Form::number},
    {"secrequestbodylimitaction", Form::word, limit_actions},
    {"secrequestbodynofileslimit", Form::number},
    {"secresponsebodyaccess", Form::word, on_off},
    {"secresponsebodylimit", Form::number},
    {"secresponsebodylimitaction", Form::word, limit_actions},
    {"secresponsebodymimetype", Form::line},
    {"secresponsebodymimetypesclear", Form::word, "  "},
    {"secruleengine", Form::word, " on off detectiononly "},
    {"secstatusengine", Form::line},
    {"sectmpsaveuploadedfiles", Form::word, on_off},
    {"secuploadkeepfiles", Form::word, on_off},
    {"secxmlexternalentity", Form::word, on_off},
}};

std::string read_one(Text& text, const Known& known) {
  std::string word(text.take_word());
  if (known.words.find(" " + lower_case(word) + " ") == std::string_view::npos) text.doubt("an odd value");
  return word;
}

std::string read_number(Text& text) {
  std::string number(text.take_word());
  if (!is_number(number) || number.size() > 9) text.doubt("an odd number");
  return number;
}

std::string read_signature(Text& text) {
  if (!text.accept("\"")) text.doubt("a value that needs double quotes");
  std::string value(text.take_until("\"\\\r\n"));
  if (!text.accept("\"") || value.empty()) text.doubt("an odd value");
  return value;
}

std::string read_line(Text& text) {
  std::string line(text.take_until("\"|\\\r\n"));
  if (line.empty() || text.is_at("\"") || text.is_at("|") || text.is_at("\\")) text.doubt("an odd value");
  return line;
}

std::string read_value(Text& text, const Known& known) {
  switch (known.form) {
    case Form::word: return read_one(text, known);
    case Form::number: return read_number(text);
    case Form::quoted: return read_signature(text);
    case Form::line: return read_line(text);
  }
  return {};
}

}  // namespace

std::optional<Setting> read_setting(Text& text, std::string_view name) {
  Setting setting{text.place(), lower_case(name), {}};
  const auto* const known =
      std::find_if(settings.begin(), settings.end(), [&](const Known& row) { return row.name == setting.name; });
  if (known == settings.end()) return std::nullopt;
  if (known->words == "  ") return setting;
  if (!text.accept(" ") || text.blanks() > 0) text.doubt("a directive without exactly one blank behind its name");
  setting.arguments.push_back(read_value(text, *known));
  return setting;
}

}  // namespace ravelin::waf::plan
