#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <unordered_map>

#include "ravelin/address.h"

namespace ravelin::proxy {

/// ConnectionCaps counts client connections over all workers: in total, and per client. Any thread;
/// touched once per connection, never per request. Memory: one entry per client connected now, so
/// bounded by the total.
class ConnectionCaps {
 public:
  enum class Answer : std::uint8_t { taken, total_reached, client_reached };

  /// `per_client` zero: this client is not counted by itself (it stands for many).
  Answer take(const Prefix& client, std::uint32_t total, std::uint32_t per_client);
  void give_back(const Prefix& client);
  /// One that was taken for `from` turns out to be of `to`. False: `to` has `per_client` already, and
  /// nothing changes.
  bool move(const Prefix& from, const Prefix& to, std::uint32_t per_client);
  std::uint32_t total() const { return total_.load(std::memory_order_relaxed); }

 private:
  struct Hash {
    std::size_t operator()(const Prefix& prefix) const;
  };

  void drop(const Prefix& client);

  std::atomic<std::uint32_t> total_{0};
  std::mutex mutex_;
  std::unordered_map<Prefix, std::uint32_t, Hash> by_client_;
};

}  // namespace ravelin::proxy
