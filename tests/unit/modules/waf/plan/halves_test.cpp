#include "modules/waf/plan/halves.h"

#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "unit/modules/waf/plan/core_patterns.h"
#include "unit/modules/waf/plan/oracle.h"

namespace ravelin::waf::plan {
namespace {

std::unique_ptr<Matcher> rx(const std::string& pattern) { return *compile(Operator{"rx", pattern, false}, ""); }

TEST(Halves, match_together_where_the_pattern_does_and_nowhere_else) {
  std::size_t divided = 0;
  std::size_t matching = 0;
  for (const std::string& pattern : core_patterns()) {
    const auto two = halves(pattern);
    if (!two) continue;
    ++divided;
    EXPECT_LT(two->first.size(), pattern.size());
    EXPECT_LT(two->second.size(), pattern.size());
    const auto whole = rx(pattern);
    const auto first = rx(two->first);
    const auto second = rx(two->second);
    Generator near(pieces_near({pattern}), 7);
    for (int i = 0; i < 600; ++i) {
      const std::string text = near.value();
      const bool is_match = whole->matches(text);
      EXPECT_EQ(first->matches(text) || second->matches(text), is_match) << pattern << " in " << shown(text);
      matching += is_match ? 1 : 0;
    }
  }
  EXPECT_GT(divided, 80U);
  EXPECT_GT(matching, 1000U);
}

TEST(Halves, divide_what_a_match_goes_through_once_in_the_middle) {
  const std::vector<std::array<std::string, 3>> cases{
      {"ab|cd", "ab", "cd"},
      {"(?i)x(?:a|b|c|d)y", "(?i)x(?:a|b)y", "(?i)x(?:c|d)y"},
      {"(a|(?:bcd|efg|hij|klm))n", "(a|(?:bcd|efg))n", "(a|(?:hij|klm))n"},
      {"(?:abcdef|ghijkl)+(?:a|b)", "(?:abcdef|ghijkl)+(?:a)", "(?:abcdef|ghijkl)+(?:b)"},
      {"(?:(?:abcdef|ghijkl)x)*(?i:a|b)", "(?:(?:abcdef|ghijkl)x)*(?i:a)", "(?:(?:abcdef|ghijkl)x)*(?i:b)"},
      {"[(|)]\\((?:a|b)\\|", "[(|)]\\((?:a)\\|", "[(|)]\\((?:b)\\|"},
      {"(?:ab|[]|)]{2})c", "(?:ab)c", "(?:[]|)]{2})c"},
  };
  for (const auto& [pattern, first, second] : cases) {
    const auto two = halves(pattern);
    ASSERT_TRUE(two) << pattern;
    EXPECT_EQ(two->first, first);
    EXPECT_EQ(two->second, second);
  }
}

TEST(Halves, are_not_made_of_what_has_no_such_group_or_is_not_understood) {
  for (const char* pattern : {"abc", "(?:a|b)+", "(?:a|b){2}", "(?:a|b)?", "(?:(?:a|b)c)*", "(?>a|b)", "(?=a|b)c",
                              "(?:a|b)\\1", "(?:a|b)c++", "(?:a|b)c{2}+", "(*ANY)a|b", "\\Qa|b\\E", "(?<n>a|b)",
                              "(?:a|b", "a|b)", "[a|b", "(?(1)a|b)", "a|[[:alpha:]]", ""})
    EXPECT_FALSE(halves(pattern)) << pattern;
}

}  // namespace
}  // namespace ravelin::waf::plan
