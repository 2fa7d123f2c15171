#include "modules/waf/plan/sieve.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "unit/modules/waf/plan/core_patterns.h"
#include "unit/modules/waf/plan/judged.h"
#include "unit/modules/waf/plan/oracle.h"

namespace ravelin::waf::plan {
namespace {

class NoCache : public Cache {
 public:
  NoCache() : Cache("") {}
  Result<Scanner> compile(std::span<const Pattern>, std::span<const unsigned>) const override {
    return Error{"waf:scanner", "nobody waits for it any more"};
  }
};

// Long ones, of which some match by what stands at an end.
std::vector<std::string> long_texts_near(const std::string& pattern) {
  Generator near(pieces_near({pattern}), 5);
  std::vector<std::string> texts{"the system shall; then echo it <svg",
                                 "id=1; cat /etc/passwd",
                                 "\" style=\"x",
                                 "a | wget http://x/",
                                 "=nc -e x",
                                 "set_error_handler('x')"};
  for (int i = 0; i < 120; ++i) {
    std::string text;
    const std::string again = near.value();
    for (int j = 0; j < 40; ++j) text += i % 3 == 0 ? again : near.value();
    texts.push_back(std::move(text));
  }
  return texts;
}

TEST(Sieve, rules_out_no_text_that_the_pattern_matches) {
  std::size_t matching = 0;
  std::size_t ruled_out = 0;
  for (const std::string& pattern : core_patterns()) {
    if (!Scanner::shortens({pattern})) continue;
    Sieve sieve(pattern);
    sieve.compile(Cache(""));
    ASSERT_TRUE(sieve.is_compiled()) << pattern;
    const auto matcher = compile(Operator{"rx", pattern, false}, "");
    for (const std::string& text : long_texts_near(pattern)) {
      const bool is_match = (*matcher)->matches(text);
      const bool is_out = sieve.rules_out(text);
      EXPECT_FALSE(is_match && is_out) << pattern << " in " << shown(text);
      matching += is_match ? 1 : 0;
      ruled_out += is_out ? 1 : 0;
    }
  }
  EXPECT_GT(matching, 150U);
  EXPECT_GT(ruled_out, 200U);
}

TEST(Sieve, rules_nothing_out_before_it_is_compiled) {
  Sieve sieve("evil");
  EXPECT_FALSE(sieve.rules_out("good"));
  sieve.compile(NoCache());
  EXPECT_FALSE(sieve.is_compiled()) << "it can be tried again";
  EXPECT_FALSE(sieve.rules_out("good"));
  sieve.compile(Cache(""));
  EXPECT_TRUE(sieve.rules_out("good"));
  EXPECT_FALSE(sieve.rules_out("an evil text"));
}

// What is too large as it is, is divided, or shortened.
TEST(Sieve, tells_more_than_the_scanner_where_a_pattern_is_large) {
  std::string words = "begin\\s*(?:x";
  for (int i = 0; i < 400; ++i) words += "|c[\\\\'\"]*o[\\\\'\"]*m[\\\\'\"]*m[\\\\'\"]*" + std::to_string(i);
  const std::string pattern = words + ")end";
  ASSERT_TRUE(Scanner::shortens({pattern}));
  Sieve sieve(pattern);
  sieve.compile(Cache(""));
  EXPECT_TRUE(sieve.rules_out("begin this"));
  EXPECT_FALSE(sieve.rules_out("so begin co\"mm17end"));
}

// Quotes and slashes, from each of which a pattern goes through the whole text and back.
TEST(Sieve, lets_a_plan_judge_long_texts_where_clients_wait) {
  const std::string pattern =
      R"x(['"](?:[\s\S]*[\s/])?(?:on(?:load|click|)x" + std::string(500, 'z') + R"x()|style)=)x";
  Judged judged("SecRule ARGS \"@rx " + [&] {
    std::string escaped;
    for (const char c : pattern) escaped += c == '"' ? std::string("\\\"") : std::string(1, c);
    return escaped;
  }() + "\" \"id:1,phase:2,pass\"");
  ASSERT_EQ(judged.trouble(), "");
  std::string text;
  for (int i = 0; i < 20000; ++i) text += "'/";
  const OwnRequest clean = get("/?a=" + text + "on" + std::string(100, 'z') + "q=");
  EXPECT_NE(judged.proof(clean).doubt.find("effort"), std::string_view::npos);
  EXPECT_FALSE(judged.plan().is_prepared());
  judged.plan().prepare_for_long_texts(Cache(""));
  EXPECT_TRUE(judged.plan().is_prepared());
  EXPECT_TRUE(judged.proof(clean).is_clean);
  const Proof found = judged.proof(get("/?a=" + text + "style="));
  EXPECT_FALSE(found.is_clean);
  EXPECT_EQ(found.rule, 1);
}

}  // namespace
}  // namespace ravelin::waf::plan
