#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <mutex>

#include "ravelin/address.h"
#include "ravelin/store.h"

namespace ravelin::store {

/// BanFilter answers "surely not banned" without a lock: which prefix lengths occur in the ban list,
/// and a counting filter with one 16-bit count per slot, four slots per ban of capacity. Readers only
/// load; a wrong "maybe" costs them a look into the table, and its odds are bans / slots. Any thread.
class BanFilter {
 public:
  explicit BanFilter(std::size_t capacity);

  bool is_empty() const { return bans_.load(std::memory_order_relaxed) == 0; }
  std::size_t size() const { return bans_.load(std::memory_order_relaxed); }
  bool may_hold(const Key& key) const { return slot(key).load(std::memory_order_relaxed) != 0; }

  /// Each ban is added once when it enters the table and removed once when it leaves.
  void add(const Key& key, const Prefix& prefix);
  void remove(const Key& key, const Prefix& prefix);

  /// Calls `visit(length)` for each prefix length in use, longest first, until it returns true.
  template <class Visit>
  void visit_lengths(Address::Family family, Visit&& visit) const {
    const Lengths& lengths = lengths_[family == Address::Family::v6];
    for (std::size_t word = lengths.bits.size(); word-- > 0;) {
      std::uint64_t bits = lengths.bits[word].load(std::memory_order_relaxed);
      while (bits != 0) {
        const int top = 63 - __builtin_clzll(bits);
        if (visit(static_cast<int>(word) * 64 + top)) return;
        bits &= ~(std::uint64_t{1} << top);
      }
    }
  }

 private:
  struct Lengths {
    std::array<std::atomic<std::uint64_t>, 3> bits{};  // 0 to 128
    std::array<std::size_t, 129> counts{};             // under mutex_
  };
  struct Free {
    void operator()(void* memory) const { std::free(memory); }
  };

  std::atomic_ref<std::uint16_t> slot(const Key& key) const {
    return std::atomic_ref<std::uint16_t>(slots_.get()[key.low & mask_]);
  }

  std::size_t mask_;
  std::unique_ptr<std::uint16_t, Free> slots_;  // calloc: zero pages cost nothing until used
  std::atomic<std::size_t> bans_{0};
  std::array<Lengths, 2> lengths_;  // v4, v6
  std::mutex mutex_;
};

}  // namespace ravelin::store
