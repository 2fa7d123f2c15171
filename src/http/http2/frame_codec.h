#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nghttp2/nghttp2.h>

#include "base/buffer.h"
#include "http/codec.h"
#include "http/http2/closed_streams.h"
#include "http/http2/flood_budget.h"
#include "http/http2/frame_gate.h"
#include "http/http2/section_size.h"
#include "http/http2/session.h"
#include "http/http2/session_memory.h"
#include "http/http2/stream_state.h"
#include "http/limits.h"
#include "http/stream.h"

namespace ravelin::http::http2 {

/// FrameCodec is what both roles of HTTP/2 (RFC 9113) share. nghttp2 keeps the protocol's state; around
/// it are the gate, which judges and prices every frame before nghttp2 sees it, and the streams. What
/// nghttp2's callbacks learn is told to the owners of streams between frames, never from inside a
/// command. It has SETTINGS to produce() from the start.
class FrameCodec : public Codec {
 public:
  /// All must outlive it.
  FrameCodec(CodecEvents& events, BlockPool& pool, const Limits& limits, Role role);
  ~FrameCodec() override;

  Result<void> receive(Slice bytes) final;
  std::size_t read_budget() const final;
  std::size_t take_frames() final { return std::exchange(frames_, 0); }
  bool produce(Chain& out, std::size_t budget) final;
  void pass_seconds(std::int64_t seconds) final { budget_.pass_seconds(seconds); }
  void abort(const Error& error) final;
  const Error* violation() const final { return violation_ ? &violation_->error : nullptr; }
  bool wants_close() const final { return has_said_all() && !has_output(); }
  std::string_view protocol() const final { return "h2"; }
  std::size_t streams() const override { return streams_.size(); }
  void rest() final;

 protected:
  friend struct SessionCallbacks;  // nghttp2's callbacks, which are C

  void send_body(StreamId id, Chain&& bytes, bool is_end) final;
  void send_trailers(StreamId id, const HeaderList& trailers) final;
  void reset(StreamId id, ResetCode code) final;
  void consume(StreamId id, std::size_t bytes) final;
  void ignore_body(StreamId id) final;
  bool is_window_shut(StreamId id) const final;
  bool is_body_stopped() const final;

  // What the roles do differently.
  /// The stream that the owner calls `handle`, as long as the owner may still be told something.
  virtual StreamState* find_by_handle(StreamId handle) const = 0;
  /// A stream has been dropped.
  virtual void forget(StreamId) {}
  /// A frame's header, before nghttp2 sees it.
  virtual void judge(const FrameHeader& frame);
  /// Whether a header block is a message's head, rather than trailers.
  virtual bool is_head(const nghttp2_frame& frame) const = 0;
  /// A head begins, goes on and is whole. 0, or what refuse() returns.
  virtual int begin_head(std::int32_t id) = 0;
  virtual int take_head_field(std::int32_t id, const DecodedText& name, const DecodedText& value) = 0;
  virtual void finish_head(std::int32_t id, bool is_end) = 0;
  /// A frame that is about no message has been received.
  virtual void note_control(const nghttp2_frame& frame) = 0;
  /// The end of our message has been produced.
  virtual void end_sending(StreamState&) {}
  /// Bytes of a body that nobody wants have been received.
  virtual void discard_data(StreamState& state, std::size_t size);
  /// nghttp2 has closed a stream: decides its fate, if it is still open.
  virtual void settle(StreamState& state, std::uint32_t code) = 0;

  // frame_codec.cpp: bytes in and out, and telling the owners
  void violate(std::uint32_t code, Error error);
  /// What the peer did wrong, as this role calls it. `status` is the one of a client that can be answered.
  Error blame(std::string_view code, std::string_view what, int status = 0) const;
  bool has_failed() const { return failure_.has_value(); }
  void tell_news();
  StreamState& add_stream(StreamId handle);
  StreamState* find(std::int32_t id) const;
  StreamState* find_in_news(StreamId handle) const;
  StreamState* find_for_command(StreamId handle) const;
  void doom(StreamState& state, Error error);
  void add_news(StreamState& state);
  void release_credit(StreamState& state);

  // judge.cpp: each frame, before nghttp2 sees it
  bool is_closed(const FrameHeader& frame) const;
  void judge_closed(const FrameHeader& frame);
  void pay(Waste waste);

  // received.cpp: what nghttp2 found in the frames
  void finish_receiving(StreamState& state);
  int refuse(std::int32_t id, std::uint32_t code);
  int reset_malformed(StreamState& state);
  bool is_beyond_allowance(std::size_t head_bytes) const;
  Error malformed() const;

  CodecEvents& events_;
  BlockPool& pool_;
  const Limits limits_;
  FrameGate gate_;
  FloodBudget budget_;
  ClosedStreams closed_;
  std::vector<std::unique_ptr<StreamState>> streams_;
  std::size_t unconsumed_ = 0;           // of all streams
  std::size_t widened_ = 0;              // by how much the windows of open streams are wider than at first
  std::size_t late_data_ = 0;            // bytes of body that may still come for streams that were cut here
  std::size_t head_bytes_ = 0;           // decoded size of the heads and trailers of open streams
  std::uint64_t produced_body_ = 0;      // bytes
  std::uint64_t acknowledged_body_ = 0;  // of them, that WINDOW_UPDATEs have been taken for

 private:
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

  // frame_codec.cpp
  void feed(std::span<const std::byte> bytes);
  Error fail();
  void violate_by_library(int error);
  void pump(Output output);
  void pump_control() { pump({&ready_, static_cast<std::size_t>(-1), false}); }
  void tell(StreamState& state);
  void drop(StreamState& state);
  void drop_unsent(StreamState& state);
  void widen_window(StreamState& state, std::size_t taken);
  void settle_credit();
  bool has_output() const;
  bool has_said_all() const;

  // judge.cpp
  bool is_late(const FrameHeader& frame);
  Error flood(std::string_view what) const;
  void judge_data(const FrameHeader& frame);
  void judge_priority(const FrameHeader& frame);
  void judge_settings(const FrameHeader& frame);
  void judge_continuation();
  bool is_earned_window();

  // received.cpp
  int begin_block(const nghttp2_frame& frame);
  int take_field(const nghttp2_frame& frame, const DecodedText& name, const DecodedText& value);
  int take_trailer(StreamState& state, const DecodedText& name, const DecodedText& value);
  void take_data(std::int32_t id, std::string_view bytes);
  void finish_frame(const nghttp2_frame& frame);
  void finish_headers(const nghttp2_frame& frame);
  void finish_data(const nghttp2_frame& frame);
  void finish_trailers(StreamState& state);
  static bool is_cut_short(const StreamState& state);
  void note_invalid(const nghttp2_frame& frame, int error);
  void note_closed(std::int32_t id, std::uint32_t code);

  // sent.cpp: what nghttp2 asks for and has sent
  std::ptrdiff_t offer_data(StreamState& state, std::size_t room, std::uint32_t& flags);
  int move_data(StreamState& state, std::string_view frame_header, std::size_t size);
  bool is_reset_by_settings(const nghttp2_frame& frame) const;
  void note_sent(const nghttp2_frame& frame);
  void note_not_sent(const nghttp2_frame& frame, int error);

  std::vector<StreamState*> news_;  // streams whose owner is to be told something
  Chain ready_;                     // control frames produced while receiving
  Slice input_;                     // what receive() is working on
  Output output_{};
  std::optional<Violation> violation_;  // found by nghttp2 or by a callback, to be acted on
  std::optional<Error> failure_;        // the connection has ended with this
  std::uint64_t received_ = 0;          // bytes
  std::size_t frames_ = 0;              // not told yet
  const std::unique_ptr<SessionMemory> memory_ = std::make_unique<SessionMemory>();
  const Role role_;
  bool has_settings_ack_ = false;
  bool was_full_ = false;  // read_budget() was 0 after the last receive()

 protected:
  bool has_first_settings_ = false;
  const Session session_;  // last: its callbacks use the rest
};

}  // namespace ravelin::http::http2
