#include "store/memory_store.h"

#include "store/snapshot.h"

namespace ravelin::store {

namespace {

// Those that nobody holds any more leave their names behind, which are forgotten here.
template <class Tables>
auto table(Tables& tables, std::string_view name, std::size_t keys) {
  std::erase_if(tables, [](const auto& entry) { return entry.second.expired(); });
  const auto found = tables.find(name);
  if (found != tables.end())
    if (auto held = found->second.lock()) return held;
  auto made = std::make_shared<typename Tables::mapped_type::element_type>(keys);
  tables.insert_or_assign(std::string(name), made);
  return made;
}

}  // namespace

MemoryStore::MemoryStore(const Capacities& capacities, Log& log, const SipHash& hash)
    : capacities_(capacities), log_(log), hash_(hash), bans_(hash_, capacities.bans, capacities.past_bans) {}

std::shared_ptr<Limiter> MemoryStore::limiter(std::string_view name) {
  const std::lock_guard lock(tables_mutex_);
  return table(limiters_, name, capacities_.limiter_keys);
}

std::shared_ptr<HitCounter> MemoryStore::hits(std::string_view name) {
  const std::lock_guard lock(tables_mutex_);
  return table(hits_, name, capacities_.counter_keys);
}

Key MemoryStore::key(std::string_view text) const {
  const SipHash::Wide wide = hash_.wide(text);
  return {wide.first, wide.second};
}

Result<void> MemoryStore::save(const std::string& path, WallTime now) {
  const std::lock_guard lock(snapshot_mutex_);
  if (loaded_ != path)
    if (auto done = read(path, now); !done) return done;
  if (is_damaged_)
    if (auto done = set_aside(path); !done) return done;
  is_damaged_ = false;
  return write_snapshot(path, bans_, now);
}

Result<void> MemoryStore::load(const std::string& path, WallTime now) {
  const std::lock_guard lock(snapshot_mutex_);
  return read(path, now);
}

Result<void> MemoryStore::read(const std::string& path, WallTime now) {
  auto condition = read_snapshot(path, bans_, now, log_);
  if (!condition) return std::move(condition).error();
  is_damaged_ = *condition == Condition::damaged;
  loaded_ = path;
  return {};
}

}  // namespace ravelin::store
