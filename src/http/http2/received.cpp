// The parts of Server that nghttp2's callbacks reach while it receives.

#include <string>
#include <utility>

#include "http/fields.h"
#include "http/http2/server.h"

namespace ravelin::http::http2 {

namespace {

Error malformed() { return {"http2:malformed", "the client broke the rules of HTTP/2 for one request", Side::client}; }

Error reset_by_client(std::uint32_t code) {
  return {"client:reset", std::string("the client reset the stream with ") + nghttp2_http2_strerror(code),
          Side::client};
}

// The urgency in a Priority field, 0 to 7 (RFC 9218 section 4.1).
std::uint32_t urgency(const RequestHead& head) {
  const auto priority = head.fields.find("priority");
  if (!priority) return NGHTTP2_EXTPRI_DEFAULT_URGENCY;
  ListItems items(*priority);
  while (const auto item = items.next()) {
    const bool is_urgency = item->size() == 3 && item->substr(0, 2) == "u=" && (*item)[2] >= '0' && (*item)[2] <= '7';
    if (is_urgency) return static_cast<std::uint32_t>((*item)[2] - '0');
  }
  return NGHTTP2_EXTPRI_DEFAULT_URGENCY;
}

}  // namespace

int Server::begin_head(const nghttp2_frame& frame) {
  const std::int32_t id = frame.hd.stream_id;
  if (frame.headers.cat == NGHTTP2_HCAT_REQUEST) {
    if (goodbye_ == Goodbye::last && id > last_stream_) return refuse(id, NGHTTP2_REFUSED_STREAM);
    reader_.begin();
    return 0;
  }
  StreamState* const state = find(id);
  if (state != nullptr && state->owner != nullptr && !state->is_discarding)
    state->trailers_in = std::make_unique<TrailersIn>(limits_, *state->arena);
  return 0;
}

int Server::take_field(const nghttp2_frame& frame, DecodedText name, DecodedText value) {
  const std::int32_t id = frame.hd.stream_id;
  if (frame.headers.cat != NGHTTP2_HCAT_REQUEST) {
    StreamState* const state = find(id);
    // The owner may have gone since the first frame of these trailers, and the arena with it.
    const bool is_wanted = state != nullptr && state->owner != nullptr && state->trailers_in != nullptr;
    return !is_wanted ? 0 : take_trailer(*state, name, value);
  }
  if (reader_.add(name, value)) return 0;
  pay(Waste::oversized_head);
  return refuse(id, NGHTTP2_ENHANCE_YOUR_CALM);
}

int Server::take_trailer(StreamState& state, DecodedText name, DecodedText value) {
  TrailersIn& trailers = *state.trailers_in;
  trailers.size.add(name.text, value.text);
  if (trailers.size.is_too_large()) {
    pay(Waste::oversized_head);
    doom(state, {"http:trailers_too_large", "the request's trailers are larger than a head may be", Side::client, 431});
    return refuse(state.id, NGHTTP2_ENHANCE_YOUR_CALM);
  }
  if (may_be_trailer(name.text)) trailers.fields.add_view(name.keep(*state.arena), value.keep(*state.arena));
  return 0;
}

void Server::take_data(std::int32_t id, std::string_view bytes) {
  StreamState* const state = find(id);
  if (state == nullptr || state->owner == nullptr || state->is_discarding) {
    nghttp2_session_consume(session_.get(), id, bytes.size());
    return;
  }
  state->unconsumed += bytes.size();
  budget_.credit_received(bytes.size());
  state->owner->on_body(input_.part(bytes));
}

void Server::finish_frame(const nghttp2_frame& frame) {
  switch (frame.hd.type) {
    case NGHTTP2_HEADERS: return finish_headers(frame);
    case NGHTTP2_DATA: return finish_data(frame);
    case NGHTTP2_RST_STREAM:
      if (StreamState* const state = find(frame.hd.stream_id)) state->is_reset_by_peer = true;
      return;
    case NGHTTP2_PING:
      if ((frame.hd.flags & NGHTTP2_FLAG_ACK) != 0 && goodbye_ == Goodbye::noticed) say_last_goodbye();
      return;
    default: return;
  }
}

void Server::finish_headers(const nghttp2_frame& frame) {
  const bool is_end = (frame.hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
  if (frame.headers.cat == NGHTTP2_HCAT_REQUEST) return finish_head(frame.hd.stream_id, is_end);
  StreamState* const state = find(frame.hd.stream_id);
  if (state == nullptr) return;
  finish_trailers(*state);
  finish_request(*state);
}

void Server::finish_data(const nghttp2_frame& frame) {
  StreamState* const state = find(frame.hd.stream_id);
  const bool is_end = (frame.hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
  if (is_end && state != nullptr) return finish_request(*state);
  const bool is_padding = frame.hd.length > 0 && frame.hd.length == frame.data.padlen;
  if (is_padding && !is_end) pay(Waste::empty_data);
}

void Server::finish_head(std::int32_t id, bool is_end) {
  const HeadReader::Outcome outcome = reader_.finish(is_end);
  if (outcome == HeadReader::Outcome::malformed) {
    pay(Waste::provoked_reset);
    refuse(id, NGHTTP2_PROTOCOL_ERROR);
    return;
  }
  if (is_beyond_allowance(reader_.bytes())) {
    pay(Waste::provoked_reset);
    refuse(id, NGHTTP2_REFUSED_STREAM);
    return;
  }
  if (reader_.is_oversized()) pay(Waste::oversized_head);
  admit(id, outcome == HeadReader::Outcome::good);
  StreamState* const state = find(id);
  if (is_end && state != nullptr) finish_request(*state);
}

// HPACK makes long heads of few bytes, for as many streams as may be open ("HTTP/2 bomb"). The heads
// held may not outgrow what was received by more than this: 64 for 1, and 64 KiB to start with.
bool Server::is_beyond_allowance(std::size_t head_bytes) const {
  return head_bytes_ + head_bytes > 64 * (1024 + received_);
}

void Server::admit(std::int32_t id, bool is_good) {
  std::unique_ptr<RequestHead> head = reader_.take();
  set_urgency(id, *head);
  streams_.push_back(std::make_unique<StreamState>(id, head->arena, pool_));
  StreamState& state = *streams_.back();
  state.index = streams_.size() - 1;
  state.is_discarding = !is_good;
  state.head_bytes = reader_.bytes();
  head_bytes_ += state.head_bytes;
  nghttp2_session_set_stream_user_data(session_.get(), id, &state);
  count_request();
  const Stream stream(*this, static_cast<StreamId>(id));
  StreamEvents* const owner = is_good ? events_.on_request(stream, std::move(head))
                                      : events_.on_bad_request(stream, std::move(head), reader_.error());
  if (!state.is_reset_by_us) state.owner = owner;
}

void Server::count_request() {
  ++requests_;
  if (goodbye_ == Goodbye::noticed && --requests_left_ == 0) return say_last_goodbye();
  if (goodbye_ == Goodbye::none && requests_ >= limits_.requests) shut_down();
}

// Streams of one urgency share the connection in turn: RFC 9218's default of one after the other lets
// a long download hold up everything behind it.
void Server::set_urgency(std::int32_t id, const RequestHead& head) {
  const nghttp2_extpri priority{urgency(head), 1};
  nghttp2_session_change_extpri_stream_priority(session_.get(), id, &priority, 1);
}

void Server::finish_trailers(StreamState& state) {
  if (state.trailers_in == nullptr || state.owner == nullptr) return;
  HeaderList& fields = state.trailers_in->fields;
  if (!fields.is_empty()) state.owner->on_trailers(fields);
}

void Server::finish_request(StreamState& state) {
  state.has_request_ended = true;
  if (state.owner != nullptr) state.owner->on_end();
}

// nghttp2 has queued RST_STREAM, or is about to end the connection, which is seen when GOAWAY is sent.
void Server::note_invalid(const nghttp2_frame& frame, int error) {
  switch (error) {
    case NGHTTP2_ERR_REFUSED_STREAM: return pay(Waste::reset);  // the client may not know the limit yet
    case NGHTTP2_ERR_HTTP_HEADER:
    case NGHTTP2_ERR_HTTP_MESSAGING:
    case NGHTTP2_ERR_FLOW_CONTROL:
      pay(Waste::provoked_reset);
      if (StreamState* const state = find(frame.hd.stream_id)) doom(*state, malformed());
      return;
    default: return;
  }
}

void Server::note_closed(std::int32_t id, std::uint32_t code) {
  StreamState* const state = find(id);
  if (state == nullptr) return;
  state->is_gone = true;
  state->pending.clear();
  head_bytes_ -= state->head_bytes;
  if (state->unconsumed > 0) nghttp2_session_consume_connection(session_.get(), state->unconsumed);
  if (state->has_request_ended || state->is_reset_by_peer) closed_.close(static_cast<std::uint32_t>(id));
  add_news(*state);
  if (state->fate != StreamState::Fate::open || state->is_reset_by_us) return;
  if (state->is_reset_by_peer) return doom(*state, reset_by_client(code));
  if (code == NGHTTP2_NO_ERROR) {
    state->fate = StreamState::Fate::closed;
    return budget_.credit_exchange();
  }
  pay(Waste::provoked_reset);
  doom(*state, malformed());
}

int Server::refuse(std::int32_t id, std::uint32_t code) {
  nghttp2_submit_rst_stream(session_.get(), NGHTTP2_FLAG_NONE, id, code);
  return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;  // nghttp2 decodes the rest of the block and drops it
}

void Server::doom(StreamState& state, Error error) {
  if (state.fate != StreamState::Fate::open) return;
  state.fate = StreamState::Fate::reset;
  state.error = std::move(error);
  add_news(state);
}

}  // namespace ravelin::http::http2
