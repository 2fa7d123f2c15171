#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nghttp2/nghttp2.h>

#include "support/frames.h"
#include "unit/http/client_rig.h"
#include "unit/http/http2_harness.h"

namespace ravelin::http::test {

/// Fields of one header block per call, as the peer's HPACK decoder sees them: "name: value\n".
class HeadDecoder {
 public:
  HeadDecoder() { nghttp2_hd_inflate_new(&inflater_); }
  ~HeadDecoder() { nghttp2_hd_inflate_del(inflater_); }
  HeadDecoder(const HeadDecoder&) = delete;
  HeadDecoder& operator=(const HeadDecoder&) = delete;

  std::string decode(std::string_view block) {
    std::string fields;
    for (int flags = 0; (flags & NGHTTP2_HD_INFLATE_FINAL) == 0;) {
      nghttp2_nv nv;
      const auto* const at = reinterpret_cast<const std::uint8_t*>(block.data());
      const auto read = nghttp2_hd_inflate_hd2(inflater_, &nv, &flags, at, block.size(), 1);
      if (read < 0) return "(not HPACK)";
      block.remove_prefix(static_cast<std::size_t>(read));
      if ((flags & NGHTTP2_HD_INFLATE_EMIT) == 0) continue;
      fields.append(reinterpret_cast<const char*>(nv.name), nv.namelen).append(": ");
      fields.append(reinterpret_cast<const char*>(nv.value), nv.valuelen).append("\n");
    }
    nghttp2_hd_inflate_end_headers(inflater_);
    return fields;
  }

 private:
  nghttp2_hd_inflater* inflater_ = nullptr;
};

/// RawOrigin is a client codec and an origin made of raw frames.
class RawOrigin : public ClientRig {
 public:
  explicit RawOrigin(const Limits& of = {}) : ClientRig(of, make_http2_client) {}

  void flush() { output += std::exchange(sent_text, {}) + take_output(); }
  /// Takes what the client has, and answers it with `bytes`.
  Result<void> answer(std::string_view bytes, std::size_t piece = 16384) {
    flush();
    auto received = receive(bytes, piece);
    flush();
    return received;
  }
  /// The preface of an origin, with these settings.
  void greet(std::string_view settings = {}) {
    (void)answer(frames::frame(frames::settings, 0, 0, settings) + frames::settings_ack());
  }
  /// What was sent after the client's magic.
  std::vector<frames::Frame> sent(int type) {
    flush();
    std::vector<frames::Frame> found;
    for (frames::Frame& frame : frames::parse(std::string_view(output).substr(frames::magic.size())))
      if (frame.type == type) found.push_back(std::move(frame));
    return found;
  }
  std::int64_t last_code(int type) {
    const auto found = sent(type);
    return found.empty() ? -1 : static_cast<std::int64_t>(found.back().code());
  }

  std::string output;
};

/// A response's head, by default without a body.
inline std::string response(std::uint32_t stream, frames::Fields fields, int flags = frames::end_stream) {
  return frames::request(stream, frames::block(fields), flags);
}
inline std::string ok(std::uint32_t stream, int flags = frames::end_stream) {
  return response(stream, {{":status", "200"}}, flags);
}
inline std::string goaway(std::uint32_t last_stream, std::uint32_t code = 0) {
  return frames::frame(frames::goaway, 0, 0, frames::number(last_stream, 4) + frames::number(code, 4));
}

/// Link is our client codec and our server codec, wired back to back in memory.
class Link {
 public:
  explicit Link(const Limits& of_client = {}, const Limits& of_server = {})
      : client(of_client, make_http2_client), server(of_server, "http") {}

  /// Passes bytes both ways, in pieces of at most `piece`, until both are silent.
  void run(std::size_t piece = 16384) {
    for (bool is_busy = true; is_busy;) {
      const std::string up = std::exchange(client.sent_text, {}) + client.take_output();
      if (!up.empty() && is_server_alive) is_server_alive = server.receive(up, piece).is_ok();
      server.produce();
      const std::string down = server.output.substr(taken_);
      taken_ = server.output.size();
      if (!down.empty() && is_client_alive) is_client_alive = client.receive(down, piece).is_ok();
      is_busy = !up.empty() || !down.empty();
    }
  }

  ClientRig client;
  Http2Harness server;
  bool is_client_alive = true;
  bool is_server_alive = true;

 private:
  std::size_t taken_ = 0;
};

}  // namespace ravelin::http::test
