#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "modules/waf/plan/byte_classes.h"

namespace ravelin::waf::plan {

/// Transform is a transformation function of SecLang (t:lowercase), exact to libmodsecurity 3.0.9, quirks
/// included (ModSecurity Reference Manual v3, "Transformation functions").
enum class Transform : std::uint8_t {
  base64_decode,
  base64_decode_ext,
  base64_encode,
  cmd_line,
  compress_whitespace,
  css_decode,
  escape_seq_decode,
  hex_decode,
  hex_encode,
  html_entity_decode,
  js_decode,
  length,
  lowercase,
  md5,
  normalise_path,
  normalise_path_win,
  parity_even_7bit,
  parity_odd_7bit,
  parity_zero_7bit,
  remove_comments,
  remove_comments_char,
  remove_nulls,
  remove_whitespace,
  replace_comments,
  replace_nulls,
  sha1,
  sql_hex_decode,
  trim,
  trim_left,
  trim_right,
  uppercase,
  url_decode,
  url_decode_uni,
  url_encode,
  utf8_to_unicode,
};
inline constexpr std::size_t transform_count = static_cast<std::size_t>(Transform::utf8_to_unicode) + 1;

/// Transforms are a set of transformations.
using Transforms = std::uint64_t;
constexpr Transforms bit(Transform transform) { return Transforms{1} << static_cast<unsigned>(transform); }

/// By the name after "t:", in any case; both spellings of normali[sz]e. Nothing for `none` and unknown ones.
std::optional<Transform> transform_named(std::string_view name);
std::string_view name_of(Transform transform);

/// What `transform` makes of `value`, in place.
void apply(Transform transform, std::string& value);

/// The kinds of bytes of which at least one must occur for `transform` to change a value. All of them for one
/// that may change any value, the empty one included (length): see may_change.
ByteClasses triggers_of(Transform transform);
/// False proves that `apply` would leave a value with these classes as it is.
bool may_change(Transform transform, ByteClasses classes);
/// All for which may_change is true.
Transforms changing(ByteClasses classes);

}  // namespace ravelin::waf::plan
