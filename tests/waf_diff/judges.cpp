#include <utility>

#include "modules/waf/evaluation.h"
#include "modules/waf/policy.h"
#include "waf_diff/judge.h"

namespace ravelin::waf_diff {
namespace {

class Silence final : public Log {
 public:
  void write(Level, std::string_view) override {}
};

waf::Subject subject_of(const waf::plan::Request& request) {
  waf::Subject subject(request, "waf-diff");
  subject.body = request.body;
  return subject;
}

class LibraryJudge final : public Judge {
 public:
  explicit LibraryJudge(std::shared_ptr<const waf::Policy> policy) : policy_(std::move(policy)) {}

  Outcome judge(const waf::plan::Request& request) const override {
    return outcome_of(waf::Evaluation(*policy_, subject_of(request)).judge_request());
  }

 private:
  std::shared_ptr<const waf::Policy> policy_;
};

class BlindJudge final : public Judge {
 public:
  Outcome judge(const waf::plan::Request& request) const override {
    Outcome outcome;
    if (request.uri.find("script") != std::string_view::npos) outcome.verdict = Outcome::Verdict::dirty;
    return outcome;
  }
};

// A Finding keeps no more matches than this, so a fuller set may not be whole.
constexpr std::size_t most_rules = 256;

}  // namespace

Outcome outcome_of(const waf::Finding& finding) {
  Outcome outcome;
  for (const waf::Match& match : finding.matches) outcome.rules.insert(match.rule);
  outcome.score = finding.score;
  outcome.is_resolved = outcome.rules.size() < most_rules;
  if (!outcome.rules.empty() || outcome.score != 0) outcome.verdict = Outcome::Verdict::dirty;
  if (!finding.is_refused) return outcome;
  outcome.verdict = Outcome::Verdict::refused;
  outcome.status = finding.status;
  return outcome;
}

Result<std::unique_ptr<Judge>> make_library_judge(const waf::Config& config) {
  Silence silence;
  auto policy = waf::Policy::load(config, silence);
  if (!policy) return std::move(policy).error();
  return std::unique_ptr<Judge>(std::make_unique<LibraryJudge>(*std::move(policy)));
}

Result<std::unique_ptr<Judge>> make_blind_judge(const waf::Config&) {
  return std::unique_ptr<Judge>(std::make_unique<BlindJudge>());
}

const std::vector<JudgeKind>& judge_kinds() {
  static const std::vector<JudgeKind> kinds{{"library", make_library_judge},
                                            {"plan", make_plan_judge},
                                            {"unscanned", make_unscanned_judge},
                                            {"blind", make_blind_judge}};
  return kinds;
}

const JudgeKind* judge_kind(std::string_view name) {
  for (const JudgeKind& kind : judge_kinds())
    if (kind.name == name) return &kind;
  return nullptr;
}

}  // namespace ravelin::waf_diff
