#include "proxy/connection_caps.h"

#include <functional>
#include <string_view>

namespace ravelin::proxy {

std::size_t ConnectionCaps::Hash::operator()(const Prefix& prefix) const {
  const auto& bytes = prefix.address().bytes();
  return std::hash<std::string_view>()({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

ConnectionCaps::Answer ConnectionCaps::take(const Prefix& client, std::uint32_t total, std::uint32_t per_client) {
  if (total_.fetch_add(1, std::memory_order_relaxed) >= total) {
    total_.fetch_sub(1, std::memory_order_relaxed);
    return Answer::total_reached;
  }
  const std::lock_guard lock(mutex_);
  std::uint32_t& count = by_client_[client];
  if (per_client != 0 && count >= per_client) {
    total_.fetch_sub(1, std::memory_order_relaxed);
    return Answer::client_reached;
  }
  ++count;
  return Answer::taken;
}

void ConnectionCaps::give_back(const Prefix& client) {
  total_.fetch_sub(1, std::memory_order_relaxed);
  const std::lock_guard lock(mutex_);
  drop(client);
}

bool ConnectionCaps::move(const Prefix& from, const Prefix& to, std::uint32_t per_client) {
  const std::lock_guard lock(mutex_);
  if (from == to) return per_client == 0 || by_client_[to] <= per_client;
  std::uint32_t& count = by_client_[to];
  if (per_client != 0 && count >= per_client) return false;
  ++count;
  drop(from);
  return true;
}

void ConnectionCaps::drop(const Prefix& client) {
  const auto entry = by_client_.find(client);
  if (entry != by_client_.end() && --entry->second == 0) by_client_.erase(entry);
}

}  // namespace ravelin::proxy
