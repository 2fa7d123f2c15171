#include "net/tcp_transport.h"

#include <algorithm>

namespace ravelin::net {

namespace {

// Less room than this at the end of a block is not worth a system call of its own.
constexpr std::size_t least_room = 4096;

}  // namespace

IoStatus TcpTransport::read(Chain& into, std::size_t budget) {
  while (budget > 0) {
    const auto room = into.reserve(std::min(budget, least_room));
    const auto got = wire_.receive(room.first(std::min(room.size(), budget)));
    into.commit(got.bytes);
    budget -= got.bytes;
    if (got.status != IoStatus::open) return got.status;
  }
  return IoStatus::open;
}

IoStatus TcpTransport::write(Chain& from) {
  if (wire_.is_failed()) return IoStatus::failed;
  return wire_.send(from);
}

const TlsSession& TcpTransport::tls() const {
  static const TlsSession plain;
  return plain;
}

std::unique_ptr<Transport> make_tcp_transport(Socket socket, event::EventLoop& loop) {
  return std::make_unique<TcpTransport>(loop, std::move(socket));
}

Result<std::unique_ptr<Transport>> make_connecting_transport(const SocketAddress& to, event::EventLoop& loop) {
  auto socket = start_connect(to);
  if (!socket) return std::move(socket).error();
  return std::unique_ptr<Transport>(std::make_unique<TcpTransport>(loop, *std::move(socket), to));
}

}  // namespace ravelin::net
