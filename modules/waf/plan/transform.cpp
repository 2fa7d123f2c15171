#include "modules/waf/plan/transform.h"

#include <array>
#include <bit>
#include <cstddef>

#include "modules/waf/plan/transform_families.h"

namespace ravelin::waf::plan {
namespace {

// In the order of Transform.
constexpr std::array<void (*)(std::string&), transform_count> functions{
    family::base64_decode,
    family::base64_decode_ext,
    family::base64_encode,
    family::cmd_line,
    family::compress_whitespace,
    family::css_decode,
    family::escape_seq_decode,
    family::hex_decode,
    family::hex_encode,
    family::html_entity_decode,
    family::js_decode,
    family::length,
    family::lowercase,
    family::md5,
    family::normalise_path,
    family::normalise_path_win,
    family::parity_even_7bit,
    family::parity_odd_7bit,
    family::parity_zero_7bit,
    family::remove_comments,
    family::remove_comments_char,
    family::remove_nulls,
    family::remove_whitespace,
    family::replace_comments,
    family::replace_nulls,
    family::sha1,
    family::sql_hex_decode,
    family::trim,
    family::trim_left,
    family::trim_right,
    family::uppercase,
    family::url_decode,
    family::url_decode_uni,
    family::url_encode,
    family::utf8_to_unicode,
};

bool changes_the_empty_value(Transform transform) {
  return transform == Transform::length || transform == Transform::md5 || transform == Transform::sha1;
}

}  // namespace

void apply(Transform transform, std::string& value) { functions[static_cast<std::size_t>(transform)](value); }

ByteClasses triggers_of(Transform transform) {
  using enum ByteClasses;
  switch (transform) {
    case Transform::cmd_line: return upper | quote | backslash | caret | space | control_space | list;
    case Transform::compress_whitespace:
    case Transform::trim:
    case Transform::trim_left:
    case Transform::trim_right: return space | control_space;
    case Transform::css_decode: return backslash | nul;
    case Transform::escape_seq_decode:
    case Transform::js_decode: return backslash;
    case Transform::html_entity_decode: return ampersand;
    case Transform::lowercase: return upper;
    case Transform::normalise_path: return slash | dot;
    case Transform::normalise_path_win: return slash | dot | backslash;
    case Transform::parity_zero_7bit: return high;
    case Transform::remove_comments:
    case Transform::remove_comments_char: return slash | star | hyphen | number_sign;
    case Transform::remove_nulls:
    case Transform::replace_nulls: return nul;
    case Transform::remove_whitespace: return space | control_space | high;
    case Transform::replace_comments: return slash | star;
    case Transform::uppercase: return lower;
    case Transform::url_decode:
    case Transform::url_decode_uni: return percent | plus;
    case Transform::url_encode: return ~(lower | upper | digit | star);
    case Transform::utf8_to_unicode: return high | nul;
    default: return all_classes;
  }
}

bool may_change(Transform transform, ByteClasses classes) {
  using enum ByteClasses;
  switch (transform) {
    case Transform::remove_comments:
    case Transform::remove_comments_char:
      return has_any(classes, hyphen | number_sign) || (has_any(classes, slash) && has_any(classes, star));
    case Transform::replace_comments: return has_any(classes, slash) && has_any(classes, star);
    default: return changes_the_empty_value(transform) || has_any(classes, triggers_of(transform));
  }
}

namespace {

// What each class alone lets change something; the last is what needs no class.
constexpr std::size_t class_count = std::popcount(static_cast<std::uint32_t>(all_classes));

std::array<Transforms, class_count + 1> changed_by_class() {
  std::array<Transforms, class_count + 1> changed{};
  for (std::size_t i = 0; i <= class_count; ++i)
    for (std::size_t number = 0; number < transform_count; ++number) {
      const auto classes = i == class_count ? ByteClasses::none : static_cast<ByteClasses>(1U << i);
      if (may_change(static_cast<Transform>(number), classes)) changed[i] |= Transforms{1} << number;
    }
  return changed;
}

}  // namespace

Transforms changing(ByteClasses classes) {
  static const auto by_class = changed_by_class();
  // Those that need two classes at once.
  constexpr Transforms of_comments =
      bit(Transform::remove_comments) | bit(Transform::remove_comments_char) | bit(Transform::replace_comments);
  Transforms found = by_class[class_count];
  if (has_any(classes, ByteClasses::slash) && has_any(classes, ByteClasses::star)) found |= of_comments;
  for (auto left = static_cast<std::uint32_t>(classes); left != 0; left &= left - 1)
    found |= by_class[static_cast<std::size_t>(std::countr_zero(left))];
  return found;
}

}  // namespace ravelin::waf::plan
