#include "modules/waf/directives.h"

#include <glob.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <utility>

#include "modules/waf/plan/ascii.h"

namespace ravelin::waf {
namespace {

constexpr int deepest_include = 16;
constexpr std::size_t largest_file = 16 << 20;

std::string_view trim(std::string_view text) {
  constexpr std::string_view blank = " \t\r\n\"";
  const std::size_t first = text.find_first_not_of(blank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blank) - first + 1);
}

// Directives that say what to look for. All others configure the engine.
constexpr std::array<std::string_view, 17> rule_directives{
    "secrule",
    "secaction",
    "secmarker",
    "secdefaultaction",
    "include",
    "secruleremovebyid",
    "secruleremovebytag",
    "secruleremovebymsg",
    "secruleupdatetargetbyid",
    "secruleupdatetargetbytag",
    "secruleupdatetargetbymsg",
    "secruleupdateactionbyid",
    "seccomponentsignature",
    "secunicodemapfile",
    "secgeolookupdb",
    "seccollectiontimeout",  // no effect in the library; crs-setup.conf has it
    "secwebappid",
};

struct Instead {
  std::string_view prefix;
  std::string_view why;
};

// The first prefix that fits explains the refusal.
constexpr std::array<Instead, 14> instead{{
    {"secruleengine", "whether rules block is the key 'mode' of ravelin.yaml"},
    {"secrequestbodyaccess", "request bodies are always inspected"},
    {"secrequestbodyjsondepthlimit", "use the key 'json_depth'"},
    {"secrequestbody", "use the key 'body_limit'"},
    {"secarguments", "use the key 'argument_limit'"},
    {"secargumentseparator", "the gateway and the rules must see the same arguments"},
    {"secresponsebody", "use the keys 'response_body' and 'response_limit'"},
    {"secaudit", "the gateway writes its own security events, see 'events'"},
    {"secdebuglog", "it writes to a file while requests wait"},
    {"secremoterules", "rules are not fetched from the network; install them as files"},
    {"secrulescript", "rules may not run programs or scripts"},
    {"secupload", "uploaded files are inspected in memory and never written"},
    {"sectmp", "uploaded files are inspected in memory and never written"},
    {"sechttpblkey", "it asks a name server while requests wait; use the module 'ban' or 'access'"},
}};

// Collections that outlive a request are not kept (see library.cpp), so such a rule would never work.
std::optional<std::string> lost_collection(const Directive& directive) {
  const std::string text = lower_case(directive.text);
  for (std::size_t at = text.find("setvar:"); at != std::string::npos; at = text.find("setvar:", at + 1)) {
    const std::string_view target = trim(std::string_view(text).substr(at + 7, 16));
    const std::string_view name = target.substr(target.starts_with('\'') || target.starts_with('!') ? 1 : 0);
    for (const std::string_view collection : {"ip.", "global.", "session.", "user.", "resource."})
      if (name.starts_with(collection))
        return "the collection '" + std::string(collection.substr(0, collection.size() - 1)) +
               "' is not kept between requests; count with the modules 'ratelimit' and 'ban'";
  }
  return std::nullopt;
}

// What stands in the directive's `index`th pair of quotes, escapes as written.
std::string_view quoted(std::string_view text, int index) {
  for (std::size_t begin = text.find('"'); begin != std::string_view::npos; --index) {
    std::size_t end = begin + 1;
    while (end < text.size() && text[end] != '"') end += text[end] == '\\' ? 2 : 1;
    if (end >= text.size()) return {};
    if (index == 0) return text.substr(begin + 1, end - begin - 1);
    begin = text.find('"', end + 1);
  }
  return {};
}

// The operator of a SecRule, such as "!@rx ^x"; its targets may be quoted too.
std::string_view operator_of(const Directive& directive) {
  if (lower_case(directive.name) != "secrule") return {};
  const std::string_view rest = directive.rest();
  const std::size_t first = rest.find_first_not_of(" \t");
  return first == std::string_view::npos ? std::string_view{} : quoted(rest, rest[first] == '"' ? 1 : 0);
}

constexpr std::array<std::string_view, 39> operators{
    "beginswith",
    "contains",
    "containsword",
    "detectsqli",
    "detectxss",
    "endswith",
    "eq",
    "fuzzyhash",
    "ge",
    "geolookup",
    "gsblookup",
    "gt",
    "inspectfile",
    "ipmatch",
    "ipmatchf",
    "ipmatchfromfile",
    "le",
    "lt",
    "nomatch",
    "pm",
    "pmf",
    "pmfromfile",
    "rbl",
    "rsub",
    "rx",
    "rxglobal",
    "streq",
    "strmatch",
    "unconditionalmatch",
    "validatebyterange",
    "validatedtd",
    "validatehash",
    "validateschema",
    "validateurlencoding",
    "validateutf8encoding",
    "verifycc",
    "verifycpf",
    "verifyssn",
    "within",
};

// The library takes an operator it does not know for a pattern, which then never matches.
std::optional<std::string> unknown_operator(const Directive& directive) {
  std::string_view text = operator_of(directive);
  if (text.starts_with('!')) text.remove_prefix(1);
  if (!text.starts_with('@')) return std::nullopt;
  const std::string name = lower_case(text.substr(1, text.find_first_of(" \t") - 1));
  if (std::find(operators.begin(), operators.end(), name) != operators.end()) return std::nullopt;
  return "there is no operator @" + std::string(text.substr(1, name.size()));
}

Error at(const std::string& file, int line, const std::string& what) {
  return Error{"waf:rules", file + ":" + std::to_string(line) + ": " + what};
}

Result<std::string> read_file(const std::string& file) {
  std::error_code code;
  if (!std::filesystem::is_regular_file(file, code))
    return Error{"waf:rules", "there is no rule file " + file + "; check the key 'rules' of the waf"};
  if (std::filesystem::file_size(file, code) > largest_file)
    return Error{"waf:rules", "the rule file " + file + " is larger than 16 MiB; is it the right one?"};
  std::ifstream stream(file, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(stream), {}};
  if (!stream) return Error{"waf:rules", "the rule file " + file + " cannot be read; check its permissions"};
  if (text.find('\0') != std::string::npos)
    return Error{"waf:rules", "the rule file " + file + " has a NUL byte; is it text?"};
  return text;
}

class Reader {
 public:
  Result<void> read(const std::string& file, int depth) {
    auto text = read_file(file);
    if (!text) return std::move(text).error();
    int first = 1;
    for (const Directive& directive : split_directives(*text)) {
      if (auto why = refusal(directive)) return at(file, directive.line, *why);
      if (auto why = lost_collection(directive)) return at(file, directive.line, *why);
      if (auto why = unknown_operator(directive)) return at(file, directive.line, *why);
      if (lower_case(directive.name) != "include") continue;
      add(file, *text, first, directive.line);
      first = directive.last_line + 1;
      if (auto done = include(file, directive, depth); !done) return done;
    }
    add(file, *text, first, 0);
    return {};
  }

  std::vector<RuleText> take() { return std::move(texts_); }

 private:
  // The lines [first, end) of the text; end 0: to its end.
  void add(const std::string& file, std::string_view text, int first, int end) {
    std::size_t begin = 0;
    for (int line = 1; line < first && begin < text.size(); ++line) begin = next_line(text, begin);
    std::size_t stop = end == 0 ? text.size() : begin;
    for (int line = first; line < end; ++line) stop = next_line(text, stop);
    RuleText part{file, std::string(static_cast<std::size_t>(first - 1), '\n')};
    part.text.append(text.substr(begin, stop - begin)).append("\n");
    texts_.push_back(std::move(part));
  }

  static std::size_t next_line(std::string_view text, std::size_t from) {
    const std::size_t end = text.find('\n', from);
    return end == std::string_view::npos ? text.size() : end + 1;
  }

  Result<void> include(const std::string& file, const Directive& directive, int depth) {
    if (depth == deepest_include)
      return at(file, directive.line, "includes are nested too deep; does one include itself?");
    const std::filesystem::path named{std::string(trim(directive.rest()))};
    const auto files = expand((std::filesystem::path(file).parent_path() / named).lexically_normal().string());
    if (files.empty()) return at(file, directive.line, "there is no file " + named.string() + " to include");
    for (const std::string& included : files)
      if (auto done = read(included, depth + 1); !done) return done;
    return {};
  }

  std::vector<RuleText> texts_;
};

// A comment ends with its line, whatever it ends with: so the library reads it.
bool is_comment(std::string_view line) { return trim(line).starts_with('#'); }

// Whether a physical line goes on in the next; drops the mark.
bool drop_continuation(std::string_view& line) {
  std::string_view end = line;
  if (end.ends_with('\r')) end.remove_suffix(1);
  if (!end.ends_with('\\')) return false;
  line = end.substr(0, end.size() - 1);
  return true;
}

}  // namespace

std::optional<std::string> refusal(const Directive& directive) {
  const std::string name = lower_case(directive.name);
  if (name == "secdefaultaction")
    for (const std::string_view action : {"ctl:", "exec:"})
      if (lower_case(directive.text).find(action) != std::string::npos)
        return "SecDefaultAction with " + std::string(action.substr(0, action.size() - 1)) + " is not allowed here";
  if (std::find(rule_directives.begin(), rule_directives.end(), name) != rule_directives.end()) return std::nullopt;
  // Not a directive at all: the library's parser says so better.
  if (!name.starts_with("sec")) return std::nullopt;
  for (const Instead& item : instead)
    if (name.starts_with(item.prefix)) return directive.name + " is not allowed here: " + std::string(item.why);
  return directive.name +
         " is not allowed here: only SecRule, SecAction, SecMarker and what changes rules are; "
         "the gateway configures the engine itself";
}

std::vector<Directive> split_directives(std::string_view text) {
  std::vector<Directive> directives;
  bool goes_on = false;
  int number = 0;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    ++number;
    const bool is_new = !goes_on;
    goes_on = !(is_new && is_comment(line)) && drop_continuation(line);
    if (is_new) directives.push_back({number, number, {}, {}});
    directives.back().text.append(is_new ? line.substr(std::min(line.find_first_not_of(" \t\r"), line.size())) : line);
    directives.back().last_line = number;
  }
  std::erase_if(directives, [](const Directive& d) { return trim(d.text).empty() || d.text.starts_with('#'); });
  for (Directive& d : directives) d.name = d.text.substr(0, d.text.find_first_of(" \t\r\""));
  return directives;
}

std::string_view pattern_of(const Directive& directive) {
  std::string_view text = operator_of(directive);
  if (text.starts_with('!')) text.remove_prefix(1);
  for (const std::string_view name : {"@rx ", "@rxGlobal "})
    if (text.starts_with(name)) return text.substr(name.size());
  return text.starts_with('@') ? std::string_view{} : text;
}

std::vector<std::string> expand(const std::string& pattern) {
  std::vector<std::string> files;
  glob_t found{};
  if (::glob(pattern.c_str(), 0, nullptr, &found) == 0) files.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
  ::globfree(&found);
  return files;
}

Result<std::vector<RuleText>> read_rules(const std::string& file) {
  Reader reader;
  if (auto done = reader.read(file, 0); !done) return std::move(done).error();
  return reader.take();
}

}  // namespace ravelin::waf
