#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "connection/connection.h"
#include "http/limits.h"
#include "net/dial.h"
#include "net/transport.h"
#include "ravelin/address.h"
#include "ravelin/result.h"

namespace ravelin::upstream {

/// Dialer starts connections; the real one on sockets, the simulated one on memory.
class Dialer {
 public:
  virtual ~Dialer() = default;
  /// A transport that is connecting; its failure shows on read or write.
  virtual Result<std::unique_ptr<net::Transport>> dial(const net::Dial& dial) = 0;
};

/// Age of a connection when it is handed out: just made, or open before, so that the endpoint may have
/// closed it already.
enum class Age : std::uint8_t { fresh, used };

/// PoolEvents is told about the connection that was asked for, once, never from inside acquire().
class PoolEvents {
 public:
  virtual ~PoolEvents() = default;
  virtual void on_connection(connection::Connection& connection, Age age) = 0;
  /// `is_first`: of those who are told of the same failure.
  virtual void on_connect_failed(const Error& error, bool is_first) = 0;
};

/// Origin is an endpoint as its connections are made.
struct Origin {
  SocketAddress address;
  config::UpstreamProtocol protocol = config::UpstreamProtocol::http11;
  std::shared_ptr<const net::OriginTls> tls;  // none: plain. Shared, as connections outlive a generation.
  std::string server_name;                    // with TLS: what it is asked for as
};

/// Pool is one worker's connections to one endpoint: those that may take a request, busy ones, those that
/// are coming, and who waits for one. HTTP/2 connections take many requests at once, and no more are
/// made than are needed for that. It also remembers how the endpoint fared lately.
class Pool final : public connection::ConnectionEvents {
 public:
  struct Options {
    connection::Deadlines deadlines;  // open: connect_timeout
    http::Limits limits;
  };

  Pool(Loop& loop, connection::Turn& turn, BlockPool& blocks, Dialer& dialer, Origin origin, Options options);
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;
  ~Pool() override;

  /// A connection to open a stream on now, or null: then one is being connected and `who` gets its
  /// event, perhaps with one that became idle sooner, unless it cancels. With Age::fresh only a new one
  /// will do; with a `preamble` (see net::Dial) only one that began with the same.
  connection::Connection* acquire(PoolEvents& who, Age oldest = Age::used, std::string_view preamble = {});
  void cancel(PoolEvents& who);

  /// How TLS is spoken on connections made from now on, as it was or renewed.
  void set_tls(std::shared_ptr<const net::OriginTls> tls) { origin_.tls = std::move(tls); }
  /// How many idle connections to keep from now on.
  void keep_idle(std::size_t most);

  /// A request on this endpoint has begun, or ended; what least_requests balances by. True: it is the probe, as the
  /// time to avoid the endpoint is over; others avoid it for as long again, or until the probe is answered.
  bool begin_request();
  void end_request();
  /// The probe has got a response's head, so that all may come again; or it has left without a word from the endpoint,
  /// and the next one is it.
  void probe_answered();
  void probe_lost();
  std::size_t active() const { return active_; }

  /// Passive health: how a request fared here. After `failures_to_avoid` failures in a row the endpoint is
  /// avoided for `avoid_for` while another can be had. Those on one connection that ends fail once.
  enum class Fared : std::uint8_t { well, badly };
  void report(Fared fared);
  /// A request has failed with its connection, and others may have.
  void report_lost(const connection::Connection& connection);
  bool is_avoided() const { return loop_.now() < avoid_until_; }
  Time avoided_until() const { return avoid_until_; }

  const SocketAddress& address() const { return origin_.address; }
  std::size_t connections() const { return all_.size(); }
  std::size_t idle() const;

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

  struct Member {
    std::unique_ptr<connection::Connection> connection;
    std::string preamble;
  };
  struct Waiter {
    PoolEvents* who;
    Age oldest;
    std::string preamble;
  };
  struct FailedDial {
    Error error;
    std::string preamble;
  };

  bool is_shared() const { return origin_.protocol == config::UpstreamProtocol::h2; }
  std::size_t streams_expected() const;
  std::size_t waiting_for(std::string_view preamble) const;
  std::size_t coming_for(std::string_view preamble) const;
  bool is_short_of(std::string_view preamble) const;
  bool has_shared(std::string_view preamble) const;
  connection::Connection* take_ready(std::string_view preamble);
  void connect(std::string_view preamble);
  void report_failed_dials();
  void fail_surplus(const Error& error, const std::string& preamble);
  void offer(connection::Connection& connection, Age age);
  bool hand_out(connection::Connection& connection, Age age);
  void keep(connection::Connection& connection);
  void serve_waiting();
  void refuse_new(connection::Connection& connection, const std::string& preamble);
  void trim();

  Loop& loop_;
  connection::Turn& turn_;
  BlockPool& blocks_;
  Dialer& dialer_;
  Origin origin_;
  Options options_;
  net::SessionSlot sessions_;
  std::unordered_map<connection::Connection*, Member> all_;
  std::vector<connection::Connection*> ready_;  // for another request, as far as is known; the last is used first
  std::size_t most_idle_ = 0;
  std::vector<connection::Connection*> coming_;  // dialled, and not handed out or idle yet
  std::deque<Waiter> waiting_;
  Timer dial_failed_;  // reports dials that failed at once, in the next turn
  std::vector<FailedDial> failed_dials_;
  Timer serving_;  // of those who wait for a stream of a connection that others share
  std::size_t active_ = 0;
  unsigned failures_ = 0;
  const connection::Connection* last_lost_ = nullptr;  // the one that report_lost has counted; never looked into
  Time avoid_until_{};
  bool is_shut_down_ = false;
};

}  // namespace ravelin::upstream
