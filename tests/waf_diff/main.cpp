#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <functional>
#include <iterator>
#include <numeric>
#include <string>

#include "waf_diff/campaign.h"
#include "waf_diff/corruption.h"

namespace {

using namespace ravelin::waf_diff;

int fail(const ravelin::Error& error) {
  std::fprintf(stderr, "waf_diff: %s\n", error.message.c_str());
  return 2;
}

int replay(const std::string& path, const JudgeKind& kind) {
  std::ifstream file(path, std::ios::binary);
  auto kept = parse_replay({std::istreambuf_iterator<char>(file), {}});
  if (!kept) return fail(kept.error());
  auto again = judged_again(*kept, kind);
  if (!again) return fail(again.error());
  std::printf("reference:  %s\ntested:     %s\ndifference: %s (kept: %s)\n", again->reference.c_str(),
              again->tested.c_str(), again->difference.c_str(), kept->difference.c_str());
  return again->difference == "none" || again->difference == name_of(Difference::cautious) ? 0 : 1;
}

// What the suite asks for, at its own level, of the judge alone: what of it is about the server is not seen here.
int expectations(const Campaign& campaign, const std::vector<CrsTest>& tests, const JudgeKind& kind) {
  Policy policy = policy_at(0, 2);
  policy.crs_directory = campaign.crs_directory;
  const PolicyFiles files(policy);
  const auto judge = kind.make(files.config());
  if (!judge) return fail(judge.error());
  std::size_t met = 0;
  for (const CrsTest& test : tests) {
    const Sample sample = mended(test.sample);
    met += test.is_met_by((*judge)->judge(SampleView(sample).request())) ? 1 : 0;
  }
  std::printf("%zu of %zu tests of the core rule set find what they ask for\n", met, tests.size());
  return 0;
}

// Fails if the rules as they are, are judged wrong, or if fewer wrong readings are noticed than are to be.
int corrupt(const Campaign& campaign, Corruptions corruptions, std::size_t least, const std::vector<CrsTest>& tests) {
  corruptions.seed = campaign.seed;
  corruptions.shows_progress = true;
  const auto report = try_corruptions(corruptions, tests);
  if (!report) return fail(report.error());
  std::printf("%s", text_of(*report).c_str());
  return report->failures.empty() && report->noticed() >= least ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app(
      "Compares judges of requests with libmodsecurity. Exits 0 if they agree, 1 if not, 2 if it could not be told.");
  Campaign campaign;
  std::string corpus;
  std::string file;
  std::string judge = "library";
  bool is_asked_for_expectations = false;
  Corruptions corruptions;
  corruptions.count = 0;
  app.add_option("--requests", campaign.requests, "Requests per policy")->capture_default_str();
  app.add_option("--policies", campaign.policies, "Policies: five as installed, then made ones")->capture_default_str();
  app.add_option("--first-policy", campaign.first_policy, "Leave out the policies before")->capture_default_str();
  app.add_flag("!--small", campaign.has_crs, "Made policies without the core rule set");
  app.add_option("--crs", campaign.crs_directory, "A core rule set that is not the installed one: key crs_directory");
  app.add_option("--seed", campaign.seed, "What requests and policies are made from")->capture_default_str();
  app.add_option("--threads", campaign.threads, "Threads")->capture_default_str();
  app.add_option("--judge", judge, "What is tested")->capture_default_str();
  app.add_option("--corpus", corpus, "Folder of the core rule set's tests");
  app.add_option("--failures", campaign.failure_folder, "Folder for the files of failures")->capture_default_str();
  app.add_option("--replay", file, "Judge the request of this file only");
  app.add_flag("--expectations", is_asked_for_expectations, "Only count the tests of the corpus that are met");
  std::size_t least_requests = 0;
  app.add_option("--least", least_requests, "Exit with 2 if fewer requests are compared");
  std::size_t least_noticed = 0;
  app.add_option("--corrupt", corruptions.count, "Only: whether so many wrong readings of rules are noticed");
  app.add_option("--per-rule", corruptions.per_rule, "So many of them for each rule")->capture_default_str();
  app.add_option("--rule-requests", corruptions.requests, "Requests for each rule")->capture_default_str();
  app.add_option("--most-rule-requests", corruptions.most_requests, "At most so many")->capture_default_str();
  app.add_option("--rule", corruptions.only_rule, "Only those of this rule");
  app.add_option("--noticed", least_noticed, "Fail if fewer are noticed");
  CLI11_PARSE(app, argc, argv);

  const JudgeKind* const kind = judge_kind(judge);
  if (kind == nullptr) return fail({"waf_diff:judge", "there is no judge '" + judge + "'"});
  if (!file.empty()) return replay(file, *kind);
  std::vector<CrsTest> tests;
  if (!corpus.empty()) {
    auto read = read_crs_tests(corpus);
    if (!read) std::fprintf(stderr, "waf_diff: goes on without a corpus: %s\n", read.error().message.c_str());
    if (read) tests = *std::move(read);
  }
  if (corruptions.count > 0) return corrupt(campaign, corruptions, least_noticed, tests);
  if (is_asked_for_expectations) return expectations(campaign, tests, *kind);
  campaign.shows_progress = true;
  const auto tallies = run_campaign(campaign, *kind, tests);
  std::printf("%s", table_of(tallies).c_str());
  if (const std::string reasons = reasons_of(tallies); !reasons.empty())
    std::printf("not resolved, by the rule or doubt:\n%s", reasons.c_str());
  if (std::any_of(tallies.begin(), tallies.end(), [](const Tally& tally) { return tally.failures > 0; })) return 1;
  // A run that compared little must not look like one that found nothing.
  const auto refused =
      std::count_if(tallies.begin(), tallies.end(), [](const Tally& tally) { return !tally.refusal.empty(); });
  const std::size_t compared = std::transform_reduce(tallies.begin(), tallies.end(), std::size_t{0}, std::plus<>(),
                                                     std::mem_fn(&Tally::requests));
  if (compared < least_requests) std::fprintf(stderr, "waf_diff: only %zu requests were compared\n", compared);
  return refused * 4 <= std::ssize(tallies) && compared >= least_requests ? 0 : 2;
}
