#include <algorithm>
#include <array>

#include "modules/waf/plan/ascii.h"
#include "modules/waf/plan/transform.h"

namespace ravelin::waf::plan {
namespace {

struct Name {
  std::string_view text;
  Transform transform;
};

constexpr std::array<Name, 37> names{{
    {"base64Decode", Transform::base64_decode},
    {"base64DecodeExt", Transform::base64_decode_ext},
    {"base64Encode", Transform::base64_encode},
    {"cmdLine", Transform::cmd_line},
    {"compressWhitespace", Transform::compress_whitespace},
    {"cssDecode", Transform::css_decode},
    {"escapeSeqDecode", Transform::escape_seq_decode},
    {"hexDecode", Transform::hex_decode},
    {"hexEncode", Transform::hex_encode},
    {"htmlEntityDecode", Transform::html_entity_decode},
    {"jsDecode", Transform::js_decode},
    {"length", Transform::length},
    {"lowercase", Transform::lowercase},
    {"md5", Transform::md5},
    {"normalisePath", Transform::normalise_path},
    {"normalizePath", Transform::normalise_path},
    {"normalisePathWin", Transform::normalise_path_win},
    {"normalizePathWin", Transform::normalise_path_win},
    {"parityEven7bit", Transform::parity_even_7bit},
    {"parityOdd7bit", Transform::parity_odd_7bit},
    {"parityZero7bit", Transform::parity_zero_7bit},
    {"removeComments", Transform::remove_comments},
    {"removeCommentsChar", Transform::remove_comments_char},
    {"removeNulls", Transform::remove_nulls},
    {"removeWhitespace", Transform::remove_whitespace},
    {"replaceComments", Transform::replace_comments},
    {"replaceNulls", Transform::replace_nulls},
    {"sha1", Transform::sha1},
    {"sqlHexDecode", Transform::sql_hex_decode},
    {"trim", Transform::trim},
    {"trimLeft", Transform::trim_left},
    {"trimRight", Transform::trim_right},
    {"uppercase", Transform::uppercase},
    {"urlDecode", Transform::url_decode},
    {"urlDecodeUni", Transform::url_decode_uni},
    {"urlEncode", Transform::url_encode},
    {"utf8toUnicode", Transform::utf8_to_unicode},
}};

}  // namespace

std::optional<Transform> transform_named(std::string_view name) {
  for (const Name& known : names)
    if (equals_in_any_case(known.text, name)) return known.transform;
  return std::nullopt;
}

std::string_view name_of(Transform transform) {
  for (const Name& known : names)
    if (known.transform == transform) return known.text;
  return {};
}

}  // namespace ravelin::waf::plan
