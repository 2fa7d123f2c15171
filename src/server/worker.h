#pragma once

#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/buffer.h"
#include "connection/turn.h"
#include "event/event_loop.h"
#include "net/certificates.h"
#include "net/descriptors.h"
#include "net/listener.h"
#include "proxy/generation.h"
#include "proxy/intake.h"
#include "proxy/local.h"
#include "proxy/request_ids.h"
#include "server/recorder.h"
#include "upstream/pools.h"

namespace ravelin::server {

/// PortPlan is what one worker listens on: an address, and for whom. A plan without a socket goes on
/// with the one the worker has.
struct PortPlan {
  SocketAddress address;
  proxy::Entrance* entrance = nullptr;                    // process lifetime
  std::shared_ptr<const net::Certificates> certificates;  // null: plain
  std::shared_ptr<const config::ProxyProtocol> proxies;   // null: no PROXY protocol
  net::Socket socket;
};

/// WorkerCounts is what a worker has in its hands.
struct WorkerCounts {
  std::size_t clients = 0;
  std::size_t upstreams = 0;
  std::size_t flows = 0;
  std::size_t generations = 0;
};

/// Worker is one thread with its loop, listeners, connections and pools. The functions below are for
/// the main thread and take effect in a later turn of the worker's loop; the rest is the worker's own.
class Worker {
 public:
  static Result<std::unique_ptr<Worker>> make(unsigned index, event::OffloadPool& offload, event::EventLoop& main,
                                              proxy::ConnectionCaps& caps, Observation& observation, Log& log);
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;
  ~Worker();

  void start();
  /// From its next request on the worker uses this generation, and listens on these ports only.
  void use(std::shared_ptr<const proxy::Generation> generation, std::vector<PortPlan> ports);
  /// Goes on with these ports: their certificates are others.
  void use(std::vector<PortPlan> ports);
  /// Stops accepting, finishes what runs; `drained` is called on the main loop when all is done.
  void drain(Function<void()> drained);
  /// Cuts what still runs and ends the thread.
  void stop();
  /// Waits for the thread to end.
  void join();

  event::EventLoop& loop() { return *loop_; }
  // For tasks posted to the worker's loop.
  WorkerCounts counts() const;
  Recorder& recorder() { return recorder_; }

 private:
  class Port;
  class SocketDialer final : public upstream::Dialer {
   public:
    SocketDialer(event::EventLoop& loop, BlockPool& blocks, int descriptors_end)
        : loop_(loop), blocks_(blocks), descriptors_end_(descriptors_end) {}
    Result<std::unique_ptr<net::Transport>> dial(const net::Dial& dial) override {
      net::Dial bounded = dial;
      bounded.descriptors_end = descriptors_end_;
      return net::start_dial(bounded, loop_, blocks_);
    }

   private:
    event::EventLoop& loop_;
    BlockPool& blocks_;
    int descriptors_end_;
  };

  Worker(std::unique_ptr<event::EventLoop> loop, event::EventLoop& main, proxy::ConnectionCaps& caps,
         Observation& observation, Log& log);

  void run();
  void switch_to(std::shared_ptr<const proxy::Generation> generation, std::vector<PortPlan> ports);
  void set_ports(std::vector<PortPlan> plans);
  void pause(Port& port);
  void resume_ports();
  void close_ports();
  void end_turn();
  bool retire_generations();
  void retire(proxy::LiveGeneration& live);
  void check_drained();
  void end();

  std::unique_ptr<event::EventLoop> loop_;
  event::EventLoop& main_;
  const net::Descriptors descriptors_ = net::Descriptors::of_process();
  BlockPool blocks_;
  connection::Turn turn_;
  SocketDialer dialer_;
  upstream::Pools pools_;
  Recorder recorder_;
  proxy::RequestIds ids_;
  proxy::Local local_;
  std::list<proxy::LiveGeneration> generations_;  // oldest first; the last is the current one
  std::vector<std::unique_ptr<Port>> ports_;
  Timer look_for_room_;  // armed while a port is paused at the cap
  proxy::Intake intake_;
  Function<void()> drained_;
  std::thread thread_;
};

}  // namespace ravelin::server
