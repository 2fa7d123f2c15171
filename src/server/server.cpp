#include "server/server.h"

#include <malloc.h>
#include <systemd/sd-daemon.h>

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <map>
#include <thread>
#include <utility>

#include "net/descriptors.h"
#include "server/admin.h"

namespace ravelin::server {
namespace {

// After a drain the store is saved, and what is logged is written.
constexpr Duration time_to_end = std::chrono::seconds(15);
constexpr Duration save_interval = std::chrono::minutes(1);
constexpr Duration certificates_interval = std::chrono::seconds(10);
// Work that waits for a thread of the offload pool; more is refused and follows on_error.
constexpr std::size_t offload_queue = 256;

unsigned worker_count(const config::Workers& workers) {
  if (!workers.is_auto()) return workers.count;
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  if (sched_getaffinity(0, sizeof allowed, &allowed) == 0) return static_cast<unsigned>(CPU_COUNT(&allowed));
  return std::max(1U, std::thread::hardware_concurrency());
}

}  // namespace

Result<void> Server::run(const Options& options) {
  net::raise_descriptor_limit();
  auto loop = event::EventLoop::make({});
  if (!loop) return std::move(loop).error();
  Server server(options, std::move(*loop));
  if (auto started = server.start(); !started) return started;
  server.loop_->run();
  return {};
}

Server::Server(const Options& options, std::unique_ptr<event::EventLoop> loop)
    : options_(options), log_(*options.log), loop_(std::move(loop)), store_(store::Capacities{}, log_) {}

Server::~Server() {
  // A signal that comes now has nothing left to change; by default it would kill.
  for (const int number : {SIGHUP, SIGTERM, SIGINT, SIGQUIT, SIGUSR1}) signal(number, SIG_IGN);
  admin_.reset();
  for (const auto& worker : workers_) worker->stop();
  for (const auto& worker : workers_) worker->join();
  // Work that runs may still answer to a worker's loop: the pool goes first.
  offload_.reset();
  if (phase_ != Phase::starting) save_store();
  if (observation_) observation_->events.stop();
  current_.reset();
  workers_.clear();
}

Result<void> Server::start() {
  phase_ = Phase::starting;
  auto signals = event::SignalWatch::make(*loop_, {SIGHUP, SIGTERM, SIGINT, SIGQUIT, SIGUSR1},
                                          [this](int number) { on_signal(number); });
  if (!signals) return std::move(signals).error();
  signals_ = std::move(*signals);
  signal(SIGPIPE, SIG_IGN);

  config::Loaded loaded = config::load(options_.config_path, options_.modules, *options_.environment);
  log_problems(loaded.problems);
  if (!loaded.is_valid()) return Error{"config:invalid", "the configuration is not valid"};
  observation_ = std::make_unique<Observation>(worker_count(loaded.config->workers), log_);
  if (const auto& snapshot = loaded.config->store.snapshot; !snapshot.is_off()) {
    if (auto restored = store_.load(snapshot->path, loop_->wall()); !restored) log_.warning(restored.error().message);
  }
  Built built = build_loaded(std::move(loaded.config));
  log_problems(built.problems);
  if (built.may_be_later) return Error{"local:resolve", "there are names that do not resolve"};
  if (!built.is_valid()) return Error{"config:invalid", "the configuration could not be built"};
  if (const auto problem = find_lack_of_descriptors(*built.generation->config)) log_problems({*problem});
  if (auto made = make_workers(); !made) return made;
  auto ports = open_ports(built.listeners);
  if (!ports) return std::move(ports).error();
  switch_to(std::move(built), std::move(*ports));
  if (auto opened = open_admin(); !opened) return opened;
  for (const auto& worker : workers_) worker->start();
  started_ = loop_->now();
  phase_ = Phase::running;
  save_timer_ = std::make_unique<Timer>(*loop_, [this] {
    save_store();
    save_timer_->arm(save_interval);
  });
  save_timer_->arm(save_interval);
  certificates_timer_ = loop_->after(certificates_interval, [this] {
    look_at_certificates();
    certificates_timer_->arm(certificates_interval);
  });
  tickets_.rotate_by(*loop_);
  notify("READY=1\nSTATUS=running");
  log_.info("running: " + std::to_string(workers_.size()) + " workers, " + std::to_string(open_addresses_.size()) +
            " addresses");
  return {};
}

Built Server::build_loaded(std::unique_ptr<config::Config> config) {
  const Parts parts{
      options_.modules, store_, observation_->metrics, &observation_->gateway, log_, tickets_, observation_->workers,
      loop_->wall(),    false,  observation_.get()};
  observation_->metrics.begin_load();
  Built built = build(std::move(config), parts);
  if (!built.is_valid()) observation_->metrics.abandon_load();
  malloc_trim(0);  // parsing rules leaves holes
  return built;
}

Result<void> Server::make_workers() {
  const unsigned count = observation_->workers;
  offload_ = std::make_unique<event::OffloadPool>(std::max(1U, count), offload_queue);
  for (unsigned i = 0; i < count; ++i) {
    auto worker = Worker::make(i, *offload_, *loop_, caps_, *observation_, log_);
    if (!worker) return std::move(worker).error();
    workers_.push_back(std::move(*worker));
  }
  return {};
}

Result<Server::Ports> Server::open_ports(const std::vector<ListenerSpec>& listeners) {
  Ports ports;
  for (const ListenerSpec& spec : listeners) {
    std::shared_ptr<const config::ProxyProtocol> proxies;
    if (spec.section->proxy_protocol) proxies = std::make_shared<config::ProxyProtocol>(*spec.section->proxy_protocol);
    for (const SocketAddress& address : spec.section->bind_to) {
      OpenPort port{&entrance(spec.section->name), spec.certificates, proxies, {}};
      if (!open_addresses_.contains(address)) {
        auto sockets = open_sockets(address);
        if (!sockets) return std::move(sockets).error();
        port.sockets = std::move(*sockets);
      }
      ports.emplace(address, std::move(port));
    }
  }
  return ports;
}

// As many as there are workers, whatever the configuration says by now. TCP: one listening socket per worker on the
// same port, among which the kernel spreads connections. Unix sockets cannot share: the workers share one.
Result<std::vector<net::Socket>> Server::open_sockets(const SocketAddress& address) {
  std::vector<net::Socket> sockets;
  while (sockets.size() < workers_.size()) {
    auto socket = address.is_unix() && !sockets.empty() ? sockets.front().duplicate() : net::listen_on(address, {});
    if (!socket) return std::move(socket).error();
    sockets.push_back(std::move(*socket));
  }
  return sockets;
}

proxy::Entrance& Server::entrance(const std::string& name) {
  proxy::Entrance& found = entrances_[name];
  if (found.name.empty()) found = {name, observation_->gateway.listener(name)};
  return found;
}

void Server::switch_to(Built built, Ports ports) {
  built.generation->number = ++generation_number_;
  store_.bans().set_never(built.generation->never_banned);
  open_addresses_.clear();
  for (const auto& [address, port] : ports) open_addresses_.insert(address);
  for (std::size_t i = 0; i < workers_.size(); ++i) workers_[i]->use(built.generation, plans_for(i, ports));
  show_health(*built.generation);
  show_certificates(built.listeners);
  observation_->metrics.commit_load();
  observation_->configure(built.generation->config->events);
  observation_->gateway.reloaded(true, loop_->wall());
  current_ = std::move(built.generation);
  listeners_ = std::move(built.listeners);
  origins_ = std::move(built.origins);
}

void Server::show_health(const proxy::Generation& generation) {
  for (const upstream::Upstream& upstream : generation.upstreams) {
    std::map<std::string_view, std::vector<const observe::Avoidance*>> by_name;  // a name may have several addresses
    for (const upstream::Endpoint& endpoint : upstream.endpoints)
      by_name[endpoint.name].push_back(endpoint.metrics.avoidance);
    for (auto& [name, avoidances] : by_name) {
      const auto is_used = [this, all = std::move(avoidances)] {
        return std::any_of(all.begin(), all.end(), [&](const auto* one) { return one->is_used(loop_->now()); });
      };
      observation_->gateway.upstream_healthy(upstream.name, name, is_used);
    }
  }
  // In memory it works for as long as the process does.
  observation_->gateway.store_up([] { return true; });
}

// What is in use when it is asked for: files are renewed without a load.
void Server::show_certificates(const std::vector<ListenerSpec>& listeners) {
  for (const ListenerSpec& listener : listeners) {
    if (listener.certificates == nullptr) continue;
    const auto& expiries = listener.certificates->expiries();
    for (std::size_t i = 0; i < expiries.size(); ++i)
      observation_->gateway.certificate(listener.section->name, expiries[i].file,
                                        [this, place = static_cast<std::size_t>(&listener - listeners.data()), i] {
                                          return listeners_[place].certificates->expiries()[i].not_after;
                                        });
  }
}

std::vector<PortPlan> Server::plans_for(std::size_t worker, Ports& ports) {
  std::vector<PortPlan> plans;
  for (auto& [address, port] : ports) {
    PortPlan plan{address, port.entrance, port.certificates, port.proxies, {}};
    if (!port.sockets.empty()) plan.socket = std::move(port.sockets[worker]);
    plans.push_back(std::move(plan));
  }
  return plans;
}

// The certificates alone: what else the file on disk says by now waits for a reload.
void Server::look_at_certificates() {
  if (phase_ != Phase::running) return;
  for (OriginSpec& origin : origins_) renew_certificates(origin);
  bool has_new = false;
  for (ListenerSpec& listener : listeners_) has_new |= renew_certificates(listener);
  if (!has_new) return;
  auto ports = open_ports(listeners_);  // all are open
  if (!ports) return log_.error(ports.error().message);
  for (std::size_t i = 0; i < workers_.size(); ++i) workers_[i]->use(plans_for(i, *ports));
}

// Files that cannot be used may be half written, or of an owner who is yet to be changed: each look tries them again,
// and tells of them once.
bool Server::renew_certificates(ListenerSpec& listener) {
  if (!listener.section->tls) return false;
  auto stamps = net::Certificates::stamps(*listener.section->tls);
  if (stamps == listener.stamps) return false;
  auto loaded = net::Certificates::load(*listener.section->tls, listener.section->protocols, tickets_, loop_->wall());
  if (!loaded) {
    if (std::exchange(listener.unusable, stamps) != stamps)
      log_.error("listener " + listener.section->name + ": " + loaded.error().message +
                 "; the certificates of before go on");
    return false;
  }
  listener.stamps = std::move(stamps);
  listener.certificates = std::move(*loaded);
  for (const std::string& warning : listener.certificates->warnings()) log_.warning(warning);
  log_.info("listener " + listener.section->name + ": new certificates are in use");
  return true;
}

void Server::renew_certificates(OriginSpec& origin) {
  auto stamps = net::OriginTls::stamps(*origin.section);
  if (stamps == origin.stamps) return;
  if (auto renewed = origin.tls->renew(loop_->wall()); !renewed) {
    if (std::exchange(origin.unusable, stamps) != stamps)
      log_.error("upstream " + origin.upstream + ": " + renewed.error().message + "; the certificates of before go on");
    return;
  }
  origin.stamps = std::move(stamps);
  for (const std::string& warning : origin.tls->warnings()) log_.warning(warning);
  log_.info("upstream " + origin.upstream + ": new certificates are in use");
}

bool Server::has_module(std::string_view name) const {
  return std::any_of(options_.modules.begin(), options_.modules.end(),
                     [&](const Descriptor* descriptor) { return descriptor->name == name; });
}

Server::Outcome Server::reload() {
  Outcome outcome;
  if (phase_ != Phase::running) {
    outcome.problems.push_back({config::Severity::error, options_.config_path, 0, 0, "the gateway is draining"});
    return outcome;
  }
  notify("RELOADING=1");
  config::Loaded loaded = config::load(options_.config_path, options_.modules, *options_.environment);
  outcome.problems = std::move(loaded.problems);
  if (loaded.is_valid()) apply(std::move(loaded.config), outcome);
  if (!outcome.is_done) observation_->gateway.reloaded(false, loop_->wall());
  log_problems(outcome.problems);
  if (outcome.is_done) {
    log_.info("reloaded: generation " + std::to_string(current_->number));
  } else {
    log_.error("reload refused: the configuration of before goes on");
  }
  notify("READY=1");
  return outcome;
}

// From here an error is added to the outcome, and what was built is thrown away.
void Server::apply(std::unique_ptr<config::Config> config, Outcome& outcome) {
  warn_of_what_stays(*config, outcome);
  Built built = build_loaded(std::move(config));
  outcome.problems.insert(outcome.problems.end(), built.problems.begin(), built.problems.end());
  if (!built.is_valid()) return;
  if (auto problem = find_lack_of_descriptors(*built.generation->config)) outcome.problems.push_back(*problem);
  auto ports = open_ports(built.listeners);
  if (!ports) {
    observation_->metrics.abandon_load();
    outcome.problems.push_back({config::Severity::error, options_.config_path, 0, 0, ports.error().message});
    return;
  }
  switch_to(std::move(built), std::move(*ports));
  outcome.is_done = true;
}

// Every client costs a descriptor here and perhaps one to an upstream.
std::optional<config::Problem> Server::find_lack_of_descriptors(const config::Config& config) {
  const net::Descriptors descriptors = net::Descriptors::of_process();
  const std::uint32_t clients = config.limits.client_connections;
  if (clients <= static_cast<std::uint32_t>(descriptors.most_clients())) return std::nullopt;
  const Place place = config.place_of("limits");
  return config::Problem{config::Severity::warning, std::string(place.file), place.line, place.column,
                         "limits.client_connections is " + std::to_string(clients) + ", but of the " +
                             std::to_string(descriptors.all) + " files that the process may open no more than " +
                             std::to_string(descriptors.most_clients()) +
                             " clients can have two each, one for an upstream: lower it, or raise LimitNOFILE="};
}

// What was made at start is not made anew.
void Server::warn_of_what_stays(const config::Config& config, Outcome& outcome) const {
  const auto warn = [&](std::string_view section, const char* sentence) {
    const Place place = config.place_of(section);
    outcome.problems.push_back(
        {config::Severity::warning, std::string(place.file), place.line, place.column, sentence});
  };
  if (worker_count(config.workers) != workers_.size()) {
    warn("workers", "the number of workers changes with the next start, not with a reload");
  }
  if (config.admin.bind_to.set != admin_section_.bind_to.set ||
      config.admin.socket.path != admin_section_.socket.path) {
    warn("admin", "the addresses of the admin endpoint change with the next start, not with a reload");
  }
}

void Server::log_problems(const std::vector<config::Problem>& problems) {
  for (const config::Problem& problem : problems) {
    log_.write(problem.severity == config::Severity::error ? Level::error : Level::warning, to_string(problem));
  }
}

Result<void> Server::open_admin() {
  const config::Admin& section = admin_section_ = current_->config->admin;
  admin_ = std::make_unique<AdminEndpoint>(*loop_, log_, make_admin(*this));
  if (!section.socket.is_empty()) {
    SocketAddress address;
    address.path = section.socket.path;
    if (auto listening = admin_->listen(address); !listening) return listening;
  }
  if (!section.bind_to.is_off()) return admin_->listen(*section.bind_to);
  return {};
}

void Server::on_signal(int number) {
  switch (number) {
    case SIGHUP: reload(); break;
    case SIGUSR1: reopen_logs(); break;
    case SIGQUIT: drain(std::nullopt); break;
    default: std::exchange(was_told_to_end_, true) ? stop() : drain(drain_timeout()); break;
  }
}

void Server::reopen_logs() { observation_->events.reopen(); }

void Server::drain(std::optional<Duration> deadline) {
  if (phase_ != Phase::running && phase_ != Phase::draining) return;
  if (phase_ == Phase::running) accepts_until_ = loop_->now() + current_->config->drain_delay;
  const Duration delay = std::max(accepts_until_ - loop_->now(), Duration::zero());
  if (deadline && !drain_deadline_) set_drain_deadline(delay + *deadline);
  if (std::exchange(phase_, Phase::draining) == Phase::draining) return;
  notify("STATUS=draining");
  log_.info("draining");
  if (delay == Duration::zero()) return drain_workers();
  drain_delay_ = loop_->after(delay, [this] { drain_workers(); });
}

void Server::drain_workers() {
  workers_draining_ = workers_.size();
  for (const auto& worker : workers_) worker->drain([this] { on_worker_drained(); });
}

// systemd ends what takes longer to stop than TimeoutStopSec= unless it is told. A drain without a deadline is no stop
// to it: it would not wait.
void Server::set_drain_deadline(Duration deadline) {
  const auto patience = std::chrono::duration_cast<std::chrono::microseconds>(deadline + time_to_end);
  notify("STOPPING=1\nEXTEND_TIMEOUT_USEC=" + std::to_string(patience.count()));
  drain_deadline_ = loop_->after(deadline, [this] {
    log_.warning("the drain deadline has passed: cutting what still runs");
    stop();
  });
}

void Server::on_worker_drained() {
  if (--workers_draining_ == 0) stop();
}

void Server::stop() {
  phase_ = Phase::stopping;
  loop_->stop();
}

// The write is short and rare, but it waits for the disk: not on this loop while workers depend on it.
void Server::save_store() {
  const auto& snapshot = current_->config->store.snapshot;
  if (snapshot.is_off()) return;
  const auto save = [this, path = snapshot->path, now = loop_->wall()] {
    if (auto saved = store_.save(path, now); !saved) log_.warning(saved.error().message);
    is_saving_ = false;
  };
  if (phase_ == Phase::stopping || !offload_) return save();
  // A disk that takes minutes for one must not take a thread for each; what is left out now is saved in a minute.
  if (!is_saving_.exchange(true) && !offload_->submit(save)) is_saving_ = false;
}

void Server::notify(const std::string& state) { sd_notify(0, state.c_str()); }

}  // namespace ravelin::server
