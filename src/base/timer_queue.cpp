#include "base/timer_queue.h"

#include <algorithm>

namespace ravelin {

void TimerQueue::arm(Timer& timer, Time deadline) {
  timer.deadline_ = deadline;
  timer.is_armed_ = true;
  if (timer.slot_ == Timer::not_queued) {
    timer.queued_at_ = deadline;
    heap_.push_back(&timer);
    timer.slot_ = heap_.size() - 1;
    sift_up(timer.slot_);
  } else if (deadline < timer.queued_at_) {
    timer.queued_at_ = deadline;
    sift_up(timer.slot_);
  }
}

void TimerQueue::cancel(Timer& timer) {
  if (timer.slot_ != Timer::not_queued) erase(timer.slot_);
}

std::size_t TimerQueue::fire(Time now) {
  std::size_t fired = 0;
  // Bounded, so that timers which re-arm themselves with zero cannot hold the turn forever.
  for (std::size_t bound = heap_.size(); bound > 0 && next() <= now; --bound) {
    Timer& timer = *heap_.front();
    if (timer.deadline_ > now) {
      timer.queued_at_ = timer.deadline_;
      sift_down(0);
      continue;
    }
    erase(0);
    timer.is_armed_ = false;
    ++fired;
    timer.fire_();
  }
  return fired;
}

void TimerQueue::put(std::size_t slot, Timer* timer) {
  heap_[slot] = timer;
  timer->slot_ = slot;
}

void TimerQueue::erase(std::size_t slot) {
  heap_[slot]->slot_ = Timer::not_queued;
  Timer* const last = heap_.back();
  heap_.pop_back();
  if (slot == heap_.size()) return;
  put(slot, last);
  sift_up(slot);
  sift_down(last->slot_);
}

void TimerQueue::sift_up(std::size_t slot) {
  Timer* const timer = heap_[slot];
  while (slot > 0) {
    const std::size_t parent = (slot - 1) / 2;
    if (heap_[parent]->queued_at_ <= timer->queued_at_) break;
    put(slot, heap_[parent]);
    slot = parent;
  }
  put(slot, timer);
}

void TimerQueue::sift_down(std::size_t slot) {
  Timer* const timer = heap_[slot];
  for (;;) {
    std::size_t child = 2 * slot + 1;
    if (child >= heap_.size()) break;
    if (child + 1 < heap_.size() && heap_[child + 1]->queued_at_ < heap_[child]->queued_at_) ++child;
    if (timer->queued_at_ <= heap_[child]->queued_at_) break;
    put(slot, heap_[child]);
    slot = child;
  }
  put(slot, timer);
}

}  // namespace ravelin
