#include "net/listener.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>
#include <string>
#include <system_error>
#include <utility>

#include "event/sockaddr.h"

namespace ravelin::net {

namespace {

constexpr int last_batch = 4096;  // the backlog we ask for

bool is_exhaustion(int number) { return number == EMFILE || number == ENFILE || number == ENOBUFS || number == ENOMEM; }

}  // namespace

Listener::Listener(event::EventLoop& loop, Socket socket, AcceptEvents& events, int descriptors_end)
    : socket_(std::move(socket)),
      events_(events),
      descriptors_end_(descriptors_end),
      watch_(loop, *this),
      retry_(loop, [this] { retry(); }) {
  // An inherited socket may lack these; our own has them.
  const int on = 1;
  ::setsockopt(socket_.fd(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  ::fcntl(socket_.fd(), F_SETFL, ::fcntl(socket_.fd(), F_GETFL) | O_NONBLOCK);
}

Result<void> Listener::resume() {
  if (state_ != State::paused) return {};
  auto watched = watch_.watch_input(socket_.fd());
  if (!watched) retry_.arm(retry_after);
  state_ = watched ? State::accepting : State::failing;
  return watched;
}

void Listener::pause() {
  if (state_ == State::closed) return;
  state_ = State::paused;
  watch_.stop();
  retry_.cancel();
}

void Listener::close() {
  if (state_ == State::closed) return;
  pause();
  state_ = State::accepting;
  for (int i = 0; i < last_batch && state_ == State::accepting; ++i)
    if (!accept_one()) break;
  watch_.stop();
  retry_.cancel();
  state_ = State::closed;
  socket_.close();
}

void Listener::on_ready(event::Readiness) {
  for (int i = 0; i < batch && is_accepting(); ++i)
    if (!accept_one()) return;
}

// Returns whether to try once more.
bool Listener::accept_one() {
  event::SystemAddress peer;
  peer.size = sizeof peer.storage;
  Socket socket(::accept4(socket_.fd(), peer.get(), &peer.size, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (socket.is_open()) {
    if (socket.fd() >= descriptors_end_) {
      fail(EMFILE);
      return false;
    }
    if (state_ == State::failing) state_ = State::accepting;
    events_.on_accept(std::move(socket), event::from_system(peer));
    return true;
  }
  const int number = errno;
  if (number == EAGAIN) return false;
  // accept(2): errors already pending on the new connection are reported here; they concern only it.
  if (!is_exhaustion(number)) return number != EBADF && number != EINVAL && number != ENOTSOCK;
  fail(number);
  return false;
}

void Listener::fail(int number) {
  watch_.stop();
  retry_.arm(retry_after);
  if (std::exchange(state_, State::failing) == State::failing) return;
  events_.on_accept_failed({"local:accept", "cannot accept connections on " + address().to_string() + ": " +
                                                std::generic_category().message(number) +
                                                "; raise the limit of open files (LimitNOFILE=) or lower "
                                                "limits.client_connections"});
}

void Listener::retry() {
  if (!has_descriptors() || !watch_.watch_input(socket_.fd())) retry_.arm(retry_after);
}

// Asked with a descriptor of ours before it is tried on a client, who would be lost.
bool Listener::has_descriptors() const {
  const Socket probe(::fcntl(socket_.fd(), F_DUPFD_CLOEXEC, 0));
  return probe.is_open() && probe.fd() < descriptors_end_;
}

}  // namespace ravelin::net
