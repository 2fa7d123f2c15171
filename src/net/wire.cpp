#include "net/wire.h"

#include <linux/sockios.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string>
#include <system_error>
#include <utility>

namespace ravelin::net {

namespace {

constexpr std::size_t slices_at_once = 64;  // 2 MiB of full blocks
constexpr std::size_t much = Block::size / 4;

struct Sending {
  std::size_t asked;
  ssize_t sent;
};

// One piece goes without the list of pieces, which the kernel would copy and walk.
Sending send_front(int fd, const Chain& from) {
  const Slice& first = from.front();
  if (first.size() == from.size()) return {first.size(), ::send(fd, first.data(), first.size(), MSG_NOSIGNAL)};
  std::array<iovec, slices_at_once> slices;
  msghdr message{};
  message.msg_iov = slices.data();
  message.msg_iovlen = from.gather(slices);
  std::size_t asked = 0;
  for (std::size_t i = 0; i < message.msg_iovlen; ++i) asked += slices[i].iov_len;
  return {asked, ::sendmsg(fd, &message, MSG_NOSIGNAL)};
}

// Whether there is any of `events` on the socket now.
bool is_ready(int fd, int events) {
  pollfd asked{fd, static_cast<short>(events), 0};
  return ::poll(&asked, 1, 0) > 0 && (asked.revents & events) != 0;
}

void append(Chain& chain, Block& block, std::size_t bytes) {
  if (bytes > 0)
    chain.append(Slice(block, 0, bytes));
  else
    chain.pool().give_back(block);
}

}  // namespace

Wire::Wire(event::EventLoop& loop, Socket socket)
    : socket_(std::move(socket)), state_(State::open), is_writable_(true), watch_(loop, *this) {
  watch();
}

Wire::Wire(event::EventLoop& loop, Socket socket, SocketAddress upstream)
    : socket_(std::move(socket)),
      upstream_(std::make_unique<SocketAddress>(std::move(upstream))),
      state_(State::connecting),
      is_writable_(false),
      watch_(loop, *this) {
  watch();
}

void Wire::watch() {
  if (auto watched = watch_.watch_edges(socket_.fd()); !watched) fail(std::move(watched).error());
}

Wire::Received Wire::receive(std::span<std::byte> room) {
  if (const IoStatus status = may_receive(); status != IoStatus::open) return {0, status};
  ssize_t got;
  do {
    ++counts_.receives;
    got = ::recv(socket_.fd(), room.data(), room.size(), 0);
  } while (got < 0 && errno == EINTR);
  return note_received(got, room.size());
}

Wire::Received Wire::receive_blocks(Chain& into, std::size_t most) {
  if (most > Block::size) return receive_two(into, std::min(most, 2 * Block::size) - Block::size);
  Block& block = into.pool().take();
  const Received received = receive({block.data(), most});
  append(into, block, received.bytes);
  return received;
}

Wire::Received Wire::receive_two(Chain& into, std::size_t second) {
  if (const IoStatus status = may_receive(); status != IoStatus::open) return {0, status};
  const std::array<Block*, 2> blocks{&into.pool().take(), &into.pool().take()};
  const std::array<iovec, 2> rooms{iovec{blocks[0]->data(), Block::size}, iovec{blocks[1]->data(), second}};
  ssize_t got;
  do {
    ++counts_.receives;
    got = ::readv(socket_.fd(), rooms.data(), rooms.size());
  } while (got < 0 && errno == EINTR);
  const Received received = note_received(got, Block::size + second);
  const std::size_t in_first = std::min(received.bytes, Block::size);
  append(into, *blocks[0], in_first);
  append(into, *blocks[1], received.bytes - in_first);
  return received;
}

IoStatus Wire::may_receive() {
  if (state_ == State::failed) return IoStatus::failed;
  if (!is_readable_) return IoStatus::blocked;
  return preface_ != nullptr ? receive_preface() : IoStatus::open;
}

Wire::Received Wire::note_received(ssize_t got, std::size_t asked) {
  if (got < 0 && errno != EAGAIN) return {0, fail(io_error(errno))};
  if (got == 0) return {0, IoStatus::ended};
  const std::size_t bytes = got < 0 ? 0 : static_cast<std::size_t>(got);
  expects_much_ = bytes >= much;
  if (bytes == asked) return {bytes, IoStatus::open};
  // Less than there was room for: the socket is empty, and what comes next is a new edge. Only the
  // peer's end may already be behind the bytes; if it was announced, the next call gets it.
  if (is_closing_ && bytes > 0) return {bytes, IoStatus::open};
  is_readable_ = false;
  if (bytes > 0) watch_.recheck();
  return {bytes, IoStatus::blocked};
}

// Looked at before it is taken: what is behind the header stays in the socket, for whoever reads it then.
IoStatus Wire::receive_preface() {
  while (!preface_->is_whole()) {
    std::array<char, ProxyPreface::most> next;
    ++counts_.receives;
    const ssize_t got = ::recv(socket_.fd(), next.data(), next.size(), MSG_PEEK);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno != EAGAIN) return fail(io_error(errno));
    if (got < 0) {
      is_readable_ = false;
      return IoStatus::blocked;
    }
    if (got == 0) {
      auto ended = preface_->end();
      return ended ? IoStatus::ended : fail(std::move(ended).error());
    }
    auto taken = preface_->take({next.data(), static_cast<std::size_t>(got)});
    if (!taken) return fail(std::move(taken).error());
    if (::recv(socket_.fd(), next.data(), *taken, 0) != static_cast<ssize_t>(*taken)) return fail(io_error(errno));
  }
  preface_.reset();
  return IoStatus::open;
}

IoStatus Wire::send(Chain& from) {
  while (!from.is_empty()) {
    if (state_ == State::failed || is_send_broken_) return IoStatus::failed;
    if (!is_writable_) return IoStatus::blocked;
    ++counts_.sends;
    const auto [asked, sent] = send_front(socket_.fd(), from);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0 && errno != EAGAIN) return fail_send(errno);
    const std::size_t bytes = sent < 0 ? 0 : static_cast<std::size_t>(sent);
    from.consume(bytes);
    sent_ += bytes;
    is_writable_ = bytes == asked;  // the kernel's buffer is full otherwise
  }
  return state_ == State::failed ? IoStatus::failed : IoStatus::open;
}

void Wire::shut_write() {
  if (state_ == State::open) ::shutdown(socket_.fd(), SHUT_WR);
}

bool Wire::is_peer_gone() const { return is_ready(socket_.fd(), POLLRDHUP | POLLHUP | POLLERR); }

bool Wire::has_input() const { return is_ready(socket_.fd(), POLLIN | POLLRDHUP | POLLHUP | POLLERR); }

// A unix socket whose peer has closed in order says so at once, also while there is something to read.
bool Wire::is_broken_off() const {
  if (is_ready(socket_.fd(), POLLERR)) return true;
  int unread = 0;
  return is_ready(socket_.fd(), POLLHUP) && ::ioctl(socket_.fd(), FIONREAD, &unread) == 0 && unread == 0;
}

std::size_t Wire::unacknowledged() const {
  int bytes = 0;
  return ::ioctl(socket_.fd(), SIOCOUTQ, &bytes) == 0 ? static_cast<std::size_t>(bytes) : 0;
}

void Wire::abort() {
  watch_.stop();
  socket_.reset_on_close();
  socket_.close();
  fail({"local:aborted", "the connection was given up", Side::local});
}

void Wire::on_ready(event::Readiness readiness) {
  const bool may_read = readiness.readable || readiness.closed;
  const bool may_write = readiness.writable && !is_writable_;
  is_closing_ |= readiness.closed;
  is_readable_ |= may_read;
  is_writable_ |= readiness.writable;
  if (state_ == State::connecting) {
    if (!readiness.writable) return;
    finish_connect();
  }
  // An edge in the other direction repeats what is known already; that is not worth a call.
  if (events_ != nullptr && (may_read || may_write)) events_->on_ready(may_read, may_write);
}

void Wire::finish_connect() {
  int number = 0;
  socklen_t size = sizeof number;
  if (::getsockopt(socket_.fd(), SOL_SOCKET, SO_ERROR, &number, &size) != 0) number = errno;
  state_ = State::open;
  if (number != 0) fail(connect_error(number, *upstream_));
}

// What the peer sent before it broke off may still be here to receive.
IoStatus Wire::fail_send(int number) {
  is_send_broken_ = true;
  error_ = io_error(number);
  return IoStatus::failed;
}

IoStatus Wire::fail(Error error) {
  state_ = State::failed;
  error_ = std::move(error);
  return IoStatus::failed;
}

Error Wire::io_error(int number) const {
  const bool is_reset = number == ECONNRESET || number == EPIPE;
  const bool is_timeout = number == ETIMEDOUT || number == EHOSTUNREACH || number == ENETUNREACH;
  if (!upstream_) {
    const std::string_view code = is_reset ? "client:reset" : is_timeout ? "client:vanished" : "client:broken";
    return {code, "the client's connection broke: " + std::generic_category().message(number), Side::client};
  }
  const std::string_view code = is_reset ? "upstream:reset" : is_timeout ? "upstream:vanished" : "upstream:broken";
  return {code,
          "the connection to " + upstream_->to_string() + " broke: " + std::generic_category().message(number) +
              "; see the endpoint's own log",
          Side::upstream, 502};
}

}  // namespace ravelin::net
