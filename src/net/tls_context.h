// style: allow name, because SSL_CTX is what OpenSSL calls it
#pragma once

#include <cstdint>
#include <string>

#include "config/config.h"
#include "net/openssl.h"
#include "ravelin/result.h"

namespace ravelin::net {

class SessionSlot;

/// HandshakeRecord is what OpenSSL's callbacks note about one connection; its SSL points to it.
struct HandshakeRecord {
  std::string server_name;          // SNI, lower-case, without a final dot
  SessionSlot* sessions = nullptr;  // client role: where tickets go
  std::uint64_t edition = 0;        // client role: which of OriginTls it was made with
  bool is_name_refused = false;
  bool is_finished = false;          // set by the transport
  bool wants_renegotiation = false;  // refused by OpenSSL; the transport ends the connection
  std::uint32_t late_messages = 0;   // handshake messages after the handshake: key updates

  void attach(SSL* ssl) { SSL_set_ex_data(ssl, 0, this); }
  static HandshakeRecord& of(const SSL* ssl) { return *static_cast<HandshakeRecord*>(SSL_get_ex_data(ssl, 0)); }
};

/// A server's context with the settings every listener has: Mozilla's intermediate profile (5.8) in our order, no
/// renegotiation, compression or early data, one stateless ticket, buffers released when idle.
Result<SslContextPtr> make_server_context(config::TlsVersion min_version);

/// A client's context for connections to origins: the same ciphers and groups, as old a version as
/// `min_version`, and nothing verified yet.
Result<SslContextPtr> make_client_context(config::TlsVersion min_version);

/// What OpenSSL says about its earliest queued error, and empties the queue.
std::string take_openssl_error();

}  // namespace ravelin::net
