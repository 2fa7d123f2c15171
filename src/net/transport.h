#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "base/buffer.h"
#include "net/proxy_preface.h"
#include "ravelin/exchange.h"
#include "ravelin/result.h"

namespace ravelin::net {

/// TransportEvents is told when a transport may have become ready. Edge-triggered: readiness is
/// reported once, and again only after read() or write() came back blocked (reading may be reported
/// more often). A new transport reports within its first turns.
class TransportEvents {
 public:
  virtual ~TransportEvents() = default;
  /// `may_read`/`may_write`: trying again may succeed. Also called when the peer closed or failed.
  virtual void on_ready(bool may_read, bool may_write) = 0;
};

/// IoStatus is how a read or write ended. `open`: took what was asked for, there may be more, and no
/// on_ready will say so: try again when ready for it. `blocked`: nothing more now, wait for on_ready.
/// `ended`: the peer has closed its side (reads). `failed`: the connection is broken; error() says how.
enum class IoStatus : std::uint8_t { open, blocked, ended, failed };

/// Transport is an ordered byte pipe: TCP, TLS over TCP, or memory. Owned by one Connection, on one
/// worker's thread. read() and write() drive a TLS handshake that is not finished.
class Transport {
 public:
  virtual ~Transport() = default;
  /// Whom to tell; set once by the owner, before the first turn.
  virtual void set_events(TransportEvents& events) = 0;
  /// The connection begins with a PROXY protocol header, of which `events`, which outlives the transport,
  /// is told; until then it is_handshaking(). Accepted connections only, before the first turn.
  virtual void await_proxy_header(ProxyHeaderEvents& events) = 0;
  /// Appends at most `budget` bytes to `into`, with whatever status. It may leave something to write
  /// (handshake records): while unsent() is not 0, call write() before the turn ends.
  virtual IoStatus read(Chain& into, std::size_t budget) = 0;
  /// Writes from the front of `from` and consumes what was taken. `open`: everything went.
  virtual IoStatus write(Chain& from) = 0;
  /// Ends our side in order (close_notify, FIN) without waiting. Nothing may be written after; while
  /// unsent() is not 0, write() with an empty chain goes on sending.
  virtual void close_write() = 0;
  /// The peer has closed its side or broken off, though what it sent before may not all have been read.
  /// Costs a system call: for when nothing may be read.
  virtual bool is_peer_gone() const = 0;
  /// Bytes that the kernel has taken so far.
  virtual std::uint64_t sent() const = 0;
  /// How many of them the peer has not acknowledged. Costs a system call.
  virtual std::size_t unacknowledged() const = 0;
  /// There is something to read, or an end, of which no event may have told yet. Costs a system call.
  virtual bool has_input() const = 0;
  /// The peer has broken off: nothing that is written arrives. Costs a system call.
  virtual bool is_broken_off() const = 0;
  /// Closes at once, with RST instead of FIN. Nothing is read or written any more.
  virtual void abort() = 0;
  /// True until a TLS handshake is finished; false for plain transports once connected.
  virtual bool is_handshaking() const = 0;
  /// Why it failed. Code "tls:truncated" after `ended`: a TLS peer closed without close_notify, so what
  /// is framed by the end of the connection may have been cut short by anyone on the way.
  virtual const Error& error() const = 0;
  /// What the handshake agreed on; off on plain transports.
  virtual const TlsSession& tls() const = 0;
  /// The protocol chosen by ALPN, empty if none.
  virtual std::string_view alpn() const = 0;
  /// TLS records opened since the last call, each of which is work besides its bytes.
  virtual std::size_t take_records() { return 0; }
  /// Bytes taken by write() that the kernel has not accepted yet (sealed TLS records).
  virtual std::size_t unsent() const = 0;
  /// Nothing has happened for a while: gives back memory that is not missed until something does.
  virtual void rest() {}
};

}  // namespace ravelin::net
