#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include <nghttp2/nghttp2.h>

#include "http/limits.h"

namespace ravelin::http::http2 {

enum class Role : std::uint8_t { server, client };

struct SessionDeleter {
  void operator()(nghttp2_session* session) const { nghttp2_session_del(session); }
};

/// Session is nghttp2's state of one connection.
using Session = std::unique_ptr<nghttp2_session, SessionDeleter>;

class FrameCodec;
class SessionMemory;
struct StreamState;

/// make_session makes a session whose callbacks go to `codec`, with its SETTINGS queued. `memory`, which outlives it,
/// is where it allocates.
Session make_session(FrameCodec& codec, SessionMemory& memory, const Limits& limits, Role role);

/// stream_window is the window that SETTINGS announce for each stream.
std::size_t stream_window(const Limits& limits, Role role);

/// connection_window bounds the body bytes held for one connection. A client's streams share 1 MiB, 16
/// windows of 64 KiB, or one window if that is more. Towards an origin it is no bound: its streams are
/// those of many clients, and those who do not read must not use up what the others need.
std::int32_t connection_window(const Limits& limits, Role role);

/// data_provider lets nghttp2 ask for a stream's body without copying it.
nghttp2_data_provider data_provider(StreamState& state);

}  // namespace ravelin::http::http2
