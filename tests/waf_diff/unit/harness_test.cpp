#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "waf_diff/campaign.h"
#include "waf_diff/compare.h"
#include "waf_diff/minimise.h"

namespace ravelin::waf_diff {
namespace {

using ::testing::HasSubstr;
using Verdict = Outcome::Verdict;

class Folder {
 public:
  Folder() : path_(::testing::TempDir() + "waf-diff-test-XXXXXX") { EXPECT_NE(::mkdtemp(path_.data()), nullptr); }
  ~Folder() { std::filesystem::remove_all(path_); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

Campaign small_campaign(const std::string& folder) {
  Campaign campaign;
  campaign.requests = 60;
  campaign.policies = 1;
  campaign.threads = 2;
  campaign.most_failures = 1;
  campaign.failure_folder = folder;
  return campaign;
}

TEST(Harness, notices_a_judge_that_is_wrong_and_keeps_a_small_case_that_can_be_replayed) {
  const Folder folder;
  const auto tallies = run_campaign(small_campaign(folder.path()), *judge_kind("blind"), {});
  ASSERT_EQ(tallies.size(), 1u);
  EXPECT_GE(tallies[0].failures, 1u);
  ASSERT_FALSE(tallies[0].kept.empty());
  const Replay& kept = tallies[0].kept[0];
  EXPECT_EQ(kept.difference, "clean but matched");
  EXPECT_LT(kept.sample.uri.size() + kept.sample.body.size(), 60u) << kept.sample.uri << kept.sample.body;

  std::ifstream file(folder.path() + "/waf-diff-1-0-0.json");
  const auto read = parse_replay({std::istreambuf_iterator<char>(file), {}});
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->sample, kept.sample);
  const auto again = judged_again(*read, *judge_kind("blind"));
  ASSERT_TRUE(again);
  EXPECT_EQ(again->difference, "clean but matched");
  EXPECT_EQ(again->reference, kept.reference);
}

TEST(Harness, finds_the_reference_equal_to_itself) {
  const Folder folder;
  const auto tallies = run_campaign(small_campaign(folder.path()), *judge_kind("library"), {});
  ASSERT_EQ(tallies[0].refusal, "");
  EXPECT_EQ(tallies[0].requests, 60u);
  EXPECT_GT(tallies[0].clean, 0u);
  EXPECT_GT(tallies[0].dirty, 0u);
  EXPECT_EQ(tallies[0].failures, 0u);
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(Difference, is_a_failure_only_where_a_verdict_could_be_wrong) {
  const Outcome clean;
  const Outcome dirty{Verdict::dirty, 0, true, 5, {942100}};
  const Outcome maybe{Verdict::dirty, 0, false, 0, {}};
  const Outcome refused{Verdict::refused, 403, true, 5, {942100, 949110}};
  EXPECT_EQ(difference_of(clean, clean), Difference::none);
  EXPECT_EQ(difference_of(dirty, clean), Difference::clean_but_dirty);
  EXPECT_EQ(difference_of(refused, clean), Difference::clean_but_dirty);
  EXPECT_EQ(difference_of(clean, maybe), Difference::cautious);
  EXPECT_EQ(difference_of(refused, maybe), Difference::none);
  EXPECT_EQ(difference_of(dirty, refused), Difference::wrong_refusal);
  EXPECT_EQ(difference_of(refused, dirty), Difference::wrong_refusal);
  EXPECT_EQ(difference_of(refused, {Verdict::refused, 400, false, 0, {}}), Difference::wrong_refusal);
  EXPECT_EQ(difference_of(dirty, {Verdict::dirty, 0, true, 3, {942100}}), Difference::wrong_score);
  EXPECT_EQ(difference_of(dirty, {Verdict::dirty, 0, true, 5, {941100}}), Difference::wrong_rules);
  EXPECT_FALSE(is_failure(Difference::cautious));
  EXPECT_TRUE(is_failure(Difference::clean_but_dirty));
}

TEST(Minimised, leaves_only_what_makes_the_difference) {
  Sample sample = mended({"",
                          "POST",
                          "/a/b/c?one=1&two=needle&three=3",
                          "1.1",
                          {{"x-note", "long text"}, {"cookie", "a=b"}},
                          "one more body"});
  const auto has_needle = [](const Sample& s) { return s.uri.find("needle") != std::string::npos; };
  const Sample small = minimised(sample, has_needle, 1000);
  EXPECT_EQ(small.uri, "/needle");
  EXPECT_EQ(small.body, "");
  EXPECT_EQ(small.fields.size(), 1u) << "the host";
  EXPECT_EQ(minimised(sample, has_needle, 0), sample);
}

TEST(Replay, keeps_every_byte) {
  Replay replay;
  replay.policy = policy_at(1, 7);
  replay.sample.uri = "/a\"\\";
  for (int byte = 0; byte < 256; ++byte) replay.sample.body += static_cast<char>(byte);
  replay.sample.fields = {{"x-note", "caf\xc3\xa9 \xff"}};
  const auto read = parse_replay(text_of(replay));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->sample, replay.sample);
  EXPECT_EQ(read->policy.before, replay.policy.before);
  EXPECT_FALSE(parse_replay("{}"));
}

TEST(Table, has_a_line_for_each_policy_and_one_for_all) {
  Tally tally;
  tally.policy = "PL1";
  tally.count({}, Difference::none);
  tally.count({Verdict::dirty, 0, false, 0, {}}, Difference::cautious);
  tally.count({Verdict::dirty, 0, true, 5, {}}, Difference::none);
  tally.count({}, Difference::clean_but_dirty);
  EXPECT_THAT(
      table_of({tally, tally}),
      HasSubstr("all                                      8         4         4         2         2         2"));
}

}  // namespace
}  // namespace ravelin::waf_diff
