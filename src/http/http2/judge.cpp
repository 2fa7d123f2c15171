// The parts of FrameCodec that look at each frame before nghttp2 does: what it costs, and the rules
// that nghttp2 leaves alone.

#include <algorithm>
#include <string>

#include "http/http2/frame_codec.h"

namespace ravelin::http::http2 {

namespace {

// A head of 16 KiB needs none or one.
constexpr std::size_t most_continuations = 8;

// Bytes of body that may still be acknowledged, as windows are that large.
constexpr std::uint64_t most_unacknowledged = 8 * 1024 * 1024;

bool is_from_client(std::uint32_t id) { return id % 2 == 1; }

}  // namespace

void FrameCodec::judge(const FrameHeader& frame) {
  switch (frame.type) {
    case NGHTTP2_DATA: return judge_data(frame);
    case NGHTTP2_HEADERS: return is_closed(frame) ? judge_closed(frame) : void();
    case NGHTTP2_PRIORITY: return judge_priority(frame);
    case NGHTTP2_RST_STREAM: return pay(Waste::reset);
    case NGHTTP2_SETTINGS: return judge_settings(frame);
    case NGHTTP2_PING: return pay(Waste::ping);
    case NGHTTP2_GOAWAY: return pay(Waste::ping);
    case NGHTTP2_WINDOW_UPDATE: return is_earned_window() ? void() : pay(Waste::window_update);
    case NGHTTP2_CONTINUATION: return judge_continuation();
    case NGHTTP2_PUSH_PROMISE: return;  // ends the connection (RFC 9113 section 8.4), done by nghttp2
    default: return pay(Waste::unknown_frame);
  }
}

Error FrameCodec::flood(std::string_view what) const {
  return blame("http2:flood", "sent too many " + std::string(what) + " for the work that was done");
}

// Whether nghttp2 has forgotten the stream, if there ever was one.
bool FrameCodec::is_closed(const FrameHeader& frame) const {
  return nghttp2_session_get_stream_remote_close(session_.get(), static_cast<std::int32_t>(frame.stream)) < 0;
}

void FrameCodec::judge_data(const FrameHeader& frame) {
  if (is_closed(frame)) return judge_closed(frame);
  if (frame.length == 0 && !frame.has(NGHTTP2_FLAG_END_STREAM)) pay(Waste::empty_data);
}

// nghttp2 ignores frames for streams it has forgotten. A peer that has ended a stream must not use it
// (RFC 9113 section 5.1); after a reset by this side frames may have been under way.
void FrameCodec::judge_closed(const FrameHeader& frame) {
  if (!is_from_client(frame.stream) || frame.stream > closed_.highest()) return;  // nghttp2 refuses these
  if (closed_.was_ended_by_peer(frame.stream))
    return violate(NGHTTP2_STREAM_CLOSED, blame("http2:stream_closed", "used a stream after its end"));
  if (!is_late(frame)) pay(Waste::stray_frame);
}

// Body that was under way when its stream was cut here is nobody's fault, up to the window it had; of small frames
// some.
bool FrameCodec::is_late(const FrameHeader& frame) {
  constexpr std::size_t least = 64;
  const std::size_t price = std::max<std::size_t>(frame.length, least);
  if (!frame.is(NGHTTP2_DATA) || frame.length == 0 || price > late_data_) return false;
  late_data_ -= price;
  return true;
}

// Priorities are not used (RFC 9113 section 5.3.2), so nghttp2 does not look at these frames; RFC 7540
// sections 6.3 and 5.3.1 still forbid them without a stream and in a circle.
void FrameCodec::judge_priority(const FrameHeader& frame) {
  constexpr std::uint32_t size = 5;
  if (frame.stream == 0)
    return violate(NGHTTP2_PROTOCOL_ERROR, blame("http2:protocol_error", "sent PRIORITY without a stream"));
  if (frame.length == size && gate_.dependency() == frame.stream)
    return violate(NGHTTP2_PROTOCOL_ERROR,
                   blame("http2:protocol_error", "sent PRIORITY of a stream that depends on itself"));
  pay(Waste::priority);
}

// Free are the SETTINGS of the preface, and the answer to ours.
void FrameCodec::judge_settings(const FrameHeader& frame) {
  bool& is_paid = frame.has(NGHTTP2_FLAG_ACK) ? has_settings_ack_ : has_first_settings_;
  if (is_paid) return pay(Waste::settings);
  is_paid = true;
}

// Peers acknowledge what they read, often by 4 KiB for the stream and the connection each, and all at once if they
// have not read for a while. A KiB earns one.
bool FrameCodec::is_earned_window() {
  constexpr std::uint64_t price = 1024;
  const std::uint64_t left = std::min(produced_body_ - acknowledged_body_, most_unacknowledged);
  acknowledged_body_ = produced_body_ - left;
  if (left < price) return false;
  acknowledged_body_ += price;
  return true;
}

void FrameCodec::judge_continuation() {
  pay(Waste::continuation);
  if (gate_.continuations() > most_continuations) violate(NGHTTP2_ENHANCE_YOUR_CALM, flood("CONTINUATION frames"));
}

void FrameCodec::pay(Waste waste) {
  if (!budget_.charge(waste)) violate(NGHTTP2_ENHANCE_YOUR_CALM, flood(budget_.cause()));
}

}  // namespace ravelin::http::http2
