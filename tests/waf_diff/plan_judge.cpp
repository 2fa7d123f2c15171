#include "waf_diff/plan_judge.h"

#include <atomic>
#include <cstdlib>
#include <utility>

#include "modules/waf/finding.h"
#include "modules/waf/plan/prover.h"
#include "modules/waf/policy.h"
#include "waf_diff/judge.h"

namespace ravelin::waf_diff {
namespace {

class Silence final : public Log {
 public:
  void write(Level, std::string_view) override {}
};

// One prover per thread and policy. A thread that goes on to another policy has no more use for the last.
waf::plan::Prover& prover_of(const std::shared_ptr<const waf::plan::Plan>& plan, unsigned number) {
  thread_local unsigned owner = 0;
  thread_local std::unique_ptr<waf::plan::Prover> prover;
  if (owner != number) prover = std::make_unique<waf::plan::Prover>(plan);
  owner = number;
  return *prover;
}

class PlanJudge final : public Judge {
 public:
  explicit PlanJudge(std::shared_ptr<const waf::plan::Plan> plan) : plan_(std::move(plan)), number_(++judges) {}

  Outcome judge(const waf::plan::Request& request) const override {
    waf::plan::Prover& prover = prover_of(plan_, number_);
    const waf::plan::Proof proof = prover.judge(request);
    Outcome outcome;
    if (proof.is_clean) return outcome;
    outcome.verdict = Outcome::Verdict::dirty;
    outcome.reason = std::to_string(proof.rule) + " " + std::string(proof.doubt);
    const waf::plan::Score score = prover.score(request);
    if (!score.is_known) {
      outcome.reason += "; " + std::to_string(score.rule) + " " + std::string(score.doubt);
      return outcome;
    }
    return outcome_of(waf::finding_of(score));
  }

 private:
  static inline std::atomic<unsigned> judges = 0;

  std::shared_ptr<const waf::plan::Plan> plan_;
  unsigned number_;
};

Result<std::unique_ptr<Judge>> judge_by(waf::plan::Rules rules, const waf::plan::Cache& cache) {
  auto plan = waf::plan::Plan::compile(std::move(rules), cache);
  if (!plan->unsupported().empty()) return Error{"waf_diff:plan", plan->unsupported().front()};
  plan->prepare_for_long_texts(cache);
  return std::unique_ptr<Judge>(std::make_unique<PlanJudge>(std::move(plan)));
}

// Compiles nothing: every pattern is a candidate everywhere, as if no scanner had been able to tell.
class NoScanners final : public waf::plan::Cache {
 public:
  NoScanners() : Cache("") {}
  Result<waf::plan::Scanner> compile(std::span<const waf::plan::Pattern>,
                                     std::span<const unsigned> numbers) const override {
    return waf::plan::Scanner::restore({}, {numbers.begin(), numbers.end()});
  }
};

Result<std::unique_ptr<Judge>> make_judge(const waf::Config& config, const waf::plan::Cache& cache) {
  auto rules = rules_of(config);
  if (!rules) return std::move(rules).error();
  return judge_by(*std::move(rules), cache);
}

}  // namespace

Result<waf::plan::Rules> rules_of(const waf::Config& config) {
  Silence silence;
  const auto policy = waf::Policy::load(config, silence);
  if (!policy) return policy.error();
  const std::string& problem = (*policy)->plan_problem();
  if (!problem.empty()) return Error{"waf_diff:plan", problem};
  return waf::plan::parse((*policy)->sources());
}

Result<std::unique_ptr<Judge>> make_judge_of(waf::plan::Rules rules) {
  return judge_by(std::move(rules), NoScanners());
}

Result<std::unique_ptr<Judge>> make_plan_judge(const waf::Config& config) {
  const char* const folder = std::getenv("WAF_DIFF_CACHE");
  return make_judge(config, waf::plan::Cache(folder == nullptr ? "" : folder));
}

Result<std::unique_ptr<Judge>> make_unscanned_judge(const waf::Config& config) {
  return make_judge(config, NoScanners());
}

}  // namespace ravelin::waf_diff
