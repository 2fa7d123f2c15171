#include "base/near_miss.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdlib>

namespace ravelin {
namespace {

constexpr std::size_t longest = 48;  // keys are short; longer text is not a slip of the finger
constexpr std::size_t too_far = 3;

// Optimal string alignment distance, by rows: this row, and the two before it.
std::size_t distance(std::string_view a, std::string_view b) {
  using Row = std::array<std::size_t, longest + 1>;
  Row before{};
  Row above{};
  Row row{};
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    before = above;
    above = row;
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t change = above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, change});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) row[j] = std::min(row[j], before[j - 2] + 1);
    }
  }
  return row[b.size()];
}

std::size_t difference(std::size_t a, std::size_t b) { return a > b ? a - b : b - a; }

}  // namespace

std::string_view nearest_word(std::string_view text, const std::vector<std::string_view>& words) {
  std::string_view nearest;
  std::size_t least = too_far;
  for (const std::string_view word : words) {
    if (text.size() > longest || word.size() > longest || difference(text.size(), word.size()) >= too_far) continue;
    const std::size_t away = distance(text, word);
    if (away >= least || away >= word.size()) continue;
    least = away;
    nearest = word;
  }
  return nearest;
}

std::string did_you_mean(std::string_view text, const std::vector<std::string_view>& words) {
  const std::string_view nearest = nearest_word(text, words);
  return nearest.empty() ? std::string() : " (did you mean '" + std::string(nearest) + "'?)";
}

}  // namespace ravelin
