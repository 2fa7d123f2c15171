#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <new>
#include <utility>
#include <vector>

#include "ravelin/store.h"

namespace ravelin {

/// BoundedMap is a hash map of fixed memory from Key to Value. When it is full, the entry that was
/// used longest ago makes room: an LRU list per shard. Any thread; each shard has one mutex, held
/// while one function of the caller runs, so that function must be short and must not use the map.
///
/// Keys are hashed with a secret already (Store::key), so their bits choose shard and bucket as they
/// are. Memory: capacity * (sizeof(Value) + 32) bytes and 4 to 8 bytes per entry for the buckets, all
/// reserved at construction; pages are committed by the kernel when first touched and not given back
/// before the map goes. The map has no clock: times are arguments of whoever uses the values.
template <class Value>
class BoundedMap {
 public:
  /// At least one entry per shard; `shards` is rounded up to a power of two. An even spread is assumed:
  /// a shard that is full evicts although others have room.
  explicit BoundedMap(std::size_t capacity, std::size_t shards = 16) {
    const std::size_t count = std::bit_ceil(std::max<std::size_t>(shards, 1));
    const std::size_t each = std::max<std::size_t>((capacity + count - 1) / count, 1);
    for (std::size_t i = 0; i < count; ++i) shards_.push_back(std::make_unique<Shard>(each));
  }

  /// Calls `fn(Value&)` on the entry of `key`, made by default if there is none, and returns what it
  /// returns. The entry becomes the most recently used.
  template <class Fn>
  decltype(auto) with(const Key& key, Fn&& fn) {
    Shard& shard = shard_of(key);
    const std::lock_guard lock(shard.mutex);
    return std::forward<Fn>(fn)(shard.touch(key));
  }

  /// Calls `fn(const Value&)` if there is an entry; its place in the order of use stays. Returns
  /// whether there is one.
  template <class Fn>
  bool look(const Key& key, Fn&& fn) const {
    const Shard& shard = shard_of(key);
    const std::lock_guard lock(shard.mutex);
    const std::uint32_t at = shard.find(key);
    if (at == none) return false;
    std::forward<Fn>(fn)(std::as_const(shard.value(at)));
    return true;
  }

  bool erase(const Key& key) {
    Shard& shard = shard_of(key);
    const std::lock_guard lock(shard.mutex);
    const std::uint32_t at = shard.find(key);
    if (at != none) shard.erase(at);
    return at != none;
  }

  /// Removes the entries for which `is_unwanted(const Key&, const Value&)`; returns how many.
  template <class Predicate>
  std::size_t erase_if(Predicate&& is_unwanted) {
    std::size_t removed = 0;
    for (auto& shard : shards_) {
      const std::lock_guard lock(shard->mutex);
      for (std::uint32_t at = shard->newest, next = none; at != none; at = next) {
        next = shard->node(at).older;
        if (!is_unwanted(std::as_const(shard->node(at).key), std::as_const(shard->value(at)))) continue;
        shard->erase(at);
        ++removed;
      }
    }
    return removed;
  }

  /// Calls `fn(const Key&, const Value&)` for each entry, shard by shard, the most recently used of
  /// a shard first. Entries that come or go meanwhile may or may not be seen.
  template <class Fn>
  void for_each(Fn&& fn) const {
    for (const auto& shard : shards_) {
      const std::lock_guard lock(shard->mutex);
      for (std::uint32_t at = shard->newest; at != none; at = shard->node(at).older) {
        fn(std::as_const(shard->node(at).key), std::as_const(shard->value(at)));
      }
    }
  }

  std::size_t size() const {
    return sum([](const Shard& shard) { return shard.size; });
  }
  /// Entries that had to make room since the start.
  std::uint64_t evicted() const {
    return sum([](const Shard& shard) { return shard.evicted; });
  }
  std::size_t capacity() const { return shards_.size() * shards_.front()->capacity; }

 private:
  static constexpr std::uint32_t none = 0;  // nodes are numbered from 1

  struct Node {
    Key key;
    std::uint32_t chain = none;  // next in the bucket, or in the free list
    std::uint32_t newer = none;
    std::uint32_t older = none;
    alignas(Value) std::byte value[sizeof(Value)];
  };
  struct Free {
    void operator()(void* memory) const { std::free(memory); }
  };

  struct alignas(64) Shard {
    explicit Shard(std::size_t entries)
        : capacity(entries),
          mask(std::bit_ceil(entries) - 1),
          buckets(static_cast<std::uint32_t*>(std::calloc(mask + 1, sizeof(std::uint32_t)))),
          nodes(std::allocator<Node>().allocate(entries)) {
      if (!buckets) throw std::bad_alloc();
    }
    Shard(const Shard&) = delete;
    Shard& operator=(const Shard&) = delete;
    ~Shard() {
      for (std::uint32_t at = newest; at != none; at = node(at).older) std::destroy_at(&value(at));
      std::allocator<Node>().deallocate(nodes, capacity);
    }

    Node& node(std::uint32_t at) const { return nodes[at - 1]; }
    Value& value(std::uint32_t at) const { return *std::launder(reinterpret_cast<Value*>(node(at).value)); }
    std::uint32_t& bucket(const Key& key) const { return buckets.get()[key.low & mask]; }

    std::uint32_t find(const Key& key) const {
      std::uint32_t at = bucket(key);
      while (at != none && !(node(at).key == key)) at = node(at).chain;
      return at;
    }

    Value& touch(const Key& key) {
      std::uint32_t at = find(key);
      if (at == none) {
        at = insert(key);
      } else if (at != newest) {
        unlink(at);
        link(at);
      }
      return value(at);
    }

    std::uint32_t insert(const Key& key) {
      const std::uint32_t at = take_node();
      std::construct_at(reinterpret_cast<Value*>(node(at).value));
      node(at).key = key;
      node(at).chain = std::exchange(bucket(key), at);
      link(at);
      ++size;
      return at;
    }

    std::uint32_t take_node() {
      if (free == none && used < capacity) {
        std::construct_at(&nodes[used]);
        return static_cast<std::uint32_t>(++used);
      }
      if (free == none) {
        erase(oldest);
        ++evicted;
      }
      return std::exchange(free, node(free).chain);
    }

    void erase(std::uint32_t at) {
      std::uint32_t* link_to = &bucket(node(at).key);
      while (*link_to != at) link_to = &node(*link_to).chain;
      *link_to = node(at).chain;
      unlink(at);
      std::destroy_at(&value(at));
      node(at).chain = std::exchange(free, at);
      --size;
    }

    void link(std::uint32_t at) {
      node(at).newer = none;
      node(at).older = newest;
      (newest == none ? oldest : node(newest).newer) = at;
      newest = at;
    }

    void unlink(std::uint32_t at) {
      const Node& gone = node(at);
      (gone.newer == none ? newest : node(gone.newer).older) = gone.older;
      (gone.older == none ? oldest : node(gone.older).newer) = gone.newer;
    }

    mutable std::mutex mutex;
    std::size_t capacity;
    std::size_t mask;
    std::unique_ptr<std::uint32_t, Free> buckets;  // calloc: zero pages cost nothing until used
    Node* nodes;
    std::size_t used = 0;  // nodes ever used; those beyond are not constructed
    std::size_t size = 0;
    std::uint64_t evicted = 0;
    std::uint32_t free = none;
    std::uint32_t newest = none;
    std::uint32_t oldest = none;
  };

  Shard& shard_of(const Key& key) const { return *shards_[key.high & (shards_.size() - 1)]; }

  template <class Get>
  std::uint64_t sum(Get&& get) const {
    std::uint64_t total = 0;
    for (const auto& shard : shards_) {
      const std::lock_guard lock(shard->mutex);
      total += get(*shard);
    }
    return total;
  }

  std::vector<std::unique_ptr<Shard>> shards_;
};

}  // namespace ravelin
