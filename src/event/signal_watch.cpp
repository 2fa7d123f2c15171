#include "event/signal_watch.h"

#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>

namespace ravelin::event {

Result<std::unique_ptr<SignalWatch>> SignalWatch::make(EventLoop& loop, std::initializer_list<int> signals,
                                                       Function<void(int)> on_signal) {
  std::unique_ptr<SignalWatch> watch(new SignalWatch(loop, std::move(on_signal)));
  if (auto opened = watch->open(signals); !opened) return std::move(opened).error();
  return watch;
}

SignalWatch::~SignalWatch() {
  watch_.stop();
  if (fd_ < 0) return;
  ::close(fd_);
  pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

Result<void> SignalWatch::open(std::initializer_list<int> signals) {
  sigset_t set;
  sigemptyset(&set);
  for (const int number : signals) sigaddset(&set, number);
  fd_ = ::signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
  if (fd_ < 0) {
    return Error{"local:signals", "cannot watch for signals: " + std::generic_category().message(errno) +
                                      "; raise the limit of open files (LimitNOFILE=)"};
  }
  pthread_sigmask(SIG_BLOCK, &set, &before_);
  return watch_.watch_input(fd_);
}

// One per call: the watch reports again while there are more, and the call may have destroyed this.
void SignalWatch::on_ready(Readiness) {
  signalfd_siginfo info;
  if (::read(fd_, &info, sizeof info) == static_cast<ssize_t>(sizeof info))
    on_signal_(static_cast<int>(info.ssi_signo));
}

}  // namespace ravelin::event
