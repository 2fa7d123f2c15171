#include "modules/waf/body.h"

#include <algorithm>
#include <cctype>
#include <string>

namespace ravelin::waf {
namespace {

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return result;
}

std::size_t count(std::string_view text, char c) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), c));
}

std::string boundary_of(std::string_view content_type) {
  const std::size_t at = lower(content_type).find("boundary=");
  if (at == std::string::npos) return {};
  std::string_view rest = content_type.substr(at + 9);
  if (rest.starts_with('"')) return std::string(rest.substr(1, rest.find('"', 1) - 1));
  return std::string(rest.substr(0, rest.find_first_of("; \t")));
}

}  // namespace

// The library itself takes urlencoded and multipart by these prefixes; JSON and XML are named to it.
BodyFormat format_of(std::string_view content_type) {
  const std::string whole = lower(content_type);
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

// A body whose boundary cannot be read here is refused by the library.
std::size_t count_parts(std::string_view text, std::string_view content_type) {
  const std::string delimiter = "--" + boundary_of(content_type);
  std::size_t parts = 0;
  for (std::size_t at = text.find(delimiter); at != std::string_view::npos;
       at = text.find(delimiter, at + delimiter.size()))
    ++parts;
  return parts;
}

std::size_t count_arguments(BodyFormat format, std::string_view text, std::string_view content_type) {
  switch (format) {
    case BodyFormat::form: return count_pairs(text);
    case BodyFormat::json: return count_json_values(text);
    case BodyFormat::multipart: return count_parts(text, content_type);
    case BodyFormat::raw:
    case BodyFormat::xml: return text.empty() ? 0 : 1;
  }
  return 0;
}

}  // namespace ravelin::waf
