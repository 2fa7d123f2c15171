#include "http/http2/client.h"

#include <algorithm>
#include <cassert>
#include <limits>
#include <memory>
#include <string>
#include <utility>

#include "http/http2/fields_out.h"

namespace ravelin::http::http2 {

namespace {

// Go ends connections after some hundred in a row, nginx and Envoy after some more.
constexpr unsigned most_cuts = 100;

Error reset_by_upstream(const StreamState& state, std::uint32_t code) {
  const bool is_refusal = code == NGHTTP2_REFUSED_STREAM && state.arena == nullptr;
  Error error = upstream_error(is_refusal ? "upstream:refused" : "upstream:reset",
                               std::string("the upstream reset the stream with ") + nghttp2_http2_strerror(code));
  error.is_retryable = is_refusal || !state.has_response_begun;
  return error;
}

// RFC 9113 section 6.8: it has not looked at this request, and will not. Unless it has answered it before.
Error unprocessed(const StreamState& state) {
  Error error = upstream_error("upstream:refused", "the upstream said goodbye before it took the request");
  error.is_retryable = state.arena == nullptr;
  return error;
}

Error cut_short(const StreamState& state) {
  if (state.arena != nullptr && !state.is_received)
    return upstream_error("upstream:truncated", "the upstream closed amid a response");
  Error error = upstream_error("upstream:closed", "the upstream closed the connection before the exchange was over");
  error.is_retryable = !state.has_response_begun;
  return error;
}

}  // namespace

// --- Each frame, before nghttp2 sees it ---

// A reset is free: each needs a request of ours. Promises were forbidden before the first request (RFC
// 9113 section 8.4), though nghttp2 takes them until the SETTINGS that say so are acknowledged.
void Client::judge(const FrameHeader& frame) {
  switch (frame.type) {
    case NGHTTP2_RST_STREAM: return is_closed(frame) ? pay(Waste::stray_frame) : void();
    case NGHTTP2_PUSH_PROMISE:
      return violate(NGHTTP2_PROTOCOL_ERROR, blame("http2:protocol_error", "sent PUSH_PROMISE, which was forbidden"));
    default: return FrameCodec::judge(frame);
  }
}

// --- What has been received ---

// The owner keeps the final head; what follows it are trailers.
bool Client::is_head(const nghttp2_frame& frame) const {
  const StreamState* const state = find(frame.hd.stream_id);
  return state == nullptr || state->arena == nullptr;
}

StreamState* Client::find_wanted(std::int32_t id) const {
  StreamState* const state = find(id);
  const bool is_wanted = state != nullptr && state->owner != nullptr && state->fate == StreamState::Fate::open;
  return is_wanted ? state : nullptr;
}

int Client::begin_head(std::int32_t id) {
  StreamState* const state = find_wanted(id);
  if (state == nullptr) return 0;
  state->has_response_begun = true;
  reader_.begin(state->method);
  return 0;
}

int Client::take_head_field(std::int32_t id, const DecodedText& name, const DecodedText& value) {
  StreamState* const state = find_wanted(id);
  if (state == nullptr) return 0;
  auto added = reader_.add(name, value);
  return added ? 0 : reject(*state, std::move(added).error());
}

void Client::finish_head(std::int32_t id, bool is_end) {
  StreamState* const state = find_wanted(id);
  if (state != nullptr) {
    auto finished = reader_.finish(is_end);
    if (finished && is_beyond_allowance(reader_.bytes()))
      finished = upstream_error("upstream:bad_response", "the upstream's heads are far longer than what it sent");
    if (!finished) {
      reject(*state, std::move(finished).error());
    } else {
      admit(*state);
    }
  }
  StreamState* const rest = find(id);
  if (is_end && rest != nullptr) finish_receiving(*rest);
}

int Client::reject(StreamState& state, Error error) {
  pay(reader_.is_oversized() ? Waste::oversized_head : Waste::provoked_reset);
  doom(state, std::move(error));
  return refuse(state.id, NGHTTP2_PROTOCOL_ERROR);
}

void Client::admit(StreamState& state) {
  std::unique_ptr<ResponseHead> head = reader_.take();
  if (head->status < 200) {
    state.interim_bytes += reader_.bytes();
    if (++state.interim > most_interim || state.interim_bytes > limits_.head) {
      reject(state, upstream_error("upstream:bad_response", "the upstream sends no end of interim responses"));
      return;
    }
  } else {
    state.arena = &head->arena;
    state.head_bytes = reader_.bytes();
    head_bytes_ += state.head_bytes;
    state.is_tunnel = state.asks_for_tunnel && head->status < 300;
    if (state.is_tunnel) become_tunnel(*head);
    // nghttp2 compares no length with what follows a CONNECT.
    if (state.asks_for_tunnel && head->body == BodyKind::sized) state.body_left = head->body_size;
  }
  state.owner->on_response_head(std::move(head));
}

// As HTTP/1.1 says it (RFC 8441 section 5).
void Client::become_tunnel(ResponseHead& head) {
  head.status = 101;
  head.body = BodyKind::none;
  head.body_size = 0;
}

void Client::note_control(const nghttp2_frame& frame) {
  if (frame.hd.type == NGHTTP2_GOAWAY) disown_unsent();
  if (frame.hd.type != NGHTTP2_SETTINGS || (frame.hd.flags & NGHTTP2_FLAG_ACK) != 0) return;
  has_settings_ = true;
  for (const auto& state : streams_)
    if (state->tunnel != nullptr && state->fate == StreamState::Fate::open) submit_tunnel(*state);
}

// nghttp2 closes the streams that a GOAWAY leaves out, but for requests it has not sent, which may wait
// for a stream to end.
void Client::disown_unsent() {
  for (const auto& state : streams_) {
    if (state->id != 0 && nghttp2_session_find_stream(session_.get(), state->id) != nullptr) continue;
    nghttp2_session_set_stream_user_data(session_.get(), state->id, nullptr);
    state->is_gone = true;
    state->pending.clear();
    doom(*state, unprocessed(*state));
    add_news(*state);
  }
}

// RFC 9113 section 8.1: a response that is whole is good, even if the origin then asks us to stop sending.
void Client::settle(StreamState& state, std::uint32_t code) {
  const bool was_cut_here = !state.is_received && !state.is_reset_by_peer;
  if (was_cut_here) {
    count_cut();
  } else if (cuts_ > 0) {
    --cuts_;
  }
  if (state.is_reset_by_us) return budget_.credit_exchange();
  if (state.fate != StreamState::Fate::open) return;
  if (state.is_received && code == NGHTTP2_NO_ERROR) {
    state.fate = StreamState::Fate::closed;
    return budget_.credit_exchange();
  }
  if (state.is_reset_by_peer) return doom(state, reset_by_upstream(state, code));
  if (code == NGHTTP2_REFUSED_STREAM) return doom(state, unprocessed(state));
  pay(Waste::provoked_reset);
  doom(state, malformed());
}

// Origins end connections with many resets (CVE-2023-44487), and with it what others have asked for on it. One client
// who takes his requests back shall not bring that about: before it comes to that, new requests get a new connection.
void Client::count_cut() {
  if (++cuts_ >= most_cuts) shut_down();
}

// --- What is sent ---

bool Client::has_said_goodbye() const {
  return has_failed() || is_shutting_down_ || !has_ids_left() ||
         nghttp2_session_check_request_allowed(session_.get()) == 0;
}

bool Client::may_open() const {
  if (has_said_goodbye()) return false;
  const std::uint32_t allowed =
      nghttp2_session_get_remote_settings(session_.get(), NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS);
  return streams_.size() < std::min(limits_.streams, allowed);
}

// Every stream may still need one.
bool Client::has_ids_left() const {
  const std::uint64_t next = nghttp2_session_get_next_stream_id(session_.get());
  return next + 2 * streams_.size() <= std::numeric_limits<std::int32_t>::max();
}

Stream Client::open(StreamEvents& owner) {
  assert(may_open());
  StreamState& state = add_stream(++last_handle_);
  state.owner = &owner;
  handles_.emplace(state.handle, &state);
  return Stream(*this, state.handle);
}

StreamState* Client::find_by_handle(StreamId handle) const {
  const auto found = handles_.find(handle);
  return found == handles_.end() ? nullptr : found->second;
}

void Client::send_head(StreamId id, const RequestHead& head, bool is_end) {
  StreamState* const state = find_for_command(id);
  if (state == nullptr || state->sending != StreamState::Sending::none) return;
  events_.on_wake();
  state->sending = StreamState::Sending::open;
  if (head.protocol.empty()) return submit(*state, head, is_end);
  state->tunnel = &head;
  if (has_settings_) submit_tunnel(*state);  // or when it has said whether it offers that
}

void Client::submit_tunnel(StreamState& state) {
  const RequestHead& head = *std::exchange(state.tunnel, nullptr);
  if (may_connect_extended()) return submit(state, head, false);
  state.is_gone = true;
  doom(state, upstream_error("upstream:no_extended_connect", "the upstream does not offer tunnels on HTTP/2"));
}

void Client::submit(StreamState& state, const RequestHead& head, bool is_end) {
  const FieldsOut fields(head);
  nghttp2_data_provider provider = data_provider(state);
  state.id = nghttp2_submit_request(session_.get(), nullptr, fields.data(), fields.size(), is_end ? nullptr : &provider,
                                    &state);
  assert(state.id > 0);
  closed_.open(static_cast<std::uint32_t>(state.id));
  state.method = head.method == "HEAD" ? "HEAD" : "";
  state.asks_for_tunnel = !head.protocol.empty();
  state.sending = is_end ? StreamState::Sending::last_given : StreamState::Sending::open;
}

// RFC 8441 section 3.
bool Client::may_connect_extended() const {
  return nghttp2_session_get_remote_settings(session_.get(), NGHTTP2_SETTINGS_ENABLE_CONNECT_PROTOCOL) == 1;
}

// --- Goodbye ---

void Client::receive_end() {
  for (const auto& state : streams_) doom(*state, cut_short(*state));
  abort(upstream_error("upstream:closed", "the upstream closed the connection"));
}

// What has been opened goes on; the origin is told when all of it has ended.
void Client::shut_down() {
  if (std::exchange(is_shutting_down_, true) || has_failed()) return;
  if (streams_.empty()) say_goodbye();
}

void Client::forget(StreamId handle) {
  handles_.erase(handle);
  if (is_shutting_down_ && streams_.empty() && !has_failed()) say_goodbye();
}

void Client::say_goodbye() {
  nghttp2_submit_goaway(session_.get(), NGHTTP2_FLAG_NONE, 0, NGHTTP2_NO_ERROR, nullptr, 0);
  events_.on_wake();
}

}  // namespace ravelin::http::http2

namespace ravelin::http {

std::unique_ptr<Codec> make_http2_client(CodecEvents& events, BlockPool& pool, const Limits& limits) {
  return std::make_unique<http2::Client>(events, pool, limits);
}

}  // namespace ravelin::http
