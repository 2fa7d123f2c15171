#pragma once

#include <csignal>
#include <initializer_list>
#include <memory>

#include "event/event_loop.h"
#include "event/watch.h"
#include "ravelin/function.h"
#include "ravelin/result.h"

namespace ravelin::event {

/// SignalWatch turns signals into calls on a loop. It blocks them in the calling thread, and threads
/// started later inherit that: make it first in main. Destroying it lets them act as before.
class SignalWatch final : private ReadinessEvents {
 public:
  static Result<std::unique_ptr<SignalWatch>> make(EventLoop& loop, std::initializer_list<int> signals,
                                                   Function<void(int)> on_signal);
  SignalWatch(const SignalWatch&) = delete;
  SignalWatch& operator=(const SignalWatch&) = delete;
  ~SignalWatch() override;

 private:
  SignalWatch(EventLoop& loop, Function<void(int)> on_signal) : on_signal_(std::move(on_signal)), watch_(loop, *this) {}
  Result<void> open(std::initializer_list<int> signals);
  void on_ready(Readiness readiness) override;

  Function<void(int)> on_signal_;
  sigset_t before_{};  // the thread's mask before this
  int fd_ = -1;
  Watch watch_;
};

}  // namespace ravelin::event
