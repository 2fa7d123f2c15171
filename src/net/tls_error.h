#pragma once

#include "net/openssl.h"
#include "net/tls_context.h"
#include "ravelin/result.h"

namespace ravelin::net {

/// Why a handshake failed, or the connection after it; empties OpenSSL's error queue. Codes: tls:unknown_name,
/// plain_http, not_tls, old_version, no_common_cipher, no_common_protocol, client_alert, bad_record,
/// handshake_failed, broken.
Error take_tls_error(const HandshakeRecord& record);
/// The same for a connection to an origin: upstream:tls_untrusted, tls_alert, alpn, not_tls, tls_failed; 502.
Error take_origin_error(const SSL* ssl);

}  // namespace ravelin::net
