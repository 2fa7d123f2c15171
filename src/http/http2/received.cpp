// The parts of FrameCodec that nghttp2's callbacks reach while it receives.

#include <string>
#include <utility>

#include "http/fields.h"
#include "http/http2/frame_codec.h"
#include "http/http2/request_rules.h"

namespace ravelin::http::http2 {

namespace {

std::string_view reason_of(std::uint32_t code) {
  switch (code) {
    case NGHTTP2_REFUSED_STREAM: return "http2:refused_stream";
    case NGHTTP2_ENHANCE_YOUR_CALM: return "http2:head_too_large";
    case NGHTTP2_FLOW_CONTROL_ERROR: return "http2:flow_control";
    default: return "http2:malformed";
  }
}

}  // namespace

Error FrameCodec::malformed() const { return blame("http2:malformed", "broke the rules of HTTP/2 in one message"); }

int FrameCodec::begin_block(const nghttp2_frame& frame) {
  if (is_head(frame)) return begin_head(frame.hd.stream_id);
  StreamState* const state = find(frame.hd.stream_id);
  if (state != nullptr && state->owner != nullptr && !state->is_discarding)
    state->trailers_in = std::make_unique<TrailersIn>(limits_, *state->arena);
  return 0;
}

// The owner may have gone since the first frame of these trailers, and the arena with it.
int FrameCodec::take_field(const nghttp2_frame& frame, const DecodedText& name, const DecodedText& received) {
  // Origins send blanks around values, though they must not (RFC 9113 section 8.2.1); of clients it is refused.
  const DecodedText value = role_ == Role::client
                                ? DecodedText{trim(received.text), received.is_static, received.is_never_indexed}
                                : received;
  if (is_head(frame)) return take_head_field(frame.hd.stream_id, name, value);
  StreamState* const state = find(frame.hd.stream_id);
  const bool is_wanted = state != nullptr && state->owner != nullptr && state->trailers_in != nullptr;
  return !is_wanted ? 0 : take_trailer(*state, name, value);
}

int FrameCodec::take_trailer(StreamState& state, const DecodedText& name, const DecodedText& value) {
  if (role_ == Role::server && !may_be_in_trailers(name, value.text)) return reset_malformed(state);
  TrailersIn& trailers = *state.trailers_in;
  trailers.size.add(name.text, value.text);
  const std::size_t held = name.text.size() + value.text.size() + sizeof(Field);
  state.head_bytes += held;
  head_bytes_ += held;
  if (trailers.size.is_too_large() || is_beyond_allowance(0)) {
    pay(Waste::oversized_head);
    doom(state, blame("http:trailers_too_large", "sent trailers larger than a head, or all heads, may be", 431));
    return refuse(state.id, NGHTTP2_ENHANCE_YOUR_CALM);
  }
  // Of origins they may be what gRPC calls metadata, whose names have '_' and '.', and clients are no CGI.
  if (may_be_trailer(name.text) && (role_ == Role::client || !is_odd_name(name.text)))
    trailers.fields.add_view(name.keep(*state.arena), value.keep(*state.arena), value.is_never_indexed);
  return 0;
}

// nghttp2 holds a peer to the window once it has acknowledged SETTINGS; the law of credit holds before.
void FrameCodec::take_data(std::int32_t id, std::string_view bytes) {
  StreamState* const state = find(id);
  if (state == nullptr) return static_cast<void>(nghttp2_session_consume(session_.get(), id, bytes.size()));
  if (state->body_left && bytes.size() > *state->body_left) {
    nghttp2_session_consume_connection(session_.get(), bytes.size());
    reset_malformed(*state);
    return;
  }
  if (state->body_left) *state->body_left -= bytes.size();
  const bool is_wanted = state->owner != nullptr && state->fate == StreamState::Fate::open;
  if (!is_wanted || state->is_discarding) return discard_data(*state, bytes.size());
  if (state->is_ignored) {
    nghttp2_session_consume_connection(session_.get(), bytes.size());
    return state->owner->on_body(input_.part(bytes));
  }
  if (state->unconsumed + bytes.size() > state->window) {
    nghttp2_session_consume_connection(session_.get(), bytes.size());
    pay(Waste::provoked_reset);
    doom(*state, malformed());
    refuse(id, NGHTTP2_FLOW_CONTROL_ERROR);
    return;
  }
  state->unconsumed += bytes.size();
  unconsumed_ += bytes.size();
  budget_.credit_received(bytes.size());
  state->owner->on_body(input_.part(bytes));
}

void FrameCodec::discard_data(StreamState& state, std::size_t size) {
  nghttp2_session_consume(session_.get(), state.id, size);
}

void FrameCodec::finish_frame(const nghttp2_frame& frame) {
  switch (frame.hd.type) {
    case NGHTTP2_HEADERS: return finish_headers(frame);
    case NGHTTP2_DATA: return finish_data(frame);
    case NGHTTP2_RST_STREAM:
      if (StreamState* const state = find(frame.hd.stream_id)) state->is_reset_by_peer = true;
      return;
    default: return note_control(frame);
  }
}

void FrameCodec::finish_headers(const nghttp2_frame& frame) {
  const bool is_end = (frame.hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
  if (is_head(frame)) return finish_head(frame.hd.stream_id, is_end);
  StreamState* const state = find(frame.hd.stream_id);
  if (state == nullptr) return;
  const bool goes_on = role_ == Role::server && !is_end;
  if (goes_on || state->is_tunnel || is_cut_short(*state)) return static_cast<void>(reset_malformed(*state));
  finish_trailers(*state);
  finish_receiving(*state);
}

void FrameCodec::finish_data(const nghttp2_frame& frame) {
  StreamState* const state = find(frame.hd.stream_id);
  const bool is_end = (frame.hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
  if (is_end && state != nullptr && is_cut_short(*state)) return static_cast<void>(reset_malformed(*state));
  if (is_end && state != nullptr) return finish_receiving(*state);
  const bool is_padding = frame.hd.length > 0 && frame.hd.length == frame.data.padlen;
  if (is_padding && !is_end) pay(Waste::empty_data);
}

// HPACK makes long heads of few bytes, for as many streams as may be open ("HTTP/2 bomb"). The heads and trailers
// held may not outgrow what was received by more than this: 64 for 1, and 64 KiB to start with.
bool FrameCodec::is_beyond_allowance(std::size_t head_bytes) const {
  return head_bytes_ + head_bytes > 64 * (1024 + received_);
}

void FrameCodec::finish_trailers(StreamState& state) {
  if (state.trailers_in == nullptr || state.owner == nullptr) return;
  HeaderList& fields = state.trailers_in->fields;
  if (!fields.is_empty()) state.owner->on_trailers(fields);
}

// RFC 9113 section 8.1.1: a body that ends before its length makes the message malformed.
bool FrameCodec::is_cut_short(const StreamState& state) {
  const bool is_awaited = state.owner != nullptr && state.fate == StreamState::Fate::open && !state.is_discarding;
  return is_awaited && state.body_left.value_or(0) > 0;
}

void FrameCodec::finish_receiving(StreamState& state) {
  state.is_received = true;
  if (state.owner != nullptr && state.fate == StreamState::Fate::open) state.owner->on_end();
}

// nghttp2 has queued RST_STREAM, or is about to end the connection, which is seen when GOAWAY is sent.
void FrameCodec::note_invalid(const nghttp2_frame& frame, int error) {
  switch (error) {
    case NGHTTP2_ERR_REFUSED_STREAM:
      events_.on_stream_refused(reason_of(NGHTTP2_REFUSED_STREAM));
      return pay(Waste::reset);  // the client may not know the limit yet
    case NGHTTP2_ERR_HTTP_HEADER:
    case NGHTTP2_ERR_HTTP_MESSAGING:
    case NGHTTP2_ERR_FLOW_CONTROL:
      pay(Waste::provoked_reset);
      events_.on_stream_refused(reason_of(NGHTTP2_PROTOCOL_ERROR));
      if (StreamState* const state = find(frame.hd.stream_id)) doom(*state, malformed());
      return;
    default: return;
  }
}

void FrameCodec::note_closed(std::int32_t id, std::uint32_t code) {
  StreamState* const state = find(id);
  if (state == nullptr) return;
  state->is_gone = true;
  state->pending.clear();
  head_bytes_ -= state->head_bytes;
  release_credit(*state);
  if (!state->is_received && !state->is_reset_by_peer)
    late_data_ = std::min(late_data_ + state->window, limits_.streams * limits_.window);
  if (state->is_received || state->is_reset_by_peer) closed_.close(static_cast<std::uint32_t>(id));
  add_news(*state);
  settle(*state, code);
}

int FrameCodec::reset_malformed(StreamState& state) {
  pay(Waste::provoked_reset);
  doom(state, malformed());
  return refuse(state.id, NGHTTP2_PROTOCOL_ERROR);
}

int FrameCodec::refuse(std::int32_t id, std::uint32_t code) {
  events_.on_stream_refused(reason_of(code));
  nghttp2_submit_rst_stream(session_.get(), NGHTTP2_FLAG_NONE, id, code);
  return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;  // nghttp2 decodes the rest of the block and drops it
}

}  // namespace ravelin::http::http2
