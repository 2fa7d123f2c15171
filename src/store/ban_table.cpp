#include "store/ban_table.h"

#include <algorithm>
#include <utility>

namespace ravelin::store {

BanTable::BanTable(std::size_t capacity, BanFilter& filter)
    : capacity_(std::max<std::size_t>(capacity, 1)), filter_(filter), buckets_(16, none) {}

const Ban* BanTable::find(const Key& key, const Prefix& prefix) const {
  const std::uint32_t place = lookup(key, prefix);
  return place == none ? nullptr : &entries_[place].ban;
}

std::uint32_t BanTable::lookup(const Key& key, const Prefix& prefix) const {
  std::uint32_t place = buckets_[(key.low >> 32) & (buckets_.size() - 1)];
  while (place != none && entries_[place].ban.prefix != prefix) place = entries_[place].chain;
  return place;
}

void BanTable::put(const Key& key, Ban ban) {
  if (const std::uint32_t place = lookup(key, ban.prefix); place != none) {
    Entry& entry = entries_[place];
    entry.ban = std::move(ban);
    sift_up(entry.heap_at);
    sift_down(entry.heap_at);
    return;
  }
  if (heap_.size() >= capacity_) drop(heap_.front());
  if (heap_.size() >= buckets_.size()) grow_index();
  const std::uint32_t place = take_place();
  Entry& entry = entries_[place];
  entry.key = key;
  entry.ban = std::move(ban);
  entry.chain = std::exchange(bucket(key), place);
  heap_.push_back(place);
  entry.heap_at = static_cast<std::uint32_t>(heap_.size() - 1);
  sift_up(entry.heap_at);
  filter_.add(key, entry.ban.prefix);
}

bool BanTable::remove(const Key& key, const Prefix& prefix) {
  const std::uint32_t place = lookup(key, prefix);
  if (place != none) drop(place);
  return place != none;
}

void BanTable::expire(WallTime now, std::size_t limit) {
  while (limit-- > 0 && !heap_.empty() && entries_[heap_.front()].ban.until <= now) drop(heap_.front());
}

std::uint32_t BanTable::take_place() {
  if (free_.empty()) {
    entries_.emplace_back();
    return static_cast<std::uint32_t>(entries_.size() - 1);
  }
  const std::uint32_t place = free_.back();
  free_.pop_back();
  return place;
}

void BanTable::drop(std::uint32_t place) {
  Entry& entry = entries_[place];
  filter_.remove(entry.key, entry.ban.prefix);
  std::uint32_t* link = &bucket(entry.key);
  while (*link != place) link = &entries_[*link].chain;
  *link = entry.chain;

  const std::size_t slot = std::exchange(entry.heap_at, gone);
  const std::uint32_t last = heap_.back();
  heap_.pop_back();
  if (slot < heap_.size()) {
    set_heap(slot, last);
    sift_up(slot);
    sift_down(entries_[last].heap_at);
  }
  entry.ban = Ban{};
  free_.push_back(place);
}

void BanTable::grow_index() {
  buckets_.assign(buckets_.size() * 2, none);
  for (const std::uint32_t place : heap_) {
    entries_[place].chain = std::exchange(bucket(entries_[place].key), place);
  }
}

bool BanTable::ends_before(std::uint32_t a, std::uint32_t b) const {
  return entries_[a].ban.until < entries_[b].ban.until;
}

void BanTable::set_heap(std::size_t slot, std::uint32_t place) {
  heap_[slot] = place;
  entries_[place].heap_at = static_cast<std::uint32_t>(slot);
}

void BanTable::sift_up(std::size_t slot) {
  const std::uint32_t place = heap_[slot];
  while (slot > 0 && ends_before(place, heap_[(slot - 1) / 2])) {
    set_heap(slot, heap_[(slot - 1) / 2]);
    slot = (slot - 1) / 2;
  }
  set_heap(slot, place);
}

void BanTable::sift_down(std::size_t slot) {
  const std::uint32_t place = heap_[slot];
  for (std::size_t child = 2 * slot + 1; child < heap_.size(); child = 2 * slot + 1) {
    if (child + 1 < heap_.size() && ends_before(heap_[child + 1], heap_[child])) ++child;
    if (!ends_before(heap_[child], place)) break;
    set_heap(slot, heap_[child]);
    slot = child;
  }
  set_heap(slot, place);
}

}  // namespace ravelin::store
