#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "net/certificate_file.h"
#include "net/openssl.h"
#include "net/ticket_keys.h"
#include "net/tls_context.h"
#include "ravelin/loop.h"
#include "ravelin/result.h"

namespace ravelin::net {

/// Certificates is a listener's `tls:` section, ready for handshakes: which certificates a server name
/// gets (several key types for one name are offered together), and which protocols are spoken.
/// Immutable, shared by workers; outlives the handshakes made with it.
class Certificates {
 public:
  struct Expiry {
    std::string file;
    WallTime not_after;
  };

  /// Reads all files. `protocols` in the order of preference. The error's sentence names the file.
  static Result<std::unique_ptr<const Certificates>> load(const config::Tls& tls,
                                                          const std::vector<config::Protocol>& protocols,
                                                          TicketKeys& tickets, WallTime now);
  /// The stamps of all files that load() reads. Take them before it: what changes meanwhile shows.
  static std::vector<FileStamp> stamps(const config::Tls& tls);
  Certificates(const Certificates&) = delete;
  Certificates& operator=(const Certificates&) = delete;

  /// A server's end of a new connection; the record outlives it. Null if there is no memory.
  SslPtr accept(HandshakeRecord& record) const;

  /// Whether a connection made for `server_name` (SNI; empty if none was sent) is one on which `host`
  /// may be asked for: a name that gets the same certificates. Without a server name all may be.
  bool may_carry(std::string_view server_name, std::string_view host) const;

  /// One per file, in the order of the section.
  const std::vector<Expiry>& expiries() const { return expiries_; }
  /// Sentences about what works but should be seen to: outdated, chain out of order, key readable by all.
  const std::vector<std::string>& warnings() const { return warnings_; }

 private:
  using Set = std::vector<std::size_t>;  // indices of files, one per key type
  using ByName = std::map<std::string, SSL_CTX*, std::less<>>;

  Certificates() = default;
  Result<void> build(const config::Tls& tls, std::vector<CertificateFile>& files, TicketKeys& tickets);
  Result<SSL_CTX*> context_for(const Set& set, const config::Tls& tls, const std::vector<CertificateFile>& files,
                               TicketKeys& tickets);
  void set_protocols(const std::vector<config::Protocol>& protocols);
  /// Null if the name is to be refused; no name (empty) is an unknown one.
  SSL_CTX* find(std::string_view name) const;

  static int on_hello(SSL* ssl, int* alert, void* self);
  static int on_alpn(SSL* ssl, const unsigned char** out, unsigned char* out_size, const unsigned char* offered,
                     unsigned offered_size, void* self);

  std::map<Set, SslContextPtr> contexts_;
  ByName exact_;
  ByName wildcard_;  // "*.example.com" as "example.com"
  SSL_CTX* default_ = nullptr;
  bool refuses_unknown_ = false;
  std::string protocols_;             // as ALPN wants them: each after its length
  bool speaks_without_alpn_ = false;  // HTTP/1.1 is what a client means that says nothing
  std::vector<Expiry> expiries_;
  std::vector<std::string> warnings_;
};

}  // namespace ravelin::net
