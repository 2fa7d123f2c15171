#include "connection/connection.h"

#include <algorithm>
#include <cassert>
#include <string>
#include <utility>

namespace ravelin::connection {
namespace {

// One turn of one connection: enough to keep a fast transfer going with few system calls, little
// enough that a turn over many connections stays short.
constexpr std::size_t turn_budget = 64 * 1024;
// What is in a window of 64 KiB shall not need two turns because of its framing.
constexpr std::size_t most_read = 65 * 1024;
// A flush stops after this many writes; the rest goes on in the next turn.
constexpr int writes_per_turn = 4;
// Costs other than bytes, as the number of bytes that take as long to read: a frame; a stream that begins, or ends with
// its connection; a dial to an origin; a step of a handshake.
constexpr std::size_t work_of_frame = 512;
constexpr std::size_t work_of_stream = 8 * 1024;
constexpr std::size_t work_of_dial = 32 * 1024;
constexpr std::size_t work_of_handshake = 128 * 1024;
// Idle for so long, a connection gives back what it can: who asks again at once does not pay for it.
constexpr Duration rest_after = std::chrono::seconds(1);

Error open_timeout(Side peer) {
  if (peer == Side::client) return {"client:handshake_timeout", "the handshake took too long", peer};
  return {"upstream:connect_timeout", "no connection within connect_timeout", peer, 504, true};
}

Error closed_early(Side peer) {
  if (peer == Side::client) return {"client:closed", "the client closed during the handshake", peer};
  return {"upstream:closed", "the upstream closed the connection as it was made", peer, 502, true};
}

Error write_timeout(Side peer) {
  if (peer == Side::client)
    return {"client:response_idle", "the client took nothing of the response for response_idle", peer};
  return {"upstream:request_idle", "the upstream took nothing of the request for response_idle", peer, 504};
}

}  // namespace

Connection::Connection(Loop& loop, Turn& turn, BlockPool& pool, std::unique_ptr<net::Transport> transport,
                       const Deadlines& deadlines, ConnectionEvents& events)
    : loop_(loop),
      turn_(turn),
      pool_(pool),
      events_(events),
      deadlines_(deadlines),
      transport_(std::move(transport)),
      out_(pool),
      deadline_(loop, [this] { on_deadline(); }),
      waiting_since_(loop.now()),
      told_seconds_at_(loop.now()) {
  transport_->set_events(*this);
  turn_.mark(*this);
  if (deadlines.peer == Side::upstream) turn_.spend(work_of_dial);
  watch_deadline();
}

Connection::~Connection() {
  // Streams that are still open are the owner's to end first.
  turn_.forget(*this);
}

void Connection::on_ready(bool may_read, bool may_write) {
  may_read_ |= may_read;
  may_write_ |= may_write;
  is_peer_looked_for_ &= !may_read;
  turn_.mark(*this);
}

// A request that was given up ends at once, so that an origin never works on more of them than clients may have
// under way: those that follow may leave in this turn.
void Connection::on_wake() {
  turn_.mark(*this);
  const bool is_given_up = codec_ != nullptr && codec_->needs_reset();
  if (deadlines_.peer == Side::upstream && state_ == State::open && is_given_up) transport_->abort();
}

bool Connection::looks_unread() {
  if (!may_read_ && !transport_->has_input()) return false;
  may_read_ = has_work_ = true;
  turn_.carry(*this);
  return true;
}

http::StreamEvents* Connection::on_request(http::Stream stream, std::unique_ptr<RequestHead> head) {
  has_work_ = true;
  turn_.spend(work_of_stream);
  if (wait_ == Wait::head) waiting_since_ = loop_.now();  // the head that is amid the next frames is another one
  if (std::exchange(is_to_shut_down_, false)) codec_->shut_down();  // the answer says so
  return events_.on_request(stream, std::move(head));
}

http::StreamEvents* Connection::on_bad_request(http::Stream stream, std::unique_ptr<RequestHead> head,
                                               const Error& error) {
  has_work_ = true;
  if (std::exchange(is_to_shut_down_, false)) codec_->shut_down();
  return events_.on_bad_request(stream, std::move(head), error);
}

void Connection::read() {
  if (state_ == State::gone) return;
  if (state_ == State::opening) try_open();
  if (state_ == State::lingering) return discard();
  if (state_ != State::open) return;
  const std::size_t budget = std::min(codec_->read_budget(), most_read);
  if (!may_read_) return;
  if (budget == 0) return look_for_client();
  if (std::exchange(read_in_turn_, turn_.number()) == turn_.number()) return turn_.carry(*this);
  read_once(budget);
  if (turn_.is_roomy()) read_on();
}

// What two streams of a connection have sent goes on in a piece each, and the credit for it goes back at once.
void Connection::read_on() {
  if (!may_read_ || state_ != State::open) return;
  const std::size_t budget = std::min(codec_->read_budget(), most_read);
  if (budget >= Block::size) read_once(budget);
}

void Connection::read_once(std::size_t budget) {
  Chain input(pool_);
  stir();
  const net::IoStatus status = transport_->read(input, budget);
  may_read_ = status == net::IoStatus::open;
  is_peer_looked_for_ = false;
  turn_.spend(input.size() + transport_->take_records() * work_of_frame);
  receive(input, status);
}

// Nothing may be read, so a client that has gone would not be noticed, and what works for it would go
// on in vain. An upstream that has closed may have said all that is needed: it is read in time.
void Connection::look_for_client() {
  if (deadlines_.peer != Side::client || std::exchange(is_peer_looked_for_, true)) return;
  if (!transport_->is_peer_gone()) return;
  codec_->receive_end();
  // A tunnel's other direction may go on behind an end, but for nobody behind a reset.
  if (state_ == State::open && codec_->streams() > 0 && transport_->is_broken_off())
    abort({"client:reset", "the client broke off", Side::client});
}

void Connection::receive(Chain& input, net::IoStatus status) {
  while (!input.is_empty() && state_ == State::open) {
    auto received = codec_->receive(input.pop_front());
    if (!received) return begin_close();
  }
  if (state_ != State::open) return;
  turn_.spend(codec_->take_frames() * work_of_frame);
  if (status == net::IoStatus::ended) {
    has_peer_ended_ = true;
    codec_->receive_end();
  } else if (status == net::IoStatus::failed) {
    return end(broken());
  }
  turn_.mark(*this);
}

// The transport is being opened: reading and writing nothing drives it.
void Connection::try_open() {
  Chain input(pool_);
  net::IoStatus status = net::IoStatus::blocked;
  if (may_read_) {
    if (deadlines_.peer == Side::client && transport_->is_handshaking()) turn_.spend(work_of_handshake);
    status = transport_->read(input, turn_budget);
    may_read_ = status == net::IoStatus::open;
    turn_.spend(input.size());
    if (status == net::IoStatus::failed) return end(broken());
    if (status == net::IoStatus::ended && transport_->is_handshaking()) {
      return end(closed_early(deadlines_.peer));
    }
  }
  if (transport_->is_handshaking()) return;
  state_ = State::open;
  may_write_ = true;  // a write that was blocked by the handshake is not any more
  codec_ = events_.on_open(*this);
  if (codec_ == nullptr) return begin_close();
  waiting_since_ = loop_.now();
  receive(input, status);
  has_work_ |= state_ == State::open && deadlines_.peer == Side::upstream;
}

// Everything is said; what the peer still sends is thrown away until it closes, so that it can read
// our last words before a reset overtakes them (RFC 9112 section 9.6).
void Connection::discard() {
  if (!may_read_) return;
  Chain input(pool_);
  const net::IoStatus status = transport_->read(input, turn_budget);
  may_read_ = status == net::IoStatus::open;
  turn_.spend(input.size());
  has_discarded_ |= !input.is_empty();
  if (status == net::IoStatus::ended || status == net::IoStatus::failed) {
    return end({"client:closed", "closed in order", Side::local});
  }
  if (may_read_) turn_.carry(*this);
}

void Connection::flush() {
  if (state_ == State::gone) return;
  if (state_ == State::lingering) return finish_writing();
  for (int i = 0; i < writes_per_turn && write_some(); ++i)
    if (i + 1 == writes_per_turn) turn_.carry(*this);
  if (is_to_shut_down_ && !(may_read_ && codec_->is_idle())) shut_down();
  if (state_ == State::open) report_idle();
  if (state_ == State::open && codec_->wants_close()) begin_close();
  if (state_ == State::closing && (!has_output() || is_rest_useless())) finish_close();
  // More to read than this turn allowed, or credit has come back since the read.
  if (state_ == State::open && may_read_ && codec_->read_budget() > 0) turn_.carry(*this);
  watch_deadline();
}

// One produce and one write. Returns whether another round may get further.
bool Connection::write_some() {
  bool has_more = state_ == State::open;  // unless the codec says that this was all
  if (has_more && out_.size() < turn_budget) has_more = codec_->produce(out_, turn_budget - out_.size());
  const std::size_t before = output();
  // A write would go on with a handshake whose read was put off, as the turn had no time for it.
  if (state_ == State::opening && may_read_ && before == 0) {
    turn_.carry(*this);
    return false;
  }
  if (!may_write_ || (before == 0 && !transport_->is_handshaking())) return false;
  const net::IoStatus status = transport_->write(out_);
  if (status == net::IoStatus::failed) {
    give_up_writing();
    return false;
  }
  may_write_ = status == net::IoStatus::open;
  if (const std::size_t left = output(); left < before) {
    if (wait_ == Wait::write) waiting_since_ = loop_.now();
    uptake_.restart();
    turn_.spend(before - left);
  }
  return may_write_ && has_more;
}

// An upstream that takes no more of a request may have answered it before it closed: what is there is
// read first, and the read finds the end. What a client that is gone had asked for is of no use.
void Connection::give_up_writing() {
  if (deadlines_.peer == Side::client || state_ != State::open) return end(broken());
  may_write_ = false;
  may_read_ = true;
  turn_.carry(*this);
}

// What an origin has sent behind its response would be taken for the next one: it is read first.
void Connection::report_idle() {
  if (!has_work_ || codec_->streams() > 0) return;
  if (deadlines_.peer == Side::upstream && may_read_ && codec_->read_budget() > 0) return;
  has_work_ = false;
  wait_ = Wait::idle;
  waiting_since_ = loop_.now();
  events_.on_idle(*this);
}

http::Stream Connection::open(http::StreamEvents& owner) {
  has_work_ = true;
  return codec_->open(owner);
}

// What a client has sent before is served: it may be a request.
void Connection::shut_down() {
  if (state_ != State::open) return;
  is_to_shut_down_ = deadlines_.peer == Side::client && may_read_ && codec_->is_idle();
  if (!is_to_shut_down_) codec_->shut_down();
  turn_.mark(*this);
}

// What the codec still has to say (a GOAWAY) goes out first; then our side is closed.
void Connection::begin_close() {
  if (state_ != State::open && state_ != State::opening) return;
  if (codec_ != nullptr) codec_->produce(out_, turn_budget);
  state_ = State::closing;
  turn_.mark(*this);
}

// What the transport says went wrong, as an error of the side it connects to.
Error Connection::broken() const {
  Error error = transport_->error();
  if (deadlines_.peer == Side::client) return error;
  error.is_retryable = true;  // as far as the transport knows; the Attempt knows what it had sent
  if (error.side != Side::client) return error;
  return {"upstream:reset", "the connection to the upstream broke: " + error.message, Side::upstream, 502, true};
}

void Connection::finish_close() {
  if (codec_ != nullptr && codec_->needs_reset())
    return abort({"client:closed", "reset, as what it was sent is not whole", Side::local});
  state_ = State::lingering;
  transport_->close_write();
  if (has_peer_ended_ || deadlines_.linger == Duration::zero())
    return end({"client:closed", "closed in order", Side::local});
  may_read_ = true;
  turn_.carry(*this);
}

// An origin that does not read what is left of a request would go on working for nobody.
bool Connection::is_rest_useless() const {
  return deadlines_.peer == Side::upstream && codec_ != nullptr && codec_->needs_reset();
}

// A close_notify that did not fit.
void Connection::finish_writing() {
  if (may_write_ && transport_->unsent() > 0) may_write_ = transport_->write(out_) == net::IoStatus::open;
}

void Connection::abort(const Error& why) {
  if (state_ == State::gone) return;
  end(why);
  transport_->abort();  // when all is counted: the peer sees it at once
}

void Connection::end(const Error& why) {
  if (state_ == State::gone) return;
  state_ = State::gone;
  deadline_.cancel();
  if (codec_ != nullptr) {
    turn_.spend(codec_->streams() * work_of_stream);
    codec_->abort(why);
  }
  events_.on_gone(*this, why);
}

// Only a change of wait restarts the clock; progress within one moves waiting_since_ where it
// happens.
void Connection::watch_deadline() {
  if (state_ == State::gone) return;
  const Wait wait = current_wait();
  if (wait != wait_) {
    wait_ = wait;
    waiting_since_ = loop_.now();
  }
  const Duration allowed = wait_allowed();
  if (allowed != Duration::zero()) deadline_.arm(waiting_since_ + allowed - loop_.now());
}

Connection::Wait Connection::current_wait() const {
  if (state_ == State::opening) return Wait::open;
  if (state_ == State::lingering) return Wait::linger;
  if (has_output()) return Wait::write;
  if (state_ != State::open) return Wait::none;
  if (codec_->is_reading_head()) return Wait::head;
  if (!codec_->is_idle()) return Wait::none;
  // The first head is awaited as strictly as one that has begun.
  if (wait_ == Wait::open || wait_ == Wait::head) return Wait::head;
  return wait_ == Wait::resting ? Wait::resting : Wait::idle;
}

Duration Connection::wait_allowed() const {
  switch (wait_) {
    case Wait::none: return Duration::zero();
    case Wait::open: return deadlines_.open;
    case Wait::head: return deadlines_.head;
    case Wait::idle: return std::min(deadlines_.idle, std::max(stirred_at_ - waiting_since_, Duration()) + rest_after);
    case Wait::resting: return deadlines_.idle;
    case Wait::write: return deadlines_.write / 2;
    case Wait::linger: return deadlines_.linger;
  }
  return Duration::zero();
}

// The timer is not moved when a wait ends, so it may come up early: look again.
void Connection::on_deadline() {
  const Duration allowed = wait_allowed();
  if (allowed == Duration::zero()) return;
  const Duration left = waiting_since_ + allowed - loop_.now();
  if (left > Duration::zero()) return deadline_.arm(left);
  switch (wait_) {
    case Wait::none: return;
    case Wait::idle: return allowed < deadlines_.idle ? rest() : shut_down();
    case Wait::resting: return shut_down();
    case Wait::linger:
      return may_linger_on() ? go_on_waiting() : end({"client:closed", "closed in order", Side::local});
    case Wait::open: return abort(open_timeout(deadlines_.peer));
    case Wait::write: return does_peer_take() ? go_on_waiting() : abort(write_timeout(deadlines_.peer));
    case Wait::head: return refuse_head();
  }
}

// Half of the time has passed without a byte that the kernel took.
bool Connection::does_peer_take() {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(wait_allowed()).count();
  const std::uint64_t least = std::max<std::uint64_t>(1, deadlines_.write_rate * static_cast<std::uint64_t>(seconds));
  return uptake_.look(acknowledged(), least).has_value();
}

// Of unix sockets the kernel says what the bytes occupy, which is more.
std::uint64_t Connection::acknowledged() const {
  return transport_->sent() - std::min<std::uint64_t>(transport_->sent(), transport_->unacknowledged());
}

bool Connection::is_dispensable() const {
  const bool awaits_head = wait_ == Wait::head;
  if (state_ != State::open || !(awaits_head || wait_ == Wait::idle || wait_ == Wait::resting)) return false;
  // What was read since may be a part of a TLS record, of which the codec knows nothing.
  const Time since = awaits_head ? waiting_since_ : std::max(waiting_since_, stirred_at_);
  if (loop_.now() - since < std::chrono::seconds(awaits_head ? 5 : 1)) return false;
  return !may_read_ && !transport_->has_input() && transport_->unacknowledged() == 0;
}

// Our last words may still be on their way, and a reset would overtake them: the kernel sends one once nobody reads
// what comes. Who broke the protocol is not waited for.
bool Connection::may_linger_on() {
  constexpr unsigned most = 15;
  if (codec_ == nullptr || codec_->violation() != nullptr || ++lingered_ == most) return false;
  const bool takes = uptake_.look(acknowledged()).has_value() && transport_->unacknowledged() > 0;
  return std::exchange(has_discarded_, false) || takes;
}

void Connection::go_on_waiting() {
  waiting_since_ = loop_.now();
  deadline_.arm(wait_allowed());
}

// The same wait goes on.
void Connection::rest() {
  wait_ = Wait::resting;
  codec_->rest();
  transport_->rest();
  watch_deadline();
}

// What has come ends the rest, though it may be no request, which is what is waited for. A second later it may rest
// again.
void Connection::stir() {
  stirred_at_ = loop_.now();
  if (const Duration passed = stirred_at_ - told_seconds_at_; passed >= std::chrono::seconds(1)) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(passed);
    codec_->pass_seconds(seconds.count());
    told_seconds_at_ += seconds;
  }
  if (wait_ == Wait::resting) wait_ = Wait::idle;
}

void Connection::refuse_head() {
  const Error error{"client:head_timeout", "the request head took longer than head_timeout", Side::client, 408};
  if (!codec_->refuse_head(error)) {
    codec_->shut_down();
    return begin_close();
  }
  turn_.mark(*this);
}

}  // namespace ravelin::connection
