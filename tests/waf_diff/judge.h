#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "modules/waf/config.h"
#include "modules/waf/finding.h"
#include "modules/waf/plan/request.h"
#include "ravelin/result.h"

namespace ravelin::waf_diff {

/// Outcome is what a judge makes of one request. `clean` promises that no rule matches with any effect
/// (log, score, refusal); `dirty` that one may; `refused` that one refuses.
struct Outcome {
  enum class Verdict : std::uint8_t { clean, dirty, refused };
  Verdict verdict = Verdict::clean;
  int status = 0;                  // if refused
  bool is_resolved = false;        // whether score and rules are meant to be exact; if not, they are not compared
  int score = 0;                   // inbound anomaly score
  std::set<std::int64_t> rules{};  // that matched and say so
  std::string reason{};            // for people, of what is not resolved
};

/// Of what has been resolved.
Outcome outcome_of(const waf::Finding& finding);

/// Judge judges requests under one policy. The reference is libmodsecurity; what is tested is anything
/// that means to be quicker.
class Judge {
 public:
  virtual ~Judge() = default;
  /// Any number of threads at once. The request lives for the call only.
  virtual Outcome judge(const waf::plan::Request& request) const = 0;
};

/// JudgeKind makes judges. An Error is a policy that this kind does not take, which is no failure:
/// the gateway would use the library then.
struct JudgeKind {
  std::string_view name;
  std::function<Result<std::unique_ptr<Judge>>(const waf::Config&)> make;
};

/// All kinds; the first is the reference. A new one is added in judges.cpp.
const std::vector<JudgeKind>& judge_kinds();
/// Null for a name that there is not.
const JudgeKind* judge_kind(std::string_view name);

/// The reference: libmodsecurity, driven by the module's own Evaluation.
Result<std::unique_ptr<Judge>> make_library_judge(const waf::Config& config);

/// The plan's prover: what it proves is clean, everything else is dirty. Compiled patterns are kept in the folder that
/// the environment's WAF_DIFF_CACHE names, if it names one.
Result<std::unique_ptr<Judge>> make_plan_judge(const waf::Config& config);
/// The same without scanners, which take seconds to compile: for many policies, each for few requests.
Result<std::unique_ptr<Judge>> make_unscanned_judge(const waf::Config& config);

/// A judge that is wrong, for the test of the harness: it looks for "script" in the target and nothing else.
Result<std::unique_ptr<Judge>> make_blind_judge(const waf::Config& config);

}  // namespace ravelin::waf_diff
