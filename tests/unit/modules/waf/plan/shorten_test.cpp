#include "modules/waf/plan/shorten.h"

#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "unit/modules/waf/plan/core_patterns.h"
#include "unit/modules/waf/plan/oracle.h"

namespace ravelin::waf::plan {
namespace {

bool matches(const std::string& pattern, std::string_view text) {
  return (*compile(Operator{"rx", pattern, false}, ""))->matches(text);
}

// How many of the texts match `pattern`, each of which has to match the shorter one.
std::size_t check(const std::string& pattern, const std::string& shorter, const std::vector<std::string>& texts) {
  const auto whole = compile(Operator{"rx", pattern, false}, "");
  const auto part = compile(Operator{"rx", shorter, false}, "");
  std::size_t count = 0;
  for (const std::string& text : texts) {
    if (!(*whole)->matches(text)) continue;
    ++count;
    EXPECT_TRUE((*part)->matches(text)) << shorter << " for " << pattern << " in " << shown(text);
  }
  return count;
}

std::vector<std::string> texts_near(const std::string& pattern) {
  Generator near(pieces_near({pattern}), 3);
  std::vector<std::string> texts{";cat /etc/passwd",
                                 "a|w'g'et http://x/",
                                 "$(uname -a)",
                                 "`id`; ls -la",
                                 "& ping -n 1 x",
                                 "=nc -e /bin/sh",
                                 "w",
                                 "& c^md.exe /c dir",
                                 "\"><svg/onload=alert(1)>",
                                 "1' union select a from b--",
                                 "system('id')",
                                 "C:\\\\x.exe"};
  for (int i = 0; i < 150; ++i) texts.push_back(i % 10 == 0 ? near.bytes(20) : near.value());
  return texts;
}

TEST(Shortened, matches_wherever_the_pattern_does) {
  std::size_t shorter = 0;
  std::size_t found = 0;
  for (const std::string& pattern : core_patterns()) {
    const std::vector<std::string> texts = texts_near(pattern);
    for (const std::size_t most : {1U, 4U, 12U, 40U, 100U, 400U}) {
      const std::string part = shortened(pattern, most);
      if (part == pattern) continue;
      ++shorter;
      found += check(pattern, part, texts);
    }
  }
  EXPECT_GT(shorter, 200U);
  EXPECT_GT(found, 1500U);
}

TEST(Shortened, is_the_beginning_of_each_way_through_the_pattern) {
  const std::string many(40, 'x');
  const std::vector<std::array<std::string, 2>> cases{
      {"abc" + many, "abcx"},
      {"a(?:b|cd)e" + many, "a(?:b)|a(?:c)"},
      {"(?i)(?:^(?:j\\.)?|cde|f(?:g|h" + many + ")i)kl" + many, "(?i)(?:^(?:j\\.)?)kl|(?:cd|f(?:g)|f(?:h))"},
      {"(?:b|cde){2}fg" + many, "(?:(?:b)|(?:cd))"},
      {"(?i)ab|(?:cd" + many + ")+z", "(?i)ab|(?:cd)"},
      {"a(?:" + many + many + many + ")*b", "a"},
      {"a(?:b)?c" + many, "a(?:b)?cx"},
      {"^a$b" + many, "^a$bxx"},
      {"[]a][^]b]c" + many, "[]a][^]b]cx"},
      {"\\x41\\bb{2}" + many, "\\x41\\bb{2}x"},
      {"a.{1,90}b" + many, "a.{1,}"},
  };
  for (const auto& [pattern, part] : cases) EXPECT_EQ(shortened(pattern, 4), part) << pattern;
}

TEST(Shortened, is_the_pattern_itself_where_that_is_small_or_not_understood) {
  const std::string many(40, 'x');
  EXPECT_EQ(shortened("abcd", 4), "abcd");
  for (const char* odd : {"(?=a)",   "(?<n>a)",     "(a)\\1", "a++",     "(?>a)", "a(?i)b",  "(*UTF)a", "(?x)a",
                          "\\Qa\\E", "[[:alpha:]]", "\\p{L}", "\\x{41}", "a{,2}", "a{2}{3}", "a*{3}",   "(?#c)a",
                          "a)b",     "(a",          "[a",     "a*+",     "\\R",   "a{2, 3}"}) {
    EXPECT_EQ(shortened(odd + many, 4), odd + many);
    EXPECT_EQ(shortened(many + odd, 4), many + odd);
  }
  EXPECT_EQ(shortened("(?:" + many + ")*", 4), "(?:" + many + ")*") << "nothing would be left of it";
}

TEST(Shortened, still_tells_most_attacks_from_text) {
  std::size_t shorter = 0;
  std::size_t matching = 0;
  for (const std::string& pattern : core_patterns()) {
    const std::string part = shortened(pattern, 400);
    if (part == pattern) continue;
    ++shorter;
    if (matches(part, "walking boots, size 42")) ++matching;
  }
  EXPECT_GT(shorter, 10U);
  EXPECT_LE(matching, shorter / 4);
}

}  // namespace
}  // namespace ravelin::waf::plan
