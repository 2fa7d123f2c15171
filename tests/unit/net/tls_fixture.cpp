#include "tls_fixture.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <sstream>

namespace ravelin::net::test {

namespace {

std::string alternative_names(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : names) text += (text.empty() ? "DNS:" : ",DNS:") + name;
  return text;
}

X509Ptr make_certificate(const Issue& issue, EVP_PKEY* key) {
  X509Ptr certificate(X509_new());
  X509* const c = certificate.get();
  X509_set_version(c, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(c), 1);
  X509_gmtime_adj(X509_getm_notBefore(c), issue.days < 0 ? (issue.days - 10) * 86400L : -3600);
  X509_gmtime_adj(X509_getm_notAfter(c), issue.days * 86400L);
  X509_set_pubkey(c, key);
  const std::string common = issue.names.empty() ? "nobody" : issue.names[0];
  X509_NAME_add_entry_by_txt(X509_get_subject_name(c), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(common.c_str()), -1, -1, 0);
  X509_set_issuer_name(c, X509_get_subject_name(c));
  if (!issue.names.empty()) {
    X509_EXTENSION* const names =
        X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, alternative_names(issue.names).c_str());
    X509_add_ext(c, names, -1);
    X509_EXTENSION_free(names);
  }
  X509_sign(c, key, EVP_sha256());
  return certificate;
}

int keep_session(SSL* ssl, SSL_SESSION* session) {
  auto& kept = *static_cast<SSL_SESSION**>(SSL_get_ex_data(ssl, 0));
  SSL_SESSION_free(kept);
  kept = session;
  return 1;
}

std::string alpn_list(const std::vector<std::string>& protocols) {
  std::string list;
  for (const auto& name : protocols) list += static_cast<char>(name.size()) + name;
  return list;
}

}  // namespace

TestCertificates::TestCertificates() {
  static std::atomic<int> count{0};
  folder_ = std::filesystem::temp_directory_path() /
            ("ravelin-certificates-" + std::to_string(::getpid()) + "-" + std::to_string(count++));
  std::filesystem::create_directories(folder_);
}

TestCertificates::~TestCertificates() { std::filesystem::remove_all(folder_); }

config::Certificate TestCertificates::issue(const std::string& name, const Issue& issue) {
  const KeyPtr key(issue.type == KeyType::ecdsa ? EVP_EC_gen("P-256") : EVP_RSA_gen(2048));
  const X509Ptr certificate = make_certificate(issue, key.get());
  const OpensslPtr<BIO> cert_file(BIO_new_file(path(name + ".crt").c_str(), "w"));
  PEM_write_bio_X509(cert_file.get(), certificate.get());
  const OpensslPtr<BIO> key_file(BIO_new_file(path(name + ".key").c_str(), "w"));
  PEM_write_bio_PrivateKey(key_file.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  std::filesystem::permissions(path(name + ".key"), std::filesystem::perms::owner_read);
  config::Certificate result;
  result.cert.path = path(name + ".crt");
  result.key.path = path(name + ".key");
  return result;
}

void TestCertificates::write(const std::string& file, const std::string& text) const {
  std::ofstream(path(file)) << text;
}

std::string TestCertificates::read(const std::string& file) const {
  std::ostringstream text;
  text << std::ifstream(path(file)).rdbuf();
  return text.str();
}

TlsClient::TlsClient(Socket socket, const ClientOptions& options)
    : socket_(std::move(socket)), context_(SSL_CTX_new(TLS_client_method())), ssl_(nullptr) {
  SSL_CTX* const c = context_.get();
  SSL_CTX_set_min_proto_version(c, options.version);
  SSL_CTX_set_max_proto_version(c, options.version);
  if (options.ciphers != nullptr) SSL_CTX_set_cipher_list(c, options.ciphers);
  if (options.suites != nullptr) SSL_CTX_set_ciphersuites(c, options.suites);
  SSL_CTX_set_session_cache_mode(c, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(c, keep_session);
  ssl_.reset(SSL_new(c));
  SSL_set_ex_data(ssl_.get(), 0, &session_);
  SSL_set_fd(ssl_.get(), socket_.fd());
  SSL_set_connect_state(ssl_.get());
  std::string name = options.server_name;
  if (!name.empty()) SSL_ctrl(ssl_.get(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, name.data());
  const std::string list = alpn_list(options.protocols);
  if (!list.empty())
    SSL_set_alpn_protos(ssl_.get(), reinterpret_cast<const unsigned char*>(list.data()),
                        static_cast<unsigned>(list.size()));
  if (options.groups != nullptr) SSL_set1_groups_list(ssl_.get(), options.groups);
  if (options.session != nullptr) SSL_set_session(ssl_.get(), options.session);
}

TlsClient::~TlsClient() {
  // OpenSSL forgets sessions of connections that were not closed in order.
  SSL_set_shutdown(ssl_.get(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
  SSL_SESSION_free(session_);
}

void TlsClient::step() {
  if (has_failed) return;
  ERR_clear_error();
  if (const int result = SSL_do_handshake(ssl_.get()); result != 1) return note_failure(result);
  while (!out.empty()) {
    std::size_t sent = 0;
    if (const int result = SSL_write_ex(ssl_.get(), out.data(), out.size(), &sent); result != 1) {
      note_failure(result);
      break;
    }
    out.erase(0, sent);
  }
  char room[20000];
  std::size_t got = 0;
  int result;
  while ((result = SSL_read_ex(ssl_.get(), room, sizeof room, &got)) == 1) in.append(room, got);
  note_failure(result);
}

void TlsClient::note_failure(int result) {
  const int error = SSL_get_error(ssl_.get(), result);
  if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) return;
  if (error == SSL_ERROR_ZERO_RETURN) {
    has_ended = true;
    return;
  }
  has_failed = true;
  const unsigned long code = ERR_peek_error();
  if (ERR_GET_REASON(code) >= SSL_AD_REASON_OFFSET) alert_ = ERR_reason_error_string(code);
  ERR_clear_error();
}

std::string TlsClient::shown_name() const {
  char name[256] = "";
  const X509* const certificate = SSL_get0_peer_certificate(ssl_.get());
  if (certificate != nullptr)
    X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, name, sizeof name);
  return name;
}

KeyType TlsClient::shown_type() const {
  const EVP_PKEY* const key = X509_get0_pubkey(SSL_get0_peer_certificate(ssl_.get()));
  return EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA ? KeyType::rsa : KeyType::ecdsa;
}

std::string TlsClient::protocol() const {
  const unsigned char* name = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(ssl_.get(), &name, &size);
  return {reinterpret_cast<const char*>(name), size};
}

std::string make_hello(const ClientOptions& options) {
  auto [ours, theirs] = make_pair();
  TlsClient client(std::move(ours), options);
  client.step();
  std::string hello(4000, '\0');
  hello.resize(static_cast<std::size_t>(::recv(theirs.fd(), hello.data(), hello.size(), 0)));
  return hello;
}

TlsServer::TlsServer(config::Tls tls, std::vector<config::Protocol> protocols) {
  auto loaded = Certificates::load(tls, protocols, tickets, loop->wall());
  EXPECT_TRUE(loaded.is_ok()) << (loaded.is_ok() ? "" : loaded.error().message);
  certificates = *std::move(loaded);
}

Socket TlsServer::make_end() {
  disconnect();
  auto [ours, theirs] = make_pair();
  auto made = std::make_unique<TlsTransport>(*loop, std::move(ours), pool, *certificates);
  transport = made.get();
  end = std::make_unique<End>(std::move(made), pool);
  return std::move(theirs);
}

TlsClient& TlsServer::connect(const ClientOptions& options) {
  client = std::make_unique<TlsClient>(make_end(), options);
  run();
  return *client;
}

Socket TlsServer::connect_raw() { return make_end(); }

void TlsServer::turn() {
  loop->turn(Duration::zero());
  end->step();
}

void TlsServer::run() {
  for (int quiet = 0; quiet < 3;) {
    const auto before = end->calls + static_cast<int>(transport->counts().sends + transport->counts().receives);
    if (client) client->step();
    turn();
    const auto after = end->calls + static_cast<int>(transport->counts().sends + transport->counts().receives);
    quiet = before == after ? quiet + 1 : 0;
  }
}

void TlsServer::disconnect() {
  end.reset();
  client.reset();
  transport = nullptr;
}

}  // namespace ravelin::net::test
