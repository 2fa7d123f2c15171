#include "pipeline/pipeline.h"

#include <string>

namespace ravelin::pipeline {

StageCounters make_counters(Metrics& metrics, std::string_view module) {
  StageCounters counters;
  for (std::size_t i = 0; i < StageCounters::kinds; ++i) {
    const std::string_view verdict = to_string(static_cast<DecisionKind>(i));
    counters.by_kind[i] = metrics.counter("module_verdicts_total", "Verdicts of each module.",
                                          {{"module", std::string(module)}, {"verdict", std::string(verdict)}});
  }
  return counters;
}

}  // namespace ravelin::pipeline
