#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>

#include "ravelin/loop.h"

namespace ravelin {

class TimerQueue;

/// ManualLoop is a loop whose time only moves when told: five minutes take no time. Offloaded work
/// runs in the turn after it was submitted. post() may be called from any thread; the rest from one.
class ManualLoop final : public Loop {
 public:
  explicit ManualLoop(unsigned worker = 0);
  ~ManualLoop() override;

  WallTime wall() const override { return wall_; }
  void post(Function<void()> task) override;
  bool offload(Function<void()> work, Function<void()> done) override;

  /// What runs at the end of every turn (the gateway's flush).
  void at_turn_end(Function<void()> hook) { turn_end_ = std::move(hook); }
  /// Runs turns until nothing is posted and nothing is due.
  void run();
  /// One turn: what was posted, due timers, the end-of-turn hook. Returns whether anything ran.
  bool turn();
  /// Moves both clocks by `d`, stopping at each timer's deadline on the way to run().
  void advance(Duration d);
  void set_wall(WallTime wall) { wall_ = wall; }
  /// Refuses offloaded work while set, as a full queue would.
  void set_offload_full(bool is_full) { is_offload_full_ = is_full; }
  /// Armed timers and waiting tasks; both 0 when a test ends.
  std::size_t timers() const;
  std::size_t posted() const;

 protected:
  void arm(Timer& timer, Time deadline) override;
  void cancel(Timer& timer) override;

 private:
  WallTime wall_{std::chrono::seconds(1'700'000'000)};
  std::unique_ptr<TimerQueue> timers_;
  Function<void()> turn_end_;
  mutable std::mutex mutex_;
  std::deque<Function<void()>> posted_;
  bool is_offload_full_ = false;
};

}  // namespace ravelin
