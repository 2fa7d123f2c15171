#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "base/timer_queue.h"
#include "ravelin/loop.h"
#include "ravelin/result.h"

struct event;
struct event_base;

namespace ravelin::event {

class OffloadPool;
class Watch;

/// LoopOptions is how an EventLoop is set up.
struct LoopOptions {
  unsigned worker = 0;                         // index of the worker it belongs to
  OffloadPool* pool = nullptr;                 // for offload(); outlived by the loop. None: offload() refuses
  Duration recheck = std::chrono::seconds(1);  // delay of Watch::recheck()
};

/// EventLoop is the Loop of a worker (and of main): sockets, timers and tasks on one thread. libevent
/// waits for readiness and nothing else. A turn is: wait, until the next timer at most; refresh now();
/// readiness; posted tasks; due timers; the end-of-turn hooks.
///
/// It belongs to the thread that called run() or turn() first; until then to whoever builds it. What
/// watches or is timed by it must be gone before it is.
class EventLoop final : public Loop {
 public:
  static Result<std::unique_ptr<EventLoop>> make(const LoopOptions& options);
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;
  ~EventLoop() override;

  WallTime wall() const override;
  void post(Function<void()> task) override;
  bool offload(Function<void()> work, Function<void()> done) override;

  /// Runs turns until stop(); once in the loop's life. Tasks posted and not yet run are then destroyed.
  void run();
  /// Runs one turn that waits at most `max_wait` for something to do. For tests and simulations; run()
  /// is this, repeated.
  void turn(Duration max_wait);
  /// Makes run() return at the end of its turn. Any thread.
  void stop();
  /// Adds what is to run last in every turn: write what the turn produced, drop the dead.
  void at_turn_end(Function<void()> hook) { hooks_.push_back(std::move(hook)); }

  /// Descriptors watched and timers armed by others; both 0 when a test ends.
  std::size_t watches() const { return watches_; }
  std::size_t timers() const { return timers_.armed() - (recheck_timer_.is_armed() ? 1 : 0); }
  /// Whether the caller may use what is for the loop's own thread only.
  bool is_own_thread() const;

 protected:
  void arm(Timer& timer, Time deadline) override;
  void cancel(Timer& timer) override;

 private:
  friend class Watch;
  struct Free {
    void operator()(event_base* base) const;
    void operator()(::event* event) const;
  };

  explicit EventLoop(const LoopOptions& options);
  Result<void> open();
  void begin_turn();
  void wait(Time until);
  void wait_for_events(Time until);
  void run_posted();
  void wake();
  void end();
  void own();

  void recheck(Watch& watch);
  void forget_recheck(Watch& watch);
  void run_rechecks();

  LoopOptions options_;
  bool is_turn_begun_ = false;
  mutable std::optional<WallTime> wall_;  // of this turn, once somebody has asked
  TimerQueue timers_;
  std::size_t watches_ = 0;
  std::vector<Function<void()>> hooks_;
  std::atomic<std::thread::id> owner_{};

  std::unique_ptr<event_base, Free> base_;
  std::unique_ptr<::event, Free> wake_event_;
  std::unique_ptr<::event, Free> wait_event_;  // libevent's own timer, for the length of the wait
  Time waiting_until_ = Time::max();           // when wait_event_ fires; max: not armed
  int wake_fd_ = -1;

  std::mutex mutex_;  // guards posted_ and has_ended_
  std::vector<Function<void()>> posted_;
  bool has_ended_ = false;
  std::vector<Function<void()>> running_;  // the posted tasks of this turn; kept for its capacity
  std::atomic<bool> has_posted_{false};
  std::atomic<bool> is_asleep_{false};  // whoever resets it must write to wake_fd_
  std::atomic<bool> is_stopping_{false};

  Watch* first_recheck_ = nullptr;  // oldest first; all wait equally long, so this is the order of time
  Watch* last_recheck_ = nullptr;
  Timer recheck_timer_;
};

}  // namespace ravelin::event
