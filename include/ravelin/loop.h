#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "ravelin/function.h"

namespace ravelin {

/// Duration and Time are monotonic, in nanoseconds. WallTime is UTC, for records only: never
/// compare two of them to measure.
using Duration = std::chrono::nanoseconds;
using Time = std::chrono::time_point<std::chrono::steady_clock, Duration>;
using WallTime = std::chrono::time_point<std::chrono::system_clock, Duration>;

class Loop;

/// Timer calls a function once when its deadline has passed. Arming an armed timer moves its
/// deadline; that is cheap (no heap operation when the deadline moves later). It must be armed,
/// cancelled and destroyed on its loop's thread; destroying it cancels it. The function may
/// re-arm the timer, or destroy it as its last act.
class Timer {
 public:
  Timer(Loop& loop, Function<void()> fire) : loop_(loop), fire_(std::move(fire)) {}
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;
  ~Timer() { cancel(); }

  /// Arms the timer to fire `delay` after the loop's now().
  void arm(Duration delay);
  void cancel();
  bool is_armed() const { return is_armed_; }
  Time deadline() const { return deadline_; }

 private:
  friend class TimerQueue;
  static constexpr std::size_t not_queued = SIZE_MAX;

  Loop& loop_;
  Function<void()> fire_;
  Time deadline_{};
  Time queued_at_{};  // its place in the queue; never later than deadline_
  std::size_t slot_ = not_queued;
  bool is_armed_ = false;
};

/// Loop is one thread's turn-taking: the only clock, timers, and the way in from other threads.
/// All functions but post() are for the loop's own thread.
class Loop {
 public:
  virtual ~Loop() = default;

  /// Monotonic time, fixed within one turn.
  Time now() const { return now_; }
  /// UTC, for records. The same throughout a turn, too.
  virtual WallTime wall() const = 0;
  /// Index of the worker that runs this loop, from 0.
  unsigned worker() const { return worker_; }
  /// Runs `task` in a later turn, in order of posting. Any thread. Tasks posted to a loop that has
  /// ended are destroyed, not run.
  virtual void post(Function<void()> task) = 0;
  /// Runs `work` on the offload pool, then `done` on this loop. If the pool's bounded queue is full
  /// it returns false and takes neither.
  virtual bool offload(Function<void()> work, Function<void()> done) = 0;

  /// Calls `fire` once after `delay`, unless the returned timer is destroyed before.
  std::unique_ptr<Timer> after(Duration delay, Function<void()> fire) {
    auto timer = std::make_unique<Timer>(*this, std::move(fire));
    timer->arm(delay);
    return timer;
  }

 protected:
  explicit Loop(unsigned worker) : worker_(worker) {}
  friend class Timer;
  virtual void arm(Timer& timer, Time deadline) = 0;
  virtual void cancel(Timer& timer) = 0;
  /// Moves the clock; never backwards.
  void set_now(Time now) { now_ = now; }

 private:
  // Here, since all ask for them, often: reading them is no virtual call.
  Time now_{};
  unsigned worker_;
};

inline void Timer::arm(Duration delay) { loop_.arm(*this, loop_.now() + delay); }
inline void Timer::cancel() {
  if (slot_ != not_queued) loop_.cancel(*this);
  is_armed_ = false;
}

/// WorkerLocal holds one T per worker, so that no two workers share it. get() is for that worker's
/// thread only.
template <class T>
class WorkerLocal {
 public:
  explicit WorkerLocal(unsigned workers) : slots_(workers) {}
  T& get(const Loop& loop) { return slots_[loop.worker()].value; }
  std::size_t size() const { return slots_.size(); }

 private:
  struct alignas(64) Slot {
    T value{};
  };
  std::vector<Slot> slots_;
};

}  // namespace ravelin
