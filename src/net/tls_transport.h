#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "base/buffer.h"
#include "base/packed_pages.h"
#include "event/event_loop.h"
#include "net/certificates.h"
#include "net/cipher_bio.h"
#include "net/dial.h"
#include "net/hello_guard.h"
#include "net/openssl.h"
#include "net/socket.h"
#include "net/tls_context.h"
#include "net/transport.h"
#include "net/wire.h"

namespace ravelin::net {

/// TlsTransport is one end of a TLS connection, the server's or the client's. It reads ahead: one system call fetches
/// what has arrived, and OpenSSL opens records out of that. Sealed records, handshake flights too, collect and go out
/// with one call. An idle connection holds no block and none of OpenSSL's buffers, and one at rest only those parts of
/// its SSL that are not zero.
class TlsTransport final : public Transport, private CipherEnds {
 public:
  /// Takes over an accepted socket. `pool` outlives the transport, `certificates` its handshake.
  TlsTransport(event::EventLoop& loop, Socket socket, BlockPool& pool, const Certificates& certificates);
  /// Takes over a socket that is connecting, to shake hands with the origin.
  TlsTransport(event::EventLoop& loop, Socket connecting, BlockPool& pool, const Dial& dial);
  ~TlsTransport() override;

  void set_events(TransportEvents& events) override { wire_.set_events(events); }
  void await_proxy_header(ProxyHeaderEvents& events) override { wire_.await_proxy_header(events); }
  IoStatus read(Chain& into, std::size_t budget) override;
  IoStatus write(Chain& from) override;
  void close_write() override;
  bool is_peer_gone() const override { return wire_.is_peer_gone(); }
  bool has_input() const override { return !received_.is_empty() || wire_.has_input(); }
  bool is_broken_off() const override { return wire_.is_broken_off(); }
  std::uint64_t sent() const override { return wire_.sent(); }
  std::size_t unacknowledged() const override { return wire_.unacknowledged(); }
  void abort() override { wire_.abort(); }
  bool is_handshaking() const override { return state_ == State::handshaking; }
  const Error& error() const override { return error_; }
  const TlsSession& tls() const override { return info_; }
  std::string_view alpn() const override;
  std::size_t unsent() const override { return sealed_.size(); }
  std::size_t take_records() override { return std::exchange(records_, 0); }
  void rest() override;
  const IoCounts& counts() const { return wire_.counts(); }

 private:
  enum class State : std::uint8_t { handshaking, open, closing, closed, failed };  // closing: of our side

  Drawn draw(std::span<std::byte> into) override;
  void put(std::string_view sealed) override { sealed_.append(sealed); }
  IoStatus receive();

  void attach();
  SSL* ssl() const;
  bool is_origin() const { return wire_.side() == Side::upstream; }
  IoStatus shake_hands();
  void finish_handshake();
  IoStatus stopped(int result);
  bool is_abusive() const;
  bool is_drained() const;

  bool seal(Chain& from);
  int seal_record(Chain& from);
  IoStatus flush();
  IoStatus fail(Error error);
  IoStatus fail_by_tls();

  Wire wire_;
  HandshakeRecord record_;
  HelloGuard guard_;
  Chain received_;  // not yet given to OpenSSL: two blocks at most
  Chain sealed_;    // not yet taken by the kernel
  TlsSession info_;
  Error error_;
  std::size_t records_ = 0;   // read, and not told yet
  std::uint64_t opened_ = 0;  // bytes of application data received
  std::size_t budget_ = 0;    // what the owner still wants to read
  State state_ = State::handshaking;
  bool has_ended_ = false;                       // the wire has, in order or not
  bool is_deserted_ = false;                     // the peer left without close_notify, and nothing was sent since
  bool is_send_broken_ = false;                  // a send has failed, and error_ says why
  SslPtr ssl_;                                   // refers to what is above
  mutable std::unique_ptr<PackedPages> packed_;  // instead of what ssl_ points to; last, so that it is put back in time
};

/// Takes over an accepted, non-blocking socket; `pool` outlives the transport, `certificates` its
/// handshake. The owner keeps the deadline of the handshake.
std::unique_ptr<Transport> make_tls_transport(Socket socket, event::EventLoop& loop, BlockPool& pool,
                                              const Certificates& certificates);

}  // namespace ravelin::net
