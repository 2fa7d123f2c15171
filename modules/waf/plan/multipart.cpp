#include "modules/waf/plan/multipart.h"

#include <algorithm>
#include <cstddef>

#include "modules/waf/plan/collect_text.h"

namespace ravelin::waf::plan {
namespace {

constexpr auto npos = std::string_view::npos;
constexpr std::string_view multipart_type = "multipart/form-data";
constexpr std::string_view boundary_name = "boundary";
constexpr std::size_t longest_content_type = 1024;

bool is_boundary_character(char c) { return is_alphanumeric(c) || std::string_view(" '()+_,-./:=?").find(c) != npos; }

// RFC 2046, section 5.1.1.
bool is_boundary(std::string_view text) {
  return std::all_of(text.begin(), text.end(), is_boundary_character) && !text.ends_with(' ');
}

// How often the word occurs, in any case, with a '=' anywhere behind it.
std::size_t count_boundary_words(std::string_view text) {
  const std::size_t last_equals = text.rfind('=');
  std::size_t count = 0;
  for (std::size_t at = 0; last_equals != npos && at < last_equals; ++at)
    if (starts_with_lowered(text.substr(at, last_equals - at), boundary_name)) ++count;
  return count;
}

bool is_one_semicolon(std::string_view text) {
  const auto is_blank = [](char c) { return c == ';' || is_space(c); };
  return std::all_of(text.begin(), text.end(), is_blank) && std::count(text.begin(), text.end(), ';') == 1;
}

bool is_token_character(char c) {
  return c > ' ' && c < '\x7f' && std::string_view("()<>@,;:\\\"/[]?=").find(c) == npos;
}

bool is_charset_character(char c) { return is_alphanumeric(c) || std::string_view("!#$%&+-^_`{}~").find(c) != npos; }

bool is_extended_character(char c) { return is_alphanumeric(c) || std::string_view("!#$&+-.^_`~").find(c) != npos; }

// RFC 5987, section 3.2.1.
bool is_extended_value(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      if (i + 2 >= text.size() || hex_value(text[i + 1]) < 0 || hex_value(text[i + 2]) < 0) return false;
      i += 2;
    } else if (!is_extended_character(text[i])) {
      return false;
    }
  }
  return true;
}

}  // namespace

std::optional<std::string_view> multipart_boundary(std::string_view content_type) {
  if (content_type.size() > longest_content_type || content_type.find('\0') != npos) return std::nullopt;
  const std::size_t word = content_type.find(boundary_name);
  if (word == npos || count_boundary_words(content_type) != 1) return std::nullopt;
  if (!is_one_semicolon(content_type.substr(multipart_type.size(), word - multipart_type.size()))) return std::nullopt;
  std::string_view value = content_type.substr(word + boundary_name.size());
  if (!value.starts_with('=')) return std::nullopt;
  value.remove_prefix(1);
  if (value.empty() || is_space(value.front()) || value.front() == '"' || value.back() == '"') return std::nullopt;
  // A parameter behind it is put up with.
  if (!is_boundary(value)) value = value.substr(0, value.find(';'));
  if (value.empty() || !is_boundary(value)) return std::nullopt;
  return value;
}

DispositionReader::DispositionReader(std::string_view value) {
  constexpr std::string_view form_data = "form-data";
  is_bad_ = !value.starts_with(form_data);
  if (is_bad_) return;
  rest_ = value.substr(form_data.size());
  is_bad_ = !skip_blanks() || rest_.front() != ';';
  if (!is_bad_) rest_.remove_prefix(1);
}

std::optional<Parameter> DispositionReader::next() {
  if (is_bad_ || !skip_blanks()) return std::nullopt;
  const std::optional<Parameter::Name> name = read_name();
  if (!name || !skip_blanks()) return std::nullopt;
  const std::optional<Parameter> parameter = read_value(*name);
  return parameter && skip_separator() ? parameter : std::nullopt;
}

std::optional<Parameter::Name> DispositionReader::read_name() {
  const std::string_view name = rest_.substr(0, rest_.find_first_of("=\t "));
  rest_.remove_prefix(name.size());
  if (!skip_blanks() || rest_.front() != '=') return std::nullopt;
  rest_.remove_prefix(1);
  if (name == "name") return Parameter::Name::name;
  if (name == "filename") return Parameter::Name::filename;
  if (name == "filename*") return Parameter::Name::extended_filename;
  return std::nullopt;
}

std::optional<Parameter> DispositionReader::read_value(Parameter::Name name) {
  if (name == Parameter::Name::extended_filename) return read_extended();
  return rest_.front() == '"' ? read_quoted(name) : read_token(name);
}

// A '\' before anything but '"' and '\' stands for itself: some browsers send paths.
std::optional<Parameter> DispositionReader::read_quoted(Parameter::Name name) {
  Parameter parameter{name, {}, false};
  std::size_t size = 1;
  for (; size < rest_.size() && rest_[size] != '"'; ++size) {
    if (rest_[size] != '\\') continue;
    const char escaped = size + 1 < rest_.size() ? rest_[size + 1] : '\0';
    if (escaped != '"' && escaped != '\\') continue;
    parameter.has_escapes = true;
    ++size;
  }
  // Without its end the library reads on behind the field.
  if (size >= rest_.size()) return std::nullopt;
  parameter.value = rest_.substr(1, size - 1);
  rest_.remove_prefix(size + 1);
  return parameter;
}

// Single quotes, around a value or in it, are invalid quoting.
std::optional<Parameter> DispositionReader::read_token(Parameter::Name name) {
  std::size_t size = 0;
  while (size < rest_.size() && is_token_character(rest_[size])) ++size;
  const Parameter parameter{name, rest_.substr(0, size), false};
  rest_.remove_prefix(size);
  if (parameter.value.find('\'') != npos) return std::nullopt;
  return parameter;
}

std::optional<Parameter> DispositionReader::read_extended() {
  std::size_t charset = 0;
  while (charset < rest_.size() && is_charset_character(rest_[charset])) ++charset;
  if (charset == 0 || charset == rest_.size() || rest_[charset] != '\'') return std::nullopt;
  const std::size_t language_end = rest_.find('\'', charset + 1);
  if (language_end == npos) return std::nullopt;
  rest_.remove_prefix(language_end + 1);
  const std::string_view value = rest_.substr(0, rest_.find(';'));
  if (!is_extended_value(value)) return std::nullopt;
  rest_.remove_prefix(value.size());
  return Parameter{Parameter::Name::extended_filename, value, false};
}

// Returns whether anything follows.
bool DispositionReader::skip_blanks() {
  rest_.remove_prefix(std::min(rest_.find_first_not_of("\t "), rest_.size()));
  return !rest_.empty();
}

bool DispositionReader::skip_separator() {
  if (!skip_blanks()) return true;
  if (rest_.front() != ';') return false;
  rest_.remove_prefix(1);
  return true;
}

}  // namespace ravelin::waf::plan
