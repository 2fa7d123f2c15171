#include "upstream/pools.h"

#include <algorithm>
#include <utility>

namespace ravelin::upstream {
namespace {

// A response head may be larger than what a client may send us: it comes from a server we chose.
constexpr std::size_t response_head_max = 64 * 1024;
constexpr std::size_t response_fields_max = 200;
// Below the 75 s of nginx and the 60 s of most others, so that we are the one who closes.
constexpr Duration idle_max = std::chrono::seconds(55);

Pool::Options make_options(const Upstream& upstream) {
  Pool::Options options;
  options.deadlines.open = upstream.connect_timeout;
  options.deadlines.idle = idle_max;
  options.deadlines.write = upstream.response_idle;
  options.deadlines.linger = Duration::zero();
  options.deadlines.peer = Side::upstream;
  options.limits.head = response_head_max;
  options.limits.fields = response_fields_max;
  options.limits.window = upstream.window;
  options.limits.requests = UINT64_MAX;
  return options;
}

std::string make_key(const Upstream& upstream, const Endpoint& endpoint) {
  std::string key = upstream.name + ' ' + endpoint.address.to_string() + ' ' +
                    std::to_string(upstream.connect_timeout.count()) + ' ' +
                    std::to_string(upstream.response_idle.count()) + ' ' + std::to_string(upstream.window) + ' ' +
                    std::to_string(static_cast<int>(upstream.protocol));
  if (upstream.send_proxy) key += " proxy" + std::to_string(static_cast<int>(*upstream.send_proxy));
  if (upstream.tls != nullptr) key += ' ' + endpoint.server_name + ' ' + upstream.tls->fingerprint();
  return key;
}

// What the upstream may keep in all, divided; at least one each, or an endpoint would never see a
// connection twice.
std::size_t idle_share(const Upstream& upstream) {
  if (upstream.keepalive == 0) return 0;
  return std::max<std::size_t>(1, upstream.keepalive / upstream.endpoints.size());
}

}  // namespace

Pools::Entry& Pools::entry_for(const Upstream& upstream, const Endpoint& endpoint) {
  Entry& entry = entries_[make_key(upstream, endpoint)];
  if (entry.pool != nullptr && entry.users == 0) {
    entry.pool->reopen();
    --unused_;
  }
  if (entry.pool == nullptr) {
    Origin origin{endpoint.address, upstream.protocol, upstream.tls, endpoint.server_name};
    entry.pool = std::make_unique<Pool>(loop_, turn_, blocks_, dialer_, std::move(origin), make_options(upstream));
  }
  return entry;
}

std::unique_ptr<Balancer> Pools::make_balancer(const Upstream& upstream) {
  std::vector<Pool*> pools;
  for (const Endpoint& endpoint : upstream.endpoints) {
    Entry& entry = entry_for(upstream, endpoint);
    ++entry.users;
    entry.pool->set_tls(upstream.tls);
    entry.pool->keep_idle(idle_share(upstream));
    pools.push_back(entry.pool.get());
  }
  return std::make_unique<Balancer>(upstream, std::move(pools));
}

void Pools::release(std::unique_ptr<Balancer> balancer) {
  for (const Endpoint& endpoint : balancer->upstream().endpoints) {
    Entry& entry = entries_[make_key(balancer->upstream(), endpoint)];
    if (--entry.users > 0) continue;
    entry.pool->shut_down();
    ++unused_;
  }
}

void Pools::sweep() {
  if (unused_ == 0) return;
  unused_ -= std::erase_if(
      entries_, [](const auto& item) { return item.second.users == 0 && item.second.pool->connections() == 0; });
}

void Pools::shut_down() {
  for (auto& [key, entry] : entries_) entry.pool->shut_down();
}

void Pools::abort(const Error& why) {
  for (auto& [key, entry] : entries_) entry.pool->abort(why);
}

std::size_t Pools::connections() const {
  std::size_t sum = 0;
  for (const auto& [key, entry] : entries_) sum += entry.pool->connections();
  return sum;
}

}  // namespace ravelin::upstream
