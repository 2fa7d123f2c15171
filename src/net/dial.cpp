#include "net/dial.h"

#include <utility>

#include "net/socket.h"
#include "net/tcp_transport.h"
#include "net/tls_transport.h"

namespace ravelin::net {

Result<std::unique_ptr<Transport>> start_dial(const Dial& dial, event::EventLoop& loop, BlockPool& pool) {
  auto socket = start_connect(dial.address, dial.descriptors_end);
  if (!socket) return std::move(socket).error();
  if (dial.tls == nullptr)
    return std::unique_ptr<Transport>(std::make_unique<TcpTransport>(loop, *std::move(socket), pool, dial));
  return std::unique_ptr<Transport>(std::make_unique<TlsTransport>(loop, *std::move(socket), pool, dial));
}

}  // namespace ravelin::net
