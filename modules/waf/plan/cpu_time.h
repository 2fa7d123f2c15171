#pragma once

#include <ctime>

#include "ravelin/loop.h"

namespace ravelin::waf {

/// Processor time of this thread so far. The Loop's clock stands still within a turn and does not exist on
/// the offload pool, so it cannot say what an evaluation costs.
inline Duration cpu_used() {
  timespec time{};
  // style: allow clock, because it is no time of day but work done; getrusage counts in ticks of milliseconds
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

}  // namespace ravelin::waf
