#pragma once

#include <memory>

#include <nghttp2/nghttp2.h>

#include "http/limits.h"

namespace ravelin::http::http2 {

struct SessionDeleter {
  void operator()(nghttp2_session* session) const { nghttp2_session_del(session); }
};

/// Session is nghttp2's state of one connection.
using Session = std::unique_ptr<nghttp2_session, SessionDeleter>;

class Server;
struct StreamState;

/// make_server_session makes a session whose callbacks go to `server`, with its SETTINGS queued.
Session make_server_session(Server& server, const Limits& limits);

/// data_provider lets nghttp2 ask for a stream's body without copying it.
nghttp2_data_provider data_provider(StreamState& state);

}  // namespace ravelin::http::http2
