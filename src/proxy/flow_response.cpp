// A response on its way to the client, step by step, or a tunnel.
#include "proxy/flow.h"

#include <utility>

#include "http/date.h"
#include "proxy/upgrade.h"

namespace ravelin::proxy {

using pipeline::Outcome;

namespace {

// What the gateway and its modules decide on, which are asked about a final head alone.
bool is_of_final_head(const Field& field) {
  return field.name == "x-request-id" || field.name == "server" || field.name == "x-powered-by" ||
         field.name.starts_with("x-aspnet") || field.name.starts_with("access-control-");
}

}  // namespace

void Flow::on_upstream_head(std::unique_ptr<ResponseHead> head) {
  if (head->status < 200 && head->status != 101) return pass_interim(*head);
  if (would_seem_a_tunnel(head->status))
    return refuse({"upstream:no_tunnel", "the upstream answered, but did not switch to the protocol that was asked for",
                   Side::upstream, 502});
  exchange_.times.response_head = local_.loop.now();
  request_.let_go();
  exchange_.set_response(std::move(head));
  response_.set_source(attempt_.stream());
  inspect_response();
}

// HTTP/2 says by any 2xx that the tunnel is there (RFC 8441 section 5).
bool Flow::would_seem_a_tunnel(int status) const {
  const RequestHead& head = exchange_.request();
  return head.version == Version::http2 && !head.protocol.empty() && status >= 200 && status < 300;
}

// RFC 9110 section 15.2. A 100 is for who waits for it.
void Flow::pass_interim(ResponseHead& head) {
  if (head.status == 100) {
    if (!std::exchange(awaits_continue_, false)) return;
    watch_body();
  }
  route_->response_headers.strip(head.fields);
  head.fields.remove_if(is_of_final_head);
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
  count_backlog();  // before the upstream's connection looks whether it may read on
  if (!settle(outcome)) return;
  if (response_state_ == Response::ready && !response_.is_holding()) start_response();
  if (response_.has_failed()) return cut("gateway:compression", "gateway");
  watch_client();
}

void Flow::start_response() {
  response_state_ = Response::started;
  ResponseHead& head = exchange_.response();
  complete(head);
  if (route_->compression) encode_response();
  const bool has_body = head.body != BodyKind::none;
  if (is_conversation()) {
    client_body_pace_.stop();  // what it watched for holds no more
    watch_body();
  }
  client_.send_head(head, !has_body);
  if (has_body) response_.open(client_);
}

// From here bytes are not HTTP any more: nobody but the two ends judges them.
void Flow::open_tunnel() {
  ResponseHead& head = exchange_.response();
  if (auto settled = settle_websocket(exchange_.request(), head); !settled) return refuse(settled.error());
  state_ = State::tunnelling;
  response_state_ = Response::started;
  // To a client of HTTP/2 it is a 200, which has a date (RFC 9110 section 6.6.1).
  if (exchange_.request().version == Version::http2 && !head.fields.has("date"))
    head.fields.add("date", http::date_text(local_.loop.wall()));
  route_->response_headers.apply(head.fields, exchange_);
  head.fields.set("x-request-id", exchange_.id());
  route_->tunnels.open.enter(local_.loop);
  route_->tunnels.opened.add(local_.loop);
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

void Flow::encode_response() {
  EncoderPool::Lease encoder = route_->compression->begin(exchange_, wanted_coding_, local_.encoders);
  if (!encoder) return;
  const observe::CodingCounters counters = route_->compression->counters(encoder.coding());
  connection::Later& later = *this;
  response_.set_encoding(std::make_unique<BodyEncoding>(local_, later, std::move(encoder), counters));
}

// The response's coding goes on.
void Flow::on_reads_done() {
  response_.on_reads_done();
  settle_response_body(Outcome::passed);
}

// The client owes us reading while something is on its way to it.
void Flow::watch_client() {
  if (response_.in_flight() == 0) return client_read_pace_.stop();
  start_read_pace();
}

void Flow::start_read_pace() {
  if (!client_read_pace_.is_running()) {
    uptake_.restart();
    given_ = owner_.given();
  }
  const config::Limits& limits = pin_->config->limits;
  client_read_pace_.start(limits.response_idle / 2, limits.response_min_rate.bytes);
}

void Flow::on_slow_read(Pace::Miss miss) {
  if (miss == Pace::Miss::gap)
    if (const auto taken = taken_from_kernel()) return client_read_pace_.bear(*taken);
  cut(miss == Pace::Miss::gap ? "client:response_idle" : "client:response_rate", "client",
      http::ResetCode::enhance_your_calm);
}

// Half of response_idle has passed since something left. What the client takes of other streams' bytes, whose turn it
// may be, is all that can be asked of it; but if it has shut its window, once it has had all that left it owes a wider
// one.
std::optional<std::uint64_t> Flow::taken_from_kernel() {
  const std::uint64_t acknowledged = owner_.acknowledged();
  return uptake_.look(client_.is_window_shut() ? std::min(acknowledged, given_) : acknowledged);
}

void Flow::count_backlog() {
  if (backlog_.set(response_.held())) local_.observer.on_backlog_full();
}

void Flow::on_upstream_body(Slice bytes) {
  if (state_ == State::tunnelling) route_->tunnels.bytes_from_upstream.add(local_.loop, bytes.size());
  if (state_ == State::tunnelling || is_conversation()) client_body_pace_.progress(bytes.size());
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
  uptake_.restart();
  given_ = owner_.given();
  if (state_ == State::tunnelling || is_conversation()) client_body_pace_.progress(bytes);
  if (state_ == State::replying) return send_rest();
  response_.sent(bytes);
  count_backlog();
  watch_client();
}

void Flow::on_closed() { finish("done"); }

void Flow::on_response_head(std::unique_ptr<ResponseHead>) {}  // a client sends none

}  // namespace ravelin::proxy
