#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include <nghttp2/nghttp2.h>

#include "base/buffer.h"
#include "http/codec.h"
#include "http/http2/closed_streams.h"
#include "http/http2/flood_budget.h"
#include "http/http2/frame_gate.h"
#include "http/http2/head_reader.h"
#include "http/http2/session.h"
#include "http/http2/stream_state.h"
#include "http/limits.h"
#include "http/stream.h"

namespace ravelin::http::http2 {

/// Server is the server role of HTTP/2 (RFC 9113). nghttp2 keeps the protocol's state; around it
/// are the gate, which judges and prices every frame before nghttp2 sees it, the reader of heads, and
/// the streams. What nghttp2's callbacks learn is told to the owners of streams between frames, never
/// from inside a command. It has SETTINGS to produce() from the start.
class Server final : public Codec {
 public:
  /// All must outlive it.
  Server(CodecEvents& events, BlockPool& pool, const Limits& limits, std::string_view scheme);
  ~Server() override;

  Result<void> receive(Slice bytes) override;
  void receive_end() override;
  std::size_t read_budget() const override;
  bool produce(Chain& out, std::size_t budget) override;
  void shut_down() override;
  void abort(const Error& error) override;
  /// A header block cannot be left half read: the connection has to close. Says which streams were seen.
  bool refuse_head(const Error& error) override;
  const Error* violation() const override { return violation_ ? &violation_->error : nullptr; }
  bool wants_close() const override { return has_said_all() && !has_output(); }
  bool is_idle() const override { return streams_.empty() && !gate_.is_amid_head(); }
  bool is_reading_head() const override { return gate_.is_amid_head(); }
  Stream open(StreamEvents&) override { return {}; }
  std::string_view protocol() const override { return "h2"; }
  std::size_t streams() const override { return streams_.size(); }

 protected:
  void send_head(StreamId id, const ResponseHead& head, bool is_end) override;
  void send_head(StreamId, const RequestHead&, bool) override {}  // client role
  void send_body(StreamId id, Chain&& bytes, bool is_end) override;
  void send_trailers(StreamId id, const HeaderList& trailers) override;
  void reset(StreamId id, ResetCode code) override;
  void consume(StreamId id, std::size_t bytes) override;

 private:
  friend struct ServerCallbacks;  // nghttp2's callbacks, which are C

  // Saying goodbye (RFC 9113 section 6.8): `noticed` has announced it and waits until the peer has seen
  // that, so that no request under way is lost; `last` takes no more streams.
  enum class Goodbye : std::uint8_t { none, noticed, last };
  // What ends the connection: GOAWAY with this code, and this error for the owners.
  struct Violation {
    std::uint32_t code;
    Error error;
  };
  // Where produced bytes go. Without `may_send_data` DATA stays where it is.
  struct Output {
    Chain* to;
    std::size_t end;  // its size at which to stop
    bool may_send_data;
  };

  // server.cpp: bytes in and out, and telling the owners
  void feed(std::span<const std::byte> bytes);
  Error fail();
  void violate(std::uint32_t code, Error error);
  void violate_by_library(int error);
  void pump(Output output);
  void pump_control() { pump({&ready_, static_cast<std::size_t>(-1), false}); }
  void tell_news();
  void tell(StreamState& state);
  void add_news(StreamState& state);
  void drop(StreamState& state);
  bool has_output() const;
  bool has_said_all() const;
  void say_last_goodbye();
  StreamState* find(std::int32_t id) const;
  StreamState* find_for_command(StreamId id) const;

  // judge.cpp: each frame, before nghttp2 sees it
  void judge(const FrameHeader& frame);
  void judge_headers(const FrameHeader& frame);
  void judge_data(const FrameHeader& frame);
  void judge_closed(const FrameHeader& frame);
  void judge_priority(const FrameHeader& frame);
  void judge_settings(const FrameHeader& frame);
  void judge_ping(const FrameHeader& frame);
  void judge_continuation();
  void pay(Waste waste);

  // received.cpp: what nghttp2 found in the frames
  int begin_head(const nghttp2_frame& frame);
  int take_field(const nghttp2_frame& frame, DecodedText name, DecodedText value);
  int take_trailer(StreamState& state, DecodedText name, DecodedText value);
  void take_data(std::int32_t id, std::string_view bytes);
  void finish_frame(const nghttp2_frame& frame);
  void finish_headers(const nghttp2_frame& frame);
  void finish_data(const nghttp2_frame& frame);
  void finish_head(std::int32_t id, bool is_end);
  void admit(std::int32_t id, bool is_good);
  void finish_trailers(StreamState& state);
  void finish_request(StreamState& state);
  void note_invalid(const nghttp2_frame& frame, int error);
  void note_closed(std::int32_t id, std::uint32_t code);
  int refuse(std::int32_t id, std::uint32_t code);
  void doom(StreamState& state, Error error);
  void set_urgency(std::int32_t id, const RequestHead& head);
  bool is_beyond_allowance(std::size_t head_bytes) const;
  void count_request();

  // sent.cpp: what nghttp2 asks for and has sent
  std::ptrdiff_t offer_data(StreamState& state, std::size_t room, std::uint32_t& flags);
  int move_data(StreamState& state, std::string_view frame_header, std::size_t size);
  void note_sent(const nghttp2_frame& frame);
  void note_not_sent(const nghttp2_frame& frame);
  void end_response(StreamState& state);

  CodecEvents& events_;
  BlockPool& pool_;
  const Limits limits_;
  FrameGate gate_;
  FloodBudget budget_;
  ClosedStreams closed_;
  HeadReader reader_;
  std::vector<std::unique_ptr<StreamState>> streams_;
  std::vector<StreamState*> news_;  // streams whose owner is to be told something
  Chain ready_;                     // control frames produced while receiving
  Slice input_;                     // what receive() is working on
  Output output_{};
  std::optional<Violation> violation_;  // found by nghttp2 or by a callback, to be acted on
  std::optional<Error> failure_;        // the connection has ended with this
  std::uint64_t requests_ = 0;
  std::uint64_t requests_left_ = 0;  // with Goodbye::noticed
  std::uint64_t received_ = 0;       // bytes
  std::size_t head_bytes_ = 0;       // decoded size of the heads of open streams
  std::int32_t last_stream_ = 0;     // with Goodbye::last
  Goodbye goodbye_ = Goodbye::none;
  bool has_first_settings_ = false;
  bool has_settings_ack_ = false;
  bool was_full_ = false;  // read_budget() was 0 after the last receive()
  Session session_;        // last: its callbacks use the rest
};

}  // namespace ravelin::http::http2
