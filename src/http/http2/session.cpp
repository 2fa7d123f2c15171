#include "http/http2/session.h"

#include <algorithm>
#include <vector>

#include "http/http2/frame_codec.h"

namespace ravelin::http::http2 {

// Thin: each finds the codec, and the stream where there is one. None may throw into C.
struct SessionCallbacks {
  static FrameCodec& codec(void* user) { return *static_cast<FrameCodec*>(user); }

  static DecodedText text(nghttp2_rcbuf* buffer, std::uint8_t flags = NGHTTP2_NV_FLAG_NONE) {
    const nghttp2_vec bytes = nghttp2_rcbuf_get_buf(buffer);
    return {{reinterpret_cast<const char*>(bytes.base), bytes.len},
            nghttp2_rcbuf_is_static(buffer) != 0,
            (flags & NGHTTP2_NV_FLAG_NO_INDEX) != 0};
  }

  static int on_begin_headers(nghttp2_session*, const nghttp2_frame* frame, void* user) noexcept {
    return codec(user).begin_block(*frame);
  }

  static int on_header(nghttp2_session*, const nghttp2_frame* frame, nghttp2_rcbuf* name, nghttp2_rcbuf* value,
                       std::uint8_t flags, void* user) noexcept {
    return codec(user).take_field(*frame, text(name), text(value, flags));
  }

  static int on_frame_recv(nghttp2_session*, const nghttp2_frame* frame, void* user) noexcept {
    codec(user).finish_frame(*frame);
    return 0;
  }

  static int on_data_chunk(nghttp2_session*, std::uint8_t, std::int32_t id, const std::uint8_t* data, std::size_t size,
                           void* user) noexcept {
    codec(user).take_data(id, {reinterpret_cast<const char*>(data), size});
    return 0;
  }

  static int on_invalid_frame(nghttp2_session*, const nghttp2_frame* frame, int error, void* user) noexcept {
    codec(user).note_invalid(*frame, error);
    return 0;
  }

  static int on_stream_close(nghttp2_session*, std::int32_t id, std::uint32_t code, void* user) noexcept {
    codec(user).note_closed(id, code);
    return 0;
  }

  static int on_frame_send(nghttp2_session*, const nghttp2_frame* frame, void* user) noexcept {
    codec(user).note_sent(*frame);
    return 0;
  }

  static int on_frame_not_send(nghttp2_session*, const nghttp2_frame* frame, int error, void* user) noexcept {
    codec(user).note_not_sent(*frame, error);
    return 0;
  }

  static ssize_t read_data(nghttp2_session*, std::int32_t, std::uint8_t*, std::size_t room, std::uint32_t* flags,
                           nghttp2_data_source* source, void* user) noexcept {
    return codec(user).offer_data(*static_cast<StreamState*>(source->ptr), room, *flags);
  }

  static int send_data(nghttp2_session*, nghttp2_frame*, const std::uint8_t* header, std::size_t size,
                       nghttp2_data_source* source, void* user) noexcept {
    constexpr std::size_t header_size = 9;
    return codec(user).move_data(*static_cast<StreamState*>(source->ptr),
                                 {reinterpret_cast<const char*>(header), header_size}, size);
  }
};

nghttp2_data_provider data_provider(StreamState& state) {
  nghttp2_data_provider provider{};
  provider.source.ptr = &state;
  provider.read_callback = SessionCallbacks::read_data;
  return provider;
}

namespace {

// Behind the gate's budget, which ends a flood long before: what nghttp2 would do if it did not.
constexpr std::size_t most_outbound_acks = 1000;
constexpr std::size_t most_settings_entries = 32;
constexpr std::size_t most_continuations = 9 * 9;  // it counts every piece of a header: 9 bytes, 8 frames allowed
constexpr std::uint64_t reset_burst = 10000;
constexpr std::uint64_t resets_per_second = 1000;

using Settings = std::vector<nghttp2_settings_entry>;

std::uint32_t window_setting(const Limits& limits, Role role) {
  return static_cast<std::uint32_t>(stream_window(limits, role));
}

struct OptionDeleter {
  void operator()(nghttp2_option* option) const { nghttp2_option_del(option); }
};
struct CallbacksDeleter {
  void operator()(nghttp2_session_callbacks* callbacks) const { nghttp2_session_callbacks_del(callbacks); }
};
using Options = std::unique_ptr<nghttp2_option, OptionDeleter>;
using Callbacks = std::unique_ptr<nghttp2_session_callbacks, CallbacksDeleter>;

// The server's readers check messages themselves: RequestRules, and received.cpp for what comes after heads.
Options make_options(Role role) {
  nghttp2_option* option = nullptr;
  nghttp2_option_new(&option);
  nghttp2_option_set_no_auto_window_update(option, 1);
  nghttp2_option_set_no_closed_streams(option, 1);
  nghttp2_option_set_no_http_messaging(option, role == Role::server ? 1 : 0);
  // Of responses FrameCodec::take_field trims the values, where nghttp2 would not have them; requests have
  // RequestRules.
  nghttp2_option_set_no_rfc9113_leading_and_trailing_ws_validation(option, 1);
  nghttp2_option_set_max_outbound_ack(option, most_outbound_acks);
  nghttp2_option_set_max_settings(option, most_settings_entries);
  nghttp2_option_set_max_continuations(option, most_continuations);
  nghttp2_option_set_stream_reset_rate_limit(option, reset_burst, resets_per_second);
  return Options(option);
}

Callbacks make_callbacks() {
  nghttp2_session_callbacks* callbacks = nullptr;
  nghttp2_session_callbacks_new(&callbacks);
  nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, SessionCallbacks::on_begin_headers);
  nghttp2_session_callbacks_set_on_header_callback2(callbacks, SessionCallbacks::on_header);
  nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, SessionCallbacks::on_frame_recv);
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, SessionCallbacks::on_data_chunk);
  nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(callbacks, SessionCallbacks::on_invalid_frame);
  nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, SessionCallbacks::on_stream_close);
  nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, SessionCallbacks::on_frame_send);
  nghttp2_session_callbacks_set_on_frame_not_send_callback(callbacks, SessionCallbacks::on_frame_not_send);
  nghttp2_session_callbacks_set_send_data_callback(callbacks, SessionCallbacks::send_data);
  return Callbacks(callbacks);
}

// Without RFC 7540 priorities there is no tree for a peer to grow.
Settings server_settings(const Limits& limits) {
  return {{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, limits.streams},
          {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, window_setting(limits, Role::server)},
          {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, static_cast<std::uint32_t>(limits.head)},
          {NGHTTP2_SETTINGS_ENABLE_CONNECT_PROTOCOL, 1},
          {NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1}};
}

// Here the tree is ours, and shares the connection among uploads.
Settings client_settings(const Limits& limits) {
  return {{NGHTTP2_SETTINGS_ENABLE_PUSH, 0},
          {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, window_setting(limits, Role::client)},
          {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, static_cast<std::uint32_t>(limits.head)}};
}

}  // namespace

Session make_session(FrameCodec& codec, SessionMemory& memory, const Limits& limits, Role role) {
  const bool is_server = role == Role::server;
  nghttp2_session* session = nullptr;
  const auto make = is_server ? nghttp2_session_server_new3 : nghttp2_session_client_new3;
  nghttp2_mem allocator = memory.allocator();
  make(&session, make_callbacks().get(), &codec, make_options(role).get(), &allocator);
  const Settings settings = is_server ? server_settings(limits) : client_settings(limits);
  nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, settings.data(), settings.size());
  nghttp2_session_set_local_window_size(session, NGHTTP2_FLAG_NONE, 0, connection_window(limits, role));
  return Session(session);
}

// A client may use a whole default window before it has seen SETTINGS (RFC 9113 section 6.9.2); a
// server has seen them before it sends the first body.
std::size_t stream_window(const Limits& limits, Role role) {
  const std::size_t least = role == Role::server ? 65535 : 1;
  return std::clamp<std::size_t>(limits.window, least, 0x7fffffff);
}

std::int32_t connection_window(const Limits& limits, Role role) {
  if (role == Role::client) return NGHTTP2_MAX_WINDOW_SIZE;
  constexpr std::size_t shared = 1024 * 1024;
  return static_cast<std::int32_t>(std::max(shared, stream_window(limits, role)));
}

}  // namespace ravelin::http::http2
