#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "connection/connection.h"
#include "net/certificates.h"
#include "proxy/backlog.h"
#include "proxy/flow.h"
#include "proxy/generation.h"
#include "proxy/local.h"
#include "ravelin/exchange.h"

namespace ravelin::proxy {

class Client;

/// ClientOwner is told when a client is gone and is to be dropped into the Turn.
class ClientOwner {
 public:
  virtual ~ClientOwner() = default;
  virtual void on_client_gone(Client& client, const Error& why) = 0;
  /// The proxy at the other end has said who is behind it; an error turns the connection away.
  virtual Result<void> on_client_named(Client& client, const net::ProxyHeader& header) = 0;
  /// Its TLS handshake has succeeded.
  virtual void on_client_secured(Client& client) = 0;
};

/// Client is one accepted connection and the flows on it.
class Client final : public connection::Dropped,
                     private connection::ConnectionEvents,
                     private net::ProxyHeaderEvents,
                     private FlowOwner {
 public:
  /// `certificates` are those that the transport was made with and refers to; null on a plain
  /// connection.
  Client(Local& local, ClientOwner& owner, Entrance& entrance, Peer peer, std::unique_ptr<net::Transport> transport,
         std::shared_ptr<const net::Certificates> certificates);
  ~Client() override;

  /// Who it is comes with its first bytes, in a PROXY protocol header. Before the first turn.
  void await_name();

  const Peer& peer() const { return peer_; }
  void set_peer(Peer peer) { peer_ = std::move(peer); }
  const net::Transport& transport() const { return connection_.transport(); }
  /// Whether it is amid a TLS handshake.
  bool is_handshaking() const { return state_ == State::handshaking && certificates_ != nullptr; }
  /// As Connection::is_dispensable().
  bool is_dispensable() const { return state_ == State::idle && connection_.is_dispensable(); }
  /// Finishes the requests that run, then closes; during a handshake: serves one, see on_open.
  void shut_down() { connection_.shut_down(); }
  /// Closes now.
  void abort(const Error& why) { connection_.abort(why); }

 private:
  std::unique_ptr<http::Codec> on_open(connection::Connection& connection) override;
  http::StreamEvents* on_request(http::Stream stream, std::unique_ptr<RequestHead> head) override;
  http::StreamEvents* on_bad_request(http::Stream stream, std::unique_ptr<RequestHead> head,
                                     const Error& error) override;
  void on_stream_refused(std::string_view reason) override { local_.observer.on_stream_refused(reason); }
  void on_idle(connection::Connection& connection) override;
  void on_gone(connection::Connection& connection, const Error& why) override;
  Result<void> on_proxy_header(const net::ProxyHeader& header) override;
  bool is_misdirected(const RequestHead& head) const override;
  std::uint64_t given() const override { return connection_.given(); }
  std::uint64_t acknowledged() const override { return connection_.acknowledged(); }
  void on_flow_done(Flow& flow) override;
  enum class State : std::uint8_t { unnamed, handshaking, idle, active };
  observe::Occupancy& occupancy();
  void change_state(State state);
  void report_unnamed(const Error& why);
  Flow& add_flow(http::Stream stream, std::unique_ptr<RequestHead> head);

  Local& local_;
  ClientOwner& owner_;
  Entrance& entrance_;
  Peer peer_;
  http::Limits limits_;  // a copy: see the constructor
  std::shared_ptr<const net::Certificates> certificates_;
  State state_ = State::handshaking;
  Backlog backlog_;
  std::vector<std::unique_ptr<Flow>> flows_;  // each knows its place
  connection::Connection connection_;         // last: it is the first to die
};

}  // namespace ravelin::proxy
