#include "modules/waf/planned.h"

#include "modules/waf/plan/cpu_time.h"

namespace ravelin::waf {
namespace {

Planned judge(plan::Prover& prover, const plan::Request& request, Scoring scoring, bool is_score_first) {
  std::optional<plan::Score> score;
  if (is_score_first && scoring == Scoring::automatic) {
    score = prover.score(request);
    if (score->is_known) return {answer_of(*score), finding_of(*score)};
    if (const Answer answer = answer_of(*score); cause_of(answer) == Cause::effort) return {answer, {}};
  }
  Planned planned{answer_of(prover.judge(request, score ? plan::Spend::rest : plan::Spend::all)), {}};
  if (planned.answer.outcome == Outcome::clean) {
    planned.finding.emplace();
  } else if (scoring == Scoring::automatic) {
    if (!score) score = prover.score(request, plan::Spend::rest);
    planned.answer = answer_of(planned.answer, *score);
    if (score->is_known) planned.finding = finding_of(*score);
  }
  return planned;
}

Planned ask(plan::Prover& prover, const plan::Request& request, Scoring scoring, bool is_score_first) {
  const Duration before = cpu_used();
  Planned planned = judge(prover, request, scoring, is_score_first);
  planned.cpu = cpu_used() - before;
  return planned;
}

}  // namespace

Planned ask_plan(plan::Prover& prover, const plan::Request& request, Scoring scoring) {
  return ask(prover, request, scoring, false);
}

Planned ask_for_score(plan::Prover& prover, const plan::Request& request, Scoring scoring) {
  return ask(prover, request, scoring, true);
}

}  // namespace ravelin::waf
