#include <array>
#include <cstddef>
#include <string>
#include <string_view>

#include "modules/waf/plan/rewrite.h"
#include "modules/waf/plan/transform_families.h"

namespace ravelin::waf::plan::family {
namespace {

bool starts_with(const Rewrite& rewrite, std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i)
    if (rewrite.peek(i) != static_cast<unsigned char>(text[i])) return false;
  return true;
}

// Whether a mark may start or end with it.
constexpr auto is_mark_byte = [] {
  std::array<bool, 256> bytes{};
  for (const unsigned char byte : {'/', '*', '<', '-', '#'}) bytes[byte] = true;
  return bytes;
}();

std::size_t first_mark_byte(const std::string& value) {
  std::size_t first = 0;
  while (first < value.size() && !is_mark_byte[static_cast<unsigned char>(value[first])]) ++first;
  return first;
}

// The length of the first of `marks` that comes next; 0 if none does.
template <std::size_t count>
std::size_t mark_length(const Rewrite& rewrite, const std::string_view (&marks)[count]) {
  if (!is_mark_byte[rewrite.peek()]) return 0;
  for (const std::string_view mark : marks)
    if (starts_with(rewrite, mark)) return mark.size();
  return 0;
}

constexpr std::string_view starts[] = {"/*", "<!--"};
constexpr std::string_view ends[] = {"*/", "-->"};
constexpr std::string_view line_starts[] = {"--", "#"};
constexpr std::string_view marks_alone[] = {"/*", "*/", "<!--", "-->", "--", "#"};

// To the end of the comment that `rewrite` is in; false if there is none.
bool pass_comment(Rewrite& rewrite) {
  for (; !rewrite.is_done(); rewrite.skip(1)) {
    if (const std::size_t length = mark_length(rewrite, ends)) {
      rewrite.skip(length);
      return true;
    }
  }
  return false;
}

}  // namespace

// The byte after a comment is copied unseen, and is a NUL at the end of the value.
void remove_comments(std::string& value) {
  Rewrite rewrite(value, first_mark_byte(value));
  while (!rewrite.is_done() && mark_length(rewrite, line_starts) == 0) {
    if (const std::size_t length = mark_length(rewrite, starts)) {
      rewrite.skip(length);
      const bool is_closed = pass_comment(rewrite);
      rewrite.put(is_closed ? rewrite.peek() : ' ', 1);
    } else {
      rewrite.copy(1);
    }
  }
  rewrite.finish();
}

void replace_comments(std::string& value) {
  const std::size_t first = value.find("/*");
  if (first == std::string::npos) return;
  Rewrite rewrite(value, first);
  while (!rewrite.is_done()) {
    rewrite.skip(2);
    while (!rewrite.is_done() && !starts_with(rewrite, "*/")) rewrite.skip(1);
    rewrite.put(' ', rewrite.is_done() ? 0 : 2);
    while (!rewrite.is_done() && !starts_with(rewrite, "/*")) rewrite.copy(1);
  }
  rewrite.finish();
}

void remove_comments_char(std::string& value) {
  Rewrite rewrite(value, first_mark_byte(value));
  while (!rewrite.is_done()) {
    if (const std::size_t length = mark_length(rewrite, marks_alone)) {
      rewrite.skip(length);
    } else {
      rewrite.copy(1);
    }
  }
  rewrite.finish();
}

}  // namespace ravelin::waf::plan::family
