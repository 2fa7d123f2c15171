#pragma once

#include <cstddef>
#include <list>
#include <memory>
#include <optional>
#include <string_view>
#include <unordered_map>

#include "proxy/client.h"
#include "proxy/connection_caps.h"
#include "proxy/local.h"

namespace ravelin::proxy {

/// Intake lets connections in on one worker: asks the modules' connect hooks, counts them
/// against the caps, and keeps the clients until they are gone.
class Intake final : private ClientOwner {
 public:
  Intake(Local& local, ConnectionCaps& caps) : local_(local), caps_(caps) {}
  Intake(const Intake&) = delete;
  Intake& operator=(const Intake&) = delete;
  ~Intake() override;

  /// `unnamed`: welcome so far, but who it is comes with its first bytes.
  enum class Answer : std::uint8_t { welcome, unnamed, refused, full };
  struct Judged {
    Answer answer;
    Peer peer;
    bool is_let_in() const { return answer == Answer::welcome || answer == Answer::unnamed; }
  };
  /// Judges a new connection before anything is spent on it. `full`: the total is reached and nobody makes room,
  /// accepting should pause. `proxies`: the listener's proxy_protocol, null if it has none; of their connections
  /// only the total is judged yet, the rest when the header has come.
  Judged judge(const SocketAddress& address, const Entrance& entrance, const config::ProxyProtocol* proxies);
  /// Takes in a connection that judge() let in. `certificates`: see Client.
  void add(Entrance& entrance, Judged judged, std::unique_ptr<net::Transport> transport,
           std::shared_ptr<const net::Certificates> certificates);

  std::size_t clients() const { return clients_.size(); }
  /// Whether the next connection would not be told `full`. The total is over all workers.
  bool has_room();
  /// Lets every client finish the requests that run, then go.
  void shut_down();
  /// Closes every client now.
  void abort(const Error& why);

 private:
  void on_client_gone(Client& client, const Error& why) override;
  Result<void> on_client_named(Client& client, const net::ProxyHeader& header) override;
  void on_client_secured(Client& client) override;
  bool pass_hooks(const Peer& peer);
  void bound_handshakes();
  Client* find_dispensable();
  bool make_room();

  using Handshakes = std::list<Client*>;  // the one that has taken longest first
  struct Guest {
    std::unique_ptr<Client> client;
    std::optional<Handshakes::iterator> handshake;
  };
  void end_handshake(Guest& guest);

  Local& local_;
  ConnectionCaps& caps_;
  std::unordered_map<Client*, Guest> clients_;
  Handshakes handshakes_;
  std::size_t looked_at_ = 0;  // the part of clients_ that find_dispensable() goes on with
};

}  // namespace ravelin::proxy
