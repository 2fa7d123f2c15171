#pragma once

#include <cstdint>
#include <string_view>

#include "base/buffer.h"
#include "ravelin/message.h"

namespace ravelin::http::http1 {

/// Coding says how a message's body is framed on the wire. `absent`: no framing fields and no body.
/// `announced`: a length without a body (to HEAD, 304).
enum class Coding : std::uint8_t { absent, announced, sized, chunked, until_close };

/// Framed is a coding with its length.
struct Framed {
  Coding coding = Coding::absent;
  std::uint64_t size = 0;
};

/// Persist is what a response says about the connection; `implied` says nothing.
enum class Persist : std::uint8_t { implied, keep_alive, close };

/// write_request_head serialises a head: target, Host, fields, framing. Fields that the head expresses
/// elsewhere (hop-by-hop, Host, Content-Length, Expect) are left out even if some module has set them.
void write_request_head(Chain& out, const RequestHead& head, const Framed& framed);
/// write_response_head does so for a response, always as HTTP/1.1 (RFC 9112 section 2.3).
void write_response_head(Chain& out, const ResponseHead& head, const Framed& framed, Persist persist);
/// write_switch_head writes the head of a 101 to `protocol` (RFC 9110 section 15.2.2).
void write_switch_head(Chain& out, const ResponseHead& head, std::string_view protocol);
/// write_trailers writes the lines of a trailer section, without the empty line.
void write_trailers(Chain& out, const HeaderList& trailers);

/// reason_phrase is the usual phrase of a status; empty if it has none.
std::string_view reason_phrase(int status);

}  // namespace ravelin::http::http1
