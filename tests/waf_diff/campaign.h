#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "waf_diff/compare.h"
#include "waf_diff/crs_tests.h"
#include "waf_diff/judge.h"
#include "waf_diff/policy.h"
#include "waf_diff/replay.h"

namespace ravelin::waf_diff {

/// Plan of a run: so many requests under each of so many policies.
struct Campaign {
  std::size_t requests = 1000;
  std::size_t policies = 4;
  std::size_t first_policy = 0;
  bool has_crs = true;        // or small policies without it
  std::string crs_directory;  // empty: the installed one
  std::uint64_t seed = 1;
  std::size_t threads = 1;
  std::size_t most_failures = 5;  // per policy; then the next policy is taken
  std::string failure_folder = ".";
  bool shows_progress = false;  // a row on standard error after each policy
};

/// Tally is what came of one policy.
struct Tally {
  std::string policy;
  std::string refusal;  // why a judge does not take the policy; empty if both do
  std::size_t requests = 0;
  std::size_t clean = 0;     // by the tested judge
  std::size_t dirty = 0;     // or refused
  std::size_t resolved = 0;  // of these; score and rules have been compared
  std::size_t cautious = 0;
  std::size_t failures = 0;
  std::vector<Replay> kept;                    // failures, minimised
  std::map<std::string, std::size_t> reasons;  // of what was not resolved

  void count(const Outcome& judged, Difference difference);
  void add(const Tally& other);
};

/// run_campaign compares `kind` with the reference. Failures are minimised, written to files in
/// `failure_folder`, and named on standard error as they are found. `tests` may be empty.
std::vector<Tally> run_campaign(const Campaign& campaign, const JudgeKind& kind, const std::vector<CrsTest>& tests);

/// Why requests were neither clean nor resolved, most frequent first.
std::string reasons_of(const std::vector<Tally>& tallies);

/// The table of a run, with a last line for all policies.
std::string table_of(const std::vector<Tally>& tallies);

/// Both judges' outcomes of a kept request.
Result<Replay> judged_again(const Replay& replay, const JudgeKind& kind);

}  // namespace ravelin::waf_diff
