#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "ravelin/loop.h"

namespace ravelin::store {

/// HitWindow counts hits within a sliding window in fixed memory: 32 slots of a first time and a count.
/// It is exact as long as the hits of the window fall on at most 32 different moments, so always for
/// limits up to 32. Beyond, the two neighbouring slots that span the least are merged; a slot leaves
/// the window with its first hit. By the pigeonhole principle a merged slot spans at most 2/31 of
/// the window, so the count is never too high (nobody is banned early) and never misses a hit of the
/// last 29/31 of the window.
class HitWindow {
 public:
  static constexpr std::size_t slots = 32;

  /// Counts one hit; returns how many are not older than `window`, this one included. A time before
  /// the latest one seen (workers' clocks differ by a turn) counts as the latest.
  std::uint32_t hit(Duration window, Time now);

 private:
  void expire(Time oldest_kept);
  void merge_closest(Time now);
  void drop_slot(std::size_t slot);

  std::array<Time, slots> first_{};
  std::array<std::uint32_t, slots> count_{};
  std::uint32_t size_ = 0;
  std::uint32_t total_ = 0;
};

}  // namespace ravelin::store
