#include "proxy/flow.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "proxy/grpc.h"
#include "proxy/reply.h"

namespace ravelin::proxy {
namespace {

using pipeline::Outcome;

// Over which a rate is measured. What a client reads shows only as room in a buffer of the kernel's, which
// comes in large pieces.
constexpr Duration body_window = std::chrono::seconds(10);
constexpr Duration read_window = std::chrono::seconds(60);

// RFC 9110 section 9.2.2: what may be sent again although it may have arrived.
bool is_idempotent(std::string_view method) {
  static constexpr std::array<std::string_view, 6> methods{"GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE"};
  return std::find(methods.begin(), methods.end(), method) != methods.end();
}

}  // namespace

Flow::Flow(Local& local, FlowOwner& owner, const Peer& peer, const TlsSession& tls, Backlog& backlog,
           http::Stream client, std::unique_ptr<RequestHead> head)
    : local_(local),
      owner_(owner),
      pin_(*local.current),
      client_(client),
      exchange_(local.loop, peer, tls),
      request_(local.blocks),
      response_(local.blocks),
      backlog_(backlog),
      attempt_(local.loop, *this),
      client_body_pace_(local.loop, body_window, [this](Pace::Miss miss) { on_slow_body(miss); }),
      client_read_pace_(local.loop, read_window, [this](Pace::Miss miss) { on_slow_read(miss); }) {
  exchange_.times.started = local.loop.now();
  exchange_.set_request(std::move(head));
  const auto given = pin_->identity.request_id(exchange_);
  exchange_.set_id(given ? *given : local.ids.next());
  ++local.flows;
}

Flow::~Flow() { --local_.flows; }

// --- What modules and upstreams say ---

// True: go on. Otherwise it waits, or has been refused here.
bool Flow::settle(Outcome outcome) {
  switch (outcome) {
    case Outcome::passed: return state_ != State::done;
    case Outcome::waiting: return false;
    case Outcome::answered: answer(run_->rejection()); return false;
    case Outcome::refused: refuse(run_->rejection()); return false;
    case Outcome::dropped: drop(run_->rejection()); return false;
  }
  return false;
}

// A wait is over. What it was about goes on, then whatever found the run busy meanwhile.
void Flow::on_outcome(Outcome outcome) {
  if (!settle(outcome)) return;
  switch (run_->phase()) {
    case pipeline::Phase::request_head: return inspect_body();
    case pipeline::Phase::request_body: settle_request_body(request_.resume()); break;
    case pipeline::Phase::response_head: forward_response(); break;
    case pipeline::Phase::response_body: settle_response_body(response_.resume()); break;
  }
  if (state_ == State::forwarding && response_state_ == Response::inspecting) inspect_response();
  if (state_ == State::forwarding) settle_request_body(request_.poke());
  if (state_ == State::forwarding && response_state_ >= Response::ready) settle_response_body(response_.poke());
}

bool Flow::is_upstream_to_blame() const {
  if (is_conversation()) return request_.in_flight() > 0 && response_.held() == 0;
  if (exchange_.has_response()) return response_.held() == 0;
  const bool is_waiting = awaits_continue_ || request_.is_finished() || request_.in_flight() > 0;
  return exchange_.request().body == BodyKind::none || is_waiting;
}

void Flow::on_attempt_failed(const Error& error) {
  request_.rewind();
  response_.forget_source();
  // It has answered without the rest of the request, which nobody wants any more.
  if (response_.has_ended()) return request_.discard();
  note(DecisionKind::failed_closed, std::string(error.code), error.message);
  if (may_retry(error)) return attempt_.start(*pin_.live().balancers[route_->upstream], exchange_);
  if (response_state_ == Response::started) return cut(error.code, to_ended_by(error.side));
  refuse(error);
}

// Only if the request may be repeated and nothing of it is lost (RFC 9110 section 9.2.2).
bool Flow::may_retry(const Error& error) {
  if (!error.is_retryable || response_state_ != Response::none || !request_.is_whole()) return false;
  if (attempt_.may_be_processed() && !is_idempotent(exchange_.request().method)) return false;
  upstream::Balancer& balancer = *pin_.live().balancers[route_->upstream];
  if (attempt_.was_stale()) return true;
  return exchange_.attempts - attempt_.forgiven() <= balancer.upstream().retries && attempt_.has_choice_left() &&
         balancer.may_retry();
}

// --- Ends ---

void Flow::on_reset(const Error& error) {
  client_ = {};
  if (exchange_.reason.empty()) exchange_.reason = error.code;
  finish(to_ended_by(error.side));
}

void Flow::refuse(const Error& error) {
  exchange_.ended_by = to_ended_by(error.side);
  if (error.side != Side::upstream) note(DecisionKind::reject, std::string(error.code), error.message);
  refuse(make_rejection(error));
}

void Flow::refuse(const Rejection& rejection) {
  if (response_state_ == Response::started) return cut(rejection.reason, "gateway");
  exchange_.reason = rejection.reason;
  exchange_.refused_with = rejection.status;
  if (exchange_.ended_by.empty()) exchange_.ended_by = "gateway";
  const RequestHead& head = exchange_.request();
  end_with(is_grpc(head) && head.protocol.empty()
               ? make_grpc_reply(exchange_, rejection)
               : make_reply(exchange_, rejection, pin_->find_error_page(route_, rejection.status)));
}

// As a refusal, but nothing is wrong: the exchange has no reason, and ends well.
void Flow::answer(const Rejection& answer) {
  if (response_state_ == Response::started) return cut(answer.reason, "gateway");
  end_with(make_answer(answer));
}

void Flow::end_with(Reply made) {
  if (would_seem_a_tunnel(made.head->status))
    return refuse({"http:upgrade", "there is no tunnel where the gateway answers", Side::client, 501});
  if (run_) run_->abandon();
  give_up_upstream();
  if (!is_body_open()) return reply(std::move(made));
  // A body that came with the head is read in this turn; an answer before its end would cost the
  // client its connection.
  state_ = State::replying;
  reply_soon_ =
      local_.loop.after(Duration::zero(), [this, made = std::move(made)]() mutable { reply(std::move(made)); });
}

void Flow::reply(Reply made) {
  state_ = State::replying;
  response_state_ = Response::started;
  exchange_.set_response(std::move(made.head));
  if (run_) static_cast<void>(run_->response_head(true));  // a local answer is not refused again
  ResponseHead& head = exchange_.response();
  complete(head);
  reply_ = std::move(made);
  reply_rest_ = reply_.body.empty() ? reply_.kept : reply_.body;
  client_.send_head(head, reply_rest_.empty());
  if (reply_rest_.empty()) return;
  start_read_pace();
  send_rest();
}

// A window at a time, so that a client that does not read costs no more than in a relay.
void Flow::send_rest() {
  if (exchange_.response_body_bytes < reply_given_) return;
  if (reply_rest_.empty()) return static_cast<void>(backlog_.set(0));
  const std::size_t window = pin_->config->limits.stream_window.bytes;
  const std::string_view piece = reply_rest_.substr(0, std::min(window, backlog_.room_if_empty()));
  reply_rest_.remove_prefix(piece.size());
  reply_given_ += piece.size();
  if (backlog_.set(piece.size())) local_.observer.on_backlog_full();
  Chain body(local_.blocks);
  body.append(piece);
  client_.send_body(std::move(body), reply_rest_.empty());
}

void Flow::drop(const Rejection& rejection) { cut(rejection.reason, "gateway"); }

void Flow::cut(std::string_view reason, std::string_view ended_by) {
  cut(reason, ended_by, http::ResetCode::internal_error);
}

// The client sees that it is cut: RST_STREAM, or a connection that ends too early.
void Flow::cut(std::string_view reason, std::string_view ended_by, http::ResetCode code) {
  exchange_.reason = reason;
  if (client_.is_open()) client_.reset(code);
  finish(ended_by);
}

void Flow::give_up_upstream() {
  attempt_.cancel();
  request_.discard();
  response_.discard();
  count_backlog();
  client_body_pace_.stop();
  client_read_pace_.stop();
}

void Flow::finish(std::string_view ended_by) {
  const State ended = std::exchange(state_, State::done);
  if (ended == State::done) return;
  if (ended == State::tunnelling) route_->tunnels.open.leave(local_.loop);
  client_ = {};
  reply_soon_.reset();
  give_up_upstream();
  if (exchange_.ended_by.empty()) exchange_.ended_by = ended_by;
  exchange_.times.finished = local_.loop.now();
  if (run_) run_->done();
  (route_ != nullptr ? route_->metrics : pin_->routeless_metrics).count(exchange_);
  local_.observer.on_exchange_done(exchange_);
  owner_.on_flow_done(*this);
}

void Flow::note(DecisionKind kind, std::string reason, std::string detail) {
  exchange_.decisions.push_back({"core", kind, std::move(reason), std::move(detail), route_ ? route_->place : Place{}});
}

}  // namespace ravelin::proxy
