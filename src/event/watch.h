#pragma once

#include <event2/event_struct.h>

#include "event/event_loop.h"
#include "ravelin/loop.h"
#include "ravelin/result.h"

namespace ravelin::event {

/// Readiness is what has become possible on a descriptor. `closed`: the peer has closed its side.
struct Readiness {
  bool readable = false;
  bool writable = false;
  bool closed = false;
};

/// ReadinessEvents is told, on the loop's thread, what has become possible on a watched descriptor.
/// The call may destroy any watch, its own too.
class ReadinessEvents {
 public:
  virtual ~ReadinessEvents() = default;
  virtual void on_ready(Readiness readiness) = 0;
};

/// Watch registers one descriptor with a loop for as long as it lives. It must be started and
/// destroyed on the loop's thread (or while the loop does not run), before the descriptor is closed.
class Watch {
 public:
  Watch(EventLoop& loop, ReadinessEvents& events) : loop_(loop), events_(events) {}
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;
  ~Watch() { stop(); }

  /// Reports every change of readiness, for both directions, once: registered here and never again,
  /// so a request costs no epoll_ctl. What can be done already is reported in the next turn.
  Result<void> watch_edges(int fd);
  /// Reports once per turn for as long as there is something to read.
  Result<void> watch_input(int fd);
  void stop();
  bool is_watching() const { return is_watching_; }

  /// Asks that `readable` be reported once more after about a second, unless something else is
  /// reported first. libevent folds EPOLLERR into "readable and writable", so a reset that arrives
  /// together with the last bytes cannot be told from more bytes: who trusts a short read would never
  /// hear of it. Costs no system call.
  void recheck();

 private:
  friend class EventLoop;
  static void fired(int fd, short what, void* self);
  Result<void> start(int fd, short interest);

  EventLoop& loop_;
  ReadinessEvents& events_;
  ::event event_{};
  Watch* next_recheck_ = nullptr;  // in the loop's list, oldest first
  Watch* previous_recheck_ = nullptr;
  Time recheck_at_{};
  bool is_watching_ = false;
  bool is_rechecking_ = false;
};

}  // namespace ravelin::event
