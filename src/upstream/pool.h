#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <unordered_map>
#include <vector>

#include "connection/connection.h"
#include "http/limits.h"
#include "net/transport.h"
#include "ravelin/address.h"
#include "ravelin/result.h"

namespace ravelin::upstream {

/// Dialer starts connections; the real one on sockets, the simulated one on memory.
class Dialer {
 public:
  virtual ~Dialer() = default;
  /// A transport that is connecting to `address`; its failure shows on read or write.
  virtual Result<std::unique_ptr<net::Transport>> dial(const SocketAddress& address) = 0;
};

/// Age of a connection when it is handed out: just made, or open before, so that the endpoint may have
/// closed it already.
enum class Age : std::uint8_t { fresh, used };

/// PoolEvents is told about the connection that was asked for, once, in a later turn.
class PoolEvents {
 public:
  virtual ~PoolEvents() = default;
  virtual void on_connection(connection::Connection& connection, Age age) = 0;
  virtual void on_connect_failed(const Error& error) = 0;
};

/// Pool is one worker's connections to one endpoint: idle ones kept for the next request, busy ones,
/// those that are coming, and who waits for one. It also remembers how the endpoint fared lately.
class Pool final : public connection::ConnectionEvents {
 public:
  struct Options {
    connection::Deadlines deadlines;  // open: connect_timeout
    http::Limits limits;
  };

  Pool(Loop& loop, connection::Turn& turn, BlockPool& blocks, Dialer& dialer, SocketAddress address, Options options);
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;
  ~Pool() override;

  /// An idle connection to open a stream on now, or null: then one is being connected and `who` gets
  /// its event, perhaps with one that became idle sooner, unless it cancels. With Age::fresh only a new
  /// one will do.
  connection::Connection* acquire(PoolEvents& who, Age oldest = Age::used);
  void cancel(PoolEvents& who);

  /// How many idle connections to keep from now on.
  void keep_idle(std::size_t most);

  /// A request on this endpoint has begun, or ended; what least_requests balances by.
  void begin_request() { ++active_; }
  void end_request() { --active_; }
  std::size_t active() const { return active_; }

  /// Passive health: how a request fared here. After `failures_to_avoid` failures in a row the endpoint is
  /// avoided for `avoid_for` while another can be had.
  enum class Fared : std::uint8_t { well, badly };
  void report(Fared fared);
  bool is_avoided() const { return loop_.now() < avoid_until_; }
  Time avoided_until() const { return avoid_until_; }

  const SocketAddress& address() const { return address_; }
  std::size_t connections() const { return all_.size(); }
  std::size_t idle() const { return idle_.size(); }

  /// Closes idle connections and keeps none from now on; busy ones close when they are done.
  void shut_down();
  /// A pool that was shut down is wanted again.
  void reopen() { is_shut_down_ = false; }
  /// Closes every connection now.
  void abort(const Error& why);

  static constexpr unsigned failures_to_avoid = 3;
  static constexpr Duration avoid_for = std::chrono::seconds(10);

 private:
  std::unique_ptr<http::Codec> on_open(connection::Connection& connection) override;
  http::StreamEvents* on_request(http::Stream stream, std::unique_ptr<RequestHead> head) override;
  http::StreamEvents* on_bad_request(http::Stream stream, std::unique_ptr<RequestHead> head,
                                     const Error& error) override;
  void on_idle(connection::Connection& connection) override;
  void on_gone(connection::Connection& connection, const Error& why) override;

  struct Waiter {
    PoolEvents* who;
    Age oldest;
  };

  void connect();
  void report_failed_dials();
  void fail_one_too_many(const Error& error);
  void offer(connection::Connection& connection, Age age);

  Loop& loop_;
  connection::Turn& turn_;
  BlockPool& blocks_;
  Dialer& dialer_;
  SocketAddress address_;
  Options options_;
  std::unordered_map<connection::Connection*, std::unique_ptr<connection::Connection>> all_;
  std::vector<connection::Connection*> idle_;  // the one used last is used first
  std::size_t most_idle_ = 0;
  std::vector<connection::Connection*> coming_;  // dialled, and not handed out or idle yet
  std::deque<Waiter> waiting_;
  Timer dial_failed_;  // reports dials that failed at once, in the next turn
  std::vector<Error> dial_errors_;
  std::size_t active_ = 0;
  unsigned failures_ = 0;
  Time avoid_until_{};
  bool is_shut_down_ = false;
};

}  // namespace ravelin::upstream
