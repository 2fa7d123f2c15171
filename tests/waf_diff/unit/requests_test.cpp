#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "waf_diff/attacks.h"
#include "waf_diff/benign.h"
#include "waf_diff/crs_tests.h"
#include "waf_diff/encodings.h"
#include "waf_diff/judge.h"
#include "waf_diff/mutation.h"
#include "waf_diff/policy.h"
#include "waf_diff/source.h"

namespace ravelin::waf_diff {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr const char* suite = R"(
tests:
  - test_title: 1-1
    stages:
      - stage:
          input:
            method: POST
            uri: "/x?a=1"
            headers: {Host: localhost, User-Agent: me}
            data: "a=x y&b='"
          output: {log_contains: 'id "942100"'}
  - test_title: 1-2
    stages:
      - stage:
          input: {data: "a=x y", stop_magic: true, version: "HTTP/1.0"}
          output: {status: [403, 400], no_log_contains: "id \"920100\""}
  - test_title: 1-3
    stages:
      - stage:
          input: {encoded_request: "R0VUIC94IEhUVFAvMS4wDQpIb3N0OiBhDQoNCmJvZHk="}
          output: {expect_error: true}
)";

TEST(CrsTests, are_filled_in_as_the_suites_runner_does) {
  const auto tests = parse_crs_tests(suite);
  ASSERT_TRUE(tests) << tests.error().message;
  ASSERT_EQ(tests->size(), 3u);
  const CrsTest& first = (*tests)[0];
  EXPECT_EQ(first.sample.name, "1-1");
  EXPECT_EQ(first.sample.body, "a=x+y&b=%27");
  EXPECT_EQ(first.sample.field("content-type"), "application/x-www-form-urlencoded");
  EXPECT_THAT(first.wanted, ElementsAre(942100));
  const CrsTest& second = (*tests)[1];
  EXPECT_EQ(second.sample.body, "a=x y");
  EXPECT_EQ(second.sample.version, "1.0");
  EXPECT_EQ(second.sample.field("content-type"), "");
  EXPECT_THAT(second.statuses, ElementsAre(403, 400));
  EXPECT_THAT(second.unwanted, ElementsAre(920100));
  const CrsTest& third = (*tests)[2];
  EXPECT_EQ(third.sample.uri, "/x");
  EXPECT_EQ(third.sample.body, "body");
  EXPECT_TRUE(third.is_error_expected);
  EXPECT_FALSE(parse_crs_tests("tests: ["));
}

TEST(CrsTests, of_version_4_are_read) {
  const auto tests = parse_crs_tests(R"(
rule_id: 942100
tests:
  - test_id: 7
    stages:
      - input: {method: POST, uri: /post, data: "var=1%20OR%201=1"}
        output: {log: {expect_ids: [942100, 942101], no_expect_ids: [920100]}}
)");
  ASSERT_TRUE(tests) << tests.error().message;
  ASSERT_EQ(tests->size(), 1u);
  const CrsTest& test = tests->front();
  EXPECT_EQ(test.sample.name, "7");
  EXPECT_EQ(test.sample.method, "POST");
  EXPECT_EQ(test.sample.body, "var=1%20OR%201=1");
  EXPECT_THAT(test.wanted, ElementsAre(942100, 942101));
  EXPECT_THAT(test.unwanted, ElementsAre(920100));
}

TEST(CrsTests, are_met_by_the_rules_that_matched) {
  const auto tests = parse_crs_tests(suite);
  ASSERT_TRUE(tests);
  Outcome outcome;
  EXPECT_FALSE((*tests)[0].is_met_by(outcome));
  EXPECT_TRUE((*tests)[1].is_met_by(outcome));
  outcome.rules = {920100, 942100};
  EXPECT_TRUE((*tests)[0].is_met_by(outcome));
  EXPECT_FALSE((*tests)[1].is_met_by(outcome));
}

TEST(Mended, is_what_the_gateway_could_hand_to_the_waf) {
  const Sample sample = mended({"",
                                "GE T",
                                "x y#z/%3Fa?b=%3F\xff",
                                "9",
                                {{"X_Odd", "1"}, {"Connection", "close"}, {"X-Note", " a\r\nb\0 "}},
                                "body"});
  EXPECT_EQ(sample.method, "GET");
  EXPECT_EQ(sample.uri, "/x%20y%23z/%3Ba?b=%3F%FF");
  EXPECT_EQ(sample.version, "1.1");
  EXPECT_THAT(sample.fields,
              ElementsAre(Field{"host", "localhost"}, Field{"x-note", "ab"}, Field{"content-length", "4"}));
  EXPECT_EQ(mended(sample), sample);
}

TEST(Requests, are_the_same_for_the_same_seed_and_others_for_another) {
  const std::vector<CrsTest> none;
  std::set<std::string> targets;
  for (std::size_t i = 0; i < 200; ++i) {
    const Sample sample = Source(1, none).at(2, i);
    EXPECT_EQ(sample, Source(1, none).at(2, i));
    EXPECT_FALSE(has_too_many_arguments(sample, 256));
    EXPECT_EQ(mended(sample), sample);
    targets.insert(sample.uri + Source(2, none).at(2, i).uri);
  }
  EXPECT_GT(targets.size(), 150u);
}

TEST(Requests, that_are_benign_come_in_all_kinds) {
  std::set<std::string> kinds;
  Random random(1);
  for (int i = 0; i < 300; ++i) {
    const Sample sample = benign_sample(random);
    kinds.insert(sample.name + " " + sample.method);
    EXPECT_LT(sample.body.size(), 80'000u);
  }
  EXPECT_THAT(kinds, ::testing::IsSupersetOf(
                         {"benign page GET", "benign JSON POST", "benign form POST", "benign upload POST"}));
}

TEST(Payloads, are_several_hundred_and_stand_where_they_are_put) {
  EXPECT_GT(payloads().size(), 300u);
  const Payload payload{"test", "<a b='\n'>"};
  EXPECT_THAT(attack_sample(payload, Placement::query_value).uri, HasSubstr("id=%3ca+b%3d%27%0a%27%3e"));
  EXPECT_THAT(attack_sample(payload, Placement::json_value).body, HasSubstr(R"("note":"<a b='\u000a'>")"));
  EXPECT_THAT(attack_sample(payload, Placement::file_name).body, HasSubstr("filename=\"<a b='\n'>\""));
}

TEST(Encodings, have_ways_back) {
  EXPECT_EQ(base64_encoded("ab"), "YWI=");
  EXPECT_EQ(base64_decoded("YWI="), "ab");
  EXPECT_EQ(percent_decoded(form_encoded("a=b&c'")), "a=b&c'");
}

// A few may be refused, as an operator's would be that says something the gateway does not take.
TEST(Policies, that_are_made_are_taken_by_the_library) {
  for (std::size_t i = 5; i < 15; ++i) {
    const Policy policy = policy_at(1, i);
    EXPECT_EQ(policy.before, policy_at(1, i).before);
    const PolicyFiles files(policy);
    const auto judge = make_library_judge(files.config());
    EXPECT_TRUE(judge) << policy.name << ": " << judge.error().message;
  }
}

}  // namespace
}  // namespace ravelin::waf_diff
