#include "net/origin_tls.h"

#include <openssl/err.h>

#include <sstream>
#include <utility>

#include "net/certificate_file.h"
#include "ravelin/address.h"

namespace ravelin::net {

namespace {

// As ALPN wants it: after its length (RFC 7301 section 3.1).
std::string_view alpn_offer(config::UpstreamProtocol protocol) {
  return protocol == config::UpstreamProtocol::h2 ? "\x02h2" : "\x08http/1.1";
}

// Keeps the ticket for the next connection; true: the session is ours now.
int keep_session(SSL* ssl, SSL_SESSION* session) {
  SessionSlot* const slot = HandshakeRecord::of(ssl).sessions;
  if (slot == nullptr) return 0;
  slot->keep(SessionPtr(session));
  return 1;
}

// SSL_set_tlsext_host_name() without the cast that the macro makes.
bool ask_for(SSL* ssl, std::string name) {
  return SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, name.data()) == 1;
}

void describe(std::ostream& to, const std::string& path) {
  const FileStamp stamp = stamp_of(path);
  to << path << ' ' << stamp.inode << ' ' << stamp.size << ' ' << stamp.modified.count() << '\n';
}

}  // namespace

Result<std::shared_ptr<const OriginTls>> OriginTls::load(const config::UpstreamTls& tls,
                                                         config::UpstreamProtocol protocol, WallTime now) {
  std::shared_ptr<OriginTls> made(new OriginTls);
  made->set_fingerprint(tls, protocol);  // first: what changes while it is read shows
  if (auto built = made->build(tls, protocol, now); !built) return std::move(built).error();
  return std::shared_ptr<const OriginTls>(std::move(made));
}

Result<void> OriginTls::build(const config::UpstreamTls& tls, config::UpstreamProtocol protocol, WallTime now) {
  auto context = make_client_context(tls.min_version);
  if (!context) return std::move(context).error();
  context_ = std::move(*context);
  SSL_CTX* const c = context_.get();
  const std::string_view offer = alpn_offer(protocol);
  if (SSL_CTX_set_alpn_protos(c, reinterpret_cast<const unsigned char*>(offer.data()),
                              static_cast<unsigned>(offer.size())) != 0)
    return Error{"local:tls", "cannot set up TLS: " + take_openssl_error()};
  SSL_CTX_set_session_cache_mode(c, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(c, keep_session);
  if (auto trusted = trust(tls); !trusted) return trusted;
  return tls.certificate ? use_certificate(*tls.certificate, now) : Result<void>();
}

Result<void> OriginTls::trust(const config::UpstreamTls& tls) {
  verifies_ = tls.verify;
  SSL_CTX_set_verify(context_.get(), verifies_ ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
  if (!verifies_) return {};
  ERR_clear_error();
  if (tls.ca.is_empty()) {
    if (SSL_CTX_set_default_verify_paths(context_.get()) == 1) return {};
    return Error{"local:tls", "cannot read the system's certificate authorities: " + take_openssl_error()};
  }
  if (SSL_CTX_load_verify_file(context_.get(), tls.ca.path.c_str()) == 1) return {};
  return Error{"local:certificate", "cannot read certificate authorities from " + tls.ca.path + ": " +
                                        take_openssl_error() + "; expected a PEM file"};
}

Result<void> OriginTls::use_certificate(const config::Certificate& certificate, WallTime now) {
  auto file = read_certificate(certificate.cert.path, certificate.key.path, now);
  if (!file) return std::move(file).error();
  ERR_clear_error();
  if (SSL_CTX_use_cert_and_key(context_.get(), file->leaf.get(), file->key.get(), file->chain.get(), 1) != 1)
    return Error{"local:certificate", file->path + " cannot be used: " + take_openssl_error()};
  warnings_ = std::move(file->warnings);
  return {};
}

void OriginTls::set_fingerprint(const config::UpstreamTls& tls, config::UpstreamProtocol protocol) {
  std::ostringstream text;
  text << alpn_offer(protocol) << ' ' << tls.verify << ' ' << static_cast<int>(tls.min_version) << '\n';
  if (!tls.ca.is_empty()) describe(text, tls.ca.path);
  if (tls.certificate) {
    describe(text, tls.certificate->cert.path);
    describe(text, tls.certificate->key.path);
  }
  fingerprint_ = text.str();
}

SslPtr OriginTls::connect(HandshakeRecord& record, const std::string& name, SessionSlot& sessions) const {
  SslPtr ssl(SSL_new(context_.get()));
  if (ssl == nullptr) return nullptr;
  record.attach(ssl.get());
  record.sessions = &sessions;
  SSL_set_connect_state(ssl.get());
  const bool is_address = Address::parse(name).is_ok();
  X509_VERIFY_PARAM* const expected = SSL_get0_param(ssl.get());
  X509_VERIFY_PARAM_set_hostflags(expected, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  const bool is_set =
      is_address ? X509_VERIFY_PARAM_set1_ip_asc(expected, name.c_str()) == 1
                 : ask_for(ssl.get(), name) && X509_VERIFY_PARAM_set1_host(expected, name.c_str(), name.size()) == 1;
  if (!is_set) return nullptr;
  if (sessions.session() != nullptr) SSL_set_session(ssl.get(), sessions.session());
  return ssl;
}

}  // namespace ravelin::net
