#include <string>
#include <string_view>

#include "modules/waf/plan/operator_families.h"
#include "modules/waf/plan/rewrite.h"

namespace ravelin::waf::plan::family {
namespace {

// Whether what is at `index` parts words: any byte but an ASCII letter, digits included. Nothing does not.
bool is_boundary(std::string_view value, std::size_t index) {
  if (index >= value.size()) return false;
  const auto byte = static_cast<unsigned char>(value[index] | 0x20);
  return byte < 'a' || byte > 'z';
}

// At the beginning of the value the word must be followed by a boundary, at the end one must precede it.
bool has_word(std::string_view value, std::string_view word) {
  if (word.empty() || value == word) return true;
  for (std::size_t at = value.find(word); at != std::string_view::npos; at = value.find(word, at + 1)) {
    const std::size_t end = at + word.size();
    const bool is_after = at == 0 || is_boundary(value, at - 1);
    const bool is_before = end == value.size() || is_boundary(value, end);
    if (is_after && is_before) return true;
  }
  return false;
}

bool contains(std::string_view value, std::string_view part) { return value.find(part) != std::string_view::npos; }

}  // namespace

Compiled compile_text(const Operator& op, const std::string&) {
  const std::string& text = op.argument;
  if (op.name == "streq") return matcher([text](std::string_view value) { return value == text; });
  if (op.name == "strmatch" || op.name == "contains")
    return matcher([text](std::string_view value) { return contains(value, text); });
  if (op.name == "containsword") return matcher([text](std::string_view value) { return has_word(value, text); });
  if (op.name == "beginswith") return matcher([text](std::string_view value) { return value.starts_with(text); });
  if (op.name == "endswith") return matcher([text](std::string_view value) { return value.ends_with(text); });
  if (op.name == "within") return matcher([text](std::string_view value) { return contains(text, value); });
  const bool always = op.name == "unconditionalmatch";
  return matcher([always](std::string_view) { return always; });
}

}  // namespace ravelin::waf::plan::family
