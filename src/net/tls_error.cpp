#include "net/tls_error.h"

#include <openssl/err.h>
#include <openssl/sslerr.h>

#include <string>

namespace ravelin::net {

namespace {

struct Cause {
  std::string_view code;
  std::string_view sentence;
};

Cause cause_of(int reason) {
  switch (reason) {
    case SSL_R_HTTP_REQUEST:
    case SSL_R_HTTPS_PROXY_REQUEST:
      return {"tls:plain_http", "the client spoke plain HTTP to a TLS listener; its link should say https"};
    case SSL_R_WRONG_VERSION_NUMBER:
    case SSL_R_WRONG_SSL_VERSION:
    case SSL_R_UNEXPECTED_MESSAGE:
    case SSL_R_RECORD_TOO_SMALL: return {"tls:not_tls", "the client did not speak TLS"};
    case SSL_R_UNSUPPORTED_PROTOCOL:
    case SSL_R_VERSION_TOO_LOW:
    case SSL_R_INAPPROPRIATE_FALLBACK:
      return {"tls:old_version", "the client offers no version of TLS that this listener allows"};
    case SSL_R_NO_SHARED_CIPHER:
    case SSL_R_NO_SHARED_GROUPS:
    case SSL_R_NO_SUITABLE_KEY_SHARE:
    case SSL_R_NO_SUITABLE_GROUPS:
    case SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM:
    case SSL_R_NO_SHARED_SIGNATURE_ALGORITHMS:
      return {"tls:no_common_cipher", "the client has no cipher, group or signature in common with this listener"};
    case SSL_R_NO_APPLICATION_PROTOCOL:
      return {"tls:no_common_protocol", "the client's ALPN, if any, has none of the listener's protocols"};
    case SSL_R_DECRYPTION_FAILED_OR_BAD_RECORD_MAC:
    case SSL_R_BAD_RECORD_TYPE: return {"tls:bad_record", "a record was damaged on the way or forged"};
    default: break;
  }
  if (reason >= SSL_AD_REASON_OFFSET) return {"tls:client_alert", "the client gave up with an alert"};
  return {};
}

// The first error of the TLS layer; what a cipher said below it comes before.
unsigned long take_first_error() {
  unsigned long error = ERR_get_error();
  while (ERR_GET_LIB(error) != ERR_LIB_SSL && ERR_peek_error() != 0) error = ERR_get_error();
  ERR_clear_error();
  return error;
}

}  // namespace

Error take_tls_error(const HandshakeRecord& record) {
  const unsigned long first = take_first_error();
  if (record.is_name_refused)
    return {"tls:unknown_name",
            "no certificate is for the name '" + record.server_name +
                "' and unknown_names is refuse; add one or set it to default",
            Side::client};
  Cause cause = ERR_GET_LIB(first) == ERR_LIB_SSL ? cause_of(ERR_GET_REASON(first)) : Cause{};
  if (cause.code.empty() && record.is_finished) cause = {"tls:broken", "the client broke the rules of TLS"};
  if (cause.code.empty()) cause = {"tls:handshake_failed", "the TLS handshake failed"};
  const char* const detail = ERR_reason_error_string(first);
  return {cause.code, std::string(cause.sentence) + " (" + (detail == nullptr ? "no reason given" : detail) + ")",
          Side::client};
}

Error take_origin_error(const SSL* ssl) {
  const unsigned long first = take_first_error();
  const auto make = [](std::string_view code, const std::string& sentence) {
    return Error{code, sentence, Side::upstream, 502};
  };
  const long verified = SSL_get_verify_result(ssl);  // also where nobody asked
  if (SSL_get_verify_mode(ssl) != SSL_VERIFY_NONE && verified != X509_V_OK)
    return make("upstream:tls_untrusted", std::string("the upstream's certificate is not trusted: ") +
                                              X509_verify_cert_error_string(verified) +
                                              "; see ca and server_name in the upstream's tls");
  const char* const text = ERR_reason_error_string(first);
  const std::string detail = std::string(" (") + (text == nullptr ? "no reason given" : text) + ")";
  const int reason = ERR_GET_LIB(first) == ERR_LIB_SSL ? ERR_GET_REASON(first) : 0;
  if (reason == SSL_R_TLSV1_ALERT_NO_APPLICATION_PROTOCOL)
    return make("upstream:alpn", "the upstream does not speak the protocol that it was asked for; see its protocol");
  if (reason >= SSL_AD_REASON_OFFSET)
    return make("upstream:tls_alert", "the upstream refused the TLS handshake" + detail);
  if (reason == SSL_R_WRONG_VERSION_NUMBER || reason == SSL_R_WRONG_SSL_VERSION || reason == SSL_R_HTTP_REQUEST)
    return make("upstream:not_tls", "the upstream does not speak TLS" + detail);
  return make("upstream:tls_failed", "TLS to the upstream failed" + detail);
}

}  // namespace ravelin::net
