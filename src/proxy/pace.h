#pragma once

#include <cstdint>

#include "ravelin/function.h"
#include "ravelin/loop.h"

namespace ravelin::proxy {

/// Pace bounds how slowly a peer may move a body: no gap longer than `idle`, and after a grace of one
/// `window` at least `min_rate` bytes per second over each following one. It runs only while the peer is
/// the one who is waited for.
class Pace {
 public:
  enum class Miss : std::uint8_t { gap, rate };
  /// `too_slow` is called once. `window`: whole seconds.
  Pace(Loop& loop, Duration window, Function<void(Miss)> too_slow);

  /// Starts, or goes on. `min_rate` zero: only gaps count.
  void start(Duration idle, std::uint64_t min_rate);
  /// The peer has moved `bytes`.
  void progress(std::uint64_t bytes);
  /// From `too_slow`, of a gap: the peer has moved `bytes`, of which nobody told, or may have the same time again.
  void bear(std::uint64_t bytes);
  /// It could not move anything: what comes next is measured after another grace.
  void forgive() { is_in_grace_ = true; }
  /// Not the peer's turn, or all done.
  void stop();
  bool is_running() const { return timer_.is_armed(); }

 private:
  void check();
  Time next_check() const;

  Loop& loop_;
  const Duration window_;
  Function<void(Miss)> too_slow_;
  Timer timer_;
  Duration idle_{};
  std::uint64_t min_rate_ = 0;
  std::uint64_t bytes_in_window_ = 0;
  Time window_start_{};
  Time last_progress_{};
  bool is_in_grace_ = true;
};

}  // namespace ravelin::proxy
