#pragma once

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/buffer.h"
#include "connection/turn.h"
#include "event/event_loop.h"
#include "net/listener.h"
#include "ravelin/function.h"
#include "ravelin/log.h"
#include "ravelin/result.h"

namespace ravelin::server {

/// AdminRequest is one request to the admin endpoint. `may_change`: it came over the unix socket, whose
/// file permissions say who may act; over TCP everything is read-only.
struct AdminRequest {
  std::string method;
  std::string path;
  std::string query;
  std::string body;
  bool may_change = false;
};

struct AdminResponse {
  int status = 200;
  std::string content_type = "application/json";
  std::string body;
};

/// AdminEndpoint serves the admin requests on the main loop, over the same connections and codec as
/// everything else. Main thread.
class AdminEndpoint final : private net::AcceptEvents {
 public:
  using Answer = Function<void(AdminResponse)>;
  /// `handle` answers at once or later, but on the main loop.
  using Handle = Function<void(const AdminRequest&, Answer)>;

  AdminEndpoint(event::EventLoop& loop, Log& log, Handle handle);
  AdminEndpoint(const AdminEndpoint&) = delete;
  AdminEndpoint& operator=(const AdminEndpoint&) = delete;
  ~AdminEndpoint() override;

  /// Listens on a socket besides those it has; over a unix socket requests may change things.
  Result<void> listen(const SocketAddress& address);
  /// Stops listening and closes all connections.
  void close();

  static constexpr std::size_t body_max = 1024 * 1024;                // 413 beyond
  static constexpr Duration body_timeout = std::chrono::seconds(10);  // for a whole body; 408 beyond
  static constexpr std::size_t connections_max = 64;                  // half over the unix socket, half over TCP

 private:
  class Client;
  class Call;

  void on_accept(net::Socket socket, const SocketAddress& peer) override;
  void on_accept_failed(const Error& error) override;

  event::EventLoop& loop_;
  Log& log_;
  Handle handle_;
  BlockPool blocks_;
  connection::Turn turn_;
  std::vector<std::unique_ptr<net::Listener>> listeners_;
  std::unordered_map<Client*, std::unique_ptr<Client>> clients_;
};

}  // namespace ravelin::server
