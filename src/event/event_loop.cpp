#include "event/event_loop.h"

#include <event2/event.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <chrono>
#include <system_error>
#include <utility>

#include "event/offload_pool.h"
#include "event/watch.h"

namespace ravelin::event {

namespace {

Time clock_now() { return std::chrono::steady_clock::now(); }

Error failure(const std::string& what) {
  return {"local:event_loop", "cannot " + what + ": " + std::generic_category().message(errno) +
                                  "; raise the limit of open files (LimitNOFILE=)"};
}

struct FreeConfig {
  void operator()(event_config* config) const { event_config_free(config); }
};

}  // namespace

void EventLoop::Free::operator()(event_base* base) const { event_base_free(base); }
void EventLoop::Free::operator()(::event* event) const { event_free(event); }

Result<std::unique_ptr<EventLoop>> EventLoop::make(const LoopOptions& options) {
  std::unique_ptr<EventLoop> loop(new EventLoop(options));
  if (auto opened = loop->open(); !opened) return std::move(opened).error();
  return loop;
}

EventLoop::EventLoop(const LoopOptions& options)
    : Loop(options.worker), options_(options), recheck_timer_(*this, [this] { run_rechecks(); }) {
  set_now(clock_now());
}

EventLoop::~EventLoop() {
  end();
  recheck_timer_.cancel();
  assert(watches_ == 0);
  wait_event_.reset();
  wake_event_.reset();
  if (wake_fd_ >= 0) ::close(wake_fd_);
}

Result<void> EventLoop::open() {
  // One thread per base, so no locks; and no environment variable may change how the gateway waits.
  const std::unique_ptr<event_config, FreeConfig> config(event_config_new());
  event_config_set_flag(config.get(), EVENT_BASE_FLAG_NOLOCK | EVENT_BASE_FLAG_IGNORE_ENV);
  event_config_require_features(config.get(), EV_FEATURE_ET | EV_FEATURE_EARLY_CLOSE);
  base_.reset(event_base_new_with_config(config.get()));
  if (base_ == nullptr) return failure("open an event loop");
  wake_fd_ = ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  if (wake_fd_ < 0) return failure("open an event descriptor");
  // Edge-triggered: every write to the eventfd is an edge, so its counter never has to be read.
  wake_event_.reset(event_new(
      base_.get(), wake_fd_, EV_READ | EV_ET | EV_PERSIST, [](int, short, void*) {}, nullptr));
  const auto waited = [](int, short, void* self) { static_cast<EventLoop*>(self)->waiting_until_ = Time::max(); };
  wait_event_.reset(event_new(base_.get(), -1, 0, waited, this));
  if (wake_event_ == nullptr || wait_event_ == nullptr || event_add(wake_event_.get(), nullptr) != 0)
    return failure("watch an event descriptor");
  return {};
}

// Before the first turn there is no telling how long what is said now stays true.
WallTime EventLoop::wall() const {
  if (!is_turn_begun_) return std::chrono::system_clock::now();
  if (!wall_) wall_ = std::chrono::system_clock::now();
  return *wall_;
}

bool EventLoop::is_own_thread() const {
  const std::thread::id owner = owner_.load(std::memory_order_relaxed);
  return owner == std::thread::id() || owner == std::this_thread::get_id();
}

void EventLoop::own() {
  if (owner_.load(std::memory_order_relaxed) == std::thread::id()) owner_ = std::this_thread::get_id();
  assert(is_own_thread());
}

void EventLoop::run() {
  own();
  while (!is_stopping_.load(std::memory_order_relaxed)) turn(Duration::max());
  end();
  owner_ = std::thread::id();  // whoever joins this thread may tear down what is left
}

void EventLoop::turn(Duration max_wait) {
  own();
  is_turn_begun_ = false;
  const Time latest = max_wait == Duration::max() ? Time::max() : clock_now() + max_wait;
  wait(std::min(timers_.next(), latest));
  begin_turn();
  run_posted();
  timers_.fire(now());
  for (auto& hook : hooks_) hook();
}

// Called by the first event of a turn, or after the wait if there was none.
void EventLoop::begin_turn() {
  if (std::exchange(is_turn_begun_, true)) return;
  set_now(clock_now());
  wall_.reset();
}

// Falls asleep unless there is something to do. The order here and in post() (both sequentially
// consistent) makes sure that either we see the task or its poster sees us asleep and wakes us.
void EventLoop::wait(Time until) {
  is_asleep_ = true;
  if (has_posted_ || is_stopping_) {
    is_asleep_ = false;
    until = Time();
  }
  wait_for_events(until);
  is_asleep_ = false;
}

void EventLoop::wait_for_events(Time until) {
  int how = EVLOOP_ONCE;
  const Duration length = until == Time::max() ? Duration::max() : until - clock_now();
  if (length <= Duration::zero()) {
    how = EVLOOP_ONCE | EVLOOP_NONBLOCK;  // the second alone would go on for as long as there are events
  } else if (until != waiting_until_) {
    // Rounded up, so that what is waited for is due afterwards.
    const auto micros = std::chrono::ceil<std::chrono::microseconds>(length).count();
    const timeval relative{static_cast<time_t>(micros / 1000000), static_cast<suseconds_t>(micros % 1000000)};
    if (until == Time::max())
      event_del(wait_event_.get());
    else
      event_add(wait_event_.get(), &relative);
    waiting_until_ = until;
  }
  // Fails only if the epoll descriptor is gone; a loop that cannot wait must not spin.
  if (event_base_loop(base_.get(), how) < 0) is_stopping_ = true;
}

void EventLoop::post(Function<void()> task) {
  {
    const std::lock_guard lock(mutex_);
    if (has_ended_) return;
    posted_.push_back(std::move(task));
    has_posted_ = true;
  }
  wake();
}

void EventLoop::wake() {
  if (!is_asleep_.exchange(false)) return;
  // Fails only when the counter is full, and then the loop has been woken already.
  [[maybe_unused]] const auto written = ::eventfd_write(wake_fd_, 1);
}

void EventLoop::run_posted() {
  if (!has_posted_.load(std::memory_order_relaxed)) return;
  {
    const std::lock_guard lock(mutex_);
    running_.swap(posted_);
    has_posted_ = false;
  }
  for (auto& task : running_) task();
  running_.clear();
}

void EventLoop::stop() {
  is_stopping_ = true;
  wake();
}

// The tasks are destroyed outside the lock: what they own may post.
void EventLoop::end() {
  std::vector<Function<void()>> left;
  const std::lock_guard lock(mutex_);
  has_ended_ = true;
  left.swap(posted_);
  has_posted_ = false;
}

bool EventLoop::offload(Function<void()> work, Function<void()> done) {
  if (options_.pool == nullptr) return false;
  return options_.pool->submit([this, work = std::move(work), done = std::move(done)]() mutable {
    work();
    post(std::move(done));
  });
}

void EventLoop::arm(Timer& timer, Time deadline) {
  assert(is_own_thread());
  timers_.arm(timer, deadline);
}

void EventLoop::cancel(Timer& timer) {
  assert(is_own_thread());
  timers_.cancel(timer);
}

void EventLoop::recheck(Watch& watch) {
  forget_recheck(watch);
  watch.is_rechecking_ = true;
  watch.recheck_at_ = now() + options_.recheck;
  watch.previous_recheck_ = last_recheck_;
  (last_recheck_ == nullptr ? first_recheck_ : last_recheck_->next_recheck_) = &watch;
  last_recheck_ = &watch;
  if (!recheck_timer_.is_armed()) recheck_timer_.arm(options_.recheck);
}

void EventLoop::forget_recheck(Watch& watch) {
  if (!std::exchange(watch.is_rechecking_, false)) return;
  Watch* const next = std::exchange(watch.next_recheck_, nullptr);
  Watch* const previous = std::exchange(watch.previous_recheck_, nullptr);
  (previous == nullptr ? first_recheck_ : previous->next_recheck_) = next;
  (next == nullptr ? last_recheck_ : next->previous_recheck_) = previous;
}

void EventLoop::run_rechecks() {
  while (first_recheck_ != nullptr && first_recheck_->recheck_at_ <= now()) {
    Watch& watch = *first_recheck_;
    forget_recheck(watch);
    watch.events_.on_ready({.readable = true});
  }
  if (first_recheck_ != nullptr) recheck_timer_.arm(first_recheck_->recheck_at_ - now());
}

}  // namespace ravelin::event
