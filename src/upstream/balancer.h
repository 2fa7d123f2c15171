#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "upstream/pool.h"
#include "upstream/upstream.h"

namespace ravelin::upstream {

/// Balancer chooses the endpoint of the next attempt, for one upstream on one worker.
class Balancer {
 public:
  /// `pools` in the order of `upstream.endpoints`; both outlive the balancer.
  Balancer(const Upstream& upstream, std::vector<Pool*> pools);

  /// Index of the endpoint to try, avoiding those in `tried` and those that failed lately while there
  /// is another; upstream.endpoints.size() if all have been tried.
  std::size_t choose(std::span<const std::size_t> tried);
  Pool& pool(std::size_t index) { return *pools_[index]; }
  const Upstream& upstream() const { return upstream_; }

  /// Counts a request towards the retry budget.
  void count_request() { allowance_ = std::min(allowance_ + upstream_.retry_budget, budget_cap); }
  /// Spends one retry, if the budget (a share of requests, and a few for quiet times) has one.
  bool may_retry();

 private:
  static constexpr double budget_cap = 10;

  bool may_use(std::size_t index, std::span<const std::size_t> tried, bool is_backup, bool may_be_avoided) const;
  std::size_t best(std::span<const std::size_t> tried, bool is_backup, bool may_be_avoided);
  bool has_less(std::size_t a, std::size_t b) const;

  const Upstream& upstream_;
  std::vector<Pool*> pools_;
  std::vector<long> credit_;  // smooth weighted round robin
  double allowance_;
};

}  // namespace ravelin::upstream
