#pragma once

#include <cstddef>
#include <cstdint>
#include <unordered_map>

#include "http/http2/frame_codec.h"
#include "http/http2/response_reader.h"

namespace ravelin::http::http2 {

/// Client is the client role of HTTP/2, towards an origin that may be faulty or hostile: it is judged as
/// strictly as a client, but is not made to pay for what we have asked of it.
class Client final : public FrameCodec {
 public:
  /// All must outlive it.
  Client(CodecEvents& events, BlockPool& pool, const Limits& limits)
      : FrameCodec(events, pool, limits, Role::client), reader_(limits_) {}

  void receive_end() override;
  void shut_down() override;
  bool is_idle() const override { return streams_.empty(); }
  bool is_reading_head() const override { return !is_idle() && gate_.is_amid_head(); }
  bool may_open() const override;
  bool has_said_goodbye() const override;
  Stream open(StreamEvents& owner) override;

 protected:
  void send_head(StreamId, const ResponseHead&, bool) override {}  // server role
  void send_head(StreamId id, const RequestHead& head, bool is_end) override;

  StreamState* find_by_handle(StreamId handle) const override;
  void forget(StreamId handle) override;
  void judge(const FrameHeader& frame) override;
  bool is_head(const nghttp2_frame& frame) const override;
  int begin_head(std::int32_t id) override;
  int take_head_field(std::int32_t id, const DecodedText& name, const DecodedText& value) override;
  void finish_head(std::int32_t id, bool is_end) override;
  void note_control(const nghttp2_frame& frame) override;
  void settle(StreamState& state, std::uint32_t code) override;

 private:
  StreamState* find_wanted(std::int32_t id) const;
  int reject(StreamState& state, Error error);
  void admit(StreamState& state);
  static void become_tunnel(ResponseHead& head);
  void submit(StreamState& state, const RequestHead& head, bool is_end);
  void submit_tunnel(StreamState& state);
  void disown_unsent();
  void say_goodbye();
  void count_cut();
  bool has_ids_left() const;
  bool may_connect_extended() const;

  ResponseReader reader_;
  std::unordered_map<StreamId, StreamState*> handles_;
  StreamId last_handle_ = 0;
  unsigned cuts_ = 0;          // streams that were cut here, less those that were not
  bool has_settings_ = false;  // the origin's, read whole
  bool is_shutting_down_ = false;
};

}  // namespace ravelin::http::http2
