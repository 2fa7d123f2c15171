#pragma once

#include <cstddef>
#include <vector>

#include "ravelin/loop.h"

namespace ravelin {

/// TimerQueue orders the armed timers of one loop: a heap that is updated lazily. Moving a deadline
/// later, which is what every byte of traffic does to an idle timeout, only writes the new deadline
/// into the timer; it finds its new place when the old one comes up. One thread.
class TimerQueue {
 public:
  TimerQueue() = default;
  TimerQueue(const TimerQueue&) = delete;
  TimerQueue& operator=(const TimerQueue&) = delete;

  void arm(Timer& timer, Time deadline);
  void cancel(Timer& timer);
  /// The earliest time at which fire() may have something to do; Time::max() if nothing is armed.
  Time next() const { return heap_.empty() ? Time::max() : heap_.front()->queued_at_; }
  /// Fires the timers whose deadline is at or before `now`, in order; returns how many. Some may be
  /// left for the next call if firing ones arm others that are due at once.
  std::size_t fire(Time now);
  /// Armed timers; 0 when a test ends.
  std::size_t armed() const { return heap_.size(); }

 private:
  void sift_up(std::size_t slot);
  void sift_down(std::size_t slot);
  void put(std::size_t slot, Timer* timer);
  void erase(std::size_t slot);

  std::vector<Timer*> heap_;  // by queued_at_
};

}  // namespace ravelin
