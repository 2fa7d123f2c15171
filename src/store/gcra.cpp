#include "store/gcra.h"

#include <algorithm>

namespace ravelin::store {

namespace {

// Keeps every sum below within 63 bits: 73 years.
constexpr Duration longest = Duration::max() / 4;

Duration tolerance(Duration interval, std::uint32_t burst) {
  return burst > longest / interval ? longest : interval * burst;
}

}  // namespace

Limiter::Spent Gcra::spend(Duration interval, std::uint32_t burst, Time now) {
  if (interval <= Duration::zero()) return {true, Duration::zero(), burst};
  interval = std::min(interval, longest);
  const Duration slack = tolerance(interval, burst);
  // The upper bound matters only after a reload that made the limit shorter.
  Duration debt = std::clamp(full_ - now, Duration::zero(), slack + interval);
  const bool is_allowed = debt <= slack;
  if (is_allowed) debt += interval;
  full_ = now + debt;
  return {is_allowed, std::max(debt - slack, Duration::zero()),
          static_cast<std::uint32_t>((slack + interval - debt) / interval)};
}

}  // namespace ravelin::store
