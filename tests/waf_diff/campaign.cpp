#include "waf_diff/campaign.h"

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <fstream>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

#include "waf_diff/minimise.h"
#include "waf_diff/source.h"

namespace ravelin::waf_diff {
namespace {

constexpr std::size_t most_request_tries = 3000;
constexpr std::size_t most_policy_tries = 40;

// Bench is one policy, loaded for both judges.
class Bench {
 public:
  static Result<std::unique_ptr<Bench>> load(const Policy& policy, const JudgeKind& kind) {
    auto bench = std::make_unique<Bench>(policy);
    auto reference = judge_kinds().front().make(bench->files_.config());
    if (!reference) return std::move(reference).error();
    auto tested = kind.make(bench->files_.config());
    if (!tested) return std::move(tested).error();
    bench->reference_ = *std::move(reference);
    bench->tested_ = *std::move(tested);
    return bench;
  }

  explicit Bench(const Policy& policy) : files_(policy) {}
  Judges judges() const { return {*reference_, *tested_}; }

 private:
  PolicyFiles files_;
  std::unique_ptr<Judge> reference_;
  std::unique_ptr<Judge> tested_;
};

Difference difference_under(const Policy& policy, const JudgeKind& kind, const Sample& sample) {
  const auto bench = Bench::load(policy, kind);
  return bench ? (*bench)->judges().difference(sample) : Difference::none;
}

// PolicyRun is the requests of one policy, on all threads.
class PolicyRun {
 public:
  PolicyRun(const Campaign& campaign, const JudgeKind& kind, const Source& source, std::size_t index)
      : campaign_(campaign),
        kind_(kind),
        source_(source),
        index_(index),
        policy_((campaign.has_crs ? policy_at : small_policy_at)(campaign.seed, index)) {
    policy_.crs_directory = campaign.crs_directory;
    tally_.policy = policy_.name;
  }

  Tally run() {
    auto bench = Bench::load(policy_, kind_);
    if (!bench) {
      tally_.refusal = bench.error().message;
      return tally_;
    }
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < campaign_.threads; ++i)
      threads.emplace_back([this, &bench] { work((*bench)->judges()); });
    for (std::thread& thread : threads) thread.join();
    for (const auto& [sample, difference] : failing_) keep((*bench)->judges(), sample, difference);
    return tally_;
  }

 private:
  void work(const Judges& judges) {
    Tally mine;
    for (std::size_t i = next_++; i < campaign_.requests && failures_ < campaign_.most_failures; i = next_++)
      compare(judges, source_.at(index_, i), mine);
    const std::lock_guard lock(mutex_);
    tally_.add(mine);
  }

  void compare(const Judges& judges, const Sample& sample, Tally& mine) {
    const SampleView view(sample);
    const Outcome judged = judges.tested.judge(view.request());
    const Difference difference = difference_of(judges.reference.judge(view.request()), judged);
    mine.count(judged, difference);
    if (!is_failure(difference)) return;
    ++failures_;
    const std::lock_guard lock(mutex_);
    failing_.emplace_back(sample, difference);
  }

  void keep(const Judges& judges, const Sample& sample, Difference difference) {
    Replay replay;
    replay.seed = campaign_.seed;
    replay.difference = name_of(difference);
    replay.sample = minimised(
        sample, [&](const Sample& s) { return judges.difference(s) == difference; }, most_request_tries);
    replay.policy = minimised(
        policy_, [&](const Policy& p) { return difference_under(p, kind_, replay.sample) == difference; },
        most_policy_tries);
    const SampleView view(replay.sample);
    replay.reference = text_of(judges.reference.judge(view.request()));
    replay.tested = text_of(judges.tested.judge(view.request()));
    write(replay);
    tally_.kept.push_back(std::move(replay));
  }

  void write(const Replay& replay) const {
    const std::string path = campaign_.failure_folder + "/waf-diff-" + std::to_string(campaign_.seed) + "-" +
                             std::to_string(index_) + "-" + std::to_string(tally_.kept.size()) + ".json";
    std::ofstream(path, std::ios::binary) << text_of(replay);
    std::fprintf(stderr,
                 "FAILED, seed %llu, policy '%s': %s\n  reference: %s\n  tested:    %s\n  replay:    waf_diff --replay "
                 "%s --judge %s\n",
                 static_cast<unsigned long long>(campaign_.seed), policy_.name.c_str(), replay.difference.c_str(),
                 replay.reference.c_str(), replay.tested.c_str(), path.c_str(), std::string(kind_.name).c_str());
  }

  const Campaign& campaign_;
  const JudgeKind& kind_;
  const Source& source_;
  std::size_t index_;
  Policy policy_;
  Tally tally_;
  std::atomic<std::size_t> next_{0};
  std::atomic<std::size_t> failures_{0};
  std::mutex mutex_;
  std::vector<std::pair<Sample, Difference>> failing_;
};

std::string row(const Tally& tally) {
  char text[200];
  std::snprintf(text, sizeof text, "%-32.32s %9zu %9zu %9zu %9zu %9zu %9zu", tally.policy.c_str(), tally.requests,
                tally.clean, tally.dirty, tally.resolved, tally.cautious, tally.failures);
  return text + (tally.refusal.empty() ? "" : "  not run: " + tally.refusal) + "\n";
}

}  // namespace

void Tally::count(const Outcome& judged, Difference difference) {
  ++requests;
  ++(judged.verdict == Outcome::Verdict::clean ? clean : dirty);
  if (difference == Difference::cautious) ++cautious;
  if (judged.is_resolved) ++resolved;
  if (judged.verdict != Outcome::Verdict::clean && !judged.is_resolved) ++reasons[judged.reason];
  if (is_failure(difference)) ++failures;
}

void Tally::add(const Tally& other) {
  requests += other.requests;
  clean += other.clean;
  dirty += other.dirty;
  resolved += other.resolved;
  cautious += other.cautious;
  failures += other.failures;
  for (const auto& [reason, count] : other.reasons) reasons[reason] += count;
}

std::vector<Tally> run_campaign(const Campaign& campaign, const JudgeKind& kind, const std::vector<CrsTest>& tests) {
  const Source source(campaign.seed, tests);
  std::vector<Tally> tallies;
  for (std::size_t i = campaign.first_policy; i < campaign.first_policy + campaign.policies; ++i) {
    tallies.push_back(PolicyRun(campaign, kind, source, i).run());
    if (campaign.shows_progress) std::fprintf(stderr, "%s", row(tallies.back()).c_str());
  }
  return tallies;
}

std::string reasons_of(const std::vector<Tally>& tallies) {
  Tally all;
  for (const Tally& tally : tallies) all.add(tally);
  std::vector<std::pair<std::size_t, std::string>> sorted;
  for (const auto& [reason, count] : all.reasons) sorted.emplace_back(count, reason);
  std::sort(sorted.rbegin(), sorted.rend());
  std::string text;
  for (const auto& [count, reason] : sorted) text += std::to_string(count) + " " + reason + "\n";
  return text;
}

std::string table_of(const std::vector<Tally>& tallies) {
  std::string text = "policy                            requests     clean     dirty  resolved unmatched  failures\n";
  Tally all;
  all.policy = "all";
  for (const Tally& tally : tallies) {
    text += row(tally);
    all.add(tally);
  }
  return text + row(all);
}

Result<Replay> judged_again(const Replay& replay, const JudgeKind& kind) {
  auto bench = Bench::load(replay.policy, kind);
  if (!bench) return std::move(bench).error();
  const SampleView view(replay.sample);
  const Outcome reference = (*bench)->judges().reference.judge(view.request());
  const Outcome tested = (*bench)->judges().tested.judge(view.request());
  Replay result = replay;
  result.reference = text_of(reference);
  result.tested = text_of(tested);
  result.difference = name_of(difference_of(reference, tested));
  return result;
}

}  // namespace ravelin::waf_diff
