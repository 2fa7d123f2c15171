#include "modules/waf/planned.h"

#include "modules/waf/cpu_time.h"

namespace ravelin::waf {
namespace {

Planned judge(plan::Prover& prover, const plan::Request& request, Scoring scoring) {
  Planned planned{answer_of(prover.judge(request)), {}};
  if (planned.answer.outcome == Outcome::clean) {
    planned.finding.emplace();
  } else if (scoring == Scoring::automatic) {
    const plan::Score score = prover.score(request);
    planned.answer = answer_of(planned.answer, score);
    if (score.is_known) planned.finding = finding_of(score);
  }
  return planned;
}

}  // namespace

Planned ask_plan(plan::Prover& prover, const plan::Request& request, Scoring scoring) {
  const Duration before = cpu_used();
  Planned planned = judge(prover, request, scoring);
  planned.cpu = cpu_used() - before;
  return planned;
}

}  // namespace ravelin::waf
