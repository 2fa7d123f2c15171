#include "proxy/attempt.h"

#include <utility>

namespace ravelin::proxy {

namespace {

// What a connection for this client begins with; empty if the upstream wants nothing.
std::string make_preamble(const upstream::Upstream& upstream, const Peer& peer) {
  if (!upstream.send_proxy) return {};
  const bool is_named = peer.known_by != ClientSource::connection;  // the connection's port is not the client's
  const SocketAddress source = is_named ? SocketAddress{peer.client, 0, {}} : peer.address;
  return net::write_proxy_header(*upstream.send_proxy, source, peer.destination);
}

// A peer that has closed an idle connection shows it within a round trip: what fails later was worked on.
constexpr Duration longest_to_show = std::chrono::seconds(1);

}  // namespace

Attempt::Attempt(Loop& loop, AttemptEvents& events)
    : loop_(loop), events_(events), timer_(loop, [this] { on_timeout(); }) {}

Attempt::~Attempt() { cancel(); }

// What the pool is told of how the endpoint fares. The scrape is told only of a change: nothing shared is written for a
// request that went well.
template <class Judgement>
void Attempt::judge(Judgement judgement) {
  const Time before = pool_->avoided_until();
  judgement(*pool_);
  observe::Avoidance* const told = endpoint_->metrics.avoidance;
  if (told != nullptr && pool_->avoided_until() != before) told->avoid(loop_, pool_->avoided_until());
}

void Attempt::start(upstream::Balancer& balancer, Exchange& exchange) {
  balancer_ = &balancer;
  exchange_ = &exchange;
  may_be_processed_ = is_answered_ = is_untouched_ = is_tunnel_ = was_idle_ = false;
  connection_ = nullptr;
  const std::size_t index = balancer.choose(tried_);
  if (index == balancer.upstream().endpoints.size()) {
    return events_.on_attempt_failed({"upstream:none_left",
                                      "every endpoint of upstream '" + balancer.upstream().name + "' has been tried",
                                      Side::upstream, 503});
  }
  tried_.push_back(index);
  ++exchange.attempts;
  exchange.endpoint = balancer.upstream().endpoints[index].name;
  pool_ = &balancer.pool(index);
  endpoint_ = &balancer.upstream().endpoints[index];
  judge([&](upstream::Pool& pool) { is_probe_ = pool.begin_request(); });
  state_ = State::connecting;
  connection::Connection* const idle = pool_->acquire(*this, std::exchange(oldest_, upstream::Age::used),
                                                      make_preamble(balancer.upstream(), exchange.peer()));
  if (idle != nullptr) return use(*idle, upstream::Age::used);
  // A connection has this deadline, too, and is to blame if it misses it; but others may be served before one is free.
  timer_.arm(balancer.upstream().connect_timeout + std::chrono::milliseconds(1));
}

void Attempt::on_connection(connection::Connection& connection, upstream::Age age) { use(connection, age); }

void Attempt::on_connect_failed(const Error& error, bool is_first) {
  Error failed = error;
  failed.is_retryable = true;                               // nothing was sent
  is_untouched_ = failed.side == Side::local || !is_first;  // what is missing here is not its fault
  fail(std::move(failed));
}

void Attempt::use(connection::Connection& connection, upstream::Age age) {
  age_ = age;
  connection_ = &connection;
  was_idle_ = age == upstream::Age::used && connection.codec()->streams() == 0;
  stream_ = connection.open(*this);
  state_ = State::awaiting_head;
  has_heard_ = false;
  used_at_ = last_byte_ = loop_.now();
  timer_.arm(balancer_->upstream().response_timeout);
  exchange_->times.connected = loop_.now();
  events_.on_connected();
}

void Attempt::send_head(const RequestHead& head, bool is_end) {
  may_be_processed_ = true;
  stream_.send_head(head, is_end);
}

void Attempt::on_response_head(std::unique_ptr<ResponseHead> head) {
  has_heard_ = true;
  last_byte_ = loop_.now();
  if (head->status >= 200 || head->status == 101) {
    state_ = State::receiving;
    if (std::exchange(is_probe_, false)) judge([](upstream::Pool& pool) { pool.probe_answered(); });
    endpoint_->metrics.requests.add(loop_, head->status);
    if (head->status == 101) {
      timer_.cancel();  // a tunnel is watched by who opened it
      is_tunnel_ = true;
      report(upstream::Pool::Fared::well);
    } else {
      timer_.arm(balancer_->upstream().response_idle);
    }
  }
  events_.on_upstream_head(std::move(head));
}

void Attempt::on_body(Slice bytes) {
  last_byte_ = loop_.now();
  events_.on_upstream_body(std::move(bytes));
}

void Attempt::on_trailers(HeaderList& trailers) { events_.on_upstream_trailers(trailers); }

void Attempt::on_end() {
  is_answered_ = true;
  events_.on_upstream_end();
}

void Attempt::on_sent(std::size_t bytes) {
  last_byte_ = loop_.now();
  events_.on_upstream_sent(bytes);
}

void Attempt::on_closed() {
  report(upstream::Pool::Fared::well);
  leave();
  events_.on_upstream_closed();
}

void Attempt::on_reset(const Error& error) {
  stream_ = {};
  Error failed = error;
  failed.is_retryable &= state_ == State::awaiting_head;
  const bool is_given_back = failed.is_retryable && failed.code == "upstream:refused";  // RFC 9113 section 8.7
  is_untouched_ = is_given_back || failed.side != Side::upstream || failed.code == "upstream:no_extended_connect";
  if (is_given_back) may_be_processed_ = false;
  const bool is_over = !connection_->is_open() || connection_->codec()->has_said_goodbye();
  if (failed.is_retryable && is_over && (is_given_back ? age_ == upstream::Age::used : is_stale())) {
    forgive_stale_connection();
  } else if (is_given_back) {
    tried_.pop_back();  // the endpoint has enough to do now, and may have it later, or on another connection
  }
  fail(std::move(failed));
}

// An idle connection that its peer had closed just as we used it.
bool Attempt::is_stale() const { return was_idle_ && !has_heard_ && loop_.now() - used_at_ <= longest_to_show; }

// That says nothing about the endpoint, so it may be tried again, on a new connection.
void Attempt::forgive_stale_connection() {
  tried_.pop_back();
  ++forgiven_;
  oldest_ = upstream::Age::fresh;
}

void Attempt::cancel() {
  if (state_ == State::connecting) pool_->cancel(*this);
  if (stream_.is_open()) stream_.reset(http::ResetCode::cancel);
  if (state_ == State::idle) return;
  if (is_answered_ && !is_tunnel_) report(upstream::Pool::Fared::well);
  leave();
}

void Attempt::report(upstream::Pool::Fared fared) {
  is_probe_ = false;
  judge([&](upstream::Pool& pool) { pool.report(fared); });
}

// What ends with its connection fails once, however many there are.
void Attempt::report_failure() {
  if (is_answered_) return report(upstream::Pool::Fared::well);
  if (connection_ == nullptr || !connection_->is_over()) return report(upstream::Pool::Fared::badly);
  is_probe_ = false;
  judge([&](upstream::Pool& pool) { pool.report_lost(*connection_); });
}

void Attempt::leave() {
  stream_ = {};
  state_ = State::idle;
  timer_.cancel();
  if (std::exchange(is_probe_, false)) judge([](upstream::Pool& pool) { pool.probe_lost(); });
  std::exchange(pool_, nullptr)->end_request();
}

void Attempt::fail(Error error) {
  if (state_ != State::receiving) endpoint_->metrics.requests.add(loop_, 0);
  if (!was_stale() && !is_untouched_ && !is_tunnel_) report_failure();
  leave();
  events_.on_attempt_failed(error);
}

// The timer is armed once per phase; what moved meanwhile only moves last_byte_.
void Attempt::on_timeout() {
  const upstream::Upstream& upstream = balancer_->upstream();
  if (state_ == State::connecting) {
    // The pool knows of a connection that was not made; this one may have waited for others to be served.
    is_untouched_ = true;
    pool_->cancel(*this);
    return fail({"upstream:connect_timeout", "no connection within connect_timeout", Side::upstream, 504, true});
  }
  const Duration allowed = state_ == State::receiving ? upstream.response_idle : upstream.response_timeout;
  if (!events_.is_upstream_to_blame()) last_byte_ = loop_.now();
  const Duration left = last_byte_ + allowed - loop_.now();
  if (left > Duration::zero()) return timer_.arm(left);
  const bool is_head_missing = state_ == State::awaiting_head;
  // One that others share may be dead without a word: no more requests for it.
  if (is_head_missing) connection_->shut_down();
  stream_.reset(http::ResetCode::cancel);
  if (is_head_missing) {
    fail({"upstream:response_timeout", "no response head within response_timeout", Side::upstream, 504, true});
  } else {
    fail({"upstream:response_idle", "the response stopped for longer than response_idle", Side::upstream, 504});
  }
}

}  // namespace ravelin::proxy
