#include "net_fixture.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>

namespace ravelin::net::test {

std::unique_ptr<event::EventLoop> make_loop(event::LoopOptions options) {
  auto loop = event::EventLoop::make(options);
  EXPECT_TRUE(loop.is_ok());
  return *std::move(loop);
}

std::pair<Socket, Socket> make_pair() {
  int fds[2];
  EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds), 0);
  return {Socket(fds[0]), Socket(fds[1])};
}

std::pair<Socket, Socket> make_tcp_pair() {
  auto listening = listen_on(*SocketAddress::parse("127.0.0.1:0"), {});
  EXPECT_TRUE(listening.is_ok());
  auto client = start_connect(listening->local_address());
  EXPECT_TRUE(client.is_ok());
  pollfd waiting{listening->fd(), POLLIN, 0};
  ::poll(&waiting, 1, 1000);
  Socket server(::accept4(listening->fd(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  EXPECT_TRUE(server.is_open());
  return {std::move(server), *std::move(client)};
}

void End::step() {
  while (may_read_) {
    read_status = transport_->read(in, budget);
    may_read_ = read_status == IoStatus::open;
  }
  if (may_write_ && (!out.is_empty() || transport_->unsent() > 0)) {
    write_status = transport_->write(out);
    may_write_ = write_status == IoStatus::open;
  }
  most_unsent = std::max(most_unsent, transport_->unsent());
}

std::string pattern(std::size_t size) {
  std::string text(size, '\0');
  for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>((i * 31 + i / 251) & 0xff);
  return text;
}

}  // namespace ravelin::net::test
