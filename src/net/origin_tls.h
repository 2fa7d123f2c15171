#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "config/config.h"
#include "net/certificate_file.h"
#include "net/openssl.h"
#include "net/tls_context.h"
#include "ravelin/loop.h"
#include "ravelin/result.h"

namespace ravelin::net {

/// SessionSlot keeps what resumes the TLS session with one endpoint: the newest ticket it gave. One
/// thread's; outlives the connections that were made with it. A session is good for the edition of
/// OriginTls that it was made with: who was trusted by the one before is not by that alone.
class SessionSlot {
 public:
  void keep(SessionPtr session, std::uint64_t edition) {
    session_ = std::move(session);
    edition_ = edition;
  }
  SSL_SESSION* session_of(std::uint64_t edition) const { return edition == edition_ ? session_.get() : nullptr; }

 private:
  SessionPtr session_;
  std::uint64_t edition_ = 0;
};

/// OriginTls is an upstream's `tls:` section, ready for handshakes: whom to trust, and as whom to speak.
/// Shared by workers, which may connect() while it is renewed; outlives the handshakes made with it.
class OriginTls {
 public:
  /// Reads all files. `protocol` is what is asked for by ALPN. The error's sentence names the file.
  static Result<std::shared_ptr<OriginTls>> load(const config::UpstreamTls& tls, config::UpstreamProtocol protocol,
                                                 WallTime now);
  /// Reads the files again, for connections made from now on. After an error it goes on as it was.
  Result<void> renew(WallTime now);
  /// The stamps of all files that load() reads but for the system's authorities. Take them before it.
  static std::vector<FileStamp> stamps(const config::UpstreamTls& tls);
  OriginTls(const OriginTls&) = delete;
  OriginTls& operator=(const OriginTls&) = delete;

  /// A client's end of a new connection to the server called `name`, a host name or an address: the one
  /// its certificate must have, if it is verified. What outlives it: the record and the slot. Null if
  /// there is no memory.
  SslPtr connect(HandshakeRecord& record, const std::string& name, SessionSlot& sessions) const;

  /// Sentences about what works but should be seen to. Main thread.
  const std::vector<std::string>& warnings() const { return warnings_; }
  /// Tells two apart that were loaded from different settings, or from files with other content.
  const std::string& fingerprint() const { return fingerprint_; }

 private:
  OriginTls(const config::UpstreamTls& tls, config::UpstreamProtocol protocol);
  Result<SslContextPtr> make_context() const;
  Result<void> trust(SSL_CTX* context) const;
  Result<void> use_certificate(SSL_CTX* context, WallTime now);
  SslPtr make_ssl(HandshakeRecord& record) const;
  std::string describe_all() const;

  const config::UpstreamTls section_;
  const config::UpstreamProtocol protocol_;
  const std::string fingerprint_;
  std::vector<std::string> warnings_;
  mutable std::mutex mutex_;  // taken once per handshake
  SslContextPtr context_;
  std::uint64_t edition_ = 0;  // no other of this process has it
};

}  // namespace ravelin::net
