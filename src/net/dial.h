#pragma once

#include <climits>
#include <memory>
#include <string>
#include <string_view>

#include "base/buffer.h"
#include "event/event_loop.h"
#include "net/origin_tls.h"
#include "net/transport.h"
#include "ravelin/address.h"
#include "ravelin/result.h"

namespace ravelin::net {

/// Dial says what connection to an origin is to be made; all it refers to outlives the connection.
struct Dial {
  SocketAddress address;
  std::string_view preamble{};     // sent before all else: a PROXY protocol header; copied
  const OriginTls* tls = nullptr;  // none: plain
  std::string_view server_name{};  // with TLS: SNI, and what the certificate must be for; copied
  SessionSlot* sessions = nullptr;
  int descriptors_end = INT_MAX;  // it gets a descriptor below this, or none
};

/// Starts connecting. on_ready(may_write) tells that it is decided; is_handshaking() until then, and
/// error() says why it failed. The owner keeps the deadline (upstream:connect_timeout). Failures known
/// at once are returned. `pool` outlives the transport.
Result<std::unique_ptr<Transport>> start_dial(const Dial& dial, event::EventLoop& loop, BlockPool& pool);

}  // namespace ravelin::net
