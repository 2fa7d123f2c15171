#pragma once

#include <array>
#include <memory>
#include <string_view>

#include "modules/waf/tally.h"
#include "ravelin/metrics.h"

namespace ravelin::waf {

/// RouteSeries are the metrics of one route, and the tally of the policy that judges it.
struct RouteSeries : std::enable_shared_from_this<RouteSeries> {
  RouteSeries(Metrics& metrics, std::string_view route, std::shared_ptr<Tally> tally);

  Histogram proof_time;
  Histogram library_time;
  std::array<Counter, cause_names.size()> unproved;
  std::array<Counter, recheck_names.size()> rechecks;
  std::shared_ptr<Tally> tally;
};

/// Account counts what becomes of the requests of one route. A default one counts nothing. On the worker's thread.
class Account {
 public:
  Account() = default;
  /// `series` must outlive it.
  explicit Account(RouteSeries& series) : series_(&series) {}

  void count(const Loop& loop, const Answer& answer, Duration cost);
  /// Nothing if no time was spent: the library was not asked.
  void count_library(const Loop& loop, Duration cost);
  void count(const Loop& loop, Recheck recheck) { count(series_, loop, recheck); }

  /// For what is known when the module may be gone; null if nothing is counted.
  std::shared_ptr<RouteSeries> share() const { return series_ == nullptr ? nullptr : series_->shared_from_this(); }
  static void count(RouteSeries* series, const Loop& loop, Recheck recheck);

 private:
  RouteSeries* series_ = nullptr;
};

}  // namespace ravelin::waf
