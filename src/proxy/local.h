#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/buffer.h"
#include "connection/turn.h"
#include "net/transport.h"
#include "observe/gateway_metrics.h"
#include "proxy/encoder_pool.h"
#include "proxy/generation.h"
#include "proxy/request_ids.h"
#include "ravelin/loop.h"

namespace ravelin::proxy {

/// Observer is told what there is to record: exchanges that have ended, connections that were turned
/// away or broke the rules, handshakes.
class Observer {
 public:
  virtual ~Observer() = default;
  /// Everything about the exchange is known.
  virtual void on_exchange_done(Exchange& exchange) = 0;
  /// A connection was closed: at accept, or because it broke the rules of its protocol.
  virtual void on_connection_refused(const Peer& peer, std::string_view module, std::string_view reason) = 0;
  /// A request over HTTP/2 was reset before it was one, or broke the rules later.
  virtual void on_stream_refused(std::string_view reason) = 0;
  /// A connection has not taken so much of its responses that less is read for it (`limits.response_backlog`).
  virtual void on_backlog_full() = 0;
  /// A client's transport is ready: its handshake, if there is one, has succeeded.
  virtual void on_client_open(const net::Transport& transport) = 0;
  /// A client has gone amid its TLS handshake.
  virtual void on_client_failed(const net::Transport& transport, const Error& why) = 0;
};

/// Entrance is a configured listener as its connections know it: the name, and how many are in which
/// state. Process lifetime, because connections outlive the configuration they were accepted under.
struct Entrance {
  std::string name;
  observe::ListenerMetrics connections;
};

/// Local is what all clients and flows of one worker share. Worker's thread.
struct Local {
  Loop& loop;
  connection::Turn& turn;
  BlockPool& blocks;
  Observer& observer;
  RequestIds& ids;
  LiveGeneration* current = nullptr;  // the generation for new connections and requests
  bool is_draining = false;           // answer what comes, then close each connection
  std::size_t flows = 0;
  EncoderPool encoders{};
};

}  // namespace ravelin::proxy
