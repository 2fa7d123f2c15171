#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include <sys/types.h>

#include "base/buffer.h"
#include "event/event_loop.h"
#include "event/watch.h"
#include "net/proxy_preface.h"
#include "net/socket.h"
#include "net/transport.h"

namespace ravelin::net {

/// IoCounts is how many system calls a connection has made; tests hold the hot path to it.
struct IoCounts {
  std::uint32_t receives = 0;
  std::uint32_t sends = 0;
};

/// Wire is a connected or connecting stream socket and what is known of its readiness. It makes no
/// system call that it knows will block: after a short read or write it waits for the next edge.
/// What plain and TLS transports have in common; one worker's thread.
class Wire final : private event::ReadinessEvents {
 public:
  struct Received {
    std::size_t bytes = 0;
    IoStatus status = IoStatus::blocked;
  };

  /// Takes over an accepted socket; errors are the client's.
  Wire(event::EventLoop& loop, Socket socket);
  /// Takes over a socket that is connecting to `upstream`; errors are the upstream's.
  Wire(event::EventLoop& loop, Socket socket, SocketAddress upstream);

  void set_events(TransportEvents& events) { events_ = &events; }

  /// What is received begins behind a PROXY protocol header, which is looked for first.
  void await_proxy_header(ProxyHeaderEvents& events) { preface_ = std::make_unique<ProxyPreface>(events); }
  bool awaits_proxy_header() const { return preface_ != nullptr; }
  /// Receives once into `room`. `blocked` comes with bytes when they were fewer than the room.
  Received receive(std::span<std::byte> room);
  /// As receive(), at most `most` bytes, into blocks that are appended to `into`: two at most, with one call.
  Received receive_blocks(Chain& into, std::size_t most);
  /// Who has sent as much at once as the latest call received is likely to do so again: receive_blocks() then.
  bool expects_much() const { return expects_much_; }
  /// Sends from the front of `from`, as many slices at once as one call takes, and consumes what went.
  IoStatus send(Chain& from);
  /// Sends FIN.
  void shut_write();
  /// Closes at once, with RST.
  void abort();

  /// The peer has closed its side or broken off; what it sent before may still be here. A system call.
  bool is_peer_gone() const;
  /// As Transport has them.
  std::uint64_t sent() const { return sent_; }
  std::size_t unacknowledged() const;
  bool has_input() const;
  bool is_broken_off() const;

  bool is_connecting() const { return state_ == State::connecting; }
  bool is_failed() const { return state_ == State::failed; }
  bool is_readable() const { return is_readable_; }
  bool is_writable() const { return is_writable_; }
  const Error& error() const { return error_; }
  /// The side that is at the other end.
  Side side() const { return upstream_ ? Side::upstream : Side::client; }
  const IoCounts& counts() const { return counts_; }

 private:
  enum class State : std::uint8_t { connecting, open, failed };

  Received receive_two(Chain& into, std::size_t second);
  IoStatus may_receive();
  Received note_received(ssize_t got, std::size_t asked);
  IoStatus receive_preface();
  void on_ready(event::Readiness readiness) override;
  void watch();
  void finish_connect();
  IoStatus fail(Error error);
  IoStatus fail_send(int number);
  Error io_error(int number) const;

  Socket socket_;
  std::unique_ptr<SocketAddress> upstream_;  // of an outgoing connection only
  TransportEvents* events_ = nullptr;
  std::unique_ptr<ProxyPreface> preface_;  // none once the header is whole
  Error error_;
  IoCounts counts_;
  std::uint64_t sent_ = 0;
  State state_;
  bool is_readable_ = false;  // may hold more than it does: trying to receive may succeed
  bool is_writable_;
  bool expects_much_ = false;
  bool is_send_broken_ = false;
  bool is_closing_ = false;  // the peer's end was announced: receive until it comes
  event::Watch watch_;       // last: gone before the socket is closed
};

}  // namespace ravelin::net
