#pragma once

#include <cstddef>
#include <memory>
#include <utility>

#include "base/buffer.h"
#include "net/transport.h"
#include "ravelin/loop.h"

namespace ravelin::net {

class MemoryTransport;
using MemoryPair = std::pair<std::unique_ptr<MemoryTransport>, std::unique_ptr<MemoryTransport>>;

/// MemoryTransport is one end of a pipe without a network, for simulations and tests. What one end
/// writes the other can read in a later turn of the loop; at most `capacity` bytes are under way in
/// each direction, beyond that write() is blocked. Destroying an end closes it, as a socket.
class MemoryTransport final : public Transport {
 public:
  ~MemoryTransport() override;

  void set_events(TransportEvents& events) override;
  void await_proxy_header(ProxyHeaderEvents& events) override { preface_ = std::make_unique<ProxyPreface>(events); }
  IoStatus read(Chain& into, std::size_t budget) override;
  IoStatus write(Chain& from) override;
  void close_write() override;
  bool is_peer_gone() const override;
  bool has_input() const override;
  bool is_broken_off() const override { return !error_.code.empty(); }
  void abort() override;
  bool is_handshaking() const override;
  const Error& error() const override { return error_; }
  const TlsSession& tls() const override { return tls_; }
  std::string_view alpn() const override { return alpn_; }
  std::size_t unsent() const override { return 0; }
  std::uint64_t sent() const override { return sent_; }
  std::size_t unacknowledged() const override;

  /// Faults. reset() breaks both ends now; stall() holds back what this end writes, and its end, until
  /// unstall(), as a network that has gone silent.
  void reset();
  void stall();
  void unstall();
  /// Both ends are still connecting from now on, until accept().
  void delay_accept();
  void accept();
  /// Whose errors this end reports; the client's unless told.
  void set_side(Side side) { side_ = side; }
  /// Makes this end look like one that finished a TLS handshake.
  void set_tls(TlsSession tls, std::string_view alpn);

 private:
  friend MemoryPair make_memory_pair(Loop& loop, BlockPool& pool, std::size_t capacity);
  struct Pipe;
  struct Link;
  enum class End : unsigned char { first, second };

  MemoryTransport(std::shared_ptr<Link> link, End end) : link_(std::move(link)), end_(end) {}
  Pipe& out();
  Pipe& in();
  MemoryTransport* peer();
  IoStatus read_preface();
  void break_off();
  void tell(bool may_read, bool may_write);
  void post_delivery();

  std::shared_ptr<Link> link_;  // shared by the two ends and the tasks that deliver between them
  End end_;
  std::uint64_t sent_ = 0;
  TransportEvents* events_ = nullptr;
  std::unique_ptr<ProxyPreface> preface_;  // none once the header is whole
  Error error_;
  TlsSession tls_;
  std::string_view alpn_;  // static
  Side side_ = Side::client;
};

/// Two connected ends that report on `loop`; `pool` outlives both.
MemoryPair make_memory_pair(Loop& loop, BlockPool& pool, std::size_t capacity);

}  // namespace ravelin::net
