#include "store/memory_store.h"

#include "store/snapshot.h"

namespace ravelin::store {

namespace {

template <class Tables>
auto& table(Tables& tables, std::string_view name, std::size_t keys) {
  auto found = tables.find(name);
  if (found == tables.end()) {
    using Table = typename Tables::mapped_type::element_type;
    found = tables.emplace(name, std::make_unique<Table>(keys)).first;
  }
  return *found->second;
}

}  // namespace

MemoryStore::MemoryStore(const Capacities& capacities, Log& log, const SipHash& hash)
    : capacities_(capacities), log_(log), hash_(hash), bans_(hash_, capacities.bans, capacities.past_bans) {}

MemoryLimiter& MemoryStore::limiter(std::string_view name) {
  const std::lock_guard lock(tables_mutex_);
  return table(limiters_, name, capacities_.limiter_keys);
}

MemoryHits& MemoryStore::hits(std::string_view name) {
  const std::lock_guard lock(tables_mutex_);
  return table(hits_, name, capacities_.counter_keys);
}

Key MemoryStore::key(std::string_view text) const {
  const SipHash::Wide wide = hash_.wide(text);
  return {wide.first, wide.second};
}

Result<void> MemoryStore::save(const std::string& path, WallTime now) {
  const std::lock_guard lock(snapshot_mutex_);
  return write_snapshot(path, bans_, now);
}

Result<void> MemoryStore::load(const std::string& path, WallTime now) {
  const std::lock_guard lock(snapshot_mutex_);
  return read_snapshot(path, bans_, now, log_);
}

}  // namespace ravelin::store
