#include "cli/waf_status.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ravelin::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* ready = R"({"module":"waf","instances":[{"routes":["shop","api"],"mode":"enforce","engine":"auto",
  "rule_sources":["crs","own.conf"],"rules_loaded":893,
  "fast_path":{"state":"ready","compilation":{"cpu_seconds":0.21,"from":"cache","compiled_sets":0},"gaps":0,"unplanned":[],
    "phases":[{"phase":1,"rules":90,"planned":90,"evaluated":40,"judged_by":"plan, then library"},
              {"phase":3,"rules":60,"judged_by":"nobody"},{"phase":5,"rules":0,"judged_by":"nobody"}]},
  "proofs":{"requests":200,"clean":190,"dirty":8,"doubtful":2,"library_share":0.05},
  "library_by_rule":[{"rule":"942100","message":"SQL Injection","requests":6},{"rule":"920350","requests":2}],"library_by_other_rules":0,
  "scored_by_rule":[{"rule":"941100","message":"XSS","requests":4}],"scored_by_other_rules":3,
  "library_by_doubt":[{"why":"the body is XML","requests":2}],
  "rechecks":{"one_in":1000,"agreed":1,"contradicted":0,"skipped":0,"failed":0},
  "cost":{"proof":{"requests":200,"mean_cpu_seconds":0.000021,"most_cpu_seconds":0.0021,
                   "classes":[{"up_to_seconds":0.00002,"requests":150},{"up_to_seconds":0.00005,"requests":49},
                              {"requests":1}]},
          "library":{"requests":0,"mean_cpu_seconds":0,"most_cpu_seconds":0,"classes":[]}}}]})";

TEST(WafStatus, is_a_page_of_what_judges_what_is_left_and_what_it_costs) {
  EXPECT_EQ(
      waf_status_text(ready),
      "routes shop, api: enforce, engine auto\n"
      "  rules       893 in force, from crs, own.conf\n"
      "  fast path   ready, compiled in 210 ms, all from the cache\n"
      "  phase 1     90 rules, judged by plan, then library; 90 planned, the outcome of 40 depends on the request\n"
      "  phase 3     60 rules, judged by nobody\n"
      "  requests    190 clean (95 %), 8 dirty (4 %), 2 doubtful (1 %)\n"
      "  by rule     942100: 6 (3 %), SQL Injection\n"
      "  by rule     920350: 2 (1 %)\n"
      "  by doubt    the body is XML: 2 (1 %)\n"
      "  scored by   941100: 4 (2 %), XSS\n"
      "  scored by   others: 3\n"
      "  rechecks    one in 1000: 1 agreed, 0 contradicted, 0 failed, 0 skipped\n"
      "  a proof     21 us of processor time on average, 2.1 ms at most; of 200 half at most 20 us, 99 % at most 50 "
      "us\n");
}

TEST(WafStatus, says_that_there_is_none) {
  EXPECT_THAT(waf_status_text(R"({"module":"waf","instances":[]})"), HasSubstr("there is no waf"));
}

TEST(WafStatus, says_why_the_library_judges_all) {
  const std::string text = waf_status_text(R"({"instances":[{"routes":["a"],"mode":"detect","engine":"auto",
    "fast_path":{"state":"off","why":"request 7 was taken for clean, but rule 942100 matches"}}]})");
  EXPECT_THAT(text, HasSubstr("routes a: detect, engine auto\n"));
  EXPECT_THAT(text, HasSubstr("off, libmodsecurity judges every request: request 7 was taken for clean"));
  EXPECT_THAT(text, Not(HasSubstr("rechecks"))) << "nothing was proved";
}

TEST(WafStatus, says_that_the_plan_is_being_compiled) {
  EXPECT_THAT(waf_status_text(R"({"instances":[{"routes":[],"mode":"enforce","fast_path":{"state":"compiling"}}]})"),
              HasSubstr("is being compiled; until then libmodsecurity judges every request"));
}

TEST(WafStatus, shows_the_first_gaps_of_many) {
  std::string gaps;
  for (int line = 1; line <= 12; ++line)
    gaps += (line == 1 ? "" : ",") + std::string(R"({"phase":2,"why":"a.conf:)") + std::to_string(line) + ": odd\"}";
  const std::string text = waf_status_text(R"({"instances":[{"mode":"enforce","fast_path":{"state":"off","gaps":12,
    "unplanned":[)" + gaps + "]}}]}");
  EXPECT_THAT(text, HasSubstr("not planned phase 2: a.conf:10: odd\n"));
  EXPECT_THAT(text, Not(HasSubstr("a.conf:11")));
  EXPECT_THAT(text, HasSubstr("and 2 more, see --json\n"));
}

TEST(WafStatus, says_why_what_is_not_clean_is_not_scored) {
  EXPECT_THAT(
      waf_status_text(
          R"({"instances":[{"mode":"enforce","fast_path":{"state":"ready","unscored":["a.conf:1: odd","b"]}}]})"),
      HasSubstr("  not scored  a.conf:1: odd, and 1 more, see --json\n"));
}

TEST(WafStatus, names_the_routes_where_it_is_off) {
  EXPECT_THAT(waf_status_text(R"({"instances":[{"routes":["a"],"mode":"enforce"}],"off_routes":["b","c"]})"),
              HasSubstr("\n\nroutes b, c: without a waf\n"));
}

TEST(WafStatus, gives_back_what_it_cannot_read) {
  EXPECT_EQ(waf_status_text("no json"), "no json");
  EXPECT_EQ(waf_status_text("[]"), "[]");
}

}  // namespace
}  // namespace ravelin::cli
