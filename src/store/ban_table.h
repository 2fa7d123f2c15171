#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ravelin/store.h"
#include "store/ban_filter.h"

namespace ravelin::store {

/// BanTable holds one shard of the bans: a hash index by prefix, and a heap by end, so that the ban that
/// ends first can expire or make room. Not thread-safe; its owner has the lock. About 190 bytes per
/// ban, and its evidence and author where given. Every change is told to the filter.
class BanTable {
 public:
  BanTable(std::size_t capacity, BanFilter& filter);

  /// The entry of exactly this prefix, ended or not; null if none.
  const Ban* find(const Key& key, const Prefix& prefix) const;
  /// Adds or replaces the entry of this prefix. If the table is full the ban that ends first goes.
  void put(const Key& key, Ban ban);
  bool remove(const Key& key, const Prefix& prefix);
  /// Removes at most `limit` bans that have ended.
  void expire(WallTime now, std::size_t limit);

  /// Entries lie at 0 to `extent()`; some places are empty. A place keeps its entry until that goes.
  std::size_t extent() const { return entries_.size(); }
  const Ban* at(std::size_t place) const { return entries_[place].heap_at == gone ? nullptr : &entries_[place].ban; }
  std::size_t size() const { return heap_.size(); }

 private:
  static constexpr std::uint32_t none = UINT32_MAX;
  static constexpr std::uint32_t gone = UINT32_MAX;

  struct Entry {
    Key key;
    Ban ban;
    std::uint32_t chain = none;
    std::uint32_t heap_at = gone;
  };

  std::uint32_t lookup(const Key& key, const Prefix& prefix) const;
  std::uint32_t take_place();
  void drop(std::uint32_t place);
  void grow_index();
  std::uint32_t& bucket(const Key& key) { return buckets_[(key.low >> 32) & (buckets_.size() - 1)]; }

  bool ends_before(std::uint32_t a, std::uint32_t b) const;
  void set_heap(std::size_t slot, std::uint32_t place);
  void sift_up(std::size_t slot);
  void sift_down(std::size_t slot);

  std::size_t capacity_;
  BanFilter& filter_;
  std::deque<Entry> entries_;
  std::vector<std::uint32_t> free_;
  std::vector<std::uint32_t> buckets_;
  std::vector<std::uint32_t> heap_;  // places, the ban that ends first in front
};

}  // namespace ravelin::store
