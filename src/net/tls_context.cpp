// style: allow name, because SSL_CTX is what OpenSSL calls it
#include "net/tls_context.h"

#include <openssl/err.h>

namespace ravelin::net {

namespace {

constexpr const char* tls12_ciphers =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
    "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";
constexpr const char* tls13_ciphers = "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";
// The hybrid against recorded traffic, where the library knows it (OpenSSL 3.5).
constexpr const char* groups_with_hybrid = "X25519MLKEM768:X25519:P-256:P-384";
constexpr const char* groups = "X25519:P-256:P-384";

// Notes what a peer does after the handshake that costs us work: the transport bounds it. OpenSSL
// answers a renegotiation with a warning and goes on, as often as it is asked.
void on_progress(const SSL* ssl, int where, int what) {
  HandshakeRecord& record = HandshakeRecord::of(ssl);
  if (!record.is_finished) return;
  if (where == SSL_CB_ACCEPT_LOOP || where == SSL_CB_CONNECT_LOOP) ++record.late_messages;
  if (where == SSL_CB_WRITE_ALERT && (what & 0xff) == SSL_AD_NO_RENEGOTIATION) record.wants_renegotiation = true;
}

// What all contexts have in common; null if OpenSSL will not have it.
SslContextPtr make_context(const SSL_METHOD* method, config::TlsVersion min_version) {
  SslContextPtr context(SSL_CTX_new(method));
  SSL_CTX* const c = context.get();
  const int min = min_version == config::TlsVersion::tls13 ? TLS1_3_VERSION : TLS1_2_VERSION;
  if (c == nullptr || SSL_CTX_set_min_proto_version(c, min) != 1 || SSL_CTX_set_max_proto_version(c, 0) != 1 ||
      SSL_CTX_set_cipher_list(c, tls12_ciphers) != 1 || SSL_CTX_set_ciphersuites(c, tls13_ciphers) != 1 ||
      (SSL_CTX_set1_groups_list(c, groups_with_hybrid) != 1 && SSL_CTX_set1_groups_list(c, groups) != 1)) {
    return nullptr;
  }
  ERR_clear_error();  // of the first list of groups
  SSL_CTX_set_options(c, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_clear_options(c, SSL_OP_LEGACY_SERVER_CONNECT);
  SSL_CTX_set_mode(c, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_info_callback(c, on_progress);
  return context;
}

Error cannot_set_up() {
  return Error{"local:tls", "cannot set up TLS: " + take_openssl_error() + "; check the OpenSSL installation"};
}

}  // namespace

Result<SslContextPtr> make_server_context(config::TlsVersion min_version) {
  SslContextPtr context = make_context(TLS_server_method(), min_version);
  if (context == nullptr) return cannot_set_up();
  SSL_CTX* const c = context.get();
  // All are good, so the cheapest comes first: SHA-384 makes a resumed handshake dearer by a tenth than SHA-256,
  // which processors have in hardware. Who begins with ChaCha20 gets it, for it says that it has no AES in hardware.
  SSL_CTX_set_options(c, SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
  SSL_CTX_set_session_cache_mode(c, SSL_SESS_CACHE_OFF);  // tickets only: nothing is kept per session
  SSL_CTX_set_num_tickets(c, 1);
  return context;
}

Result<SslContextPtr> make_client_context(config::TlsVersion min_version) {
  SslContextPtr context = make_context(TLS_client_method(), min_version);
  if (context == nullptr) return cannot_set_up();
  return context;
}

std::string take_openssl_error() {
  const unsigned long first = ERR_peek_error();
  const char* const reason = first == 0 ? nullptr : ERR_reason_error_string(first);
  ERR_clear_error();
  return reason == nullptr ? "unknown reason" : reason;
}

}  // namespace ravelin::net
