#include "observe/event_writer.h"

#include <algorithm>
#include <csignal>
#include <utility>

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

namespace ravelin::observe {

namespace {

constexpr std::size_t most_spare = 64;
constexpr std::size_t largest_spare = 256 * 1024;
constexpr time_t seconds_at_end = 2;

void clear_readiness(int fd) {
  std::uint64_t count;
  (void)!read(fd, &count, sizeof count);
}

}  // namespace

EventWriter::EventWriter(std::vector<SinkConfig> sinks, Log& log, Registry& registry, std::size_t queue_bytes)
    : log_(log),
      registry_(registry),
      queue_limit_(queue_bytes),
      wake_fd_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)),
      retry_fd_(timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC)) {
  adopt(sinks);
  replace_sinks(std::move(sinks));
  // Signals are for the main thread, and a closed pipe is an error, not an end.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  thread_ = std::thread([this] { run(); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

EventWriter::~EventWriter() {
  stop();
  close(wake_fd_);
  close(retry_fd_);
}

void EventWriter::adopt(const std::vector<SinkConfig>& sinks) {
  drops_.clear();
  std::array<bool, 2> wanted{};
  for (const SinkConfig& sink : sinks) {
    wanted[index(sink.kind)] = true;
    drops_.push_back({sink.kind, registry_.shared_counter("events_dropped_total", "Event lines lost, by sink.",
                                                          {{"sink", sink.name}})});
  }
  for (std::size_t i = 0; i < wanted.size(); ++i) wanted_[i] = wanted[i];
}

void EventWriter::submit(EventKind kind, std::string& lines) {
  if (lines.empty()) return;
  bool is_first = false;
  {
    const std::lock_guard lock(mutex_);
    if (next_.is_stop || queued_ + lines.size() > queue_limit_) return drop(kind, lines);
    is_first = next_.batches.empty();
    queued_ += lines.size();
    next_.batches.push_back({kind, std::move(lines)});
    lines.clear();
    if (!spare_.empty()) {
      lines = std::move(spare_.back());
      spare_.pop_back();
    }
  }
  if (is_first) wake();
}

void EventWriter::drop(EventKind kind, std::string& lines) {
  for (Drop& drop : drops_) {
    if (drop.kind == kind) drop.counter.add(count_lines(lines));
  }
  lines.clear();
}

void EventWriter::set_sinks(std::vector<SinkConfig> sinks) {
  {
    const std::lock_guard lock(mutex_);
    adopt(sinks);
    next_.sinks = std::move(sinks);
    next_.sinks_after = next_.batches.size();
  }
  wake();
}

void EventWriter::reopen() {
  {
    const std::lock_guard lock(mutex_);
    next_.is_reopen = true;
  }
  wake();
}

void EventWriter::flush() {
  std::unique_lock lock(mutex_);
  if (next_.is_stop) return;
  const std::uint64_t mine = std::max(next_.flush, flushed_) + 1;
  next_.flush = mine;
  wake();
  flushed_changed_.wait(lock, [&] { return flushed_ >= mine; });
}

void EventWriter::stop() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    next_.is_stop = true;
  }
  wake();
  thread_.join();
}

void EventWriter::wake() {
  const std::uint64_t one = 1;
  (void)!write(wake_fd_, &one, sizeof one);
}

void EventWriter::run() {
  for (bool is_stopped = false; !is_stopped;) {
    Work work = take_work();
    is_stopped = work.is_stop;
    do_work(work);
    if (!is_stopped) wait();
  }
  write_the_last();
}

EventWriter::Work EventWriter::take_work() {
  const std::lock_guard lock(mutex_);
  queued_ = 0;
  Work work = std::exchange(next_, Work{});
  next_.flush = work.flush;
  next_.is_stop = work.is_stop;
  return work;
}

void EventWriter::do_work(Work& work) {
  const std::span<const Batch> batches(work.batches);
  const std::size_t before = work.sinks ? work.sinks_after : 0;
  if (work.sinks) {
    write_batches(batches.first(before));
    replace_sinks(std::move(*work.sinks));
  }
  write_batches(batches.subspan(before));
  for (const auto& sink : sinks_) {
    if (work.is_reopen && sink->config().target == SinkConfig::Target::file) sink->reopen();
  }
  give_back(work.batches);
  const std::lock_guard lock(mutex_);
  if (flushed_ == work.flush) return;
  flushed_ = work.flush;
  flushed_changed_.notify_all();
}

void EventWriter::write_batches(std::span<const Batch> batches) {
  for (const auto& sink : sinks_) {
    for (const Batch& batch : batches) {
      if (batch.kind == sink->config().kind) sink->take(batch.lines);
    }
    if (may_write(*sink)) sink->flush();
  }
  for (const auto& sink : sinks_)
    if (sink->is_behind() && sink->blocked_fd() < 0 && may_write(*sink)) sink->flush();  // another has ended its line
}

// Of those that share the standard output one ends its line before another begins one.
bool EventWriter::may_write(const Sink& sink) const {
  return sink.config().target == SinkConfig::Target::file ||
         std::none_of(sinks_.begin(), sinks_.end(), [&](const auto& other) {
           return other != nullptr && other.get() != &sink && other->is_amid_line();
         });
}

void EventWriter::retry_all() {
  for (const auto& sink : sinks_)
    if (may_write(*sink)) sink->retry();
}

void EventWriter::add_blocked(std::vector<pollfd>& fds) const {
  for (const auto& sink : sinks_)
    if (sink->blocked_fd() >= 0 && may_write(*sink)) fds.push_back({sink->blocked_fd(), POLLOUT, 0});
}

// What reads them may be slow, but it is not waited for longer than a moment.
void EventWriter::write_the_last() {
  itimerspec patience{};
  patience.it_value.tv_sec = seconds_at_end;
  timerfd_settime(retry_fd_, 0, &patience, nullptr);
  std::vector<pollfd> fds;
  do {
    // One may end the line for whose end the others have waited.
    for (std::size_t passes = sinks_.size(); passes > 0; --passes) retry_all();
    fds.assign(1, {retry_fd_, POLLIN, 0});
    add_blocked(fds);
    if (fds.size() > 1) poll(fds.data(), fds.size(), -1);
  } while (fds.size() > 1 && fds[0].revents == 0);
  for (const auto& sink : sinks_) {
    if (sink->is_behind()) log_.warning("The last events of sink '" + sink->config().name + "' could not be written.");
    sink->drop_pending();
  }
}

void EventWriter::give_back(std::vector<Batch>& batches) {
  for (Batch& batch : batches) batch.lines.clear();
  const std::lock_guard lock(mutex_);
  for (Batch& batch : batches) {
    if (spare_.size() < most_spare && batch.lines.capacity() <= largest_spare) spare_.push_back(std::move(batch.lines));
  }
}

void EventWriter::replace_sinks(std::vector<SinkConfig> configs) {
  std::vector<std::unique_ptr<Sink>> sinks;
  for (SinkConfig& config : configs) {
    const auto same = std::find_if(sinks_.begin(), sinks_.end(),
                                   [&](const auto& sink) { return sink != nullptr && sink->config() == config; });
    if (same != sinks_.end()) {
      sinks.push_back(std::move(*same));
      continue;
    }
    const SharedCounter dropped =
        registry_.shared_counter("events_dropped_total", "Event lines lost, by sink.", {{"sink", config.name}});
    sinks.push_back(std::make_unique<Sink>(std::move(config), log_, dropped));
    sinks.back()->reopen();
  }
  for (const auto& gone : sinks_) {
    if (!gone) continue;
    if (may_write(*gone)) gone->retry();
    gone->drop_pending();
  }
  sinks_ = std::move(sinks);
}

void EventWriter::wait() {
  std::vector<pollfd> fds{{wake_fd_, POLLIN, 0}, {retry_fd_, POLLIN, 0}};
  const bool is_behind = std::any_of(sinks_.begin(), sinks_.end(), [](const auto& sink) { return sink->is_behind(); });
  if (is_behind && !std::exchange(is_retry_armed_, true)) {
    itimerspec in_a_second{};
    in_a_second.it_value.tv_sec = 1;
    timerfd_settime(retry_fd_, 0, &in_a_second, nullptr);
  }
  add_blocked(fds);
  poll(fds.data(), fds.size(), -1);
  if (fds[0].revents != 0) clear_readiness(wake_fd_);
  if (fds[1].revents == 0) return;
  clear_readiness(retry_fd_);
  is_retry_armed_ = false;
  retry_all();
}

}  // namespace ravelin::observe
