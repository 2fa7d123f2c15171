#include "net/certificates.h"

#include <openssl/err.h>

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "net/server_name.h"

namespace ravelin::net {

namespace {

std::string_view alpn_name(config::Protocol protocol) { return protocol == config::Protocol::h2 ? "h2" : "http/1.1"; }

// Sessions are bound to the certificates they were made with: a ticket for one name's certificate
// resumes nothing under another's (RFC 6066 section 3).
bool bind_sessions(SSL_CTX* context, const std::vector<const CertificateFile*>& files) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned size = 0;
  std::string all;
  for (const CertificateFile* file : files) {
    if (X509_digest(file->leaf.get(), EVP_sha256(), digest.data(), &size) != 1) return false;
    all.append(reinterpret_cast<const char*>(digest.data()), size);
  }
  if (EVP_Digest(all.data(), all.size(), digest.data(), &size, EVP_sha256(), nullptr) != 1) return false;
  static_assert(SSL_MAX_SID_CTX_LENGTH >= 32);
  return SSL_CTX_set_session_id_context(context, digest.data(), size) == 1;
}

}  // namespace

Result<std::unique_ptr<const Certificates>> Certificates::load(const config::Tls& tls,
                                                               const std::vector<config::Protocol>& protocols,
                                                               TicketKeys& tickets, WallTime now) {
  std::unique_ptr<Certificates> result(new Certificates());
  std::vector<CertificateFile> files;
  for (const auto& source : tls.certificates) {
    auto file = read_certificate(source.cert.path, source.key.path, now);
    if (!file) return std::move(file).error();
    result->expiries_.push_back({file->path, file->not_after});
    result->warnings_.insert(result->warnings_.end(), file->warnings.begin(), file->warnings.end());
    files.push_back(*std::move(file));
  }
  if (files.empty())
    return Error{"local:certificate", "a tls section has no certificate; add one under tls.certificates"};
  result->refuses_unknown_ = tls.unknown_names == config::UnknownNames::refuse;
  result->set_protocols(protocols);
  if (auto built = result->build(tls, files, tickets); !built) return std::move(built).error();
  return std::unique_ptr<const Certificates>(std::move(result));
}

std::vector<FileStamp> Certificates::stamps(const config::Tls& tls) {
  std::vector<FileStamp> all;
  for (const auto& source : tls.certificates) {
    all.push_back(stamp_of(source.cert.path));
    all.push_back(stamp_of(source.key.path));
  }
  return all;
}

// For every name the first certificate of each key type; names with the same set share a context.
Result<void> Certificates::build(const config::Tls& tls, std::vector<CertificateFile>& files, TicketKeys& tickets) {
  std::map<std::string, Set> sets;
  for (std::size_t i = 0; i < files.size(); ++i) {
    for (const auto& name : files[i].names) {
      Set& set = sets[name];
      const int type = EVP_PKEY_get_base_id(files[i].key.get());
      const auto same_type = [&](std::size_t j) { return EVP_PKEY_get_base_id(files[j].key.get()) == type; };
      if (std::none_of(set.begin(), set.end(), same_type)) set.push_back(i);
    }
  }
  for (const auto& [name, set] : sets) {
    auto context = context_for(set, tls, files, tickets);
    if (!context) return std::move(context).error();
    if (name.starts_with("*."))
      wildcard_[name.substr(2)] = *context;
    else
      exact_[name] = *context;
  }
  auto first = context_for(files[0].names.empty() ? Set{0} : sets[files[0].names[0]], tls, files, tickets);
  if (!first) return std::move(first).error();
  default_ = *first;
  return {};
}

Result<SSL_CTX*> Certificates::context_for(const Set& set, const config::Tls& tls,
                                           const std::vector<CertificateFile>& files, TicketKeys& tickets) {
  if (const auto known = contexts_.find(set); known != contexts_.end()) return known->second.get();
  auto made = make_server_context(tls.min_version);
  if (!made) return std::move(made).error();
  SslContextPtr context = *std::move(made);
  std::vector<const CertificateFile*> used;
  for (const std::size_t i : set) {
    const CertificateFile& file = files[i];
    used.push_back(&file);
    if (SSL_CTX_use_cert_and_key(context.get(), file.leaf.get(), file.key.get(), file.chain.get(), 1) != 1)
      return Error{"local:certificate", file.path + " cannot be used: " + take_openssl_error() +
                                            "; RSA keys need 2048 bits, and ECDSA P-256 or P-384"};
  }
  if (!bind_sessions(context.get(), used)) return Error{"local:tls", "cannot set up TLS: " + take_openssl_error()};
  tickets.use_in(context.get());
  SSL_CTX_set_client_hello_cb(context.get(), on_hello, this);
  SSL_CTX_set_alpn_select_cb(context.get(), on_alpn, this);
  return (contexts_[set] = std::move(context)).get();
}

void Certificates::set_protocols(const std::vector<config::Protocol>& protocols) {
  for (const config::Protocol protocol : protocols) {
    const std::string_view name = alpn_name(protocol);
    protocols_.push_back(static_cast<char>(name.size()));
    protocols_.append(name);
  }
  speaks_without_alpn_ =
      protocols.empty() || std::find(protocols.begin(), protocols.end(), config::Protocol::http11) != protocols.end();
}

SslPtr Certificates::accept(HandshakeRecord& record) const {
  SslPtr ssl(SSL_new(default_));
  if (ssl == nullptr) return nullptr;
  record.attach(ssl.get());
  SSL_set_accept_state(ssl.get());
  return ssl;
}

SSL_CTX* Certificates::find(std::string_view name) const {
  if (const auto exact = exact_.find(name); exact != exact_.end()) return exact->second;
  // A wildcard stands for exactly one label (RFC 6125 section 6.4.3).
  if (const std::size_t dot = name.find('.'); dot != name.npos && dot > 0)
    if (const auto wild = wildcard_.find(name.substr(dot + 1)); wild != wildcard_.end()) return wild->second;
  return refuses_unknown_ ? nullptr : default_;
}

// Clients use one connection for all names that its certificate has (RFC 9113 section 9.1.1), so that one
// is served, too. What gets another certificate has other terms: it must not be reached around them.
bool Certificates::may_carry(std::string_view server_name, std::string_view host) const {
  return server_name.empty() || server_name == host || find(server_name) == find(host);
}

// Before anything else of the hello is looked at, so that the session a ticket holds is checked
// against the certificates that this name gets.
int Certificates::on_hello(SSL* ssl, int* alert, void* self) {
  HandshakeRecord& record = HandshakeRecord::of(ssl);
  const unsigned char* body = nullptr;
  std::size_t size = 0;
  if (SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_server_name, &body, &size) == 1) {
    auto name = parse_server_name({body, size});
    if (!name) {
      *alert = SSL_AD_DECODE_ERROR;
      return SSL_CLIENT_HELLO_ERROR;
    }
    record.server_name = *std::move(name);
  }
  SSL_CTX* const context = static_cast<const Certificates*>(self)->find(record.server_name);
  record.is_name_refused = context == nullptr;
  if (context == nullptr) {
    *alert = SSL_AD_UNRECOGNIZED_NAME;
    return SSL_CLIENT_HELLO_ERROR;
  }
  if (!static_cast<const Certificates*>(self)->speaks_without_alpn_ &&
      SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_application_layer_protocol_negotiation, &body, &size) != 1) {
    ERR_raise(ERR_LIB_SSL, SSL_R_NO_APPLICATION_PROTOCOL);
    *alert = SSL_AD_NO_APPLICATION_PROTOCOL;
    return SSL_CLIENT_HELLO_ERROR;
  }
  if (context != SSL_get_SSL_CTX(ssl)) SSL_set_SSL_CTX(ssl, context);
  return SSL_CLIENT_HELLO_SUCCESS;
}

// Our order decides; no overlap is fatal (RFC 7301 section 3.2).
int Certificates::on_alpn(SSL*, const unsigned char** out, unsigned char* out_size, const unsigned char* offered,
                          unsigned offered_size, void* self) {
  const std::string& ours = static_cast<const Certificates*>(self)->protocols_;
  unsigned char* chosen = nullptr;
  const int result = SSL_select_next_proto(&chosen, out_size, reinterpret_cast<const unsigned char*>(ours.data()),
                                           static_cast<unsigned>(ours.size()), offered, offered_size);
  *out = chosen;
  return result == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

}  // namespace ravelin::net
