#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "http/http2/frame_codec.h"
#include "http/http2/request_reader.h"
#include "http/http2/request_rules.h"

namespace ravelin::http::http2 {

/// Server is the server role of HTTP/2.
class Server final : public FrameCodec {
 public:
  /// All must outlive it.
  Server(CodecEvents& events, BlockPool& pool, const Limits& limits, std::string_view scheme)
      : FrameCodec(events, pool, limits, Role::server), reader_(limits_, scheme) {}

  void receive_end() override;
  void shut_down() override;
  /// A header block cannot be left half read: the connection has to close. Says which streams were seen.
  bool refuse_head(const Error& error) override;
  bool is_idle() const override { return streams() == 0 && !gate_.is_amid_head(); }
  std::size_t streams() const override { return streams_.size() - lingering_.size(); }
  bool is_reading_head() const override { return gate_.is_amid_head(); }
  Stream open(StreamEvents&) override { return {}; }

 protected:
  void send_head(StreamId id, const ResponseHead& head, bool is_end) override;
  void send_head(StreamId, const RequestHead&, bool) override {}  // client role

  StreamState* find_by_handle(StreamId handle) const override;
  void judge(const FrameHeader& frame) override;
  bool is_head(const nghttp2_frame& frame) const override { return frame.headers.cat == NGHTTP2_HCAT_REQUEST; }
  int begin_head(std::int32_t id) override;
  int take_head_field(std::int32_t id, const DecodedText& name, const DecodedText& value) override;
  void finish_head(std::int32_t id, bool is_end) override;
  void note_control(const nghttp2_frame& frame) override;
  void end_sending(StreamState& state) override;
  void settle(StreamState& state, std::uint32_t code) override;
  void forget(StreamId handle) override;
  void discard_data(StreamState& state, std::size_t size) override;

 private:
  // Saying goodbye (RFC 9113 section 6.8): `noticed` has announced it and waits until the peer has seen
  // that, so that no request under way is lost; `last` takes no more streams.
  enum class Goodbye : std::uint8_t { none, noticed, last };

  void judge_headers(const FrameHeader& frame);
  void judge_ping(const FrameHeader& frame);
  void admit(std::int32_t id, bool is_good);
  void set_urgency(std::int32_t id, const RequestHead& head);
  void count_request();
  void say_last_goodbye();
  void stop_lingering(std::int32_t id);
  void stop_lingering_blocked();

  int refuse_malformed(std::int32_t id);

  RequestReader reader_;
  RequestRules rules_;
  std::uint64_t requests_ = 0;
  std::uint64_t requests_left_ = 0;  // with Goodbye::noticed
  std::int32_t last_stream_ = 0;     // with Goodbye::last
  std::uint32_t late_requests_ = 0;  // behind the last goodbye
  Goodbye goodbye_ = Goodbye::none;
  std::vector<std::int32_t> lingering_;  // answered; the rest of the request may come
  std::size_t pings_under_way_ = 0;      // ours
};

}  // namespace ravelin::http::http2
