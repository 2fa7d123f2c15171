#include "modules/waf/tally.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "modules/waf/plan/prover.h"
#include "ravelin/testing/manual_loop.h"

namespace ravelin::waf {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;
using namespace std::chrono_literals;

constexpr Answer clean;
constexpr Answer xml{Outcome::doubtful, 0, "the body is XML"};
Answer match_of(std::int64_t rule) { return {Outcome::dirty, rule, {}}; }

TEST(Tally, sums_what_the_workers_have_counted) {
  Tally tally(2);
  const ManualLoop first(0), second(1);
  tally.count(first, clean, 10us);
  tally.count(second, clean, 30us);
  tally.count(second, match_of(7), 5us);
  tally.count(first, xml, 1us);
  tally.count(first, Recheck::agreed);
  tally.count(second, Recheck::agreed);
  const Totals totals = tally.totals();
  EXPECT_EQ(totals[Outcome::clean], 2u);
  EXPECT_EQ(totals[Outcome::dirty], 1u);
  EXPECT_EQ(totals[Outcome::doubtful], 1u);
  EXPECT_EQ(totals[Recheck::agreed], 2u);
  EXPECT_THAT(totals.doubts, ElementsAre(Pair("the body is XML", 1u)));
}

TEST(Tally, has_the_rules_first_that_made_most_requests_the_librarys) {
  Tally tally(2);
  const ManualLoop first(0), second(1);
  tally.count(first, match_of(1), 1us);
  tally.count(first, match_of(2), 1us);
  tally.count(second, match_of(2), 1us);
  tally.count(second, match_of(3), 1us);
  EXPECT_THAT(tally.totals().rules, ElementsAre(Pair(2, 2u), Pair(1, 1u), Pair(3, 1u)));
}

TEST(Tally, counts_so_many_rules_one_by_one_and_the_rest_together) {
  Tally tally(1);
  const ManualLoop loop;
  for (int round = 0; round < 2; ++round)
    for (std::int64_t rule = 1; rule <= 300; ++rule) tally.count(loop, match_of(rule), 1us);
  const Totals totals = tally.totals();
  EXPECT_EQ(totals.rules.size(), Tally::most_rules);
  for (const auto& [rule, requests] : totals.rules) EXPECT_EQ(requests, 2u) << rule;
  EXPECT_EQ(totals.other_rules, 2 * (300 - Tally::most_rules));
  EXPECT_EQ(totals[Outcome::dirty], 600u);
}

TEST(Tally, keeps_mean_and_most_of_the_cost_and_how_it_is_spread) {
  Tally tally(1);
  const ManualLoop loop;
  for (const Duration cost : {Duration(5us), Duration(6us), Duration(200us), Duration(1s)})
    tally.count_library(loop, cost);
  const Cost cost = tally.totals().library;
  EXPECT_EQ(cost.count, 4u);
  EXPECT_EQ(cost.total, 1s + 211us);
  EXPECT_EQ(cost.most, 1s);
  EXPECT_THAT(cost.classes, ElementsAre(1, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1));
}

// The prover itself is asked, so that a doubt of other words is noticed.
TEST(Causes, have_a_name_for_each_doubt_that_a_request_can_be_made_for) {
  const std::string text = "SecRule ARGS|REQUEST_HEADERS|FILES \"@rx bad\" \"id:1,phase:2,deny,log\"\n";
  auto rules = plan::parse({{"rules.conf", text}});
  ASSERT_TRUE(rules);
  plan::Prover prover(plan::Plan::compile(*std::move(rules), plan::Cache({})));
  plan::Request request;
  request.method = "POST";
  request.uri = "/";
  request.version = "1.1";
  request.client = "192.0.2.1";
  const auto cause = [&](BodyFormat format, std::string_view type, std::string_view body) {
    const plan::Line line{"content-type", type};
    request.fields = {&line, 1};
    request.format = format;
    request.body = body;
    const plan::Proof proof = prover.judge(request);
    EXPECT_FALSE(proof.is_clean);
    return cause_of(answer_of(proof));
  };
  EXPECT_EQ(cause(BodyFormat::xml, "text/xml", "<!DOCTYPE a [<!ENTITY x 'y'>]><a/>"), Cause::xml);
  std::string names = "{\"" + std::string(20000, 'k') + "\":[0";
  for (int i = 0; i < 100; ++i) names += ",0";
  EXPECT_EQ(cause(BodyFormat::json, "application/json", names + "]}"), Cause::json);
  EXPECT_EQ(cause(BodyFormat::multipart, "multipart/form-data", "x"), Cause::multipart);
  EXPECT_EQ(cause(BodyFormat::multipart, "multipart/form-data; boundary=a", "x"), Cause::multipart);
  EXPECT_EQ(cause(BodyFormat::multipart, "multipart/form-data; boundary=a", "--a\r\nx\r\n\r\n1\r\n--a--\r\n"),
            Cause::multipart);
  EXPECT_EQ(cause(BodyFormat::form, "application/x-www-form-urlencoded", "a=bad"), Cause::match);
  request.uri = std::string_view("/\0", 2);
  EXPECT_EQ(cause(BodyFormat::raw, "text/plain", ""), Cause::head);
}

}  // namespace
}  // namespace ravelin::waf
