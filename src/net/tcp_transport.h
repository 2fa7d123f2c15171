#pragma once

#include <memory>
#include <optional>

#include "base/buffer.h"
#include "event/event_loop.h"
#include "net/dial.h"
#include "net/socket.h"
#include "net/transport.h"
#include "net/wire.h"

namespace ravelin::net {

/// TcpTransport is a plain connection, TCP or unix.
class TcpTransport final : public Transport {
 public:
  TcpTransport(event::EventLoop& loop, Socket accepted) : wire_(loop, std::move(accepted)) {}
  /// Takes over a socket that is connecting.
  TcpTransport(event::EventLoop& loop, Socket connecting, BlockPool& pool, const Dial& dial);

  void set_events(TransportEvents& events) override { wire_.set_events(events); }
  void await_proxy_header(ProxyHeaderEvents& events) override { wire_.await_proxy_header(events); }
  IoStatus read(Chain& into, std::size_t budget) override;
  IoStatus write(Chain& from) override;
  void close_write() override { wire_.shut_write(); }
  bool is_peer_gone() const override { return wire_.is_peer_gone(); }
  bool has_input() const override { return wire_.has_input(); }
  bool is_broken_off() const override { return wire_.is_broken_off(); }
  std::uint64_t sent() const override { return wire_.sent(); }
  std::size_t unacknowledged() const override { return wire_.unacknowledged(); }
  void abort() override { wire_.abort(); }
  bool is_handshaking() const override { return wire_.is_connecting() || wire_.awaits_proxy_header(); }
  const Error& error() const override { return wire_.error(); }
  const TlsSession& tls() const override;
  std::string_view alpn() const override { return {}; }
  std::size_t unsent() const override { return preamble_ ? preamble_->size() : 0; }
  const IoCounts& counts() const { return wire_.counts(); }

 private:
  Wire::Received receive(Chain& into, std::size_t budget);

  Wire wire_;
  std::optional<Chain> preamble_;  // to be sent before the rest
};

/// Takes over an accepted, non-blocking socket. If the loop cannot watch it the transport is failed
/// already, and tells when it is first read or written.
std::unique_ptr<Transport> make_tcp_transport(Socket socket, event::EventLoop& loop);

}  // namespace ravelin::net
