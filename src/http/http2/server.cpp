#include "http/http2/server.h"

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "http/fields.h"
#include "http/http2/fields_out.h"

namespace ravelin::http::http2 {

namespace {

constexpr std::size_t most_lingering = 8;                // streams
constexpr std::size_t most_lingering_bytes = 16 * 1024;  // of each

// The opaque data of the PING whose answer shows that our notice of goodbye has been read.
constexpr std::array<std::uint8_t, 8> goodbye_ping{'g', 'o', 'o', 'd', 'b', 'y', 'e', '!'};

// And of the one that shows that a response has been.
constexpr std::array<std::uint8_t, 8> answered_ping{'a', 'n', 's', 'w', 'e', 'r', 'e', 'd'};

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

// --- Each frame, before nghttp2 sees it ---

void Server::judge(const FrameHeader& frame) {
  switch (frame.type) {
    case NGHTTP2_HEADERS: return judge_headers(frame);
    case NGHTTP2_RST_STREAM: return pay(Waste::reset);
    case NGHTTP2_PING: return judge_ping(frame);
    default: return FrameCodec::judge(frame);
  }
}

void Server::judge_headers(const FrameHeader& frame) {
  const bool is_from_client = frame.stream % 2 == 1;
  if (is_from_client && frame.stream > closed_.highest()) {
    closed_.open(frame.stream);
    // What was under way when the last GOAWAY left is nobody's fault. nghttp2 drops it all unread.
    return goodbye_ == Goodbye::last && ++late_requests_ > limits_.streams ? pay(Waste::reset) : void();
  }
  if (!is_closed(frame)) return;
  if (is_from_client && closed_.was_skipped(frame.stream))
    return violate(NGHTTP2_PROTOCOL_ERROR,
                   blame("http2:protocol_error", "sent a stream identifier smaller than one before"));
  judge_closed(frame);
}

void Server::judge_ping(const FrameHeader& frame) {
  if (!frame.has(NGHTTP2_FLAG_ACK) || pings_under_way_ == 0) return pay(Waste::ping);
  --pings_under_way_;
}

// --- What has been received ---

int Server::begin_head(std::int32_t id) {
  if (goodbye_ == Goodbye::last && id > last_stream_) return refuse(id, NGHTTP2_REFUSED_STREAM);
  reader_.begin();
  rules_.begin();
  return 0;
}

int Server::take_head_field(std::int32_t id, const DecodedText& name, const DecodedText& value) {
  if (!rules_.admits(name, value.text)) return refuse_malformed(id);
  if (reader_.add(name, value)) return 0;
  pay(Waste::oversized_head);
  return refuse(id, NGHTTP2_ENHANCE_YOUR_CALM);
}

void Server::finish_head(std::int32_t id, bool is_end) {
  if (rules_.has_odd_names()) reader_.note_odd_names();
  const RequestReader::Outcome outcome = reader_.finish(is_end);
  if (outcome == RequestReader::Outcome::malformed || !rules_.is_complete()) {
    refuse_malformed(id);
    return;
  }
  if (is_beyond_allowance(reader_.bytes())) {
    pay(Waste::provoked_reset);
    refuse(id, NGHTTP2_REFUSED_STREAM);
    return;
  }
  if (reader_.is_oversized()) pay(Waste::oversized_head);
  admit(id, outcome == RequestReader::Outcome::good);
  StreamState* const state = find(id);
  if (is_end && state != nullptr) finish_receiving(*state);
}

int Server::refuse_malformed(std::int32_t id) {
  pay(Waste::provoked_reset);
  return refuse(id, NGHTTP2_PROTOCOL_ERROR);
}

void Server::admit(std::int32_t id, bool is_good) {
  std::unique_ptr<RequestHead> head = reader_.take();
  set_urgency(id, *head);
  StreamState& state = add_stream(static_cast<StreamId>(id));
  state.id = id;
  state.arena = &head->arena;
  state.is_discarding = !is_good;
  state.is_tunnel = !head->protocol.empty();
  state.head_bytes = reader_.bytes();
  if (head->body == BodyKind::sized) state.body_left = head->body_size;
  head_bytes_ += state.head_bytes;
  nghttp2_session_set_stream_user_data(session_.get(), id, &state);
  count_request();
  const Stream stream(*this, state.handle);
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

void Server::note_control(const nghttp2_frame& frame) {
  if (frame.hd.type != NGHTTP2_PING || (frame.hd.flags & NGHTTP2_FLAG_ACK) == 0) return;
  const auto answers = [&](const auto& ping) { return std::equal(ping.begin(), ping.end(), frame.ping.opaque_data); };
  if (goodbye_ == Goodbye::noticed && answers(goodbye_ping)) return say_last_goodbye();
  if (answers(answered_ping)) stop_lingering_blocked();
}

void Server::settle(StreamState& state, std::uint32_t code) {
  if (state.fate != StreamState::Fate::open || state.is_reset_by_us) return;
  if (state.is_reset_by_peer) return doom(state, reset_by_client(code));
  if (code == NGHTTP2_NO_ERROR) {
    state.fate = StreamState::Fate::closed;
    return budget_.credit_exchange();
  }
  pay(Waste::provoked_reset);
  doom(state, malformed());
}

// --- What is sent ---

// A response that is whole before its request asks the client to stop sending (RFC 9113 section 8.1).
// Clients take that for a failure and drop the response if they are still sending, so the end of a
// small body is waited for, on a few streams. A client that has no window left for it may wait for us: it is told as
// soon as it has read the response.
void Server::end_sending(StreamState& state) {
  if (state.is_received || state.fate != StreamState::Fate::open) return;
  state.fate = StreamState::Fate::closed;
  budget_.credit_exchange();
  add_news(state);
  release_credit(state);
  if (goodbye_ != Goodbye::none) return stop_lingering(state.id);
  const std::int32_t window = std::min(nghttp2_session_get_stream_local_window_size(session_.get(), state.id),
                                       nghttp2_session_get_local_window_size(session_.get()));
  state.linger_left = std::min(most_lingering_bytes, static_cast<std::size_t>(std::max(window, 0)));
  lingering_.push_back(state.id);
  if (lingering_.size() > most_lingering) stop_lingering(lingering_.front());
  if (state.linger_left > 0) return;
  nghttp2_submit_ping(session_.get(), NGHTTP2_FLAG_NONE, answered_ping.data());
  ++pings_under_way_;
}

// It has read the responses before the PING, or most of what is in its buffers.
void Server::stop_lingering_blocked() {
  const std::vector<std::int32_t> all = lingering_;
  for (const std::int32_t id : all)
    if (const StreamState* const state = find(id); state != nullptr && state->linger_left == 0) stop_lingering(id);
}

void Server::stop_lingering(std::int32_t id) {
  std::erase(lingering_, id);
  if (StreamState* const state = find(id)) state->linger_left = 0;
  nghttp2_submit_rst_stream(session_.get(), NGHTTP2_FLAG_NONE, id, NGHTTP2_NO_ERROR);
}

void Server::forget(StreamId handle) { std::erase(lingering_, static_cast<std::int32_t>(handle)); }

// Nothing is given back of the stream's window: the client shall not send all of an upload.
void Server::discard_data(StreamState& state, std::size_t size) {
  if (state.linger_left == 0) return FrameCodec::discard_data(state, size);
  nghttp2_session_consume_connection(session_.get(), size);
  state.linger_left -= std::min(state.linger_left, size);
  if (state.linger_left == 0) stop_lingering(state.id);
}

void Server::send_head(StreamId id, const ResponseHead& head, bool is_end) {
  StreamState* const state = find_for_command(id);
  if (state == nullptr || state->sending != StreamState::Sending::none) return;
  const FieldsOut fields(head);
  if (head.status < 200 && head.status != 101) {
    nghttp2_submit_headers(session_.get(), NGHTTP2_FLAG_NONE, state->id, nullptr, fields.data(), fields.size(),
                           nullptr);
    return events_.on_wake();
  }
  nghttp2_data_provider provider = data_provider(*state);
  nghttp2_submit_response(session_.get(), state->id, fields.data(), fields.size(), is_end ? nullptr : &provider);
  state->sending = is_end ? StreamState::Sending::last_given : StreamState::Sending::open;
  events_.on_wake();
}

StreamState* Server::find_by_handle(StreamId handle) const {
  StreamState* const state = find(static_cast<std::int32_t>(handle));
  return state != nullptr ? state : find_in_news(handle);
}

// --- Goodbye ---

void Server::receive_end() {
  abort({"client:closed", "the client closed the connection before its requests were answered", Side::client});
}

// With streams open, goodbye has two steps: a notice without a last stream, and when the peer has
// answered a PING behind it the GOAWAY that names one. Without streams there is nothing to lose that
// the peer would not safely send again. The second call skips the waiting.
void Server::shut_down() {
  while (!lingering_.empty()) stop_lingering(lingering_.front());
  if (has_failed() || goodbye_ == Goodbye::last) return;
  if (streams_.empty() || goodbye_ == Goodbye::noticed) return say_last_goodbye();
  nghttp2_submit_shutdown_notice(session_.get());
  nghttp2_submit_ping(session_.get(), NGHTTP2_FLAG_NONE, goodbye_ping.data());
  ++pings_under_way_;
  goodbye_ = Goodbye::noticed;
  requests_left_ = limits_.streams;
  events_.on_wake();
}

bool Server::refuse_head(const Error&) {
  if (!has_failed() && goodbye_ != Goodbye::last) say_last_goodbye();
  return false;
}

void Server::say_last_goodbye() {
  last_stream_ = nghttp2_session_get_last_proc_stream_id(session_.get());
  nghttp2_submit_goaway(session_.get(), NGHTTP2_FLAG_NONE, last_stream_, NGHTTP2_NO_ERROR, nullptr, 0);
  goodbye_ = Goodbye::last;
  events_.on_wake();
}

}  // namespace ravelin::http::http2

namespace ravelin::http {

std::unique_ptr<Codec> make_http2_server(CodecEvents& events, BlockPool& pool, const Limits& limits,
                                         std::string_view scheme) {
  return std::make_unique<http2::Server>(events, pool, limits, scheme);
}

}  // namespace ravelin::http
