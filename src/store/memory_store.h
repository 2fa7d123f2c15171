#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "base/siphash.h"
#include "ravelin/bounded_map.h"
#include "ravelin/log.h"
#include "ravelin/store.h"
#include "store/gcra.h"
#include "store/hit_window.h"
#include "store/memory_bans.h"

namespace ravelin::store {

/// Capacities bounds the store's memory; entries. Limiters and counters: per name.
struct Capacities {
  std::size_t limiter_keys = 256 * 1024;  // 44 bytes each
  std::size_t counter_keys = 64 * 1024;   // 430 bytes each
  std::size_t bans = 1'000'000;           // see MemoryBans
  std::size_t past_bans = 256 * 1024;
};

/// MemoryLimiter keeps one Gcra per key.
class MemoryLimiter final : public Limiter {
 public:
  explicit MemoryLimiter(std::size_t keys) : budgets_(keys) {}
  Spent spend(const Key& key, Duration interval, std::uint32_t burst, Time now) override {
    return budgets_.with(key, [&](Gcra& budget) { return budget.spend(interval, burst, now); });
  }
  std::size_t size() const { return budgets_.size(); }

 private:
  BoundedMap<Gcra> budgets_;
};

/// MemoryHits keeps one HitWindow per key.
class MemoryHits final : public HitCounter {
 public:
  explicit MemoryHits(std::size_t keys) : windows_(keys) {}
  std::uint32_t hit(const Key& key, Duration window, Time now) override {
    return windows_.with(key, [&](HitWindow& hits) { return hits.hit(window, now); });
  }
  void clear(const Key& key) override { windows_.erase(key); }
  std::size_t size() const { return windows_.size(); }

 private:
  BoundedMap<HitWindow> windows_;
};

/// MemoryStore is the Store of one process, with a snapshot of its bans on disk. Limits and hits are
/// not saved: they are about minutes.
class MemoryStore final : public Store {
 public:
  MemoryStore(const Capacities& capacities, Log& log) : MemoryStore(capacities, log, SipHash::with_random_secret()) {}
  /// For tests that need the same keys each time.
  MemoryStore(const Capacities& capacities, Log& log, const SipHash& hash);

  std::shared_ptr<Limiter> limiter(std::string_view name) override;
  std::shared_ptr<HitCounter> hits(std::string_view name) override;
  MemoryBans& bans() override { return bans_; }
  Key key(const Prefix& prefix) const override { return key_of(hash_, prefix); }
  Key key(std::string_view text) const override;

  /// Saves and loads the bans. They block, so not on a loop's thread; workers may use the store meanwhile. A file is
  /// loaded before it is first replaced: one that could not be read, or whose path came with a reload. See snapshot.h.
  Result<void> save(const std::string& path, WallTime now);
  Result<void> load(const std::string& path, WallTime now);
  std::map<std::string, std::size_t> bans_by_jail(WallTime now) { return bans_.count_by_jail(now); }

 private:
  template <class T>
  using Tables = std::map<std::string, std::weak_ptr<T>, std::less<>>;

  Capacities capacities_;
  Log& log_;
  SipHash hash_;
  MemoryBans bans_;
  std::mutex tables_mutex_;
  Tables<MemoryLimiter> limiters_;
  Tables<MemoryHits> hits_;
  Result<void> read(const std::string& path, WallTime now);

  std::mutex snapshot_mutex_;
  std::string loaded_;  // the path that save() may replace
  bool is_damaged_ = false;
};

}  // namespace ravelin::store
