#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "config/config.h"
#include "net/openssl.h"
#include "net/tls_context.h"
#include "ravelin/loop.h"
#include "ravelin/result.h"

namespace ravelin::net {

/// SessionSlot keeps what resumes the TLS session with one endpoint: the newest ticket it gave. One
/// thread's; outlives the connections that were made with it.
class SessionSlot {
 public:
  void keep(SessionPtr session) { session_ = std::move(session); }
  SSL_SESSION* session() const { return session_.get(); }

 private:
  SessionPtr session_;
};

/// OriginTls is an upstream's `tls:` section, ready for handshakes: whom to trust, and as whom to speak.
/// Immutable, shared by workers; outlives the handshakes made with it.
class OriginTls {
 public:
  /// Reads all files. `protocol` is what is asked for by ALPN. The error's sentence names the file.
  static Result<std::shared_ptr<const OriginTls>> load(const config::UpstreamTls& tls,
                                                       config::UpstreamProtocol protocol, WallTime now);
  OriginTls(const OriginTls&) = delete;
  OriginTls& operator=(const OriginTls&) = delete;

  /// A client's end of a new connection to the server called `name`, a host name or an address: the one
  /// its certificate must have, if it is verified. What outlives it: the record and the slot. Null if
  /// there is no memory.
  SslPtr connect(HandshakeRecord& record, const std::string& name, SessionSlot& sessions) const;

  /// Sentences about what works but should be seen to.
  const std::vector<std::string>& warnings() const { return warnings_; }
  /// Tells two apart that make different connections: the settings and the content of their files.
  const std::string& fingerprint() const { return fingerprint_; }

 private:
  OriginTls() = default;
  Result<void> build(const config::UpstreamTls& tls, config::UpstreamProtocol protocol, WallTime now);
  Result<void> trust(const config::UpstreamTls& tls);
  Result<void> use_certificate(const config::Certificate& certificate, WallTime now);
  void set_fingerprint(const config::UpstreamTls& tls, config::UpstreamProtocol protocol);

  SslContextPtr context_;
  bool verifies_ = true;
  std::vector<std::string> warnings_;
  std::string fingerprint_;
};

}  // namespace ravelin::net
