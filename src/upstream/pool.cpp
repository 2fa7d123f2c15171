#include "upstream/pool.h"

#include <algorithm>
#include <cassert>
#include <utility>

namespace ravelin::upstream {

using connection::Connection;

namespace {

// Why a connection that was never handed out has gone. What an open one says of itself is about its own
// closing, not about the endpoint.
Error make_failure(Connection& connection, const Error& why) {
  if (connection.codec() == nullptr) return why;
  return {"upstream:closed", "the upstream ended a new connection before a request was sent", Side::upstream, 502,
          true};
}

}  // namespace

Pool::Pool(Loop& loop, connection::Turn& turn, BlockPool& blocks, Dialer& dialer, SocketAddress address,
           Options options)
    : loop_(loop),
      turn_(turn),
      blocks_(blocks),
      dialer_(dialer),
      address_(std::move(address)),
      options_(options),
      dial_failed_(loop, [this] { report_failed_dials(); }) {}

Pool::~Pool() { assert(waiting_.empty()); }

Connection* Pool::acquire(PoolEvents& who, Age oldest) {
  while (oldest == Age::used && !idle_.empty()) {
    Connection* const connection = idle_.back();
    idle_.pop_back();
    // It may have begun to close since it became idle.
    if (connection->is_open() && connection->codec()->may_open()) return connection;
  }
  waiting_.push_back({&who, oldest});
  connect();
  return nullptr;
}

void Pool::keep_idle(std::size_t most) {
  most_idle_ = most;
  while (idle_.size() > most_idle_) {
    idle_.front()->shut_down();
    idle_.erase(idle_.begin());
  }
}

void Pool::cancel(PoolEvents& who) {
  std::erase_if(waiting_, [&](const Waiter& waiter) { return waiter.who == &who; });
}

void Pool::connect() {
  auto transport = dialer_.dial(address_);
  if (!transport) {
    dial_errors_.push_back(std::move(transport).error());
    return dial_failed_.arm(Duration::zero());
  }
  auto connection =
      std::make_unique<Connection>(loop_, turn_, blocks_, std::move(*transport), options_.deadlines, *this);
  Connection* const key = connection.get();
  all_.emplace(key, std::move(connection));
  coming_.push_back(key);
}

// Who is told may dial again, and that may fail at once again: then it is the next turn's to report.
void Pool::report_failed_dials() {
  for (const Error& error : std::exchange(dial_errors_, {})) fail_one_too_many(error);
}

// Connections belong to nobody before they are there: who waited for the one that failed may have been
// served by another, and then all who wait still have one coming.
void Pool::fail_one_too_many(const Error& error) {
  if (waiting_.size() <= coming_.size()) return;
  PoolEvents* const who = waiting_.front().who;
  waiting_.pop_front();
  who->on_connect_failed(error);
}

// Whoever has waited longest and takes it gets it; else it is kept for the next request.
void Pool::offer(Connection& connection, Age age) {
  const auto waiter = std::find_if(waiting_.begin(), waiting_.end(),
                                   [&](const Waiter& one) { return age == Age::fresh || one.oldest == Age::used; });
  if (waiter != waiting_.end()) {
    PoolEvents* const who = waiter->who;
    waiting_.erase(waiter);
    return who->on_connection(connection, age);
  }
  if (is_shut_down_ || idle_.size() >= most_idle_) return connection.shut_down();
  idle_.push_back(&connection);
}

std::unique_ptr<http::Codec> Pool::on_open(Connection& connection) {
  return http::make_http1_client(connection, blocks_, options_.limits);
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
  if (!connection.codec()->may_open()) return;
  const bool is_new = std::erase(coming_, &connection) > 0;
  offer(connection, is_new ? Age::fresh : Age::used);
}

void Pool::on_gone(Connection& connection, const Error& why) {
  const bool was_coming = std::erase(coming_, &connection) > 0;
  std::erase(idle_, &connection);
  auto node = all_.extract(&connection);
  turn_.drop(std::move(node.mapped()));
  if (was_coming) fail_one_too_many(make_failure(connection, why));
}

void Pool::report(Fared fared) {
  if (fared == Fared::well) {
    failures_ = 0;
    avoid_until_ = {};
    return;
  }
  if (++failures_ >= failures_to_avoid) avoid_until_ = loop_.now() + avoid_for;
}

void Pool::abort(const Error& why) {
  std::vector<Connection*> all;
  for (const auto& entry : all_) all.push_back(entry.first);
  for (Connection* const connection : all) connection->abort(why);
}

void Pool::shut_down() {
  is_shut_down_ = true;
  for (Connection* const connection : std::exchange(idle_, {})) connection->shut_down();
}

}  // namespace ravelin::upstream
