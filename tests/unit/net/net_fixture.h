#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

#include "base/buffer.h"
#include "event/event_loop.h"
#include "net/socket.h"
#include "net/transport.h"

namespace ravelin::net::test {

std::unique_ptr<event::EventLoop> make_loop(event::LoopOptions options = {});

/// Two connected non-blocking unix sockets: what is sent on one is there on the other at once.
std::pair<Socket, Socket> make_pair();
/// Two connected TCP sockets over loopback; both non-blocking.
std::pair<Socket, Socket> make_tcp_pair();

/// End is the owner of a transport as a connection would be: reads what it may, up to `budget` at a
/// time, and writes once per step.
class End final : public TransportEvents {
 public:
  End(std::unique_ptr<Transport> transport, BlockPool& pool) : in(pool), out(pool), transport_(std::move(transport)) {
    transport_->set_events(*this);
  }

  void on_ready(bool may_read, bool may_write) override {
    may_read_ |= may_read;
    may_write_ |= may_write;
    ++calls;
  }
  /// What a connection does at the end of its turn.
  void step();
  Transport& transport() { return *transport_; }
  std::unique_ptr<Transport> take_transport() { return std::move(transport_); }
  void close() { transport_.reset(); }

  Chain in;
  Chain out;
  std::size_t budget = 256 * 1024;
  std::size_t most_unsent = 0;
  IoStatus read_status = IoStatus::blocked;
  IoStatus write_status = IoStatus::open;
  int calls = 0;

 private:
  std::unique_ptr<Transport> transport_;
  bool may_read_ = false;
  bool may_write_ = true;
};

/// `size` bytes that are not all alike.
std::string pattern(std::size_t size);

}  // namespace ravelin::net::test
