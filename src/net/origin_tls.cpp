#include "net/origin_tls.h"

#include <openssl/err.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <sstream>
#include <system_error>
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
  const HandshakeRecord& record = HandshakeRecord::of(ssl);
  if (record.sessions == nullptr) return 0;
  record.sessions->keep(SessionPtr(session), record.edition);
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

Result<std::shared_ptr<OriginTls>> OriginTls::load(const config::UpstreamTls& tls, config::UpstreamProtocol protocol,
                                                   WallTime now) {
  std::shared_ptr<OriginTls> made(new OriginTls(tls, protocol));
  if (auto read = made->renew(now); !read) return std::move(read).error();
  return made;
}

// The fingerprint first: what changes while the files are read shows.
OriginTls::OriginTls(const config::UpstreamTls& tls, config::UpstreamProtocol protocol)
    : section_(tls), protocol_(protocol), fingerprint_(describe_all()) {}

Result<void> OriginTls::renew(WallTime now) {
  auto context = make_context();
  if (!context) return std::move(context).error();
  if (auto trusted = trust(context->get()); !trusted) return trusted;
  if (auto used = use_certificate(context->get(), now); !used) return used;
  static std::atomic<std::uint64_t> editions{0};
  const std::lock_guard lock(mutex_);
  context_ = std::move(*context);
  edition_ = ++editions;
  return {};
}

std::vector<FileStamp> OriginTls::stamps(const config::UpstreamTls& tls) {
  std::vector<FileStamp> all;
  if (!tls.ca.is_empty()) all.push_back(stamp_of(tls.ca.path));
  if (!tls.certificate) return all;
  all.push_back(stamp_of(tls.certificate->cert.path));
  all.push_back(stamp_of(tls.certificate->key.path));
  return all;
}

Result<SslContextPtr> OriginTls::make_context() const {
  auto context = make_client_context(section_.min_version);
  if (!context) return context;
  SSL_CTX* const c = context->get();
  const std::string_view offer = alpn_offer(protocol_);
  if (SSL_CTX_set_alpn_protos(c, reinterpret_cast<const unsigned char*>(offer.data()),
                              static_cast<unsigned>(offer.size())) != 0)
    return Error{"local:tls", "cannot set up TLS: " + take_openssl_error()};
  SSL_CTX_set_session_cache_mode(c, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(c, keep_session);
  return context;
}

Result<void> OriginTls::trust(SSL_CTX* context) const {
  SSL_CTX_set_verify(context, section_.verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
  if (!section_.verify) return {};
  ERR_clear_error();
  if (section_.ca.is_empty()) {
    if (SSL_CTX_set_default_verify_paths(context) == 1) return {};
    return Error{"local:tls", "cannot read the system's certificate authorities: " + take_openssl_error()};
  }
  if (SSL_CTX_load_verify_file(context, section_.ca.path.c_str()) == 1) return {};
  if (::access(section_.ca.path.c_str(), R_OK) != 0)
    return Error{"local:certificate", "cannot read certificate authorities from " + section_.ca.path + ": " +
                                          std::generic_category().message(errno)};
  return Error{"local:certificate", "cannot read certificate authorities from " + section_.ca.path + ": " +
                                        take_openssl_error() + "; expected a PEM file"};
}

Result<void> OriginTls::use_certificate(SSL_CTX* context, WallTime now) {
  if (!section_.certificate) return {};
  auto file = read_certificate(section_.certificate->cert.path, section_.certificate->key.path, now);
  if (!file) return std::move(file).error();
  ERR_clear_error();
  if (SSL_CTX_use_cert_and_key(context, file->leaf.get(), file->key.get(), file->chain.get(), 1) != 1)
    return Error{"local:certificate", file->path + " cannot be used: " + take_openssl_error()};
  warnings_ = std::move(file->warnings);
  return {};
}

std::string OriginTls::describe_all() const {
  std::ostringstream text;
  text << alpn_offer(protocol_) << ' ' << section_.verify << ' ' << static_cast<int>(section_.min_version) << '\n';
  if (!section_.ca.is_empty()) describe(text, section_.ca.path);
  if (section_.certificate) {
    describe(text, section_.certificate->cert.path);
    describe(text, section_.certificate->key.path);
  }
  return text.str();
}

// It keeps the context for as long as it needs it.
SslPtr OriginTls::make_ssl(HandshakeRecord& record) const {
  const std::lock_guard lock(mutex_);
  record.edition = edition_;
  return SslPtr(SSL_new(context_.get()));
}

SslPtr OriginTls::connect(HandshakeRecord& record, const std::string& name, SessionSlot& sessions) const {
  SslPtr ssl = make_ssl(record);
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
  if (SSL_SESSION* const known = sessions.session_of(record.edition)) SSL_set_session(ssl.get(), known);
  return ssl;
}

}  // namespace ravelin::net
