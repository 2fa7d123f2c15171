#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "config/environment.h"
#include "config/load.h"
#include "event/event_loop.h"
#include "event/offload_pool.h"
#include "event/signal_watch.h"
#include "net/ticket_keys.h"
#include "proxy/connection_caps.h"
#include "ravelin/log.h"
#include "server/admin_endpoint.h"
#include "server/build.h"
#include "server/observation.h"
#include "server/worker.h"
#include "store/memory_store.h"

namespace ravelin::server {

/// Server is the process: one configuration after the other, the workers, signals, the admin endpoint.
/// Everything runs on the main thread but the workers' own loops and the offload pool.
class Server {
 public:
  struct Options {
    std::string config_path;
    config::Known modules;
    const config::Environment* environment = nullptr;
    Log* log = nullptr;
  };

  /// Starts, runs until told to stop, and cleans up. An error means that it could not start.
  static Result<void> run(const Options& options);

  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server();

  /// What became of a reload, as the admin endpoint tells it.
  struct Outcome {
    bool is_done = false;
    std::vector<config::Problem> problems;
  };
  /// Loads, builds and switches to the configuration on disk. On any error nothing changes.
  Outcome reload();
  void reopen_logs();
  /// Stops accepting and ends once the requests that run have finished; those that have not by then are
  /// cut after `deadline` (none: never).
  void drain(std::optional<Duration> deadline);
  /// Ends now.
  void stop();

  // For the admin endpoint.
  enum class Phase : std::uint8_t { starting, running, draining, stopping };
  Phase phase() const { return phase_; }
  std::uint64_t generation() const { return generation_number_; }
  Duration uptime() const { return loop_->now() - started_; }
  Duration drain_timeout() const { return current_->config->drain_timeout; }
  const std::vector<ListenerSpec>& listeners() const { return listeners_; }
  const proxy::Generation& current() const { return *current_; }
  /// Whether this program has such a kind of module, in the configuration or not.
  bool has_module(std::string_view name) const;
  event::EventLoop& loop() { return *loop_; }
  store::MemoryStore& store() { return store_; }
  Observation& observation() { return *observation_; }
  std::vector<std::unique_ptr<Worker>>& workers() { return workers_; }

 private:
  Server(const Options& options, std::unique_ptr<event::EventLoop> loop);

  struct OpenPort {
    proxy::Entrance* entrance;
    std::shared_ptr<const net::Certificates> certificates;
    std::shared_ptr<const config::ProxyProtocol> proxies;
    std::vector<net::Socket> sockets;  // one per worker, empty if the workers have them already
  };
  using Ports = std::map<SocketAddress, OpenPort>;

  Result<void> start();
  Built build_loaded(std::unique_ptr<config::Config> config);
  void apply(std::unique_ptr<config::Config> config, Outcome& outcome);
  Result<Ports> open_ports(const std::vector<ListenerSpec>& listeners);
  Result<std::vector<net::Socket>> open_sockets(const SocketAddress& address);
  void switch_to(Built built, Ports ports);
  void show_health(const proxy::Generation& generation);
  void show_certificates(const std::vector<ListenerSpec>& listeners);
  static std::vector<PortPlan> plans_for(std::size_t worker, Ports& ports);
  void look_at_certificates();
  bool renew_certificates(ListenerSpec& listener);
  void renew_certificates(OriginSpec& origin);
  static std::optional<config::Problem> find_lack_of_descriptors(const config::Config& config);
  void warn_of_what_stays(const config::Config& config, Outcome& outcome) const;
  void log_problems(const std::vector<config::Problem>& problems);
  Result<void> make_workers();
  Result<void> open_admin();
  void on_signal(int number);
  void drain_workers();
  void on_worker_drained();
  void save_store();
  proxy::Entrance& entrance(const std::string& name);
  void set_drain_deadline(Duration deadline);
  void notify(const std::string& state);

  Options options_;
  Log& log_;
  std::unique_ptr<event::EventLoop> loop_;
  std::unique_ptr<event::SignalWatch> signals_;
  net::TicketKeys tickets_;
  proxy::ConnectionCaps caps_;
  store::MemoryStore store_;
  std::unique_ptr<Observation> observation_;
  std::map<std::string, proxy::Entrance> entrances_;  // by name; never shrinks, see Entrance
  std::shared_ptr<const proxy::Generation> current_;
  std::vector<ListenerSpec> listeners_;  // of current_
  std::vector<OriginSpec> origins_;      // of current_
  std::unique_ptr<event::OffloadPool> offload_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::set<SocketAddress> open_addresses_;
  std::unique_ptr<AdminEndpoint> admin_;
  config::Admin admin_section_;  // what it was opened by
  std::unique_ptr<Timer> drain_deadline_;
  std::unique_ptr<Timer> drain_delay_;
  Time accepts_until_;            // in a drain
  bool was_told_to_end_ = false;  // by a first SIGTERM
  std::unique_ptr<Timer> save_timer_;
  std::unique_ptr<Timer> certificates_timer_;
  Time started_{};
  std::uint64_t generation_number_ = 0;
  std::size_t workers_draining_ = 0;
  std::atomic<bool> is_saving_ = false;  // the snapshot, on the pool
  Phase phase_ = Phase::starting;
};

}  // namespace ravelin::server
