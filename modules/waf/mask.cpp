#include "modules/waf/mask.h"

#include <algorithm>
#include <array>

#include "modules/waf/plan/ascii.h"

namespace ravelin::waf {
namespace {

constexpr std::size_t longest_fragment = 64;
constexpr std::size_t longest_variable = 64;
constexpr std::size_t shortest_card = 12;
constexpr std::string_view hidden = "***";

constexpr std::array<std::string_view, 17> secret_words{"pass",    "pwd", "secret",    "token",      "key", "auth",
                                                        "session", "sid", "card",      "cvv",        "cvc", "otp",
                                                        "cookie",  "jwt", "signature", "credential", "pin"};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

struct Word {
  std::size_t begin = std::string_view::npos;
  std::size_t end = 0;
};

// The first secret word in `text`.
Word find_secret(std::string_view text) {
  Word first;
  for (const std::string_view word : secret_words) {
    const auto at =
        std::search(text.begin(), text.end(), word.begin(), word.end(), [](char a, char b) { return lower(a) == b; });
    const auto begin = static_cast<std::size_t>(at - text.begin());
    if (at != text.end() && begin < first.begin) first = {begin, begin + word.size()};
  }
  return first;
}

// Raw text holds names and values: nothing after a secret name is shown. Short words inside longer
// ones hide more than they must, which is the safe side.
std::string without_secrets(std::string_view text) {
  const Word word = find_secret(text);
  if (word.begin == std::string_view::npos) return std::string(text);
  return std::string(text.substr(0, word.end)) + std::string(hidden);
}

std::string without_card_numbers(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const auto run = static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), is_digit) - text.begin());
    if (run >= shortest_card) {
      result += hidden;
    } else {
      result += text.substr(0, run);
    }
    text.remove_prefix(run);
    const auto rest = static_cast<std::size_t>(std::find_if(text.begin(), text.end(), is_digit) - text.begin());
    result += text.substr(0, rest);
    text.remove_prefix(rest);
  }
  return result;
}

// Never the whole value, and at most longest_fragment of it.
std::string_view part_of(std::string_view fragment, std::string_view value) {
  std::size_t most = longest_fragment;
  if (!value.empty()) most = std::min(most, fragment.size() < value.size() ? fragment.size() : (value.size() + 1) / 2);
  return fragment.substr(0, most);
}

}  // namespace

bool is_secret_name(std::string_view name) { return find_secret(name).begin != std::string_view::npos; }

std::string printable(std::string_view text, std::size_t limit) {
  constexpr std::string_view more = "...";
  std::string result(text.substr(0, text.size() <= limit ? text.size() : limit - more.size()));
  std::replace_if(
      result.begin(), result.end(), [](char c) { return c < 0x20 || c > 0x7e; }, '.');
  if (text.size() > limit) result += more;
  return result;
}

std::string evidence(std::string_view variable, std::string_view fragment, std::string_view value) {
  std::string result = printable(variable, longest_variable);
  if (fragment.empty()) return result;
  const std::size_t colon = variable.find(':');
  if (colon != std::string_view::npos && is_secret_name(variable.substr(colon + 1))) return result + " (hidden)";
  const std::string_view part = part_of(fragment, value);
  result += " \"" + printable(without_card_numbers(without_secrets(part)), longest_fragment + hidden.size());
  result += part.size() < fragment.size() ? "...\"" : "\"";
  return result;
}

}  // namespace ravelin::waf
