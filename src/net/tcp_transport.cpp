#include "net/tcp_transport.h"

#include <algorithm>

namespace ravelin::net {

namespace {

// Less room than this at the end of a block is not worth a system call of its own.
constexpr std::size_t least_room = 4096;

}  // namespace

TcpTransport::TcpTransport(event::EventLoop& loop, Socket connecting, BlockPool& pool, const Dial& dial)
    : wire_(loop, std::move(connecting), dial.address) {
  if (!dial.preamble.empty()) preamble_.emplace(pool).append(dial.preamble);
}

IoStatus TcpTransport::read(Chain& into, std::size_t budget) {
  while (budget > 0) {
    const auto got =
        wire_.expects_much() && budget > least_room ? wire_.receive_blocks(into, budget) : receive(into, budget);
    budget -= got.bytes;
    if (got.status != IoStatus::open) return got.status;
  }
  return IoStatus::open;
}

Wire::Received TcpTransport::receive(Chain& into, std::size_t budget) {
  const auto room = into.reserve(std::min(budget, least_room));
  const auto got = wire_.receive(room.first(std::min(room.size(), budget)));
  into.commit(got.bytes);
  return got;
}

IoStatus TcpTransport::write(Chain& from) {
  if (wire_.is_failed()) return IoStatus::failed;
  if (preamble_) {
    preamble_->append(std::move(from));
    from = std::move(*preamble_);
    preamble_.reset();
  }
  return wire_.send(from);
}

const TlsSession& TcpTransport::tls() const {
  static const TlsSession plain;
  return plain;
}

std::unique_ptr<Transport> make_tcp_transport(Socket socket, event::EventLoop& loop) {
  return std::make_unique<TcpTransport>(loop, std::move(socket));
}

}  // namespace ravelin::net
