#include "event/watch.h"

#include <event2/event.h>

#include <cassert>
#include <cerrno>
#include <string>
#include <system_error>

namespace ravelin::event {

Result<void> Watch::watch_edges(int fd) { return start(fd, EV_READ | EV_WRITE | EV_CLOSED | EV_ET | EV_PERSIST); }

Result<void> Watch::watch_input(int fd) { return start(fd, EV_READ | EV_PERSIST); }

Result<void> Watch::start(int fd, short interest) {
  assert(loop_.is_own_thread());
  stop();
  if (event_assign(&event_, loop_.base_.get(), fd, interest, fired, this) != 0 || event_add(&event_, nullptr) != 0) {
    return Error{"local:watch",
                 "cannot watch a socket: " + std::generic_category().message(errno) +
                     "; raise fs.epoll.max_user_watches or the memory limit",
                 Side::local, 503};
  }
  is_watching_ = true;
  ++loop_.watches_;
  return {};
}

void Watch::stop() {
  if (!is_watching_) return;
  assert(loop_.is_own_thread());
  loop_.forget_recheck(*this);
  event_del(&event_);
  --loop_.watches_;
  is_watching_ = false;
}

void Watch::recheck() {
  assert(is_watching_);
  loop_.recheck(*this);
}

void Watch::fired(int, short what, void* self) {
  Watch& watch = *static_cast<Watch*>(self);
  watch.loop_.begin_turn();
  watch.loop_.forget_recheck(watch);
  watch.events_.on_ready({(what & EV_READ) != 0, (what & EV_WRITE) != 0, (what & EV_CLOSED) != 0});
}

}  // namespace ravelin::event
