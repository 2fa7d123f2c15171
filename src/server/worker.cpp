#include "server/worker.h"

#include <sys/random.h>

#include <algorithm>
#include <utility>

#include "net/tcp_transport.h"
#include "net/tls_transport.h"

namespace ravelin::server {
namespace {

// The cap is over all workers: the client that makes room may be another one's.
constexpr Duration look_for_room_every = std::chrono::milliseconds(100);

std::uint64_t random_number() {
  std::uint64_t number = 0;
  if (getrandom(&number, sizeof number, 0) != sizeof number) number = reinterpret_cast<std::uintptr_t>(&number);
  return number;
}

}  // namespace

/// Port is one listening address of this worker.
class Worker::Port final : private net::AcceptEvents {
 public:
  Port(Worker& worker, PortPlan plan)
      : worker_(worker),
        plan_(std::move(plan)),
        listener_(*worker.loop_, std::move(plan_.socket), *this, worker.descriptors_.for_clients) {}

  const SocketAddress& address() const { return plan_.address; }
  void resume() {
    if (auto resumed = listener_.resume(); !resumed) worker_.recorder_.log_error(resumed.error());
  }
  void pause() { listener_.pause(); }
  void close() { listener_.close(); }
  bool is_accepting() const { return listener_.is_accepting(); }
  /// New connections are for this listener, get these certificates and come from these proxies.
  void update(PortPlan plan) {
    plan_.entrance = plan.entrance;
    plan_.certificates = std::move(plan.certificates);
    plan_.proxies = std::move(plan.proxies);
  }

 private:
  void on_accept(net::Socket socket, const SocketAddress& peer) override {
    auto judged = worker_.intake_.judge(peer, *plan_.entrance, plan_.proxies.get());
    if (judged.answer == proxy::Intake::Answer::full) worker_.pause(*this);
    if (!judged.is_let_in()) return;
    judged.peer.destination = socket.local_address();  // a later generation may want to tell it
    auto transport = plan_.certificates == nullptr ? net::make_tcp_transport(std::move(socket), *worker_.loop_)
                                                   : net::make_tls_transport(std::move(socket), *worker_.loop_,
                                                                             worker_.blocks_, *plan_.certificates);
    worker_.intake_.add(*plan_.entrance, std::move(judged), std::move(transport), plan_.certificates);
  }
  void on_accept_failed(const Error& error) override {
    worker_.recorder_.log_error(error);
    worker_.recorder_.on_accept_failed(error);
  }

  Worker& worker_;
  PortPlan plan_;
  net::Listener listener_;
};

Result<std::unique_ptr<Worker>> Worker::make(unsigned index, event::OffloadPool& offload, event::EventLoop& main,
                                             proxy::ConnectionCaps& caps, Observation& observation, Log& log) {
  event::LoopOptions options;
  options.worker = index;
  options.pool = &offload;
  auto loop = event::EventLoop::make(options);
  if (!loop) return std::move(loop).error();
  return std::unique_ptr<Worker>(new Worker(std::move(*loop), main, caps, observation, log));
}

Worker::Worker(std::unique_ptr<event::EventLoop> loop, event::EventLoop& main, proxy::ConnectionCaps& caps,
               Observation& observation, Log& log)
    : loop_(std::move(loop)),
      main_(main),
      turn_(*loop_),
      dialer_(*loop_, blocks_, descriptors_.for_upstreams),
      pools_(*loop_, turn_, blocks_, dialer_),
      recorder_(*loop_, observation, log),
      ids_(random_number(), random_number()),
      local_{*loop_, turn_, blocks_, recorder_, ids_},
      look_for_room_(*loop_, [this] { look_for_room_.arm(look_for_room_every); }),
      intake_(local_, caps) {
  loop_->at_turn_end([this] { end_turn(); });
}

Worker::~Worker() { join(); }

void Worker::join() {
  if (thread_.joinable()) thread_.join();
}

void Worker::start() {
  thread_ = std::thread([this] { run(); });
}

void Worker::run() {
  loop_->run();
  end();
}

void Worker::use(std::shared_ptr<const proxy::Generation> generation, std::vector<PortPlan> ports) {
  loop_->post([this, generation = std::move(generation), ports = std::move(ports)]() mutable {
    switch_to(std::move(generation), std::move(ports));
  });
}

void Worker::use(std::vector<PortPlan> ports) {
  loop_->post([this, ports = std::move(ports)]() mutable { set_ports(std::move(ports)); });
}

void Worker::switch_to(std::shared_ptr<const proxy::Generation> generation, std::vector<PortPlan> ports) {
  proxy::LiveGeneration& live = generations_.emplace_back();
  for (const upstream::Upstream& upstream : generation->upstreams) {
    live.balancers.push_back(pools_.make_balancer(upstream));
  }
  live.generation = std::move(generation);
  local_.current = &live;
  set_ports(std::move(ports));
}

void Worker::set_ports(std::vector<PortPlan> plans) {
  std::vector<std::unique_ptr<Port>> ports;
  for (PortPlan& plan : plans) {
    const auto known = std::find_if(ports_.begin(), ports_.end(),
                                    [&](const auto& port) { return port && port->address() == plan.address; });
    if (known != ports_.end()) {
      (*known)->update(std::move(plan));
      ports.push_back(std::move(*known));
    } else {
      ports.push_back(std::make_unique<Port>(*this, std::move(plan)));
      ports.back()->resume();
    }
  }
  ports.swap(ports_);
  for (const auto& left : ports)
    if (left) left->close();
}

void Worker::pause(Port& port) {
  port.pause();
  look_for_room_.arm(look_for_room_every);
}

// At the end of each turn: a client that has gone in it, or the timer, which does no more than bring
// one about.
void Worker::resume_ports() {
  if (!look_for_room_.is_armed() || !intake_.has_room()) return;
  look_for_room_.cancel();
  for (const auto& port : ports_) port->resume();
}

void Worker::close_ports() {
  for (const auto& port : ports_) port->close();
  look_for_room_.cancel();
}

void Worker::end_turn() {
  if (turn_.run()) recorder_.on_full_turn();
  resume_ports();
  // What it gives up, the idle connections of endpoints that are gone, must not wait for an event.
  if (retire_generations()) turn_.run();
  pools_.sweep();
  recorder_.end_turn();
  check_drained();
}

// A generation that is not current and that no flow pins goes; it is freed on the main thread, where
// freeing a rule set holds up nobody. Returns whether any went.
bool Worker::retire_generations() {
  const std::size_t before = generations_.size();
  if (before < 2) return false;
  for (auto live = generations_.begin(); live != std::prev(generations_.end());) {
    if (live->pins > 0) {
      ++live;
      continue;
    }
    retire(*live);
    live = generations_.erase(live);
  }
  return generations_.size() < before;
}

void Worker::retire(proxy::LiveGeneration& live) {
  for (auto& balancer : live.balancers) pools_.release(std::move(balancer));
  main_.post([generation = std::move(live.generation)] {});
}

void Worker::drain(Function<void()> drained) {
  loop_->post([this, drained = std::move(drained)]() mutable {
    drained_ = std::move(drained);
    close_ports();
    local_.is_draining = true;
    intake_.shut_down();
  });
}

void Worker::check_drained() {
  if (!drained_ || intake_.clients() > 0) return;
  main_.post(std::exchange(drained_, nullptr));
}

void Worker::stop() {
  loop_->post([this] {
    const Error why{"gateway:stopped", "the gateway has stopped", Side::local, 503};
    close_ports();
    intake_.abort(why);
    pools_.abort(why);
    turn_.bury_all();  // while the loop takes what comes from other threads, or that would be dropped on theirs
    loop_->stop();
  });
}

// On the worker's thread, after its last turn: nothing may be left that watches or is timed.
void Worker::end() {
  turn_.run();
  turn_.bury_all();
  ports_.clear();
  for (proxy::LiveGeneration& live : generations_) retire(live);
  generations_.clear();
  local_.current = nullptr;
  pools_.sweep();
  recorder_.end_turn();
}

WorkerCounts Worker::counts() const {
  return {intake_.clients(), pools_.connections(), local_.flows, generations_.size()};
}

}  // namespace ravelin::server
