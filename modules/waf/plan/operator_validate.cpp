#include <bitset>
#include <climits>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "modules/waf/plan/operator_families.h"
#include "modules/waf/plan/rewrite.h"

namespace ravelin::waf::plan::family {
namespace {

using Bytes = std::bitset<256>;

std::optional<int> number_of(const std::string& text) {
  try {
    return std::stoi(text);
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

// The library passes over a range that it does not understand, but writes out of bounds for a single number that
// is no byte: false.
bool add_range(Bytes& bytes, const std::string& range) {
  const std::size_t hyphen = range.find('-');
  const std::optional<int> first = number_of(range.substr(0, hyphen));
  const std::optional<int> last = hyphen == std::string::npos ? first : number_of(range.substr(hyphen + 1));
  const bool is_range = first && last && *first >= 0 && *last <= 255 && *first <= *last;
  if (!is_range) return hyphen != std::string::npos || !first;
  for (int byte = *first; byte <= *last; ++byte) bytes.set(static_cast<std::size_t>(byte));
  return true;
}

Compiled compile_byte_range(const Operator& op) {
  Bytes allowed;
  std::size_t start = 0;
  while (start <= op.argument.size()) {
    const std::size_t end = std::min(op.argument.find(',', start), op.argument.size());
    if (!add_range(allowed, op.argument.substr(start, end - start))) return refused(op, "a number that is no byte");
    start = end + 1;
  }
  return matcher([allowed](std::string_view value) {
    for (const char byte : value)
      if (!allowed[static_cast<unsigned char>(byte)]) return true;
    return false;
  });
}

// Whether a "%" is not followed by two digits.
bool has_bad_escape(std::string_view value) {
  for (std::size_t at = value.find('%'); at != std::string_view::npos; at = value.find('%', at + 3)) {
    if (at + 2 >= value.size()) return true;
    if (!is_hex(static_cast<unsigned char>(value[at + 1])) || !is_hex(static_cast<unsigned char>(value[at + 2])))
      return true;
  }
  return false;
}

// The length of the UTF-8 character at the front of `text` (RFC 3629, section 4); 0 if it is not valid.
std::size_t character_length(std::string_view text) {
  const auto first = static_cast<unsigned char>(text.front());
  if (first < 0x80) return 1;
  const std::size_t length = first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
  if (length == 0 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i)
    if ((static_cast<unsigned char>(text[i]) & 0xc0) != 0x80) return 0;
  const auto second = static_cast<unsigned char>(text[1]);
  const bool is_overlong = (first == 0xe0 && second < 0xa0) || (first == 0xf0 && second < 0x90);
  const bool is_surrogate = first == 0xed && second >= 0xa0;
  return is_overlong || is_surrogate ? 0 : length;
}

// What is beyond U+10FFFF, but starts like a character (f4), passes.
bool is_not_utf8(std::string_view value) {
  while (!value.empty()) {
    const std::size_t length = character_length(value);
    if (length == 0) return true;
    value.remove_prefix(length);
  }
  return false;
}

}  // namespace

Compiled compile_validate(const Operator& op, const std::string&) {
  if (op.name == "validatebyterange") return compile_byte_range(op);
  if (op.name == "validateurlencoding") return matcher(has_bad_escape);
  return matcher(is_not_utf8);
}

}  // namespace ravelin::waf::plan::family
