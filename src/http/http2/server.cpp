#include "http/http2/server.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <string>
#include <utility>

#include "http/http2/fields_out.h"

namespace ravelin::http::http2 {

namespace {

// Control frames that are ready but not taken: beyond this nothing is read. A 32 KiB read full of PING
// makes as many bytes of answers, so the queue stays below 96 KiB and a few answered heads.
constexpr std::size_t most_ready = 64 * 1024;
constexpr std::size_t read_size = 32 * 1024;

// The opaque data of the PING whose answer shows that our notice of goodbye has been read.
constexpr std::array<std::uint8_t, 8> goodbye_ping{'g', 'o', 'o', 'd', 'b', 'y', 'e', '!'};

std::uint32_t wire_code(ResetCode code) {
  switch (code) {
    case ResetCode::cancel: return NGHTTP2_CANCEL;
    case ResetCode::refused: return NGHTTP2_REFUSED_STREAM;
    case ResetCode::protocol_error: return NGHTTP2_PROTOCOL_ERROR;
    case ResetCode::internal_error: return NGHTTP2_INTERNAL_ERROR;
    case ResetCode::enhance_your_calm: return NGHTTP2_ENHANCE_YOUR_CALM;
  }
  return NGHTTP2_INTERNAL_ERROR;
}

}  // namespace

Server::Server(CodecEvents& events, BlockPool& pool, const Limits& limits, std::string_view scheme)
    : events_(events),
      pool_(pool),
      limits_(limits),
      reader_(limits_, scheme),
      ready_(pool),
      session_(make_server_session(*this, limits_)) {}

Server::~Server() = default;

// After a violation nghttp2 gets no more bytes: what it does with them has been a source of failed
// assertions (CVE-2026-27135).
Result<void> Server::receive(Slice bytes) {
  if (failure_) return *failure_;
  input_ = std::move(bytes);
  for (auto rest = input_.bytes(); !rest.empty();) {
    const FrameGate::Step step = gate_.advance(rest);
    received_ += step.size;
    if (step.is_new_frame) judge(gate_.frame());
    if (!violation_) feed(rest.first(step.size));
    if (violation_) return fail();
    rest = rest.subspan(step.size);
  }
  input_ = Slice();
  was_full_ = read_budget() == 0;
  if (has_output() || has_said_all()) events_.on_wake();
  return {};
}

// Frame by frame, so that an owner knows of a reset before the next request arrives: requests that are
// running at the origin never exceed the limit on streams, whatever is reset.
void Server::feed(std::span<const std::byte> bytes) {
  const auto* const data = reinterpret_cast<const std::uint8_t*>(bytes.data());
  const auto read = nghttp2_session_mem_recv(session_.get(), data, bytes.size());
  if (read < 0) violate_by_library(static_cast<int>(read));
  if (!violation_ && nghttp2_session_get_outbound_queue_size(session_.get()) > 0) pump_control();
  tell_news();
}

void Server::violate(std::uint32_t code, Error error) {
  if (!violation_) violation_ = Violation{code, std::move(error)};
}

void Server::violate_by_library(int error) {
  switch (error) {
    case NGHTTP2_ERR_BAD_CLIENT_MAGIC:
      return violate(NGHTTP2_PROTOCOL_ERROR,
                     {"http2:bad_preface", "the client did not begin with the preface of HTTP/2", Side::client});
    case NGHTTP2_ERR_FLOODED:
    case NGHTTP2_ERR_TOO_MANY_CONTINUATIONS:
      return violate(NGHTTP2_ENHANCE_YOUR_CALM, {"http2:flood", nghttp2_strerror(error), Side::client});
    default: return violate(NGHTTP2_INTERNAL_ERROR, {"http2:internal", nghttp2_strerror(error), Side::local});
  }
}

Error Server::fail() {
  input_ = Slice();
  const Error error = violation_->error;
  nghttp2_session_terminate_session(session_.get(), violation_->code);
  pump_control();
  tell_news();
  abort(error);
  return error;
}

void Server::receive_end() {
  abort({"client:closed", "the client closed the connection before its requests were answered", Side::client});
}

void Server::abort(const Error& error) {
  if (!failure_) failure_ = error;
  news_.clear();
  while (!streams_.empty()) {
    const std::unique_ptr<StreamState> state = std::move(streams_.back());
    streams_.pop_back();
    nghttp2_session_set_stream_user_data(session_.get(), state->id, nullptr);
    if (StreamEvents* const owner = state->release()) owner->on_reset(error);
  }
  events_.on_wake();
}

std::size_t Server::read_budget() const { return failure_ || ready_.size() >= most_ready ? 0 : read_size; }

bool Server::has_output() const {
  return !ready_.is_empty() || (!failure_ && nghttp2_session_want_write(session_.get()) != 0);
}

bool Server::has_said_all() const {
  return failure_ || (streams_.empty() && nghttp2_session_want_read(session_.get()) == 0);
}

bool Server::produce(Chain& out, std::size_t budget) {
  const std::size_t end = out.size() + budget;
  if (!ready_.is_empty()) out.append(std::move(ready_));
  if (!failure_) {
    pump({&out, end, true});
    tell_news();
    if (violation_) fail();
  }
  if (std::exchange(was_full_, false)) events_.on_wake();
  return has_output();
}

void Server::pump(Output output) {
  output_ = output;
  while (output.to->size() < output.end) {
    const std::uint8_t* data = nullptr;
    const auto size = nghttp2_session_mem_send(session_.get(), &data);
    if (size < 0) violate_by_library(static_cast<int>(size));
    if (size <= 0) break;
    output.to->append(std::string_view(reinterpret_cast<const char*>(data), static_cast<std::size_t>(size)));
  }
  output_ = {};
}

void Server::tell_news() {
  for (std::size_t i = 0; i < news_.size(); ++i) tell(*news_[i]);
  news_.clear();
}

// A handler may reset() this very stream: the owner is looked at again after each event.
void Server::tell(StreamState& state) {
  state.is_in_news = false;
  const std::size_t sent = std::exchange(state.sent, 0);
  if (sent > 0 && state.owner != nullptr) state.owner->on_sent(sent);
  if (state.fate != StreamState::Fate::open) {
    StreamEvents* const owner = state.release();
    if (owner != nullptr && state.fate == StreamState::Fate::closed) owner->on_closed();
    if (owner != nullptr && state.fate == StreamState::Fate::reset) owner->on_reset(*state.error);
  }
  if (state.is_gone) drop(state);
}

void Server::add_news(StreamState& state) {
  if (!std::exchange(state.is_in_news, true)) news_.push_back(&state);
}

void Server::drop(StreamState& state) {
  const std::size_t index = state.index;
  std::swap(streams_[index], streams_.back());
  streams_[index]->index = index;
  streams_.pop_back();
}

StreamState* Server::find(std::int32_t id) const {
  return static_cast<StreamState*>(nghttp2_session_get_stream_user_data(session_.get(), id));
}

// Commands on a stream that is gone, or about to be, do nothing.
StreamState* Server::find_for_command(StreamId id) const {
  if (failure_) return nullptr;
  StreamState* const state = find(static_cast<std::int32_t>(id));
  if (state == nullptr || state->is_reset_by_us || state->fate != StreamState::Fate::open) return nullptr;
  return state;
}

void Server::send_head(StreamId id, const ResponseHead& head, bool is_end) {
  StreamState* const state = find_for_command(id);
  if (state == nullptr || state->response != StreamState::Response::none) return;
  const FieldsOut fields(head);
  if (head.status < 200) {
    nghttp2_submit_headers(session_.get(), NGHTTP2_FLAG_NONE, state->id, nullptr, fields.data(), fields.size(),
                           nullptr);
    return events_.on_wake();
  }
  nghttp2_data_provider provider = data_provider(*state);
  nghttp2_submit_response(session_.get(), state->id, fields.data(), fields.size(), is_end ? nullptr : &provider);
  state->response = is_end ? StreamState::Response::last_given : StreamState::Response::open;
  events_.on_wake();
}

void Server::send_body(StreamId id, Chain&& bytes, bool is_end) {
  StreamState* const state = find_for_command(id);
  if (state == nullptr || state->response != StreamState::Response::open) return bytes.clear();
  state->pending.append(std::move(bytes));
  if (is_end) state->response = StreamState::Response::last_given;
  nghttp2_session_resume_data(session_.get(), state->id);
  events_.on_wake();
}

void Server::send_trailers(StreamId id, const HeaderList& trailers) {
  StreamState* const state = find_for_command(id);
  if (state == nullptr || state->response != StreamState::Response::open) return;
  if (!trailers.is_empty()) state->trailers_out = std::make_unique<TrailersOut>(trailers);
  state->response = StreamState::Response::last_given;
  nghttp2_session_resume_data(session_.get(), state->id);
  events_.on_wake();
}

void Server::reset(StreamId id, ResetCode code) {
  StreamState* const state = find_for_command(id);
  if (state == nullptr) return;
  state->is_reset_by_us = true;
  state->release();
  state->pending.clear();
  nghttp2_submit_rst_stream(session_.get(), NGHTTP2_FLAG_NONE, state->id, wire_code(code));
  events_.on_wake();
}

// nghttp2 gathers credit and sends WINDOW_UPDATE when half a window is free.
void Server::consume(StreamId id, std::size_t bytes) {
  StreamState* const state = find_for_command(id);
  if (state == nullptr) return;
  const std::size_t n = std::min(bytes, state->unconsumed);
  state->unconsumed -= n;
  if (state->has_request_ended) {
    nghttp2_session_consume_connection(session_.get(), n);
  } else {
    nghttp2_session_consume(session_.get(), state->id, n);
  }
  if (nghttp2_session_get_outbound_queue_size(session_.get()) > 0) events_.on_wake();
}

// With streams open, goodbye has two steps: a notice without a last stream, and when the peer has
// answered a PING behind it the GOAWAY that names one. Without streams there is nothing to lose that
// the peer would not safely send again. The second call skips the waiting.
void Server::shut_down() {
  if (failure_ || goodbye_ == Goodbye::last) return;
  if (streams_.empty() || goodbye_ == Goodbye::noticed) return say_last_goodbye();
  nghttp2_submit_shutdown_notice(session_.get());
  nghttp2_submit_ping(session_.get(), NGHTTP2_FLAG_NONE, goodbye_ping.data());
  goodbye_ = Goodbye::noticed;
  requests_left_ = limits_.streams;
  events_.on_wake();
}

bool Server::refuse_head(const Error&) {
  if (!failure_ && goodbye_ != Goodbye::last) say_last_goodbye();
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
