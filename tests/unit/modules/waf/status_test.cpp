#include "modules/waf/status.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <thread>

#include "modules/waf/coverage.h"
#include "modules/waf/plan/plan.h"
#include "support/waf_bench.h"

namespace ravelin::waf {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

constexpr std::string_view rule = "SecRule ARGS \"@rx bad\" \"id:1,phase:2,deny,log,msg:'bad'\"\n";

class Statuses : public ::testing::Test {
 protected:
  Statuses() { waf.config.engine = Engine::automatic; }
  // Returns when the plan is there, or is known not to come.
  void load(std::string_view rules) {
    const Result<void> loaded = waf.load_rules(rules);
    ASSERT_TRUE(loaded) << loaded.error().message;
    while (status()["fast_path"]["state"] == "compiling") std::this_thread::yield();
  }
  json status() const { return json::parse(waf.bench.module().status()); }

  WafBench waf;
};

TEST_F(Statuses, count_what_the_plan_scores_apart_from_what_is_the_librarys) {
  load(rule);
  EXPECT_EQ(waf.bench.run(get("/", "a=bad")).status, 403);
  const json now = status();
  EXPECT_EQ(now["proofs"]["scored"], 1);
  EXPECT_EQ(now["proofs"]["dirty"], 0);
  EXPECT_EQ(now["proofs"]["library_share"], 0.0);
  EXPECT_EQ(now["library_by_rule"], json::array());
  EXPECT_EQ(now["scored_by_rule"], json::parse(R"([{"rule": "1", "message": "bad", "requests": 1}])"));
  EXPECT_EQ(now["fast_path"]["unscored"], json::array());
  EXPECT_EQ(now["cost"]["library"]["requests"], 0);
}

TEST_F(Statuses, say_what_judges_and_what_became_of_the_requests) {
  waf.config.scoring = Scoring::library;
  load(rule);
  EXPECT_EQ(waf.bench.run(get("/", "a=good")).status, 200);
  EXPECT_EQ(waf.bench.run(get("/", "a=bad")).status, 403);
  EXPECT_EQ(
      waf.bench
          .run(post("multipart/form-data; boundary=x",
                    "--x\r\nContent-Disposition: form-data; name=\"a\"; filename*=utf-8''b\r\n\r\n1\r\n--x--\r\n"))
          .status,
      400);
  const json now = status();
  EXPECT_EQ(now["engine"], "auto");
  EXPECT_GE(now["rules_loaded"], 1);
  EXPECT_EQ(now["fast_path"]["state"], "ready");
  EXPECT_EQ(now["fast_path"]["gaps"], 0);
  EXPECT_EQ(now["fast_path"]["phases"][1]["judged_by"], "plan, then library");
  EXPECT_EQ(now["fast_path"]["phases"][2]["judged_by"], "nobody");
  EXPECT_EQ(now["proofs"]["requests"], 3);
  EXPECT_EQ(now["proofs"]["clean"], 1);
  EXPECT_EQ(now["proofs"]["dirty"], 1);
  EXPECT_EQ(now["proofs"]["doubtful"], 1);
  EXPECT_EQ(now["library_by_rule"], json::parse(R"([{"rule": "1", "message": "bad", "requests": 1}])"));
  EXPECT_EQ(now["library_by_doubt"], json::parse(R"([{"why": "a part with filename* only", "requests": 1}])"));
  EXPECT_EQ(now["rechecks"]["one_in"], 1000);
  EXPECT_EQ(now["cost"]["proof"]["requests"], 3);
  EXPECT_EQ(now["cost"]["library"]["requests"], 2);
  EXPECT_GT(now["cost"]["library"]["mean_cpu_seconds"], 0);
}

TEST_F(Statuses, have_a_metric_for_what_is_counted) {
  waf.config.scoring = Scoring::library;
  load(rule);
  const auto count = [&](const std::string& series) { return waf.bench.metrics.count(series); };
  waf.bench.run(get("/", "a=good"));
  waf.bench.run(get("/", "a=bad"));
  waf.bench.run(post("multipart/form-data; boundary=x",
                     "--x\r\nContent-Disposition: form-data; name=\"a\"; filename*=utf-8''b\r\n\r\n1\r\n--x--\r\n"));
  EXPECT_EQ(count("waf_proof_seconds{route=bench}"), 3u);
  EXPECT_EQ(count("waf_library_seconds{route=bench}"), 2u);
  EXPECT_EQ(count("waf_unproved_total{route=bench,cause=match}"), 1u);
  EXPECT_EQ(count("waf_unproved_total{route=bench,cause=multipart}"), 1u);
  EXPECT_GT(waf.bench.metrics.read("waf_fast_path_rules{route=bench}"), 0);
}

TEST_F(Statuses, name_what_is_not_planned_its_phase_and_line) {
  load("SecRule ARGS \"@rx bad\" \"id:1,phase:2,deny\"\nSecRule DURATION \"@gt 5\" \"id:2,phase:1,deny\"\n");
  const json fast = status()["fast_path"];
  EXPECT_EQ(fast["state"], "off");
  EXPECT_THAT(fast["why"].get<std::string>(), HasSubstr("not planned"));
  EXPECT_EQ(fast["gaps"], 1);
  EXPECT_EQ(fast["unplanned"][0]["phase"], 1);
  EXPECT_THAT(fast["unplanned"][0]["why"].get<std::string>(), HasSubstr("rules.conf:2: "));
  EXPECT_EQ(fast["phases"][0]["judged_by"], "library");
  EXPECT_EQ(waf.bench.metrics.read("waf_fast_path_rules{route=bench}"), 0);
}

TEST_F(Statuses, say_why_there_is_no_fast_path_at_all) {
  waf.config.engine = Engine::library;
  ASSERT_TRUE(waf.load_rules(rule));
  EXPECT_EQ(status()["fast_path"], json::parse(R"({"state": "off", "why": "engine: library"})"));
  waf.bench.run(get("/", "a=good"));
  EXPECT_EQ(status()["proofs"]["requests"], 0);
  EXPECT_EQ(status()["cost"]["library"]["requests"], 1);
  waf.config.engine = Engine::automatic;
  waf.config.response_body = Inspect::on;
  ASSERT_TRUE(waf.load_rules(rule));
  EXPECT_THAT(status()["fast_path"]["why"].get<std::string>(), HasSubstr("response_body"));
}

TEST(Coverages, count_chains_once_and_tell_gaps_of_the_whole_policy_from_those_of_a_phase) {
  auto rules = plan::parse({{"a.conf",
                             "SecRule ARGS \"@rbl b\" \"id:1,phase:2,deny,chain\"\n"
                             "SecRule ARGS \"@rx a\" \"t:none\"\n"
                             "SecAction \"id:2,phase:1,pass,nolog\"\n"
                             "SecRule ARGS \"@rx c\" \"id:3,phase:3,deny\"\n"}});
  ASSERT_TRUE(rules);
  rules->unsupported.push_back("something about all of it");
  const Outline outline(*rules);
  const auto plan = plan::Plan::compile(*std::move(rules), plan::Cache({}));
  const Coverage coverage = outline.compare(*plan);
  EXPECT_EQ(coverage.phases[0].rules, 1u);
  EXPECT_EQ(coverage.phases[1].rules, 1u);
  EXPECT_EQ(coverage.phases[1].gaps, 1u);
  EXPECT_EQ(coverage.phases[2].rules, 1u);
  ASSERT_EQ(coverage.gap_count, 2u);
  EXPECT_EQ(coverage.gaps[0].phase, 2);
  EXPECT_THAT(coverage.gaps[0].why, HasSubstr("a.conf:1: "));
  EXPECT_EQ(coverage.gaps[1].phase, 0);
}

}  // namespace
}  // namespace ravelin::waf
