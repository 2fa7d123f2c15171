// The parts of FrameCodec that nghttp2's callbacks reach while it sends.

#include <algorithm>
#include <string>

#include "http/http2/fields_out.h"
#include "http/http2/frame_codec.h"

namespace ravelin::http::http2 {

namespace {

// With its header a DATA frame fills a TLS record (RFC 8446 section 5.1): what one turn sends would otherwise
// be a few bytes longer than its records, and those bytes one more.
constexpr std::size_t most_data = 16 * 1024 - 9;

std::string_view reason(std::uint32_t code) {
  switch (code) {
    case NGHTTP2_PROTOCOL_ERROR: return "http2:protocol_error";
    case NGHTTP2_FLOW_CONTROL_ERROR: return "http2:flow_control_error";
    case NGHTTP2_STREAM_CLOSED: return "http2:stream_closed";
    case NGHTTP2_FRAME_SIZE_ERROR: return "http2:frame_size_error";
    case NGHTTP2_COMPRESSION_ERROR: return "http2:compression_error";
    case NGHTTP2_ENHANCE_YOUR_CALM: return "http2:flood";
    default: return "http2:internal";
  }
}

}  // namespace

// How much of a stream's body may go into the next DATA frame, up to `room`.
std::ptrdiff_t FrameCodec::offer_data(StreamState& state, std::size_t room, std::uint32_t& flags) {
  if (!output_.may_send_data) return NGHTTP2_ERR_PAUSE;
  const std::size_t size = std::min({room, most_data, state.pending.size()});
  const bool is_last = size == state.pending.size() && state.sending == StreamState::Sending::last_given;
  if (size == 0 && !is_last) return NGHTTP2_ERR_DEFERRED;
  flags |= NGHTTP2_DATA_FLAG_NO_COPY;
  if (is_last) flags |= NGHTTP2_DATA_FLAG_EOF;
  if (is_last && state.trailers_out != nullptr) {
    flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
    const FieldsOut trailers(state.trailers_out->fields);
    nghttp2_submit_trailer(session_.get(), state.id, trailers.data(), trailers.size());
  }
  return static_cast<std::ptrdiff_t>(size);
}

int FrameCodec::move_data(StreamState& state, std::string_view frame_header, std::size_t size) {
  output_.to->append(frame_header);
  output_.to->take_from(state.pending, size);
  state.sent += size;
  produced_body_ += size;
  budget_.credit_sent(size, size > 0 && state.pending.is_empty());
  if (size > 0) add_news(state);
  return output_.to->size() < output_.end ? 0 : NGHTTP2_ERR_PAUSE;
}

// For a window that SETTINGS make too large nghttp2 resets its stream; it is an error of the connection
// (RFC 9113 section 6.9.2). What a frame makes nghttp2 send is sent before the next is read.
bool FrameCodec::is_reset_by_settings(const nghttp2_frame& frame) const {
  return frame.hd.type == NGHTTP2_RST_STREAM && frame.rst_stream.error_code == NGHTTP2_FLOW_CONTROL_ERROR &&
         gate_.frame().is(NGHTTP2_SETTINGS);
}

void FrameCodec::note_sent(const nghttp2_frame& frame) {
  if (frame.hd.type == NGHTTP2_GOAWAY && frame.goaway.error_code != NGHTTP2_NO_ERROR) {
    const std::uint32_t code = frame.goaway.error_code;
    const auto* const text = reinterpret_cast<const char*>(frame.goaway.opaque_data);
    const std::string what = frame.goaway.opaque_data_len > 0 ? std::string(text, frame.goaway.opaque_data_len)
                                                              : nghttp2_http2_strerror(code);
    return violate(code, blame(reason(code), "broke HTTP/2: " + what));
  }
  if (is_reset_by_settings(frame))
    return violate(NGHTTP2_FLOW_CONTROL_ERROR,
                   blame("http2:flow_control_error", "sent SETTINGS that make a window larger than there may be"));
  const bool is_message = frame.hd.type == NGHTTP2_HEADERS || frame.hd.type == NGHTTP2_DATA;
  if (!is_message || (frame.hd.flags & NGHTTP2_FLAG_END_STREAM) == 0) return;
  StreamState* const state = find(frame.hd.stream_id);
  if (state == nullptr) return;
  state->sending = StreamState::Sending::produced;
  end_sending(*state);
}

// A head that nghttp2 cannot send (larger than 64 KiB) must not leave its stream hanging. The stream of
// a request closes by itself: the peer has never heard of it. If no stream may start any more, the
// connection is about to end, and with it the stream.
void FrameCodec::note_not_sent(const nghttp2_frame& frame, int error) {
  if (frame.hd.type != NGHTTP2_HEADERS || error == NGHTTP2_ERR_START_STREAM_NOT_ALLOWED) return;
  StreamState* const state = find(frame.hd.stream_id);
  if (state == nullptr || state->is_reset_by_us || state->fate != StreamState::Fate::open) return;
  if (frame.headers.cat != NGHTTP2_HCAT_REQUEST)
    nghttp2_submit_rst_stream(session_.get(), NGHTTP2_FLAG_NONE, state->id, NGHTTP2_INTERNAL_ERROR);
  const bool is_response = role_ == Role::server;
  doom(*state, {"http2:head_not_sent", "the head to be sent is too large for HTTP/2",
                is_response ? Side::upstream : Side::client, is_response ? 502 : 431});
}

}  // namespace ravelin::http::http2
