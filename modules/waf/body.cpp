#include "modules/waf/body.h"

#include <algorithm>
#include <string>

#include "modules/waf/plan/ascii.h"

namespace ravelin::waf {
namespace {

std::size_t count(std::string_view text, char c) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), c));
}

std::string boundary_of(std::string_view content_type) {
  const std::size_t at = lower_case(content_type).find("boundary=");
  if (at == std::string::npos) return {};
  std::string_view rest = content_type.substr(at + 9);
  if (rest.starts_with('"')) return std::string(rest.substr(1, rest.find('"', 1) - 1));
  return std::string(rest.substr(0, rest.find_first_of("; \t")));
}

std::size_t end_of_line(std::string_view text, std::size_t at) {
  const std::size_t end = text.find('\n', at);
  return end == std::string_view::npos ? text.size() : end + 1;
}

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

// Whether the line at `at` belongs to the one before: it begins with what C takes for a blank, but is no empty one.
bool is_folded(std::string_view text, std::size_t at) {
  if (at >= text.size() || !is_space(text[at]) || text[at] == '\n') return false;
  return text[at] != '\r' || (at + 1 < text.size() && text[at + 1] != '\n');
}

std::string_view field_at(std::string_view text, std::size_t at) {
  std::size_t end = end_of_line(text, at);
  while (is_folded(text, end)) end = end_of_line(text, end);
  return text.substr(at, end - at);
}

// Next finds one letter from positions that only grow, in one pass over the text.
class Next {
 public:
  Next(std::string_view text, char letter) : text_(text), letter_(letter), found_(text.find(letter)) {}
  std::size_t from(std::size_t at) {
    if (found_ < at) found_ = text_.find(letter_, at);
    return found_;
  }

 private:
  std::string_view text_;
  char letter_;
  std::size_t found_;
};

// A single quote is one at the beginning of a value only. NUL ends what the library reads. In
// filename*=CHARSET'LANGUAGE' quotes are nothing to the library.
bool is_open(std::string_view field) {
  Next end_of_charset(field, '\'');
  Next end_of_language(field, '\'');
  Next double_quote(field, '"');
  char quote = '\0';
  char before = '\0';
  for (std::size_t i = 0; i < field.size() && field[i] != '\0'; ++i) {
    const char c = field[i];
    if (quote != '\0') {
      if (c == '\\')
        ++i;
      else if (c == quote)
        quote = '\0';
    } else if (c == '=' && before == '*') {
      const std::size_t charset = end_of_charset.from(i);
      const std::size_t value = charset == std::string_view::npos ? charset : end_of_language.from(charset + 1);
      if (const std::size_t open = double_quote.from(i); open != std::string_view::npos && open < value) return true;
      if (value != std::string_view::npos) i = value;
    } else if (c == '"' || (c == '\'' && before == '=')) {
      quote = c;
    }
    if (c != ' ' && c != '\t') before = c;
  }
  return quote != '\0';
}

}  // namespace

// The library itself takes urlencoded and multipart by these prefixes; JSON and XML are named to it.
BodyFormat format_of(std::string_view content_type) {
  const std::string whole = lower_case(content_type);
  if (whole.starts_with("application/x-www-form-urlencoded")) return BodyFormat::form;
  if (whole.starts_with("multipart/form-data")) return BodyFormat::multipart;
  const std::string type = whole.substr(0, whole.find_first_of("; \t"));
  if (type.ends_with("/json") || type.ends_with("+json")) return BodyFormat::json;
  if (type.ends_with("/xml") || type.ends_with("+xml")) return BodyFormat::xml;
  return BodyFormat::raw;
}

std::size_t count_pairs(std::string_view text) { return text.empty() ? 0 : count(text, '&') + 1; }

std::size_t count_cookies(std::string_view cookie) { return cookie.empty() ? 0 : count(cookie, ';') + 1; }

// Each leaf but the first of a container follows a comma, so there are at most commas + 1 leaves.
// Malformed JSON may be counted wrong; the parser refuses it.
std::size_t count_json_values(std::string_view text) {
  std::size_t commas = 0;
  bool is_in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (is_in_string && c == '\\') ++i;
    if (c == '"') is_in_string = !is_in_string;
    if (c == ',' && !is_in_string) ++commas;
  }
  return text.empty() ? 0 : commas + 1;
}

// A body whose boundary cannot be read here, or is longer than it reads, is refused by the library.
std::size_t count_parts(std::string_view text, std::string_view content_type) {
  constexpr std::size_t longest = 1024;  // of the whole Content-Type
  const std::string delimiter = "--" + boundary_of(content_type);
  if (delimiter.size() > longest) return 0;
  std::size_t parts = 0;
  for (std::size_t at = text.find(delimiter); at != std::string_view::npos;
       at = text.find(delimiter, at + delimiter.size()))
    ++parts;
  return parts;
}

// What looks like an opened quote to the end may be one that a parser does not see.
std::size_t count_attributes(std::string_view text) {
  constexpr std::size_t shortest = 4;  // x=""
  std::size_t most = 0;
  const auto skip = [&](std::string_view begin, std::string_view end) {
    if (!text.starts_with(begin)) return false;
    const std::size_t at = end.empty() ? begin.size() : text.find(end, begin.size());
    text.remove_prefix(at == std::string_view::npos ? text.size() : at + end.size());
    return true;
  };
  while (!text.empty()) {
    text.remove_prefix(std::min(text.find('<'), text.size()));
    if (skip("<!--", "-->") || skip("<![CDATA[", "]]>") || skip("<?", "?>") || skip("<!", "")) continue;
    std::size_t count = 0;
    while (true) {
      text.remove_prefix(std::min(text.find_first_of("\"'>"), text.size()));
      if (text.empty() || text.front() == '>') break;
      const std::size_t end = text.find(text.front(), 1);
      if (end == std::string_view::npos) return std::max(most, count + text.size() / shortest);
      text.remove_prefix(end + 1);
      ++count;
    }
    most = std::max(most, count);
  }
  return most;
}

std::size_t count_arguments(BodyFormat format, std::string_view text, std::string_view content_type) {
  switch (format) {
    case BodyFormat::form: return count_pairs(text);
    case BodyFormat::json: return count_json_values(text);
    case BodyFormat::multipart: return count_parts(text, content_type);
    case BodyFormat::raw: return text.empty() ? 0 : 1;
    case BodyFormat::xml: return count_attributes(text);
  }
  return 0;
}

// Also in what is no head of a part: nobody sends such a line there.
bool has_open_quote(std::string_view body) {
  constexpr std::string_view name = "content-disposition";
  for (std::size_t at = 0; at < body.size(); at = end_of_line(body, at))
    if (equals_in_any_case(body.substr(at, name.size()), name) && is_open(field_at(body, at))) return true;
  return false;
}

}  // namespace ravelin::waf
