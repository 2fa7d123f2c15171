#include "proxy/pace.h"

#include <algorithm>
#include <utility>

namespace ravelin::proxy {

Pace::Pace(Loop& loop, Duration window, Function<void(Miss)> too_slow)
    : loop_(loop), window_(window), too_slow_(std::move(too_slow)), timer_(loop, [this] { check(); }) {}

void Pace::start(Duration idle, std::uint64_t min_rate) {
  if (is_running()) return;
  idle_ = idle;
  min_rate_ = min_rate;
  last_progress_ = window_start_ = loop_.now();
  bytes_in_window_ = 0;
  timer_.arm(next_check() - loop_.now());
}

void Pace::progress(std::uint64_t bytes) {
  last_progress_ = loop_.now();
  bytes_in_window_ += bytes;
}

void Pace::bear(std::uint64_t bytes) {
  progress(bytes);
  timer_.arm(next_check() - loop_.now());
}

void Pace::stop() { timer_.cancel(); }

Time Pace::next_check() const {
  const Time gap = last_progress_ + idle_;
  return min_rate_ == 0 ? gap : std::min(gap, window_start_ + window_);
}

void Pace::check() {
  const Time now = loop_.now();
  if (now >= last_progress_ + idle_) return too_slow_(Miss::gap);
  if (min_rate_ > 0 && now >= window_start_ + window_) {
    const auto seconds = static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::seconds>(window_).count());
    if (!is_in_grace_ && bytes_in_window_ < min_rate_ * seconds) return too_slow_(Miss::rate);
    is_in_grace_ = false;
    window_start_ = now;
    bytes_in_window_ = 0;
  }
  timer_.arm(next_check() - now);
}

}  // namespace ravelin::proxy
