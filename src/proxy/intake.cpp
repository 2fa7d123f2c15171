#include "proxy/intake.h"

#include <cassert>
#include <exception>
#include <utility>
#include <vector>

namespace ravelin::proxy {
namespace {

// A trusted proxy stands for many clients, and so does whoever connects to a unix socket: theirs are
// counted by the modules, per request.
bool is_one_client(const Peer& peer) { return !peer.is_trusted_hop && !peer.client.is_none(); }

// Whoever connects to a unix socket has no address.
bool is_among(const Peer& peer, const config::ProxyProtocol& proxies) {
  return peer.client.is_none() ? proxies.has_unix_peers : proxies.peers.contains(peer.client);
}

}  // namespace

Intake::~Intake() { assert(clients_.empty()); }

Intake::Judged Intake::judge(const SocketAddress& address, const Entrance& entrance,
                             const config::ProxyProtocol* proxies) {
  const Generation& generation = *local_.current->generation;
  const config::Limits& limits = generation.config->limits;
  Judged judged{Answer::welcome, generation.identity.of_connection(address, entrance.name)};
  const Peer& peer = judged.peer;
  if (proxies != nullptr && is_among(peer, *proxies)) judged.answer = Answer::unnamed;
  if (judged.answer == Answer::welcome && !pass_hooks(peer)) {
    judged.answer = Answer::refused;
    return judged;
  }
  const bool is_counted = judged.answer == Answer::welcome && is_one_client(peer);
  const std::uint32_t per_client = is_counted ? limits.connections_per_client : 0;
  auto place = caps_.take(peer.client_key, limits.client_connections, per_client);
  if (place == ConnectionCaps::Answer::total_reached && make_room())
    place = caps_.take(peer.client_key, limits.client_connections, per_client);
  switch (place) {
    case ConnectionCaps::Answer::taken: break;
    case ConnectionCaps::Answer::total_reached:
      local_.observer.on_connection_refused(peer, "core", "limit:client_connections");
      judged.answer = Answer::full;
      break;
    case ConnectionCaps::Answer::client_reached:
      local_.observer.on_connection_refused(peer, "core", "limit:connections_per_client");
      judged.answer = Answer::refused;
      break;
  }
  return judged;
}

// What is judged of others at accept. A connection without addresses is the proxy's own, and the proxy
// stands for many: it is not counted as a client.
Result<void> Intake::on_client_named(Client& client, const net::ProxyHeader& header) {
  const Generation& generation = *local_.current->generation;
  Peer peer = client.peer();
  if (header.has_addresses()) {
    peer = generation.identity.of_proxied(client.peer(), header.source);
    peer.destination = header.destination;
  }
  if (!pass_hooks(peer)) return Error{"client:refused", "a module refused the client", Side::client};
  const bool is_counted = header.has_addresses() && is_one_client(peer);
  const std::uint32_t per_client = is_counted ? generation.config->limits.connections_per_client : 0;
  if (!caps_.move(client.peer().client_key, peer.client_key, per_client)) {
    local_.observer.on_connection_refused(peer, "core", "limit:connections_per_client");
    return Error{"limit:connections_per_client", "the client has connections_per_client already", Side::client};
  }
  client.set_peer(std::move(peer));
  return {};
}

bool Intake::has_room() {
  return caps_.total() < local_.current->generation->config->limits.client_connections || find_dispensable() != nullptr;
}

// Whoever wants to lock others out holds connections and asks for nothing. Those who use theirs are done with a request
// and begin another within a second, and who does not finds a connection that a server has closed, as any may be. Some
// are looked at each time: the rest of thousands may wait for its turn.
Client* Intake::find_dispensable() {
  constexpr std::size_t most_looks = 64;
  for (std::size_t i = 0; i < most_looks; ++i, ++looked_at_) {
    looked_at_ %= clients_.bucket_count();
    for (auto entry = clients_.begin(looked_at_); entry != clients_.end(looked_at_); ++entry)
      if (entry->first->is_dispensable()) return entry->first;
  }
  return nullptr;
}

bool Intake::make_room() {
  Client* const resting = find_dispensable();
  if (resting == nullptr) return false;
  local_.observer.on_connection_refused(resting->peer(), "core", "limit:idle_evicted");
  resting->abort({"limit:idle_evicted", "its place was needed for another client", Side::local});
  return true;
}

bool Intake::pass_hooks(const Peer& peer) {
  for (const ConnectHook& hook : local_.current->generation->connect_hooks) {
    try {
      const Verdict verdict = hook.module->on_connect(local_.loop, peer);
      if (verdict.kind() != Verdict::Kind::reject && verdict.kind() != Verdict::Kind::drop) continue;
      if (hook.mode != Mode::enforce) continue;
      local_.observer.on_connection_refused(peer, hook.name, verdict.rejection().reason);
      return false;
    } catch (const std::exception&) {
      // A connect hook that fails lets the connection in; the request's hooks will judge it.
    }
  }
  return true;
}

void Intake::add(Entrance& entrance, Judged judged, std::unique_ptr<net::Transport> transport,
                 std::shared_ptr<const net::Certificates> certificates) {
  ClientOwner& owner = *this;
  const bool is_secure = certificates != nullptr;
  auto client = std::make_unique<Client>(local_, owner, entrance, std::move(judged.peer), std::move(transport),
                                         std::move(certificates));
  if (judged.answer == Answer::unnamed) client->await_name();
  Client* const key = client.get();
  Guest& guest = clients_.emplace(key, Guest{std::move(client), {}}).first->second;
  if (!is_secure) return;
  guest.handshake = handshakes_.insert(handshakes_.end(), key);
  bound_handshakes();
}

// Whoever floods us with connections lets them hang; those of clients are done within a few round trips. So
// the oldest is the least likely to be missed, and refusing new ones would lock everybody out.
void Intake::bound_handshakes() {
  if (handshakes_.size() <= local_.current->generation->handshakes_per_worker) return;
  Client& oldest = *handshakes_.front();
  local_.observer.on_connection_refused(oldest.peer(), "core", "limit:handshakes");
  oldest.abort({"limit:handshakes", "more handshakes were under way than limits.handshakes", Side::client});
}

void Intake::on_client_secured(Client& client) { end_handshake(clients_.at(&client)); }

void Intake::end_handshake(Guest& guest) {
  if (guest.handshake) handshakes_.erase(*guest.handshake);
  guest.handshake.reset();
}

void Intake::on_client_gone(Client& client, const Error& why) {
  caps_.give_back(client.peer().client_key);
  if (client.is_handshaking()) local_.observer.on_client_failed(client.transport(), why);
  auto node = clients_.extract(&client);
  end_handshake(node.mapped());
  local_.turn.drop(std::move(node.mapped().client));
}

void Intake::shut_down() {
  std::vector<Client*> all;
  for (const auto& entry : clients_) all.push_back(entry.first);
  for (Client* const client : all) client->shut_down();
}

void Intake::abort(const Error& why) {
  std::vector<Client*> all;
  for (const auto& entry : clients_) all.push_back(entry.first);
  for (Client* const client : all) client->abort(why);
}

}  // namespace ravelin::proxy
