#include "waf_diff/undone.h"

#include <cctype>

#include "waf_diff/encodings.h"

namespace ravelin::waf_diff {
namespace {

using waf::plan::Transform;

// Some bytes of the text, or all that are no letters, written in another way.
std::string written(std::string_view text, Encoding encoding, Random& random) {
  const std::size_t share = random.between(1, 3);
  const bool are_marks_only = random.one_in(2);
  std::string result;
  for (const char c : text) {
    const bool is_plain = are_marks_only ? std::isalnum(static_cast<unsigned char>(c)) != 0 : !random.one_in(share);
    result += is_plain ? std::string(1, c) : encoding(static_cast<unsigned char>(c));
  }
  return result;
}

std::string hexadecimal(std::string_view text) {
  std::string result;
  for (const char c : text) result += written_as::percent(static_cast<unsigned char>(c)).substr(1);
  return result;
}

std::string with(std::string_view text, std::string_view piece, Random& random) {
  std::string result(text);
  return result.insert(random.below(result.size() + 1), piece);
}

std::string replaced(std::string_view text, char what, std::string_view by, Random& random) {
  std::string result;
  for (const char c : text) c == what && !random.one_in(3) ? result.append(by) : result.append(1, c);
  return result;
}

std::string in_any_case(std::string text, Random& random) {
  for (char& c : text)
    if (random.one_in(2))
      c = static_cast<char>(std::isupper(static_cast<unsigned char>(c)) != 0
                                ? std::tolower(static_cast<unsigned char>(c))
                                : std::toupper(static_cast<unsigned char>(c)));
  return text;
}

std::string of_command(std::string_view text, Random& random) {
  constexpr std::string_view pieces[] = {"^", "\"", "'", "\\"};
  if (random.one_in(3)) return replaced(text, ' ', random.one_in(2) ? "," : ";", random);
  if (random.one_in(3)) return replaced(text, '/', " /", random);
  return with(text, random.pick(pieces), random);
}

std::string of_path(std::string_view text, bool is_windows, Random& random) {
  constexpr std::string_view pieces[] = {"/./", "//", "/a/../"};
  return replaced(text, '/', is_windows && random.one_in(2) ? "\\" : random.pick(pieces), random);
}

std::string of_comment(std::string_view text, Random& random) {
  constexpr std::string_view pieces[] = {"/**/", "/*x*/", "--", "#", "/*"};
  return random.one_in(2) ? with(text, random.pick(pieces), random) : replaced(text, ' ', random.pick(pieces), random);
}

std::string of_blanks(std::string_view text, Random& random) {
  constexpr std::string_view pieces[] = {"  ", "\t", "\n", " \r\n", "\v", "\xa0"};
  return random.one_in(2) ? with(text, random.pick(pieces), random) : replaced(text, ' ', random.pick(pieces), random);
}

}  // namespace

std::string undone(Transform transform, std::string_view text, Random& random) {
  switch (transform) {
    case Transform::lowercase:
    case Transform::uppercase: return in_any_case(std::string(text), random);
    case Transform::url_decode: return written(text, written_as::percent, random);
    case Transform::url_decode_uni:
      return written(text, random.one_in(2) ? written_as::percent : written_as::percent_u, random);
    case Transform::html_entity_decode:
      return written(text, random.one_in(2) ? written_as::entity : written_as::entity_hex, random);
    case Transform::js_decode:
      return written(text, random.one_in(2) ? written_as::backslash_u : written_as::backslash_x, random);
    case Transform::escape_seq_decode: return written(text, written_as::backslash_x, random);
    case Transform::css_decode: return written(text, written_as::css, random);
    case Transform::base64_decode:
    case Transform::base64_decode_ext: return base64_encoded(text);
    case Transform::hex_decode: return hexadecimal(text);
    case Transform::sql_hex_decode: return "0x" + hexadecimal(text);
    case Transform::utf8_to_unicode: return written(text, written_as::full_width, random);
    case Transform::remove_nulls:
    case Transform::replace_nulls: return with(text, std::string_view("\0", 1), random);
    case Transform::remove_whitespace:
    case Transform::compress_whitespace: return of_blanks(text, random);
    case Transform::trim:
    case Transform::trim_left:
    case Transform::trim_right: return " " + std::string(text) + "\t ";
    case Transform::remove_comments:
    case Transform::remove_comments_char:
    case Transform::replace_comments: return of_comment(text, random);
    case Transform::normalise_path: return of_path(text, false, random);
    case Transform::normalise_path_win: return of_path(text, true, random);
    case Transform::cmd_line: return of_command(text, random);
    default: return std::string(text);
  }
}

std::string guarded(Transform transform, std::string_view text) {
  std::string result;
  for (const char c : text) {
    switch (transform) {
      case Transform::url_decode:
      case Transform::url_decode_uni:
        c == '%' || c == '+' ? result.append(written_as::percent(static_cast<unsigned char>(c))) : result.append(1, c);
        break;
      case Transform::js_decode:
      case Transform::css_decode:
      case Transform::escape_seq_decode: result.append(c == '\\' ? 2 : 1, c); break;
      case Transform::html_entity_decode: c == '&' ? result.append("&amp;") : result.append(1, c); break;
      default: result += c;
    }
  }
  return result;
}

}  // namespace ravelin::waf_diff
