#pragma once

#include <string>
#include <string_view>

#include "ravelin/exchange.h"
#include "ravelin/message.h"
#include "ravelin/result.h"

namespace ravelin::proxy {

/// What a WebSocket needs before it is a tunnel (RFC 6455 section 4), also when one side speaks HTTP/2, which has no
/// key (RFC 8441 section 5), and the other HTTP/1.1, which has. All of them let other protocols alone.

/// Whether a request for a WebSocket is one: version 13, and over HTTP/1.1 one key of 16 bytes (RFC 6455
/// section 4.2.1). True for other protocols.
bool is_whole_handshake(const RequestHead& request);
/// Gives a request of HTTP/2 a key, made of the exchange's id: it guards against servers that repeat what they are
/// sent, and is no secret.
void prepare_websocket(RequestHead& request, std::string_view id);
/// Makes the 101 of one version that of the other. An error is the upstream's: it has not answered the key, so it may
/// not know what it has agreed to.
Result<void> settle_websocket(const RequestHead& request, ResponseHead& response);

/// The Sec-WebSocket-Accept that answers `key`.
std::string websocket_accept(std::string_view key);

}  // namespace ravelin::proxy
