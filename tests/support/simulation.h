#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/buffer.h"
#include "config/load.h"
#include "connection/turn.h"
#include "net/memory_transport.h"
#include "net/ticket_keys.h"
#include "proxy/intake.h"
#include "proxy/local.h"
#include "ravelin/testing/bench_metrics.h"
#include "ravelin/testing/manual_loop.h"
#include "server/build.h"
#include "store/memory_store.h"
#include "upstream/pools.h"

namespace ravelin::testing {

/// End is the far end of a connection to the gateway: what a client or an origin holds. It takes
/// what comes in at once, unless told to stop reading.
class End final : private net::TransportEvents {
 public:
  End(BlockPool& blocks, std::unique_ptr<net::MemoryTransport> transport);

  void send(std::string_view text);
  void finish() { transport_->close_write(); }
  void reset() { transport_->reset(); }
  void stop_reading() { is_reading_ = false; }
  void read_on();
  /// Takes in at most so many bytes of what has come, while it does not read.
  void read_some(std::size_t bytes);
  /// Everything received and not yet taken.
  const std::string& received() const { return received_; }
  std::string take() { return std::exchange(received_, {}); }
  bool has_ended() const { return has_ended_; }
  /// Bytes that were to be sent and that the gateway has not read.
  std::size_t unread() const { return out_.size() + transport_->unacknowledged(); }
  net::MemoryTransport& transport() { return *transport_; }
  /// Told when something came in.
  std::function<void(End&)> on_input;

 private:
  void on_ready(bool may_read, bool may_write) override;
  void flush();

  BlockPool& blocks_;
  std::unique_ptr<net::MemoryTransport> transport_;
  Chain out_;
  std::string received_;
  bool has_ended_ = false;
  bool is_reading_ = true;
};

/// QuietLog keeps what was logged.
class QuietLog final : public Log {
 public:
  void write(Level, std::string_view message) override { lines.emplace_back(message); }
  std::vector<std::string> lines;
};

/// Done is what is kept of an exchange that has ended.
struct Done {
  std::string id, method, target, route, upstream, endpoint, reason, ended_by, client;  // target: as an origin sees it
  int status = 0;
  unsigned attempts = 0;
  std::vector<std::string> decisions;  // "module kind reason"
  std::vector<std::string> incidents;  // "module score: rules"
  std::uint64_t request_body_bytes = 0, response_body_bytes = 0;
};

/// Simulation is the whole gateway of one worker on memory transports and manual time. Ends with no
/// client, flow, timer or block alive, which its destructor checks.
class Simulation final : private proxy::Observer, private upstream::Dialer {
 public:
  /// `yaml` without listeners gets one named "sim".
  explicit Simulation(const std::string& yaml, std::vector<const Descriptor*> modules = {});
  ~Simulation() override;

  /// A new client connection; null if it was refused at accept.
  End* connect(std::string_view address = "192.0.2.1:40000");
  /// A new client connection on which HTTP/2 was agreed.
  End* connect_http2(std::string_view address = "192.0.2.1:40000");
  /// Sends `request` on a new connection, runs, and returns what came back.
  std::string ask(std::string_view request, std::string_view address = "192.0.2.1:40000");
  /// Switches to another configuration, as a reload.
  void reload(const std::string& yaml);

  /// Called for each connection that reaches an origin; by default it answers every request with 200
  /// and a body that names the endpoint. Return false to refuse the connection.
  std::function<bool(End& origin, const std::string& endpoint)> on_origin;
  /// All origin ends so far, by endpoint.
  std::map<std::string, std::vector<End*>> origins;

  void run() { loop.run(); }
  void advance(Duration d) { loop.advance(d); }

  ManualLoop loop;
  QuietLog log;
  BenchMetrics metrics;
  std::vector<Done> done;
  std::vector<std::string> refused;
  std::size_t full_backlogs = 0;
  store::MemoryStore store{{1024, 1024, 1024, 1024}, log};  // keys: small, so that a world is soon made
  proxy::ConnectionCaps caps;
  upstream::Pools& pools() { return pools_; }
  proxy::Intake& intake() { return *intake_; }
  proxy::Local& local() { return local_; }
  BlockPool& blocks() { return blocks_; }

 private:
  void on_exchange_done(Exchange& exchange) override;
  void on_connection_refused(const Peer& peer, std::string_view module, std::string_view reason) override;
  void on_stream_refused(std::string_view reason) override { refused.push_back("core " + std::string(reason)); }
  void on_backlog_full() override { ++full_backlogs; }
  void on_client_open(const net::Transport&) override {}
  void on_client_failed(const net::Transport&, const Error&) override {}
  Result<std::unique_ptr<net::Transport>> dial(const net::Dial& dial) override;
  End* take_in(std::string_view address, std::string_view protocol);
  std::shared_ptr<proxy::Generation> build(const std::string& yaml);
  void use(std::shared_ptr<proxy::Generation> generation);

  proxy::Entrance entrance_{"sim", {}};
  net::TicketKeys tickets_;
  BlockPool blocks_;
  connection::Turn turn_{loop};
  upstream::Pools pools_{loop, turn_, blocks_, *this};
  proxy::RequestIds ids_{1, 1};
  std::vector<const Descriptor*> modules_;
  std::deque<proxy::LiveGeneration> generations_;
  proxy::Local local_;
  std::unique_ptr<proxy::Intake> intake_;
  std::vector<std::unique_ptr<End>> ends_;
};

/// Answers every request on an origin's connection with 200 and `body`; understands GET without bodies
/// and Content-Length.
void answer_all(End& origin, const std::string& body);

}  // namespace ravelin::testing
