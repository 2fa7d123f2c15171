#include "http/http2/session.h"

#include <algorithm>
#include <array>

#include "http/http2/server.h"

namespace ravelin::http::http2 {

// Thin: each finds the server, and the stream where there is one. None may throw into C.
struct ServerCallbacks {
  static Server& server(void* user) { return *static_cast<Server*>(user); }

  static DecodedText text(nghttp2_rcbuf* buffer) {
    const nghttp2_vec bytes = nghttp2_rcbuf_get_buf(buffer);
    return {{reinterpret_cast<const char*>(bytes.base), bytes.len}, nghttp2_rcbuf_is_static(buffer) != 0};
  }

  static int on_begin_headers(nghttp2_session*, const nghttp2_frame* frame, void* user) noexcept {
    return server(user).begin_head(*frame);
  }

  static int on_header(nghttp2_session*, const nghttp2_frame* frame, nghttp2_rcbuf* name, nghttp2_rcbuf* value,
                       std::uint8_t, void* user) noexcept {
    return server(user).take_field(*frame, text(name), text(value));
  }

  static int on_frame_recv(nghttp2_session*, const nghttp2_frame* frame, void* user) noexcept {
    server(user).finish_frame(*frame);
    return 0;
  }

  static int on_data_chunk(nghttp2_session*, std::uint8_t, std::int32_t id, const std::uint8_t* data, std::size_t size,
                           void* user) noexcept {
    server(user).take_data(id, {reinterpret_cast<const char*>(data), size});
    return 0;
  }

  static int on_invalid_frame(nghttp2_session*, const nghttp2_frame* frame, int error, void* user) noexcept {
    server(user).note_invalid(*frame, error);
    return 0;
  }

  static int on_stream_close(nghttp2_session*, std::int32_t id, std::uint32_t code, void* user) noexcept {
    server(user).note_closed(id, code);
    return 0;
  }

  static int on_frame_send(nghttp2_session*, const nghttp2_frame* frame, void* user) noexcept {
    server(user).note_sent(*frame);
    return 0;
  }

  static int on_frame_not_send(nghttp2_session*, const nghttp2_frame* frame, int, void* user) noexcept {
    server(user).note_not_sent(*frame);
    return 0;
  }

  static ssize_t read_data(nghttp2_session*, std::int32_t, std::uint8_t*, std::size_t room, std::uint32_t* flags,
                           nghttp2_data_source* source, void* user) noexcept {
    return server(user).offer_data(*static_cast<StreamState*>(source->ptr), room, *flags);
  }

  static int send_data(nghttp2_session*, nghttp2_frame*, const std::uint8_t* header, std::size_t size,
                       nghttp2_data_source* source, void* user) noexcept {
    constexpr std::size_t header_size = 9;
    return server(user).move_data(*static_cast<StreamState*>(source->ptr),
                                  {reinterpret_cast<const char*>(header), header_size}, size);
  }
};

nghttp2_data_provider data_provider(StreamState& state) {
  nghttp2_data_provider provider{};
  provider.source.ptr = &state;
  provider.read_callback = ServerCallbacks::read_data;
  return provider;
}

namespace {

// Behind the gate's budget, which ends a flood long before: what nghttp2 would do if it did not.
constexpr std::size_t most_outbound_acks = 1000;
constexpr std::size_t most_settings_entries = 32;
constexpr std::size_t most_continuations = 9 * 9;  // it counts every piece of a header: 9 bytes, 8 frames allowed
constexpr std::uint64_t reset_burst = 10000;
constexpr std::uint64_t resets_per_second = 1000;

// Many uploads share it: 16 streams of 64 KiB. The bound on body bytes held for one connection.
constexpr std::int32_t connection_window = 1024 * 1024;
// A client may use this much of a stream before it has seen SETTINGS (RFC 9113 section 6.9.2).
constexpr std::size_t least_window = 65535;
constexpr std::size_t most_window = 0x7fffffff;

struct OptionDeleter {
  void operator()(nghttp2_option* option) const { nghttp2_option_del(option); }
};
struct CallbacksDeleter {
  void operator()(nghttp2_session_callbacks* callbacks) const { nghttp2_session_callbacks_del(callbacks); }
};
using Options = std::unique_ptr<nghttp2_option, OptionDeleter>;
using Callbacks = std::unique_ptr<nghttp2_session_callbacks, CallbacksDeleter>;

Options make_options() {
  nghttp2_option* option = nullptr;
  nghttp2_option_new(&option);
  nghttp2_option_set_no_auto_window_update(option, 1);
  nghttp2_option_set_no_closed_streams(option, 1);
  nghttp2_option_set_max_outbound_ack(option, most_outbound_acks);
  nghttp2_option_set_max_settings(option, most_settings_entries);
  nghttp2_option_set_max_continuations(option, most_continuations);
  nghttp2_option_set_stream_reset_rate_limit(option, reset_burst, resets_per_second);
  return Options(option);
}

Callbacks make_callbacks() {
  nghttp2_session_callbacks* callbacks = nullptr;
  nghttp2_session_callbacks_new(&callbacks);
  nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, ServerCallbacks::on_begin_headers);
  nghttp2_session_callbacks_set_on_header_callback2(callbacks, ServerCallbacks::on_header);
  nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, ServerCallbacks::on_frame_recv);
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, ServerCallbacks::on_data_chunk);
  nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(callbacks, ServerCallbacks::on_invalid_frame);
  nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, ServerCallbacks::on_stream_close);
  nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, ServerCallbacks::on_frame_send);
  nghttp2_session_callbacks_set_on_frame_not_send_callback(callbacks, ServerCallbacks::on_frame_not_send);
  nghttp2_session_callbacks_set_send_data_callback(callbacks, ServerCallbacks::send_data);
  return Callbacks(callbacks);
}

// Without RFC 7540 priorities there is no tree for a peer to grow.
void submit_settings(nghttp2_session* session, const Limits& limits) {
  const auto window = static_cast<std::uint32_t>(std::clamp(limits.window, least_window, most_window));
  const std::array<nghttp2_settings_entry, 4> entries{{
      {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, limits.streams},
      {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, window},
      {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, static_cast<std::uint32_t>(limits.head)},
      {NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1},
  }};
  nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, entries.data(), entries.size());
  nghttp2_session_set_local_window_size(session, NGHTTP2_FLAG_NONE, 0, connection_window);
}

}  // namespace

Session make_server_session(Server& server, const Limits& limits) {
  nghttp2_session* session = nullptr;
  nghttp2_session_server_new2(&session, make_callbacks().get(), &server, make_options().get());
  submit_settings(session, limits);
  return Session(session);
}

}  // namespace ravelin::http::http2
