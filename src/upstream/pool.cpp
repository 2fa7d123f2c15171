#include "upstream/pool.h"

#include <algorithm>
#include <cassert>
#include <utility>

namespace ravelin::upstream {

using connection::Connection;

namespace {

// Before an origin has said how many streams it takes it is taken to be this many (RFC 9113 section
// 6.5.2 asks origins for no fewer).
constexpr std::size_t streams_of_http2 = 100;

// Connections that are coming and that nobody waits for any more.
constexpr std::size_t most_surplus = 8;

// Why a connection that was never handed out has gone. What an open one says of itself is about its own
// closing, not about the endpoint.
Error make_failure(Connection& connection, const Error& why) {
  if (connection.codec() != nullptr)
    return {"upstream:closed", "the upstream ended a new connection before a request was sent", Side::upstream, 502,
            true};
  if (connection.transport().is_handshaking() || why.code != "client:closed") return why;
  return {"upstream:alpn", "the upstream does not speak h2 by ALPN; see its protocol", Side::upstream, 502, true};
}

}  // namespace

Pool::Pool(Loop& loop, connection::Turn& turn, BlockPool& blocks, Dialer& dialer, Origin origin, Options options)
    : loop_(loop),
      turn_(turn),
      blocks_(blocks),
      dialer_(dialer),
      origin_(std::move(origin)),
      options_(options),
      dial_failed_(loop, [this] { report_failed_dials(); }),
      serving_(loop, [this] { serve_waiting(); }) {}

Pool::~Pool() { assert(waiting_.empty()); }

Connection* Pool::acquire(PoolEvents& who, Age oldest, std::string_view preamble) {
  Connection* const ready = oldest == Age::used ? take_ready(preamble) : nullptr;
  const bool is_first = !is_shared() || waiting_.empty();
  if (ready != nullptr && is_first) return ready;
  waiting_.push_back({&who, oldest, std::string(preamble)});
  if (ready != nullptr) {
    serving_.arm(Duration::zero());
    return nullptr;
  }
  // One each where connections are not shared, though one that is under way may be free: it may as well be the one that
  // never comes. But requests that are taken back at once shall not cost a connection each.
  const std::size_t surplus = is_shared() ? 0 : most_surplus;
  if (waiting_for(preamble) + surplus > coming_for(preamble) * streams_expected()) connect(preamble);
  return nullptr;
}

// One that has begun to close, or that is full, stays until it says so. What an idle one has to say is its end, or
// would be taken for a response.
Connection* Pool::take_ready(std::string_view preamble) {
  for (std::size_t i = ready_.size(); i-- > 0;) {
    Connection* const connection = ready_[i];
    if (!connection->is_open() || !connection->codec()->may_open()) continue;
    if (!is_shared() && connection->has_unread()) continue;
    if (!preamble.empty() && all_.at(connection).preamble != preamble) continue;
    if (!is_shared()) ready_.erase(ready_.begin() + static_cast<std::ptrdiff_t>(i));
    return connection;
  }
  return nullptr;
}

std::size_t Pool::idle() const {
  return static_cast<std::size_t>(
      std::count_if(ready_.begin(), ready_.end(), [](const Connection* one) { return one->is_idle(); }));
}

void Pool::keep_idle(std::size_t most) {
  most_idle_ = most;
  trim();
}

bool Pool::begin_request() {
  ++active_;
  if (failures_ < failures_to_avoid || is_avoided()) return false;
  avoid_until_ = loop_.now() + avoid_for;
  return true;
}

// Another failure avoids it again, unless one that was there before has shown meanwhile that it works.
void Pool::probe_answered() {
  failures_ = std::min(failures_, failures_to_avoid - 1);
  avoid_until_ = {};
}

void Pool::probe_lost() { avoid_until_ = loop_.now(); }

// Its stream may be another's, who has waited for it.
void Pool::end_request() {
  --active_;
  if (is_shared() && !waiting_.empty()) serving_.arm(Duration::zero());
}

// A stream that was reset is free when that has been sent, of which nobody tells: it is looked for again.
void Pool::serve_waiting() {
  constexpr Duration look_again = std::chrono::milliseconds(50);
  for (Connection* const connection : std::vector(ready_))
    if (!waiting_.empty() && std::find(ready_.begin(), ready_.end(), connection) != ready_.end() &&
        connection->is_open() && connection->codec()->may_open())
      offer(*connection, Age::used);
  if (waiting_.empty()) return;
  const auto stranded = std::find_if(waiting_.begin(), waiting_.end(), [&](const Waiter& one) {
    return !has_shared(one.preamble) && is_short_of(one.preamble);
  });
  if (stranded != waiting_.end()) connect(std::string(stranded->preamble));
  serving_.arm(look_again);
}

// What has been idle for longest goes first.
void Pool::trim() {
  if (ready_.size() <= most_idle_) return;
  std::size_t surplus = idle();
  surplus -= std::min(surplus, most_idle_);
  if (surplus == 0) return;
  std::vector<Connection*> left;
  for (Connection* const connection : std::exchange(ready_, {})) {
    if (surplus > 0 && connection->is_idle()) {
      --surplus;
      connection->shut_down();
    } else {
      left.push_back(connection);
    }
  }
  ready_ = std::move(left);
}

void Pool::cancel(PoolEvents& who) {
  std::erase_if(waiting_, [&](const Waiter& waiter) { return waiter.who == &who; });
}

std::size_t Pool::streams_expected() const { return is_shared() ? streams_of_http2 : 1; }

// An endpoint's connections begin with a preamble all or none.
std::size_t Pool::waiting_for(std::string_view preamble) const {
  if (preamble.empty()) return waiting_.size();
  return static_cast<std::size_t>(
      std::count_if(waiting_.begin(), waiting_.end(), [&](const Waiter& one) { return one.preamble == preamble; }));
}

std::size_t Pool::coming_for(std::string_view preamble) const {
  if (preamble.empty()) return coming_.size();
  return static_cast<std::size_t>(std::count_if(coming_.begin(), coming_.end(),
                                                [&](Connection* one) { return all_.at(one).preamble == preamble; }));
}

bool Pool::is_short_of(std::string_view preamble) const {
  return waiting_for(preamble) > coming_for(preamble) * streams_expected();
}

void Pool::connect(std::string_view preamble) {
  auto transport = dialer_.dial({origin_.address, preamble, origin_.tls.get(), origin_.server_name, &sessions_});
  if (!transport) {
    failed_dials_.push_back({std::move(transport).error(), std::string(preamble)});
    return dial_failed_.arm(Duration::zero());
  }
  auto connection =
      std::make_unique<Connection>(loop_, turn_, blocks_, std::move(*transport), options_.deadlines, *this);
  Connection* const key = connection.get();
  all_.emplace(key, Member{std::move(connection), std::string(preamble)});
  coming_.push_back(key);
}

// Who is told may dial again, and that may fail at once again: then it is the next turn's to report.
void Pool::report_failed_dials() {
  for (const FailedDial& failed : std::exchange(failed_dials_, {})) fail_surplus(failed.error, failed.preamble);
}

// Connections belong to nobody before they are there: who waited for the one that failed may have been
// served by another, and then all who wait still have one coming. Those fail who have none, nor a share of one.
void Pool::fail_surplus(const Error& error, const std::string& preamble) {
  bool is_first = true;
  for (std::size_t left = streams_expected(); left > 0 && is_short_of(preamble); --left) {
    const auto first = std::find_if(waiting_.begin(), waiting_.end(), [&](const Waiter& waiter) {
      return waiter.preamble == preamble && !(waiter.oldest == Age::used && has_shared(preamble));
    });
    if (first == waiting_.end()) break;
    PoolEvents* const who = first->who;
    waiting_.erase(first);
    who->on_connect_failed(error, std::exchange(is_first, false));
  }
  // Nobody was told if all share a connection, which works or has died silently, or have another one coming. Then no
  // request will report this failure.
  const bool is_silent = error.code == "upstream:connect_timeout" && waiting_for(preamble) > 0;
  if (is_first && (has_shared(preamble) || is_silent) && error.side == Side::upstream) report(Fared::badly);
}

// Its streams may all be in use, and will not be for ever.
bool Pool::has_shared(std::string_view preamble) const {
  return is_shared() && std::any_of(ready_.begin(), ready_.end(), [&](Connection* one) {
           return one->is_open() && !one->codec()->has_said_goodbye() && all_.at(one).preamble == preamble;
         });
}

// Those who have waited longest and take it get it; if it has room left it is kept for the next request.
void Pool::offer(Connection& connection, Age age) {
  // What an origin sends behind its response may have come after that was read, and would be taken for the next one.
  if (age == Age::used && !is_shared() && !waiting_.empty() && connection.looks_unread()) return;
  while (connection.is_open() && connection.codec()->may_open()) {
    if (hand_out(connection, age)) continue;
    return keep(connection);
  }
  if (is_shared()) keep(connection);
}

bool Pool::hand_out(Connection& connection, Age age) {
  if (waiting_.empty()) return false;
  const std::string& preamble = all_.at(&connection).preamble;
  const auto waiter = std::find_if(waiting_.begin(), waiting_.end(), [&](const Waiter& one) {
    return (age == Age::fresh || one.oldest == Age::used) && one.preamble == preamble;
  });
  if (waiter == waiting_.end()) return false;
  PoolEvents* const who = waiter->who;
  waiting_.erase(waiter);
  who->on_connection(connection, age);
  return true;
}

void Pool::keep(Connection& connection) {
  if (is_shut_down_) return connection.shut_down();
  if (std::find(ready_.begin(), ready_.end(), &connection) == ready_.end()) ready_.push_back(&connection);
  trim();
}

std::unique_ptr<http::Codec> Pool::on_open(Connection& connection) {
  if (!is_shared()) return http::make_http1_client(connection, blocks_, options_.limits);
  if (origin_.tls != nullptr && connection.transport().alpn() != "h2") return nullptr;
  return http::make_http2_client(connection, blocks_, options_.limits);
}

http::StreamEvents* Pool::on_request(http::Stream, std::unique_ptr<RequestHead>) {
  assert(false && "a client codec has no requests");
  return nullptr;
}

http::StreamEvents* Pool::on_bad_request(http::Stream, std::unique_ptr<RequestHead>, const Error&) {
  assert(false && "a client codec has no requests");
  return nullptr;
}

void Pool::on_idle(Connection& connection) {
  const bool is_new = std::erase(coming_, &connection) > 0;
  if (!is_new) return connection.codec()->may_open() ? offer(connection, Age::used) : void();
  const std::string preamble = all_.at(&connection).preamble;
  if (!connection.codec()->may_open()) return refuse_new(connection, preamble);
  offer(connection, Age::fresh);
  if (is_short_of(preamble)) connect(preamble);  // it took fewer than were expected to fit
}

// It was made for nothing: an origin that allows no streams, or has closed already.
void Pool::refuse_new(Connection& connection, const std::string& preamble) {
  connection.shut_down();
  fail_surplus({"upstream:closed", "the upstream takes no request on a new connection", Side::upstream, 502, true},
               preamble);
}

void Pool::on_gone(Connection& connection, const Error& why) {
  const bool was_coming = std::erase(coming_, &connection) > 0;
  std::erase(ready_, &connection);
  if (last_lost_ == &connection) last_lost_ = nullptr;
  if (is_shared() && !waiting_.empty()) serving_.arm(Duration::zero());
  auto node = all_.extract(&connection);
  turn_.drop(std::move(node.mapped().connection));
  if (was_coming) fail_surplus(make_failure(connection, why), node.mapped().preamble);
}

void Pool::report(Fared fared) {
  if (fared == Fared::well) {
    failures_ = 0;
    avoid_until_ = {};
    return;
  }
  if (++failures_ >= failures_to_avoid) avoid_until_ = loop_.now() + avoid_for;
}

void Pool::report_lost(const Connection& connection) {
  if (std::exchange(last_lost_, &connection) != &connection) report(Fared::badly);
}

void Pool::abort(const Error& why) {
  std::vector<Connection*> all;
  for (const auto& entry : all_) all.push_back(entry.first);
  for (Connection* const connection : all) connection->abort(why);
}

void Pool::shut_down() {
  is_shut_down_ = true;
  for (Connection* const connection : std::exchange(ready_, {})) connection->shut_down();
}

}  // namespace ravelin::upstream
