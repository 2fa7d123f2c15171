// A request on its way to the upstream, step by step.
#include "proxy/flow.h"

#include <string>
#include <utility>

#include "http/hops.h"
#include "proxy/local_answer.h"
#include "proxy/upgrade.h"
#include "ravelin/path.h"

namespace ravelin::proxy {

using pipeline::Outcome;

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
  if (!route_->keeps_escaped_slashes && has_escaped_slash(head.path)) {
    refuse({"http:path_encoded_slash", "the path has an escaped '/', and the route does not say escaped_slashes: keep",
            Side::client, 400});
    return false;
  }
  return head.protocol.empty() || may_upgrade();
}

// HTTP/1.1 goes on without what is not offered or not asked for properly (RFC 9110 section 7.8); HTTP/2 asks for
// nothing else (RFC 8441 section 4).
bool Flow::may_upgrade() {
  RequestHead& head = exchange_.request();
  const bool is_offered = route_->may_upgrade_to(head.protocol);
  if (is_offered && is_whole_handshake(head)) return true;
  if (head.version == Version::http2) {
    refuse(is_offered ? Error{"http:bad_handshake", "the request for a WebSocket has no Sec-WebSocket-Version: 13",
                              Side::client, 400}
                      : Error{"http:upgrade", "the route does not offer this protocol", Side::client, 501});
    return false;
  }
  head.protocol = {};
  return true;
}

void Flow::inspect_head() {
  state_ = State::inspecting_head;
  // Modules that read the response change what the origin is asked for, not what the client takes.
  if (route_->compression) wanted_coding_ = route_->compression->wanted(exchange_.request());
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
  if (head.body == BodyKind::sized && head.body_size > route_->body_limit)
    return refuse({"limit:request_body", "Content-Length is above request_body", Side::client, 413});
  if (head.body == BodyKind::none) return connect();
  const bool is_watched = run_ && run_->has_inspectors();
  const std::size_t hold = is_watched ? run_->request_body_hold() : 0;
  request_.keep();
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

// More of the request's body is to come.
bool Flow::is_body_open() const { return exchange_.request().body != BodyKind::none && !request_.has_ended(); }

// A response that begins before the request has ended: each side may wait for the other, as in a tunnel (calls of gRPC
// that stream both ways).
bool Flow::is_conversation() const {
  return response_state_ == Response::started && is_body_open() && !awaits_continue_;
}

void Flow::watch_body() {
  if (is_conversation()) return client_body_pace_.start(pin_->config->limits.tunnel_idle, 0);
  if (is_body_open()) client_body_pace_.start(route_->body_idle, route_->body_min_rate);
}

void Flow::on_slow_body(Pace::Miss miss) {
  if (state_ == State::tunnelling) return cut("tunnel:idle", "gateway");
  // While the way on is blocked, its own or that of others on its connection, the client may not send: not its fault.
  if (request_.owed() > 0 || client_.is_body_stopped()) {
    client_body_pace_.forgive();
    return watch_body();
  }
  if (is_conversation())
    return refuse({"client:body_idle", "neither side has sent a byte for tunnel_idle", Side::client, 408});
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
  head.fields.set("x-request-id", exchange_.id());
  prepare_websocket(head, exchange_.id());
  route_->request_headers.change(head, exchange_);
  upstream::Balancer& balancer = *pin_.live().balancers[route_->upstream];
  exchange_.upstream = balancer.upstream().name;
  // HTTP/1.0 may have named no host, but an origin is told one (RFC 9112 section 3.2).
  if (head.authority.empty()) head.authority = balancer.upstream().name;
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
  if (state_ == State::tunnelling) route_->tunnels.bytes_from_client.add(local_.loop, bytes.size());
  if (std::exchange(awaits_continue_, false)) watch_body();
  const bool is_body = exchange_.request().protocol.empty();
  if (is_body && route_ != nullptr && exchange_.request_body_bytes > route_->body_limit) {
    return refuse({"limit:request_body", "the request body is larger than request_body", Side::client, 413});
  }
  settle_request_body(request_.receive(std::move(bytes)));
}

// What the route's rules set or remove in the head may not come back behind the body.
void Flow::on_trailers(HeaderList& trailers) {
  pin_->identity.strip(trailers);
  if (route_ != nullptr) route_->request_headers.strip(trailers);
  request_.receive_trailers(trailers);
}

void Flow::on_end() {
  if (state_ == State::tunnelling) {
    settle_request_body(request_.receive_end());
    return end_tunnel();
  }
  if (has_given_up_tunnel()) return cut("client:closed", "client");
  if (exchange_.request().body == BodyKind::none) return;
  client_body_pace_.stop();
  settle_request_body(request_.receive_end());
}

// HTTP/2 ends a tunnel's side before the tunnel is open. Not if the client knows that there will be none.
bool Flow::has_given_up_tunnel() const {
  const RequestHead& head = exchange_.request();
  if (head.protocol.empty() || head.version != Version::http2 || state_ == State::replying) return false;
  return !exchange_.has_response() || exchange_.response().status == 101;
}

void Flow::settle_request_body(Outcome outcome) {
  if (!settle(outcome)) return;
  if (request_.is_finished() && !std::exchange(is_request_sent_, true)) attempt_.note_request_end();
  if (state_ == State::inspecting_body && !request_.is_holding()) connect();
}

void Flow::on_upstream_sent(std::size_t bytes) {
  request_.sent(bytes);
  end_tunnel();
}

}  // namespace ravelin::proxy
