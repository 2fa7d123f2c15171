#include "upstream/balancer.h"

#include <algorithm>

namespace ravelin::upstream {

Balancer::Balancer(const Upstream& upstream, std::vector<Pool*> pools)
    : upstream_(upstream),
      pools_(std::move(pools)),
      credit_(upstream.endpoints.size(), 0),
      allowance_(upstream.retry_budget > 0 ? budget_cap : 0) {}

std::size_t Balancer::choose(std::span<const std::size_t> tried) {
  // Good ones first, then good backups, and only then those that failed lately: a doubtful answer is
  // better than none.
  for (const bool may_be_avoided : {false, true}) {
    for (const bool is_backup : {false, true}) {
      const std::size_t index = best(tried, is_backup, may_be_avoided);
      if (index < pools_.size()) return index;
    }
  }
  return pools_.size();
}

bool Balancer::may_use(std::size_t index, std::span<const std::size_t> tried, bool is_backup,
                       bool may_be_avoided) const {
  if (upstream_.endpoints[index].is_backup != is_backup) return false;
  if (std::find(tried.begin(), tried.end(), index) != tried.end()) return false;
  return may_be_avoided || !pools_[index]->is_avoided();
}

// Smooth weighted round robin: everyone earns its weight, the richest is chosen and pays the total. With least_requests
// among those only whose load is the least: who is passed over for its load has no claim to be made up for later.
std::size_t Balancer::best(std::span<const std::size_t> tried, bool is_backup, bool may_be_avoided) {
  std::size_t least_loaded = pools_.size();
  for (std::size_t i = 0; i < pools_.size(); ++i)
    if (may_use(i, tried, is_backup, may_be_avoided) && (least_loaded == pools_.size() || has_less(i, least_loaded)))
      least_loaded = i;
  if (least_loaded == pools_.size()) return least_loaded;
  std::size_t chosen = pools_.size();
  long total = 0;
  for (std::size_t i = 0; i < pools_.size(); ++i) {
    if (!may_use(i, tried, is_backup, may_be_avoided) || has_less(least_loaded, i)) continue;
    credit_[i] += upstream_.endpoints[i].weight;
    total += upstream_.endpoints[i].weight;
    if (chosen == pools_.size() || credit_[i] > credit_[chosen]) chosen = i;
  }
  credit_[chosen] -= total;
  return chosen;
}

// Whether `a` has fewer requests for its weight than `b`, compared without dividing. With round_robin always
// false.
bool Balancer::has_less(std::size_t a, std::size_t b) const {
  if (upstream_.balance != Balance::least_requests) return false;
  return (pools_[a]->active() + 1) * upstream_.endpoints[b].weight <
         (pools_[b]->active() + 1) * upstream_.endpoints[a].weight;
}

bool Balancer::may_retry() {
  if (allowance_ < 1) return false;
  allowance_ -= 1;
  return true;
}

}  // namespace ravelin::upstream
