#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

#include "modules/waf/plan/operators.h"
#include "modules/waf/plan/transform.h"
#include "waf_diff/corruption_kinds.h"
#include "waf_diff/judge.h"
#include "waf_diff/pattern_texts.h"
#include "waf_diff/plan_judge.h"
#include "waf_diff/rule_policy.h"
#include "waf_diff/rule_requests.h"
#include "waf_diff/undone.h"

namespace ravelin::waf_diff {
namespace {

using waf::plan::Operator;
using waf::plan::Transform;

const std::string sql_file = "/usr/share/modsecurity-crs/rules/REQUEST-942-APPLICATION-ATTACK-SQLI.conf";
constexpr std::int64_t sleep_rule = 942160;

TEST(PatternTexts, have_every_alternative_after_as_many_texts) {
  PatternTexts texts("a(?:b|c(d|e|f)|[g-i])|(?i)jk+|l{2,3}");
  EXPECT_EQ(texts.alternatives(), 7U);
  Random random(1);
  std::set<std::string> seen;
  for (int i = 0; i < 60; ++i) seen.insert(texts.make(random));
  for (const char* wanted : {"ab", "acd", "ace", "acf", "jk", "ll"}) EXPECT_TRUE(seen.contains(wanted)) << wanted;
}

TEST(PatternTexts, are_matched_by_their_pattern_as_far_as_it_has_no_assertions) {
  for (const char* pattern :
       {"(?i)union\\s+(?:all\\s+)?select", "[^a-z]{3}\\d\\x41", "(['\"])\\w+\\1", "^a.?b$", "\\bx[\\]a-c]y",
        "a(?P<n>b)*c", "[[:alpha:]]+:[^\\s>]*", "(?>ab|a)c", "x{0,2}[-+]\\.\\/", "a\\{b{,2}"}) {
    const auto matcher = waf::plan::compile(Operator{"rx", pattern, false}, "");
    ASSERT_TRUE(matcher) << pattern;
    PatternTexts texts(pattern);
    Random random(2);
    for (int i = 0; i < 50; ++i) {
      const std::string text = texts.make(random);
      EXPECT_TRUE((*matcher)->matches(text)) << pattern << " in " << text;
    }
  }
}

// Not always: a code may run into the letter behind it.
TEST(Undone, is_mostly_what_its_transformation_makes_the_text_of) {
  const std::string text = "select(sleep 5) from /etc/passwd";
  Random random(3);
  for (const Transform transform :
       {Transform::lowercase, Transform::url_decode, Transform::url_decode_uni, Transform::html_entity_decode,
        Transform::js_decode, Transform::css_decode, Transform::escape_seq_decode, Transform::base64_decode,
        Transform::hex_decode, Transform::sql_hex_decode, Transform::remove_nulls, Transform::trim}) {
    int exact = 0;
    for (int i = 0; i < 40; ++i) {
      std::string made = undone(transform, text, random);
      apply(transform, made);
      exact += made == text ? 1 : 0;
    }
    EXPECT_GE(exact, 20) << name_of(transform);
  }
}

TEST(Guarded, is_what_its_transformation_makes_the_text_of) {
  for (const std::string text : {"%41+&lt;\\x41 a", "100% & more\\"})
    for (const Transform transform : {Transform::url_decode, Transform::url_decode_uni, Transform::html_entity_decode,
                                      Transform::js_decode, Transform::escape_seq_decode, Transform::lowercase}) {
      std::string made = guarded(transform, text);
      apply(transform, made);
      EXPECT_EQ(made, text) << name_of(transform);
    }
}

TEST(RulePolicy, has_one_rule_that_shows) {
  const RulePolicy policy(sql_file, sleep_rule);
  const auto judge = make_library_judge(policy.config());
  ASSERT_TRUE(judge) << judge.error().message;
  Sample sample;
  sample.uri = "/?a=1%27%20or%20sleep(5)%23&b=union+select+1";
  const Outcome outcome = (*judge)->judge(SampleView(mended(sample)).request());
  EXPECT_THAT(outcome.rules, ::testing::ElementsAre(sleep_rule, 949110));
  EXPECT_EQ(outcome.status, 403);
}

TEST(RuleRequests, are_matched_by_the_rule_that_they_are_made_for) {
  const RulePolicy policy(sql_file, sleep_rule);
  const auto judge = make_library_judge(policy.config());
  const auto rules = rules_of(policy.config());
  ASSERT_TRUE(judge && rules);
  const auto rule =
      std::find_if(rules->rules.begin(), rules->rules.end(), [](const auto& one) { return one.id == sleep_rule; });
  RuleRequests requests(*rule);
  Random random(4);
  int matched = 0;
  for (int i = 0; i < 100; ++i) {
    const Sample sample = requests.make(random);
    EXPECT_EQ(mended(sample), sample);
    matched += (*judge)->judge(SampleView(sample).request()).rules.contains(sleep_rule) ? 1 : 0;
  }
  EXPECT_GT(matched, 30);
  EXPECT_LT(matched, 100) << "some are to be near it only";
}

TEST(CorruptionKinds, each_change_a_rule_of_the_core_rule_set) {
  const RulePolicy policy(sql_file, sleep_rule);
  const auto rules = rules_of(policy.config());
  ASSERT_TRUE(rules) << rules.error().message;
  std::set<std::string_view> done;
  Random random(5);
  for (const CorruptionKind& kind : corruption_kinds())
    for (int i = 0; i < 20; ++i) {
      auto wrong = *rules;
      if (const auto what = kind.corrupt(wrong, sleep_rule, random)) {
        EXPECT_NE(*what, "") << kind.name;
        done.insert(kind.name);
      }
    }
  EXPECT_GE(done.size(), 10U);
}

}  // namespace
}  // namespace ravelin::waf_diff
