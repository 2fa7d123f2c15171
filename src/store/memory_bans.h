#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <vector>

#include "base/siphash.h"
#include "ravelin/bounded_map.h"
#include "ravelin/store.h"
#include "store/ban_filter.h"
#include "store/ban_table.h"

namespace ravelin::store {

/// Key of a prefix under a secret: what the ban list and every counter of clients use.
Key key_of(const SipHash& hash, const Prefix& prefix);

/// PastBans is how often a prefix has been banned, kept after the ban for growing ban times.
struct PastBans {
  Prefix prefix;
  std::uint32_t times = 0;
  WallTime until{};  // end of the last ban; the memory of it lasts 30 days more
};

/// MemoryBans is the ban list in memory. find() for a client that is not banned only loads: nothing at
/// all if the list is empty, else one hash and one filter slot per prefix length in use. Everything
/// else takes the mutex of one of up to 16 shards for about a microsecond; list(), set_never() and the
/// like take it for 256 entries at a time.
///
/// Memory: about 200 bytes per ban, and up to 400 for its texts, which are cut to 256 bytes of evidence and 64
/// of the others; 100 bytes per remembered prefix. When full, the ban that ends first in its shard goes
/// (shards are chosen by hash, so it is among the first to end of all).
class MemoryBans final : public BanList {
 public:
  static constexpr Duration memory = std::chrono::hours(30 * 24);

  /// `capacity` bans, `history` remembered prefixes. `hash` outlives this.
  MemoryBans(const SipHash& hash, std::size_t capacity, std::size_t history);

  std::optional<Ban> find(const Address& address, WallTime now) override;
  bool is_empty() const override { return filter_.is_empty(); }
  /// A ban in force is extended: the later end stays, with its jail and evidence, and it does not count
  /// as a further time.
  Result<Ban> insert(Ban ban, WallTime now) override;
  /// Forgotten 30 days after the last ban ended, as of the last insert(), list() or sweep().
  std::uint32_t times(const Prefix& prefix) override;
  /// Also forgets that the prefix has ever been banned.
  std::optional<Ban> remove(const Prefix& prefix, WallTime now) override;
  std::vector<Ban> list(WallTime now) override;
  std::size_t count(std::string_view jail) override;
  void set_never(PrefixSet never) override;

  /// Bans in force by jail, for the metric.
  std::map<std::string, std::size_t> count_by_jail(WallTime now);
  /// Calls `fn` on a copy of each ban, holding no lock.
  void for_each(Function<void(const Ban&)> fn);
  /// Drops bans that have ended and memories that are too old.
  void sweep(WallTime now);
  std::size_t size() const { return filter_.size(); }

  /// For the snapshot: puts back what was saved, without counting it as a further time. What ends later stays. The
  /// never-set applies to bans.
  void restore(Ban ban, WallTime now);
  void restore(PastBans past, WallTime now);
  std::vector<PastBans> history() const;

 private:
  struct alignas(64) Shard {
    Shard(std::size_t capacity, BanFilter& filter) : table(capacity, filter) {}
    std::mutex mutex;
    BanTable table;
  };

  Shard& shard_of(const Key& key) { return *shards_[key.high & (shards_.size() - 1)]; }
  /// Refuses what no list may hold; call with never_mutex_ held.
  Result<void> check(const Ban& ban, WallTime now) const;
  Ban merge(const Key& key, const Ban* current, Ban ban, WallTime now);
  bool is_remembered(const PastBans& past) const { return past.until.time_since_epoch() > latest() - memory; }
  void see(WallTime now);
  Duration latest() const { return Duration(latest_.load(std::memory_order_relaxed)); }
  /// Calls `fn(const Ban&)` for each entry with its shard locked, and `pause()` between locks, every few
  /// entries.
  template <class Fn, class Pause>
  void walk(Fn&& fn, Pause&& pause);

  const SipHash& hash_;
  BanFilter filter_;
  std::vector<std::unique_ptr<Shard>> shards_;
  BoundedMap<PastBans> history_;
  std::atomic<std::int64_t> latest_{0};  // the latest time told, nanoseconds
  std::shared_mutex never_mutex_;        // shared: while a ban is inserted; exclusive: to replace the set
  PrefixSet never_;
};

}  // namespace ravelin::store
