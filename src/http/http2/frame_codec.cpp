#include "http/http2/frame_codec.h"

#include <algorithm>
#include <string>
#include <utility>

namespace ravelin::http::http2 {

namespace {

// Control frames that are ready but not taken: beyond this nothing is read. A 64 KiB read full of PING
// makes as many bytes of answers, so the queue stays below 128 KiB and a few answered heads. An upload reads as
// much in one turn, and acknowledges it once.
constexpr std::size_t most_ready = 64 * 1024;
constexpr std::size_t read_size = 65 * 1024;  // a whole window of 64 KiB, and its frames' headers

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

// Only a client begins with a preface besides its SETTINGS (RFC 9113 section 3.4).
FrameCodec::FrameCodec(CodecEvents& events, BlockPool& pool, const Limits& limits, Role role)
    : events_(events),
      pool_(pool),
      limits_(limits),
      gate_(role == Role::server ? NGHTTP2_CLIENT_MAGIC_LEN : 0),
      budget_(static_cast<std::int32_t>(limits.flood_points)),
      ready_(pool),
      role_(role),
      session_(make_session(*this, *memory_, limits_, role)) {}

FrameCodec::~FrameCodec() = default;

// After a violation nghttp2 gets no more bytes: what it does with them has been a source of failed
// assertions (CVE-2026-27135).
Result<void> FrameCodec::receive(Slice bytes) {
  if (failure_) return *failure_;
  input_ = std::move(bytes);
  for (auto rest = input_.bytes(); !rest.empty();) {
    const FrameGate::Step step = gate_.advance(rest);
    received_ += step.size;
    if (step.is_new_frame) {
      ++frames_;
      judge(gate_.frame());
    }
    if (!violation_) feed(rest.first(step.size));
    if (violation_) return fail();
    rest = rest.subspan(step.size);
  }
  input_ = Slice();
  settle_credit();
  was_full_ = read_budget() == 0;
  if (has_output() || has_said_all()) events_.on_wake();
  return {};
}

// Frame by frame, so that an owner knows of a reset before the next request arrives: requests that are
// running at the origin never exceed the limit on streams, whatever is reset.
void FrameCodec::feed(std::span<const std::byte> bytes) {
  const auto* const data = reinterpret_cast<const std::uint8_t*>(bytes.data());
  const auto read = nghttp2_session_mem_recv(session_.get(), data, bytes.size());
  if (read < 0) violate_by_library(static_cast<int>(read));
  if (!violation_ && nghttp2_session_get_outbound_queue_size(session_.get()) > 0) pump_control();
  tell_news();
}

void FrameCodec::violate(std::uint32_t code, Error error) {
  if (!violation_) violation_ = Violation{code, std::move(error)};
}

void FrameCodec::violate_by_library(int error) {
  switch (error) {
    case NGHTTP2_ERR_BAD_CLIENT_MAGIC:
      return violate(NGHTTP2_PROTOCOL_ERROR, blame("http2:bad_preface", "did not begin with the preface of HTTP/2"));
    case NGHTTP2_ERR_FLOODED:
    case NGHTTP2_ERR_TOO_MANY_CONTINUATIONS:
      return violate(NGHTTP2_ENHANCE_YOUR_CALM,
                     blame("http2:flood", "broke HTTP/2: " + std::string(nghttp2_strerror(error))));
    default:
      return violate(NGHTTP2_INTERNAL_ERROR,
                     {"http2:internal", nghttp2_strerror(error), Side::local, role_ == Role::client ? 502 : 0});
  }
}

Error FrameCodec::blame(std::string_view code, std::string_view what, int status) const {
  if (role_ == Role::client) return {"upstream:bad_response", "the upstream " + std::string(what), Side::upstream, 502};
  return {code, "the client " + std::string(what), Side::client, status};
}

Error FrameCodec::fail() {
  input_ = Slice();
  const Error error = violation_->error;
  nghttp2_session_terminate_session(session_.get(), violation_->code);
  pump_control();
  tell_news();
  abort(error);
  return error;
}

// All are doomed before the first is told: its owner may reset() the others.
void FrameCodec::abort(const Error& error) {
  if (!failure_) failure_ = error;
  for (const auto& state : streams_) {
    Error told = error;
    // What an origin did on one stream shall not cost the requests of others more than its going away would.
    told.is_retryable |= violation_ && role_ == Role::client && !state->has_response_begun;
    doom(*state, std::move(told));
  }
  tell_news();
  while (!streams_.empty()) {
    nghttp2_session_set_stream_user_data(session_.get(), streams_.back()->id, nullptr);
    drop(*streams_.back());
  }
  events_.on_wake();
}

std::size_t FrameCodec::read_budget() const {
  return failure_ || ready_.size() >= most_ready ? 0 : gate_.whole_frames(read_size);
}

bool FrameCodec::has_output() const {
  return !ready_.is_empty() || (!failure_ && nghttp2_session_want_write(session_.get()) != 0);
}

bool FrameCodec::has_said_all() const {
  return failure_ || (streams_.empty() && nghttp2_session_want_read(session_.get()) == 0);
}

// Without a stream nghttp2's table of them is empty, and without output so is the frame it was building.
void FrameCodec::rest() {
  if (streams_.empty() && !has_output()) memory_->give_back_pages();
}

bool FrameCodec::produce(Chain& out, std::size_t budget) {
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

void FrameCodec::pump(Output output) {
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

void FrameCodec::tell_news() {
  for (std::size_t i = 0; i < news_.size(); ++i) {
    StreamState& state = *news_[i];
    tell(state);
    news_[i] = nullptr;
    if (state.is_gone) drop(state);
  }
  news_.clear();
}

// A handler may reset() this very stream: the owner is looked at again after each event.
void FrameCodec::tell(StreamState& state) {
  state.is_in_news = false;
  const std::size_t sent = std::exchange(state.sent, 0);
  if (sent > 0 && state.owner != nullptr) state.owner->on_sent(sent);
  if (state.fate != StreamState::Fate::open) {
    StreamEvents* const owner = state.release();
    if (owner != nullptr && state.fate == StreamState::Fate::closed) owner->on_closed();
    if (owner != nullptr && state.fate == StreamState::Fate::reset) owner->on_reset(*state.error);
  }
}

void FrameCodec::add_news(StreamState& state) {
  if (!std::exchange(state.is_in_news, true)) news_.push_back(&state);
}

StreamState& FrameCodec::add_stream(StreamId handle) {
  streams_.push_back(std::make_unique<StreamState>(handle, stream_window(limits_, role_), pool_));
  streams_.back()->index = streams_.size() - 1;
  return *streams_.back();
}

void FrameCodec::drop(StreamState& state) {
  const StreamId handle = state.handle;
  unconsumed_ -= state.unconsumed;
  widened_ -= state.window - stream_window(limits_, role_);
  const std::size_t index = state.index;
  std::swap(streams_[index], streams_.back());
  streams_[index]->index = index;
  streams_.pop_back();
  forget(handle);
}

void FrameCodec::doom(StreamState& state, Error error) {
  if (state.fate != StreamState::Fate::open) return;
  state.fate = StreamState::Fate::reset;
  state.error = std::move(error);
  add_news(state);
}

StreamState* FrameCodec::find(std::int32_t id) const {
  return static_cast<StreamState*>(nghttp2_session_get_stream_user_data(session_.get(), id));
}

// nghttp2 forgets a stream before its owner is told.
StreamState* FrameCodec::find_in_news(StreamId handle) const {
  const auto found = std::find_if(news_.begin(), news_.end(), [&](const StreamState* state) {
    return state != nullptr && state->handle == handle;
  });
  return found == news_.end() ? nullptr : *found;
}

// Commands on a stream that is gone, or about to be, do nothing.
StreamState* FrameCodec::find_for_command(StreamId handle) const {
  StreamState* const state = failure_ ? nullptr : find_by_handle(handle);
  if (state == nullptr || state->is_reset_by_us || state->fate != StreamState::Fate::open) return nullptr;
  return state;
}

void FrameCodec::send_body(StreamId id, Chain&& bytes, bool is_end) {
  StreamState* const state = find_for_command(id);
  if (state == nullptr || state->sending != StreamState::Sending::open) return bytes.clear();
  state->pending.append(std::move(bytes));
  if (is_end) state->sending = StreamState::Sending::last_given;
  nghttp2_session_resume_data(session_.get(), state->id);
  events_.on_wake();
}

void FrameCodec::send_trailers(StreamId id, const HeaderList& trailers) {
  StreamState* const state = find_for_command(id);
  if (state == nullptr || state->sending != StreamState::Sending::open) return;
  if (!trailers.is_empty()) state->trailers_out = std::make_unique<TrailersOut>(trailers);
  state->sending = StreamState::Sending::last_given;
  nghttp2_session_resume_data(session_.get(), state->id);
  events_.on_wake();
}

// Whatever has become of the stream, its owner hears nothing more.
void FrameCodec::reset(StreamId id, ResetCode code) {
  StreamState* const named = find_by_handle(id);
  StreamState* const state = find_for_command(id);
  if (named != nullptr) named->release();
  if (state == nullptr) return;
  if (code == ResetCode::enhance_your_calm) pay(Waste::slow_read);  // the one thing that owners say so of
  state->is_reset_by_us = true;
  state->pending.clear();
  events_.on_wake();
  const bool is_known = state->id != 0 && nghttp2_session_find_stream(session_.get(), state->id) != nullptr;
  if (state->id != 0) nghttp2_submit_rst_stream(session_.get(), NGHTTP2_FLAG_NONE, state->id, wire_code(code));
  if (!is_known) drop_unsent(*state);
}

// The peer has never heard of it, and nghttp2 may not say when it is over: it may wait for a stream to end.
void FrameCodec::drop_unsent(StreamState& state) {
  if (state.id != 0) nghttp2_session_set_stream_user_data(session_.get(), state.id, nullptr);
  drop(state);
}

// nghttp2 gathers credit and sends WINDOW_UPDATE when half a window is free.
void FrameCodec::consume(StreamId id, std::size_t bytes) {
  StreamState* const state = find_for_command(id);
  if (state == nullptr) return;
  const std::size_t n = std::min(bytes, state->unconsumed);
  state->unconsumed -= n;
  unconsumed_ -= n;
  if (state->is_received) {
    nghttp2_session_consume_connection(session_.get(), n);
  } else {
    nghttp2_session_consume(session_.get(), state->id, n);
    if (role_ == Role::server) widen_window(*state, n);
  }
  settle_credit();
  if (nghttp2_session_get_outbound_queue_size(session_.get()) > 0) events_.on_wake();
}

// An upload is as fast as a window for each way to its client and back. Who takes a whole one and leaves nothing gets
// twice as much, as long as all that was given besides is a quarter of the connection's.
void FrameCodec::widen_window(StreamState& state, std::size_t taken) {
  constexpr std::size_t widest = 256 * 1024;
  state.taken += taken;
  const std::size_t most = static_cast<std::size_t>(connection_window(limits_, role_)) / 4;
  if (!has_settings_ack_ || state.unconsumed > 0 || state.taken < state.window || 2 * state.window > widest ||
      widened_ + state.window > most)
    return;
  state.taken = 0;
  widened_ += state.window;
  state.window *= 2;
  nghttp2_session_set_local_window_size(session_.get(), NGHTTP2_FLAG_NONE, state.id,
                                        static_cast<std::int32_t>(state.window));
}

// nghttp2 gives the connection's credit back when half of its window is free. While bodies that have stopped hold the
// other half that is never so, and all would wait for them.
void FrameCodec::settle_credit() {
  const auto window = static_cast<std::size_t>(connection_window(limits_, role_));
  if (unconsumed_ < window / 4 || !input_.is_empty()) return;  // amid a frame its padding is not settled
  const auto used = static_cast<std::size_t>(nghttp2_session_get_effective_recv_data_length(session_.get()));
  const std::size_t settled = used - std::min(used, unconsumed_);
  if (used < window / 2 + window / 4 || settled < window / 16) return;
  nghttp2_submit_window_update(session_.get(), NGHTTP2_FLAG_NONE, 0, static_cast<std::int32_t>(settled));
}

// The connection's window is for bodies that are wanted. Nothing is given back of the stream's own: not all of it shall
// come.
void FrameCodec::ignore_body(StreamId id) {
  StreamState* const state = find_for_command(id);
  if (state == nullptr) return;
  state->is_ignored = true;
  release_credit(*state);
}

void FrameCodec::release_credit(StreamState& state) {
  const std::size_t bytes = std::exchange(state.unconsumed, 0);
  if (bytes == 0) return;
  unconsumed_ -= bytes;
  nghttp2_session_consume_connection(session_.get(), bytes);
  settle_credit();
  if (nghttp2_session_get_outbound_queue_size(session_.get()) > 0) events_.on_wake();
}

bool FrameCodec::is_body_stopped() const { return nghttp2_session_get_local_window_size(session_.get()) <= 0; }

bool FrameCodec::is_window_shut(StreamId id) const {
  const StreamState* const state = find_for_command(id);
  if (state == nullptr || state->id == 0) return false;
  return nghttp2_session_get_remote_window_size(session_.get()) <= 0 ||
         nghttp2_session_get_stream_remote_window_size(session_.get(), state->id) <= 0;
}

}  // namespace ravelin::http::http2
