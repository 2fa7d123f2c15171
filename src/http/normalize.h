#pragma once

#include <string_view>

#include "ravelin/message.h"
#include "ravelin/result.h"

namespace ravelin::http {

// Makes the canonical request, once, for both protocols: what rules judge is what an origin receives.
// No argument needs to outlive the call: what is kept is copied into head.arena. Errors are the
// client's, with a stable code "http:..." and the status to answer with.

/// set_method sets head.method. Refuses what is not a token of at most 32 bytes (400), and CONNECT and
/// TRACE (501); extended CONNECT is for the HTTP/2 codec to recognise before.
Result<void> set_method(RequestHead& head, std::string_view method);

/// set_target reads the request target of HTTP/1.1 (RFC 9112 section 3.2): origin-form, absolute-form
/// (sets the authority: it wins over Host), and '*' for OPTIONS only. Needs head.method and head.scheme.
Result<void> set_target(RequestHead& head, std::string_view target);

/// set_path sets head.path, query and has_query from ":path" or origin-form. Needs head.method.
///
/// The path becomes canonical (ravelin/path.h). Refused: escaped '\', '?', control characters, overlong UTF-8; raw '\',
/// '#', control and non-ASCII characters; dot segments above the root; dots or a ';' beside an escaped '/'; segments
/// whose name before ';' is empty or dots. Canonical paths come out unchanged. The query stays as received: visible
/// ASCII without '#'.
Result<void> set_path(RequestHead& head, std::string_view path_and_query);

/// set_authority sets head.authority and head.host from Host or ":authority": a name of letters, digits,
/// '-', '_' and '.', an IPv4 address or "[IPv6]", and a port. Lower-cased; an empty port and the default
/// one of head.scheme are removed. User information, escapes, commas and emptiness are refused.
Result<void> set_authority(RequestHead& head, std::string_view authority);

}  // namespace ravelin::http
