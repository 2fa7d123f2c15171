#pragma once

#include <cstdint>

#include "ravelin/loop.h"
#include "ravelin/store.h"

namespace ravelin::store {

/// Gcra is one key's budget by the generic cell rate algorithm, exact to the nanosecond. It holds one
/// number: the time at which the budget would be whole again. With the interval T and the burst B, a
/// request at time t with full = max(full, t):
///
///   is allowed  if full - t <= B * T, and then full grows by T;
///   remaining   = floor(((B + 1) * T - (full - t)) / T);
///   wait        = max(0, full - B * T - t).
class Gcra {
 public:
  /// An interval of 0 or less is no limit.
  Limiter::Spent spend(Duration interval, std::uint32_t burst, Time now);

 private:
  Time full_{};
};

}  // namespace ravelin::store
