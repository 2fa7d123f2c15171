#include "upstream/pool.h"

#include <algorithm>
#include <cassert>
#include <utility>

namespace ravelin::upstream {

using connection::Connection;

Pool::Pool(Loop& loop, connection::Turn& turn, BlockPool& blocks, Dialer& dialer, SocketAddress address,
           Options options)
    : loop_(loop), turn_(turn), blocks_(blocks), dialer_(dialer), address_(std::move(address)), options_(options) {}

Pool::~Pool() { assert(waiting_.empty()); }

Connection* Pool::acquire(PoolEvents& who, bool wants_fresh) {
  while (!wants_fresh && !idle_.empty()) {
    Connection* const connection = idle_.back();
    idle_.pop_back();
    // It may have begun to close since it became idle.
    if (connection->is_open() && connection->codec()->may_open()) return connection;
  }
  waiting_.push_back(&who);
  connect();
  return nullptr;
}

void Pool::cancel(PoolEvents& who) { std::erase(waiting_, &who); }

void Pool::connect() {
  auto transport = dialer_.dial(address_);
  if (!transport) {
    dial_errors_.push_back(std::move(transport).error());
    dial_failed_ = loop_.after(Duration::zero(), [this] {
      for (const Error& error : std::exchange(dial_errors_, {})) fail_first(error);
    });
    return;
  }
  auto connection =
      std::make_unique<Connection>(loop_, turn_, blocks_, std::move(*transport), options_.deadlines, *this);
  Connection* const key = connection.get();
  all_.emplace(key, std::move(connection));
}

void Pool::fail_first(const Error& error) {
  if (waiting_.empty()) return;
  PoolEvents* const who = waiting_.front();
  waiting_.pop_front();
  who->on_connect_failed(error);
}

// Whoever has waited longest gets it; else it is kept for the next request.
void Pool::offer(Connection& connection) {
  if (!connection.codec()->may_open()) return;
  if (!waiting_.empty()) {
    PoolEvents* const who = waiting_.front();
    waiting_.pop_front();
    return who->on_connection(connection);
  }
  if (is_shut_down_ || idle_.size() >= options_.keepalive) return connection.shut_down();
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

void Pool::on_idle(Connection& connection) { offer(connection); }

void Pool::on_gone(Connection& connection, const Error& why) {
  const bool was_connecting = connection.codec() == nullptr;
  std::erase(idle_, &connection);
  auto node = all_.extract(&connection);
  turn_.drop(std::move(node.mapped()));
  if (was_connecting) fail_first(why);
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
