#include <array>

#include "modules/waf/plan/collect.h"
#include "modules/waf/plan/collect_text.h"

namespace ravelin::waf::plan {
namespace {

constexpr std::array<bool, 256> make_marks() {
  std::array<bool, 256> marks{};
  for (const unsigned char mark : {'&', '=', '%', '+'}) marks[mark] = true;
  return marks;
}
constexpr std::array<bool, 256> is_mark = make_marks();

/// Word is a name or a value, still coded.
struct Word {
  std::string_view text;
  bool is_coded = false;
};

Word word_until(std::string_view text, char stop) {
  bool is_coded = false;
  std::size_t size = 0;
  for (; size < text.size(); ++size) {
    const char c = text[size];
    if (!is_mark[static_cast<unsigned char>(c)]) continue;
    if (c == '&' || c == stop) break;
    if (c != '=') is_coded = true;
  }
  return {text.substr(0, size), is_coded};
}

}  // namespace

// An empty pair is an argument without name and value, but for one after the last '&'.
void Values::collect_pairs(std::string_view text) {
  while (!text.empty()) {
    const Word name = word_until(text, '=');
    text.remove_prefix(name.text.size());
    Word value;
    if (text.starts_with('=')) {
      value = word_until(text.substr(1), '&');
      text.remove_prefix(1 + value.text.size());
    }
    if (!text.empty()) text.remove_prefix(1);
    add_argument(name.is_coded ? decoded(name.text, ' ') : name.text,
                 value.is_coded ? decoded(value.text, ' ') : value.text);
  }
  sum_arguments();
}

// What is not %XX stays as it is. `plus` is what a '+' becomes.
std::string_view Values::decoded(std::string_view text, char plus) {
  char* end = arena_.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '%' && i + 2 < text.size() && hex_value(text[i + 1]) >= 0 && hex_value(text[i + 2]) >= 0) {
      *end++ = static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2]));
      i += 2;
    } else {
      *end++ = c == '+' ? plus : c;
    }
  }
  return arena_.commit(end);
}

}  // namespace ravelin::waf::plan
