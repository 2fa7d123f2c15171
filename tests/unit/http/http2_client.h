#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nghttp2/nghttp2.h>

#include "unit/http/http2_harness.h"

namespace ravelin::http {

/// Http2Client is an honest peer: nghttp2's client, which also checks what the server sends.
class Http2Client {
 public:
  struct Reply {
    std::string fields;  // of all heads and trailers: "name: value\n"
    std::string body;
    std::uint32_t close_code = 0;
    bool is_closed = false;
  };

  explicit Http2Client(Http2Harness& server) : server_(server) {
    nghttp2_session_callbacks* callbacks = nullptr;
    nghttp2_session_callbacks_new(&callbacks);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_close);
    nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(callbacks, on_invalid);
    nghttp2_session_client_new(&session_, callbacks, this);
    nghttp2_session_callbacks_del(callbacks);
    nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, nullptr, 0);
  }
  ~Http2Client() { nghttp2_session_del(session_); }
  Http2Client(const Http2Client&) = delete;
  Http2Client& operator=(const Http2Client&) = delete;

  using Fields = std::vector<std::pair<std::string, std::string>>;

  std::int32_t request(std::string_view method, std::string_view path, const Fields& more = {}, std::string body = {},
                       bool has_body = false, const Fields& trailers = {}) {
    const Fields all = with_pseudo(method, path, more);
    const auto nv = lay_out(all);
    auto& upload = uploads_.emplace_back(std::make_unique<Upload>());
    upload->body = std::move(body);
    upload->trailers = trailers;
    nghttp2_data_provider provider{};
    provider.source.ptr = upload.get();
    provider.read_callback = read_body;
    const bool is_sending = has_body || !upload->body.empty();
    return nghttp2_submit_request(session_, nullptr, nv.data(), nv.size(), is_sending ? &provider : nullptr, nullptr);
  }

  /// Passes bytes both ways until both are silent.
  void run() {
    for (bool is_busy = true; is_busy;) {
      const std::string out = take_output();
      const std::size_t seen = server_.output.size();
      if (!out.empty()) (void)server_.receive(out);
      server_.produce();
      const std::string_view in = std::string_view(server_.output).substr(taken_);
      taken_ = server_.output.size();
      if (!in.empty())
        is_alive &= nghttp2_session_mem_recv(session_, reinterpret_cast<const std::uint8_t*>(in.data()), in.size()) ==
                    static_cast<ssize_t>(in.size());
      is_busy = !out.empty() || !in.empty() || server_.output.size() > seen;
    }
  }

  nghttp2_session* session() { return session_; }
  Reply& reply(std::int32_t stream) { return replies_[stream]; }

  bool is_alive = true;
  int invalid_frames = 0;

 private:
  struct Upload {
    std::string body;
    Fields trailers;
  };

  static Http2Client& self(void* user) { return *static_cast<Http2Client*>(user); }
  static int on_header(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name, std::size_t name_size,
                       const std::uint8_t* value, std::size_t value_size, std::uint8_t, void* user) {
    std::string& fields = self(user).replies_[frame->hd.stream_id].fields;
    fields.append(reinterpret_cast<const char*>(name), name_size).append(": ");
    fields.append(reinterpret_cast<const char*>(value), value_size).append("\n");
    return 0;
  }
  static int on_data(nghttp2_session*, std::uint8_t, std::int32_t id, const std::uint8_t* data, std::size_t size,
                     void* user) {
    self(user).replies_[id].body.append(reinterpret_cast<const char*>(data), size);
    return 0;
  }
  static int on_close(nghttp2_session*, std::int32_t id, std::uint32_t code, void* user) {
    self(user).replies_[id].is_closed = true;
    self(user).replies_[id].close_code = code;
    return 0;
  }
  static int on_invalid(nghttp2_session*, const nghttp2_frame*, int, void* user) {
    ++self(user).invalid_frames;
    return 0;
  }
  static ssize_t read_body(nghttp2_session* session, std::int32_t id, std::uint8_t* to, std::size_t room,
                           std::uint32_t* flags, nghttp2_data_source* source, void*) {
    auto& upload = *static_cast<Upload*>(source->ptr);
    const std::size_t size = std::min(room, upload.body.size());
    std::copy_n(upload.body.data(), size, to);
    upload.body.erase(0, size);
    if (upload.body.empty()) *flags |= NGHTTP2_DATA_FLAG_EOF;
    if (upload.body.empty() && !upload.trailers.empty()) {
      *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
      const auto nv = lay_out(upload.trailers);
      nghttp2_submit_trailer(session, id, nv.data(), nv.size());
    }
    return static_cast<ssize_t>(size);
  }
  static Fields with_pseudo(std::string_view method, std::string_view path, const Fields& more) {
    Fields all{{":method", std::string(method)},
               {":scheme", "https"},
               {":authority", "example.com"},
               {":path", std::string(path)}};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
  static std::vector<nghttp2_nv> lay_out(const Fields& fields) {
    std::vector<nghttp2_nv> nv;
    const auto bytes = [](const std::string& text) {
      return const_cast<std::uint8_t*>(reinterpret_cast<const std::uint8_t*>(text.data()));
    };
    for (const auto& [name, value] : fields)
      nv.push_back({bytes(name), bytes(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE});
    return nv;
  }
  std::string take_output() {
    std::string out;
    const std::uint8_t* data = nullptr;
    for (ssize_t size = 0; (size = nghttp2_session_mem_send(session_, &data)) > 0;)
      out.append(reinterpret_cast<const char*>(data), static_cast<std::size_t>(size));
    return out;
  }

  Http2Harness& server_;
  nghttp2_session* session_ = nullptr;
  std::map<std::int32_t, Reply> replies_;
  std::vector<std::unique_ptr<Upload>> uploads_;
  std::size_t taken_ = 0;
};

}  // namespace ravelin::http
