#include "ravelin/testing/manual_loop.h"

#include <utility>

#include "base/timer_queue.h"

namespace ravelin {

ManualLoop::ManualLoop(unsigned worker) : Loop(worker), timers_(std::make_unique<TimerQueue>()) {
  set_now(Time(std::chrono::hours(1)));
}
ManualLoop::~ManualLoop() = default;

void ManualLoop::post(Function<void()> task) {
  const std::lock_guard lock(mutex_);
  posted_.push_back(std::move(task));
}

bool ManualLoop::offload(Function<void()> work, Function<void()> done) {
  if (is_offload_full_) return false;
  post([this, work = std::move(work), done = std::move(done)]() mutable {
    work();
    post(std::move(done));
  });
  return true;
}

void ManualLoop::run() {
  while (turn()) {
  }
}

bool ManualLoop::turn() {
  std::deque<Function<void()>> tasks;
  {
    const std::lock_guard lock(mutex_);
    tasks.swap(posted_);
  }
  for (auto& task : tasks) task();
  const std::size_t fired = timers_->fire(now());
  if (turn_end_) turn_end_();
  return !tasks.empty() || fired > 0 || posted() > 0 || timers_->next() <= now();
}

void ManualLoop::advance(Duration d) {
  const Time target = now() + d;
  run();
  while (timers_->next() <= target) {
    const Time next = std::max(timers_->next(), now());
    wall_ += next - now();
    set_now(next);
    run();
  }
  wall_ += target - now();
  set_now(target);
}

std::size_t ManualLoop::timers() const { return timers_->armed(); }

std::size_t ManualLoop::posted() const {
  const std::lock_guard lock(mutex_);
  return posted_.size();
}

void ManualLoop::arm(Timer& timer, Time deadline) { timers_->arm(timer, deadline); }
void ManualLoop::cancel(Timer& timer) { timers_->cancel(timer); }

}  // namespace ravelin
