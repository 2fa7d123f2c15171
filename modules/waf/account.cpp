#include "modules/waf/account.h"

#include <string>
#include <utility>

namespace ravelin::waf {
namespace {

template <class Names>
auto register_each(Metrics& metrics, std::string_view name, std::string_view help, const Labels& labels,
                   const Names& names) {
  std::array<Counter, std::tuple_size_v<Names>> counters;
  for (std::size_t i = 0; i < names.size(); ++i) {
    Labels all = labels;
    all.back().second = names[i];
    counters[i] = metrics.counter(name, help, std::move(all));
  }
  return counters;
}

}  // namespace

RouteSeries::RouteSeries(Metrics& metrics, std::string_view route, std::shared_ptr<Tally> of_policy)
    : tally(std::move(of_policy)) {
  const std::pair<std::string, std::string> of_route{"route", route};
  proof_time =
      metrics.histogram("waf_proof_seconds", "Processor time spent on asking the plan about one request.", {of_route});
  library_time = metrics.histogram(
      "waf_library_seconds", "Processor time of libmodsecurity for one request, where it had to judge.", {of_route});
  unproved = register_each(metrics, "waf_unproved_total", "Requests left to libmodsecurity, by why.",
                           {of_route, {"cause", {}}}, cause_names);
  rechecks = register_each(metrics, "waf_rechecks_total",
                           "Requests judged by the plan that libmodsecurity judged all the same, by what came of it.",
                           {of_route, {"result", {}}}, recheck_names);
}

void Account::count(const Loop& loop, const Answer& answer, Duration cost) {
  if (series_ == nullptr) return;
  series_->proof_time.observe(loop, cost);
  if (is_for_library(answer.outcome)) series_->unproved[static_cast<std::size_t>(cause_of(answer))].add(loop);
  series_->tally->count(loop, answer, cost);
}

void Account::count_library(const Loop& loop, Duration cost) {
  if (series_ == nullptr || cost <= Duration::zero()) return;
  series_->library_time.observe(loop, cost);
  series_->tally->count_library(loop, cost);
}

void Account::count(RouteSeries* series, const Loop& loop, Recheck recheck) {
  if (series == nullptr) return;
  series->rechecks[static_cast<std::size_t>(recheck)].add(loop);
  series->tally->count(loop, recheck);
}

}  // namespace ravelin::waf
