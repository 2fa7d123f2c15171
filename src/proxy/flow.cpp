#include "proxy/flow.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "http/date.h"
#include "http/hops.h"
#include "proxy/grpc.h"
#include "proxy/local_answer.h"
#include "proxy/reply.h"
#include "proxy/upgrade.h"

namespace ravelin::proxy {
namespace {

using pipeline::Outcome;

// RFC 9110 section 9.2.2: what may be sent again although it may have arrived.
bool is_idempotent(std::string_view method) {
  static constexpr std::array<std::string_view, 6> methods{"GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE"};
  return std::find(methods.begin(), methods.end(), method) != methods.end();
}

}  // namespace

Flow::Flow(Local& local, FlowOwner& owner, const Peer& peer, const TlsSession& tls, http::Stream client,
           std::unique_ptr<RequestHead> head)
    : local_(local),
      owner_(owner),
      pin_(*local.current),
      client_(client),
      exchange_(local.loop, peer, tls),
      request_(local.blocks),
      response_(local.blocks),
      attempt_(local.loop, *this),
      client_body_pace_(local.loop, [this](Pace::Miss miss) { on_slow_body(miss); }),
      client_read_pace_(local.loop, [this](Pace::Miss) { cut("client:response_idle", "client"); }) {
  exchange_.times.started = exchange_.times.head_received = local.loop.now();
  exchange_.set_request(std::move(head));
  const auto given = pin_->identity.request_id(exchange_);
  exchange_.set_id(given ? *given : local.ids.next());
  ++local.flows;
}

Flow::~Flow() { --local_.flows; }

// --- The request, step by step ---

void Flow::start() {
  pin_->identity.resolve(exchange_);
  request_.set_source(client_);
  if (find_route()) inspect_head();
}

void Flow::start_refused(const Error& error) { refuse(error); }

bool Flow::find_route() {
  if (owner_.is_misdirected(exchange_.request())) {
    refuse(
        {"http:misdirected", "the host has another certificate than the connection's server name", Side::client, 421});
    return false;
  }
  const std::size_t index = pin_->router.find(exchange_.request());
  if (index == routing::Router::no_route) {
    refuse({"route:none", "no route matches this host and path", Side::client, 404});
    return false;
  }
  route_ = &pin_->routes[index];
  exchange_.route = route_->name;
  exchange_.decisions.reserve(route_->pipeline.stages.size() + 1);
  exchange_.decisions.push_back({"route", DecisionKind::pass, {}, {}, route_->place});
  const RequestHead& head = exchange_.request();
  if (head.body == BodyKind::sized && head.body_size > route_->body_limit) {
    refuse({"limit:request_body", "Content-Length is above request_body", Side::client, 413});
    return false;
  }
  return head.protocol.empty() || may_upgrade();
}

// HTTP/1.1 goes on without what is not offered (RFC 9110 section 7.8); HTTP/2 asks for nothing else (RFC
// 8441 section 4).
bool Flow::may_upgrade() {
  RequestHead& head = exchange_.request();
  if (route_->may_upgrade_to(head.protocol)) return true;
  if (head.version == Version::http2) {
    refuse({"http:upgrade", "the route does not offer this protocol", Side::client, 501});
    return false;
  }
  head.protocol = {};
  return true;
}

void Flow::inspect_head() {
  state_ = State::inspecting_head;
  if (route_->pipeline.stages.empty()) return inspect_body();
  pipeline::RunEvents& events = *this;
  run_.emplace(route_->pipeline, exchange_, events);
  if (settle(run_->request_head())) inspect_body();
}

// The head has passed: the body may come, and is shown to the modules that want it. Only if one of
// them wants it whole does the upstream wait for it.
void Flow::inspect_body() {
  state_ = State::inspecting_body;
  if (answer_from_configuration()) return;
  const RequestHead& head = exchange_.request();
  if (head.body == BodyKind::none) return connect();
  const bool is_watched = run_ && run_->has_inspectors();
  const std::size_t hold = is_watched ? run_->request_body_hold() : 0;
  awaits_continue_ = head.expects_continue && hold == 0;
  if (head.expects_continue && hold > 0) ask_for_body();
  if (!awaits_continue_) watch_body();
  settle_request_body(request_.begin(is_watched ? &*run_ : nullptr, &pipeline::Run::request_body, hold));
}

// RFC 9110 section 10.1.1: whether the body is wanted is the upstream's to say, unless it is wanted here
// before the upstream is asked.
void Flow::ask_for_body() {
  exchange_.request().expects_continue = false;
  ResponseHead go_on;
  go_on.status = 100;
  client_.send_head(go_on, false);
}

// True: there is an answer, and it is on its way. What such a request brings along is not wanted.
bool Flow::answer_from_configuration() {
  auto answer = find_local_answer(*pin_, *route_, exchange_);
  if (!answer) return false;
  if (!*answer) {
    refuse(answer->error());
  } else {
    auto& [made, code, detail, place] = **answer;
    exchange_.decisions.push_back({"core", DecisionKind::answer, std::string(code), std::move(detail), place});
    end_with(std::move(made));
  }
  return true;
}

void Flow::watch_body() {
  const config::Limits& limits = pin_->config->limits;
  if (!request_.has_ended()) client_body_pace_.start(limits.body_idle, limits.body_min_rate.bytes);
}

void Flow::on_slow_body(Pace::Miss miss) {
  if (state_ == State::tunnelling) return cut("tunnel:idle", "gateway");
  // While the way on is blocked the client may not send: not its fault.
  if (request_.owed() > 0) return watch_body();
  const bool is_gap = miss == Pace::Miss::gap;
  refuse({is_gap ? "client:body_idle" : "client:body_rate",
          is_gap ? "no byte of the request body came for body_idle" : "the request body came slower than body_min_rate",
          Side::client, 408});
}

void Flow::connect() {
  if (!count_hop()) return;
  state_ = State::connecting;
  exchange_.times.inspected = local_.loop.now();
  RequestHead& head = exchange_.request();
  if (auto rewritten = route_->rewrite.apply(head); !rewritten) return refuse(rewritten.error());
  route_->request_headers.apply(head.fields, exchange_);
  head.fields.set("x-request-id", exchange_.id());
  prepare_websocket(head, exchange_.id());
  upstream::Balancer& balancer = *pin_.live().balancers[route_->upstream];
  exchange_.upstream = balancer.upstream().name;
  balancer.count_request();
  attempt_.start(balancer, exchange_);
}

// False: the request ends here, answered or refused.
bool Flow::count_hop() {
  const auto may_go_on = http::count_hop(exchange_.request());
  if (!may_go_on) {
    refuse(may_go_on.error());
    return false;
  }
  if (!*may_go_on) {
    Rejection nothing_more;
    nothing_more.status = 204;
    answer(nothing_more);
    return false;
  }
  return add_via();
}

bool Flow::add_via() {
  const std::string& name = pin_->config->via;
  if (name == "off") return true;
  const auto added = http::add_via(exchange_.request(), name);
  if (!added) refuse(added.error());
  return added.is_ok();
}

void Flow::on_connected() {
  state_ = State::forwarding;
  const RequestHead& head = exchange_.request();
  const bool has_body = head.body != BodyKind::none;
  attempt_.send_head(head, !has_body);
  if (has_body) request_.open(attempt_.stream());
}

void Flow::on_body(Slice bytes) {
  exchange_.request_body_bytes += bytes.size();
  client_body_pace_.progress(bytes.size());
  if (state_ == State::replying) return;
  if (std::exchange(awaits_continue_, false)) watch_body();
  const bool is_body = exchange_.request().protocol.empty();
  if (is_body && route_ != nullptr && exchange_.request_body_bytes > route_->body_limit) {
    return refuse({"limit:request_body", "the request body is larger than request_body", Side::client, 413});
  }
  settle_request_body(request_.receive(std::move(bytes)));
}

// What the route's rules set or remove in the head may not come back behind the body.
void Flow::on_trailers(HeaderList& trailers) {
  if (route_ != nullptr) route_->request_headers.strip(trailers);
  request_.receive_trailers(trailers);
}

// A tunnel's end, before it is open, is a client that has thought better of it.
void Flow::on_end() {
  const RequestHead& head = exchange_.request();
  const bool is_tunnel = !head.protocol.empty();
  if (is_tunnel && state_ != State::tunnelling && head.version == Version::http2) return cut("client:closed", "client");
  if (head.body == BodyKind::none && state_ != State::tunnelling) return;
  if (!is_tunnel) client_body_pace_.stop();
  settle_request_body(request_.receive_end());
  end_tunnel();
}

void Flow::settle_request_body(Outcome outcome) {
  if (!settle(outcome)) return;
  if (state_ == State::inspecting_body && !request_.is_holding()) connect();
}

void Flow::on_upstream_sent(std::size_t bytes) {
  request_.sent(bytes);
  end_tunnel();
}

// --- The response, step by step ---

void Flow::on_upstream_head(std::unique_ptr<ResponseHead> head) {
  if (head->status < 200 && head->status != 101) return pass_interim(*head);
  exchange_.times.response_head = local_.loop.now();
  exchange_.set_response(std::move(head));
  response_.set_source(attempt_.stream());
  inspect_response();
}

// RFC 9110 section 15.2. A 100 is for who waits for it.
void Flow::pass_interim(ResponseHead& head) {
  if (head.status == 100) {
    if (!std::exchange(awaits_continue_, false)) return;
    watch_body();
  }
  route_->response_headers.strip(head.fields);
  client_.send_head(head, false);
}

void Flow::inspect_response() {
  response_state_ = Response::inspecting;
  if (run_ && run_->is_waiting()) return;  // on_outcome comes back here
  if (run_ && !settle(run_->response_head(false))) return;
  forward_response();
}

// The head has passed. It goes out at once, unless a module wants the body whole first.
void Flow::forward_response() {
  response_state_ = Response::ready;
  if (exchange_.response().status == 101) return open_tunnel();
  const std::size_t hold = run_ && exchange_.response().body != BodyKind::none ? run_->response_body_hold() : 0;
  const bool is_watched = run_ && run_->has_inspectors();
  settle_response_body(response_.begin(is_watched ? &*run_ : nullptr, &pipeline::Run::response_body, hold));
}

void Flow::settle_response_body(Outcome outcome) {
  if (!settle(outcome)) return;
  if (response_state_ == Response::ready && !response_.is_holding()) start_response();
  watch_client();
}

void Flow::start_response() {
  response_state_ = Response::started;
  ResponseHead& head = exchange_.response();
  complete(head);
  const bool has_body = head.body != BodyKind::none;
  client_.send_head(head, !has_body);
  if (has_body) response_.open(client_);
}

// From here bytes are not HTTP any more: nobody but the two ends judges them.
void Flow::open_tunnel() {
  ResponseHead& head = exchange_.response();
  if (auto settled = settle_websocket(exchange_.request(), head); !settled) return refuse(settled.error());
  state_ = State::tunnelling;
  response_state_ = Response::started;
  route_->response_headers.apply(head.fields, exchange_);
  head.fields.set("x-request-id", exchange_.id());
  client_.send_head(head, false);
  client_body_pace_.start(pin_->config->limits.tunnel_idle, 0);
  for (Relay* const relay : {&request_, &response_}) static_cast<void>(relay->begin(nullptr, nullptr, 0));
  request_.open(attempt_.stream());
  response_.open(client_);
}

// What the client said last has reached the upstream. Half a tunnel is no use: HTTP/1.1 could not say it
// to the upstream, and no protocol in use needs it.
void Flow::end_tunnel() {
  if (state_ != State::tunnelling || !request_.is_finished() || request_.in_flight() > 0) return;
  client_.reset(http::ResetCode::cancel);
  finish("client");
}

// What every answer carries, whoever has made it. Who forwards one without a date says when it came
// (RFC 9110 section 6.6.1).
void Flow::complete(ResponseHead& head) {
  if (!head.fields.has("date")) head.fields.add("date", http::date_text(local_.loop.wall()));
  if (route_ != nullptr) route_->response_headers.apply(head.fields, exchange_);
  head.fields.set("x-request-id", exchange_.id());
}

// The client owes us reading while something is on its way to it.
void Flow::watch_client() {
  if (response_.in_flight() == 0) return client_read_pace_.stop();
  client_read_pace_.start(pin_->config->limits.response_idle, 0);
}

void Flow::on_upstream_body(Slice bytes) {
  if (state_ == State::tunnelling) client_body_pace_.progress(bytes.size());
  settle_response_body(response_.receive(std::move(bytes)));
}
void Flow::on_upstream_trailers(HeaderList& trailers) {
  route_->response_headers.strip(trailers);
  response_.receive_trailers(trailers);
}

// The stream may be gone after this, while its last bytes wait here.
void Flow::on_upstream_end() {
  response_.forget_source();
  settle_response_body(response_.receive_end());
}

void Flow::on_sent(std::size_t bytes) {
  exchange_.response_body_bytes += bytes;
  client_read_pace_.progress(bytes);
  if (state_ == State::replying) return send_rest();
  response_.sent(bytes);
  watch_client();
}

void Flow::on_closed() { finish("done"); }

void Flow::on_response_head(std::unique_ptr<ResponseHead>) {}  // a client sends none

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
  if (exchange_.has_response()) return response_.owed() == 0;
  const bool is_waiting = awaits_continue_ || request_.is_finished() || request_.in_flight() > 0;
  return exchange_.request().body == BodyKind::none || is_waiting;
}

void Flow::on_attempt_failed(const Error& error) {
  request_.forget_sink();
  response_.forget_source();
  note(DecisionKind::failed_closed, std::string(error.code), error.message);
  // It has answered without the rest of the request, which nobody wants any more.
  if (response_.has_ended()) return request_.discard();
  if (may_retry(error)) return attempt_.start(*pin_.live().balancers[route_->upstream], exchange_);
  if (response_state_ == Response::started) return cut(error.code, to_ended_by(error.side));
  refuse(error);
}

// Only if the request may be repeated and nothing of it is lost (RFC 9110 section 9.2.2).
bool Flow::may_retry(const Error& error) {
  if (!error.is_retryable || response_state_ != Response::none || request_.has_started()) return false;
  if (attempt_.has_sent() && !is_idempotent(exchange_.request().method)) return false;
  upstream::Balancer& balancer = *pin_.live().balancers[route_->upstream];
  if (attempt_.was_stale()) return true;
  return exchange_.attempts <= balancer.upstream().retries && attempt_.has_choice_left() && balancer.may_retry();
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
  if (exchange_.ended_by.empty()) exchange_.ended_by = "gateway";
  end_with(is_grpc(exchange_.request())
               ? make_grpc_reply(exchange_, rejection)
               : make_reply(exchange_, rejection, pin_->find_error_page(route_, rejection.status)));
}

// As a refusal, but nothing is wrong: the exchange has no reason, and ends well.
void Flow::answer(const Rejection& answer) {
  if (response_state_ == Response::started) return cut(answer.reason, "gateway");
  end_with(make_answer(answer));
}

void Flow::end_with(Reply made) {
  if (run_) run_->abandon();
  give_up_upstream();
  const bool has_more_to_come = exchange_.request().body != BodyKind::none && !request_.has_ended();
  if (!has_more_to_come) return reply(std::move(made));
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
  client_read_pace_.start(pin_->config->limits.response_idle, 0);
  send_rest();
}

// A window at a time, so that a client that does not read costs no more than in a relay.
void Flow::send_rest() {
  if (reply_rest_.empty() || exchange_.response_body_bytes < reply_given_) return;
  const std::string_view piece = reply_rest_.substr(0, pin_->config->limits.stream_window.bytes);
  reply_rest_.remove_prefix(piece.size());
  reply_given_ += piece.size();
  Chain body(local_.blocks);
  body.append(piece);
  client_.send_body(std::move(body), reply_rest_.empty());
}

void Flow::drop(const Rejection& rejection) { cut(rejection.reason, "gateway"); }

// The client sees that it is cut: RST_STREAM, or a connection that ends too early.
void Flow::cut(std::string_view reason, std::string_view ended_by) {
  exchange_.reason = reason;
  if (client_.is_open()) client_.reset(http::ResetCode::internal_error);
  finish(ended_by);
}

void Flow::give_up_upstream() {
  attempt_.cancel();
  request_.discard();
  response_.discard();
  client_body_pace_.stop();
  client_read_pace_.stop();
}

void Flow::finish(std::string_view ended_by) {
  if (std::exchange(state_, State::done) == State::done) return;
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
