#include "modules/waf/ambiguous_body.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "modules/waf/plan/ascii.h"
#include "modules/waf/plan/multipart.h"

namespace ravelin::waf {
namespace {

using Ambiguity = std::optional<std::string_view>;
constexpr auto npos = std::string_view::npos;

bool is_alphanumeric(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_blank(char c) { return c == ' ' || c == '\t'; }

// RFC 9110 section 5.6.2.
bool is_token(std::string_view text) {
  constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [&](char c) { return is_alphanumeric(c) || marks.find(c) != npos; });
}

// At others some origins end it: PHP at a comma, Werkzeug at what is no token.
bool is_plain_boundary(std::string_view boundary) {
  constexpr std::string_view marks = "'+_.-";
  return std::all_of(boundary.begin(), boundary.end(),
                     [&](char c) { return is_alphanumeric(c) || marks.find(c) != npos; });
}

// RFC 8187 section 3.2.1: CHARSET'LANGUAGE'VALUE. To PHP its quotes are quotes, and a backslash escapes one. To Go and
// Django an empty value takes the place of a file's name, and makes a field of it.
bool is_plain_extended_value(std::string_view text) {
  constexpr std::string_view marks = "!#$&+-.^_`|~%'";
  return std::all_of(text.begin(), text.end(), [&](char c) { return is_alphanumeric(c) || marks.find(c) != npos; }) &&
         std::count(text.begin(), text.end(), '\'') == 2 && !text.ends_with('\'');
}

// Names of parameters, the first of which is the disposition's type. Of one that is there twice some origins take the
// first, others the last.
class ParameterNames {
 public:
  /// False if `name` has been added before.
  bool add(std::string_view name) {
    const std::string added = lower_case(name);
    if (std::find(names_.begin(), names_.end(), added) != names_.end()) return false;
    names_.push_back(added);
    return names_.size() <= most;
  }

 private:
  static constexpr std::size_t most = 8;  // a form has name, filename and filename*

  std::vector<std::string> names_;
};

std::string_view without_blanks(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  return text;
}

// A blank beside an equals sign hides a parameter from PHP, and so does a quote that follows two backslashes. Rack does
// not read it where it is long.
bool is_plain_disposition(std::string_view value) {
  constexpr std::size_t most = 1536;  // bytes, to Rack
  if (value.size() > most) return false;
  ParameterNames names;
  bool is_quoted = false;
  std::size_t parameter = 0;
  for (std::size_t i = 0; i < value.size(); ++i) {
    const char c = value[i];
    if (is_quoted && c == '\\') {
      if (value.substr(i).starts_with("\\\\\"")) return false;
      ++i;
    } else if (c == '"') {
      is_quoted = !is_quoted;
    } else if (!is_quoted && c == ';') {
      parameter = i + 1;
    } else if (!is_quoted && c == '=') {
      const std::string_view behind = value.substr(i + 1);
      if (!names.add(without_blanks(value.substr(parameter, i - parameter)))) return false;
      if ((i > 0 && is_blank(value[i - 1])) || (!behind.empty() && is_blank(behind.front()))) return false;
      const bool is_extended = i > 0 && value[i - 1] == '*';
      if (is_extended && !is_plain_extended_value(behind.substr(0, behind.find(';')))) return false;
    }
  }
  return true;
}

Ambiguity look_at_field(std::string_view line) {
  const std::size_t colon = line.find(':');
  if (colon == npos || !is_token(line.substr(0, colon)) || line.find_first_of(std::string_view("\r\n\0", 3)) != npos)
    return "a field of a part of the body is none, for some";
  if (equals_in_any_case(line.substr(0, colon), "content-disposition") && !is_plain_disposition(line.substr(colon)))
    return "a Content-Disposition in the body has odd parameters";
  return {};
}

// The fields of a part, and the line without any behind them. Of two dispositions the library takes the first, Django
// the last.
Ambiguity look_at_part(std::string_view text) {
  bool has_disposition = false;
  for (std::size_t at = 0;;) {
    const std::size_t end = text.find("\r\n", at);
    if (end == at || end == npos) return {};  // without an end it is malformed
    const std::string_view line = text.substr(at, end - at);
    if (auto found = look_at_field(line)) return found;
    const bool is_disposition = equals_in_any_case(line.substr(0, line.find(':')), "content-disposition");
    if (is_disposition && std::exchange(has_disposition, true))
      return "a part of the body has two Content-Dispositions";
    at = end + 2;
  }
}

// memmem() is linear, whatever is looked for.
std::size_t find(std::string_view text, std::string_view word, std::size_t from) {
  const void* const found = ::memmem(text.data() + from, text.size() - from, word.data(), word.size());
  return found == nullptr ? npos : static_cast<std::size_t>(static_cast<const char*>(found) - text.data());
}

// As the library reads it, and in quotes, of which it says that they are there. None if there is no telling.
std::optional<std::string_view> declared_boundary(std::string_view content_type) {
  if (const auto boundary = plan::multipart_boundary(content_type)) return boundary;
  constexpr std::string_view name = "boundary=";
  const std::size_t at = lower_case(content_type).find(name);
  if (at == npos) return std::nullopt;
  const std::string_view value = content_type.substr(at + name.size());
  if (!value.starts_with('"'))
    return value.empty() || value.front() == ';' ? std::optional(value.substr(0, 0)) : std::nullopt;
  const std::size_t end = value.find('"', 1);
  return end == npos ? std::nullopt : std::optional(value.substr(1, end - 1));
}

// Wherever a boundary stands, some origin ends a part there: within a file, of which rules see nothing, too.
Ambiguity look_at_multipart(std::string_view body, std::string_view content_type) {
  const auto boundary = declared_boundary(content_type);
  if (!boundary) return {};                                           // malformed, to the library
  if (boundary->empty()) return "the boundary of the body is empty";  // to some it is one; the library sees nothing
  if (!is_plain_boundary(*boundary)) return "the boundary of the body has a character that may end it";
  const std::string delimiter = "--" + std::string(*boundary);
  for (std::size_t at = find(body, delimiter, 0); at != npos; at = find(body, delimiter, at + delimiter.size())) {
    const std::string_view behind = body.substr(at + delimiter.size());
    const bool is_at_start = at == 0 || body.substr(0, at).ends_with("\r\n");
    if (!is_at_start || !(behind.starts_with("\r\n") || behind.starts_with("--")))
      return "a boundary in the body does not have a line of its own";
    if (!behind.starts_with("\r\n")) continue;
    if (auto found = look_at_part(behind.substr(2))) return found;
  }
  return {};
}

// A character in more bytes than it needs. The parser of the rules lets it be; to Jackson it is what it would be in
// one.
bool has_overlong_character(std::string_view body) {
  for (std::size_t at = 0; at + 1 < body.size(); ++at) {
    const auto first = static_cast<unsigned char>(body[at]);
    const auto second = static_cast<unsigned char>(body[at + 1]);
    if (first == 0xc0 || first == 0xc1 || (first == 0xe0 && second < 0xa0) || (first == 0xf0 && second < 0x90))
      return true;
  }
  return false;
}

// The parser of the rules swallows what follows the first half of a pair of surrogates, unless that is the second half
// or the end of the string. An ellipsis stands behind what was cut amid a pair.
Ambiguity look_at_json(std::string_view body) {
  if (has_overlong_character(body)) return "a character of the body is coded in more bytes than it needs";
  const auto is_half = [&](std::size_t at, std::string_view thirds) {  // \uD8 to \uDB, or \uDC to \uDF
    const std::string_view text = body.substr(std::min(at, body.size()), 6);
    return text.size() == 6 && text[0] == '\\' && text[1] == 'u' && (text[2] == 'd' || text[2] == 'D') &&
           thirds.find(text[3]) != npos;
  };
  for (std::size_t at = body.find('\\'); at != npos; at = body.find('\\', at)) {
    const bool is_first = is_half(at, "89abAB");
    const std::string_view behind = is_first ? body.substr(at + 6) : std::string_view();
    if (is_first && !behind.starts_with('"') && !behind.starts_with("...") && !is_half(at + 6, "cdefCDEF"))
      return "half a pair of surrogates stands alone in the body";
    at += is_first ? 6 : 2;
  }
  return {};
}

constexpr std::string_view json_blanks = " \t\r\n";

// Whether `text` begins with a number, true, false or null, and has more items behind it.
bool begins_with_plain_value(std::string_view text) {
  std::size_t end = 0;
  for (const std::string_view word : {"true", "false", "null", "NaN", "Infinity", "-Infinity"})
    if (text.starts_with(word)) end = word.size();
  if (end == 0) {
    const auto digits = [&] {
      const std::size_t from = end;
      while (end < text.size() && text[end] >= '0' && text[end] <= '9') ++end;
      return end > from;
    };
    if (text.starts_with('-')) ++end;
    if (!digits()) return false;
    if (end < text.size() && text[end] == '.' && (++end, !digits())) return false;
    if (end < text.size() && (text[end] == 'e' || text[end] == 'E')) {
      ++end;
      if (end < text.size() && (text[end] == '+' || text[end] == '-')) ++end;
      if (!digits()) return false;
    }
  }
  const std::size_t next = text.find_first_not_of(json_blanks, end);
  return next != npos && text[next] == ',';
}

// The beginning of a text, of UTF-16 or UTF-32 too, as far as it is ASCII: Python takes JSON in any of them.
std::string narrowed(std::string_view body) {
  constexpr std::string_view fill(" \t\r\n\0\xff\xfe", 7);
  constexpr std::size_t enough = 4096;
  std::string text(body.substr(std::min(body.find_first_not_of(fill), body.size()), enough));
  std::erase_if(text, [](char c) { return c == '\0'; });
  return text;
}

bool looks_like_narrow_json(std::string_view body) {
  if (body.starts_with("\xef\xbb\xbf")) body.remove_prefix(3);
  const std::size_t first = body.find_first_not_of(json_blanks);
  if (first == npos) return false;
  const std::size_t second = body.find_first_not_of(json_blanks, first + 1);
  if (second == npos) return false;
  if (body[first] == '{') return body[second] == '"' || body[second] == '}';
  if (body[first] != '[') return false;
  constexpr std::string_view openings = "\"{[]";
  return openings.find(body[second]) != npos || begins_with_plain_value(body.substr(second));
}

// Origins that do not ask for the type of a body take it for JSON, Go whatever comes behind the first value.
bool looks_like_json(std::string_view body) {
  const std::string_view first_four = body.substr(0, 4);
  if (first_four.find('\0') != npos || first_four.starts_with("\xff\xfe") || first_four.starts_with("\xfe\xff")) {
    return looks_like_narrow_json(narrowed(body));
  }
  return looks_like_narrow_json(body);
}

// Whether a part says that it is a form's. Tomcat takes blanks and control characters off a name, and goes on with a
// field in a line that begins with a blank.
bool has_form_disposition(std::string_view body) {
  constexpr std::string_view name = "content-disposition";
  bool is_disposition = false;
  for (std::size_t at = 0; at < body.size();) {
    std::string_view line = body.substr(at, body.find('\n', at) - at);
    at += line.size() + 1;
    const bool may_go_on = is_disposition && !line.empty() && is_blank(line.front());
    while (!line.empty() && static_cast<unsigned char>(line.front()) <= ' ') line.remove_prefix(1);
    is_disposition = may_go_on || equals_in_any_case(line.substr(0, name.size()), name);
    if (is_disposition && lower_case(line).find("form-data") != npos) return true;
  }
  return false;
}

Ambiguity look_at_raw(std::string_view body, std::string_view content_type) {
  const bool is_multipart = lower_case(content_type.substr(0, 10)) == "multipart/";
  if ((content_type.empty() || is_multipart) && looks_like_json(body)) return "a body of JSON does not say that it is";
  if (is_multipart && has_form_disposition(body)) return "the parts of a body that is no form are those of a form";
  return {};
}

}  // namespace

std::optional<std::string_view> find_ambiguity(BodyFormat format, std::string_view body,
                                               std::string_view content_type) {
  if (body.empty()) return {};
  switch (format) {
    case BodyFormat::multipart: return look_at_multipart(body, content_type);
    case BodyFormat::json: return look_at_json(body);
    case BodyFormat::raw: return look_at_raw(body, content_type);
    case BodyFormat::form:
    case BodyFormat::xml: return {};
  }
  return {};
}

}  // namespace ravelin::waf
