#include "store/ban_filter.h"

#include <algorithm>
#include <bit>
#include <new>

namespace ravelin::store {

BanFilter::BanFilter(std::size_t capacity)
    : mask_(std::bit_ceil(std::max<std::size_t>(capacity, 16) * 4) - 1),
      slots_(static_cast<std::uint16_t*>(std::calloc(mask_ + 1, sizeof(std::uint16_t)))) {
  if (!slots_) throw std::bad_alloc();
}

void BanFilter::add(const Key& key, const Prefix& prefix) {
  slot(key).fetch_add(1, std::memory_order_relaxed);
  const auto length = static_cast<std::size_t>(prefix.length());
  Lengths& lengths = lengths_[prefix.address().family() == Address::Family::v6];
  const std::lock_guard lock(mutex_);
  if (lengths.counts[length]++ == 0) lengths.bits[length / 64].fetch_or(std::uint64_t{1} << (length % 64));
  bans_.fetch_add(1);
}

void BanFilter::remove(const Key& key, const Prefix& prefix) {
  slot(key).fetch_sub(1, std::memory_order_relaxed);
  const auto length = static_cast<std::size_t>(prefix.length());
  Lengths& lengths = lengths_[prefix.address().family() == Address::Family::v6];
  const std::lock_guard lock(mutex_);
  if (--lengths.counts[length] == 0) lengths.bits[length / 64].fetch_and(~(std::uint64_t{1} << (length % 64)));
  bans_.fetch_sub(1);
}

}  // namespace ravelin::store
