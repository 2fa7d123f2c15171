#include "store/memory_bans.h"

#include <algorithm>
#include <array>
#include <utility>

namespace ravelin::store {

namespace {

constexpr std::size_t evidence_limit = 256;
constexpr std::size_t text_limit = 64;
constexpr std::size_t entries_per_lock = 256;
constexpr std::size_t expired_per_insert = 64;

// Small lists stay exact in their order of eviction: one shard.
std::size_t shards_for(std::size_t capacity) { return capacity < 4096 ? 1 : 16; }

void trim(Ban& ban) {
  const auto cut = [](std::string& text, std::size_t limit) {
    if (text.size() > limit) text.resize(limit);
  };
  cut(ban.jail, text_limit);
  cut(ban.reason, text_limit);
  cut(ban.author, text_limit);
  cut(ban.evidence, evidence_limit);
}

}  // namespace

Key key_of(const SipHash& hash, const Prefix& prefix) {
  // Short texts for IPv4, which is one block of the hash: address, length, family.
  std::array<char, 18> text{};
  const auto width = static_cast<std::size_t>(prefix.address().bits() / 8);
  std::copy_n(prefix.address().bytes().begin(), width, text.begin());
  text[width] = static_cast<char>(prefix.length());
  text[width + 1] = static_cast<char>(prefix.address().family());
  const SipHash::Wide wide = hash.wide({text.data(), width + 2});
  return {wide.first, wide.second};
}

MemoryBans::MemoryBans(const SipHash& hash, std::size_t capacity, std::size_t history)
    : hash_(hash), filter_(capacity), history_(history) {
  const std::size_t count = shards_for(capacity);
  for (std::size_t i = 0; i < count; ++i) {
    shards_.push_back(std::make_unique<Shard>((capacity + count - 1) / count, filter_));
  }
}

std::optional<Ban> MemoryBans::find(const Address& address, WallTime now) {
  std::optional<Ban> found;
  if (is_empty() || address.is_none()) return found;
  filter_.visit_lengths(address.family(), [&](int length) {
    const Prefix prefix(address, length);
    const Key key = key_of(hash_, prefix);
    if (!filter_.may_hold(key)) return false;
    Shard& shard = shard_of(key);
    const std::lock_guard lock(shard.mutex);
    const Ban* ban = shard.table.find(key, prefix);
    if (ban != nullptr && ban->until > now) found = *ban;
    return found.has_value();
  });
  return found;
}

Result<Ban> MemoryBans::insert(Ban ban, WallTime now) {
  see(now);
  trim(ban);
  const std::shared_lock never_stays(never_mutex_);
  if (auto checked = check(ban, now); !checked) return std::move(checked).error();
  const Key key = key_of(hash_, ban.prefix);
  Shard& shard = shard_of(key);
  const std::lock_guard lock(shard.mutex);
  shard.table.expire(now, expired_per_insert);
  ban = merge(key, shard.table.find(key, ban.prefix), std::move(ban), now);
  shard.table.put(key, ban);
  return ban;
}

Result<void> MemoryBans::check(const Ban& ban, WallTime now) const {
  if (ban.prefix.address().is_none()) return Error{"ban:prefix", "A ban needs an address or a prefix."};
  if (ban.until <= now) {
    return Error{"ban:ended",
                 "The ban of " + ban.prefix.to_string() + " would have ended already: give an end in the future."};
  }
  for (const Prefix& entry : never_.prefixes()) {
    if (!entry.overlaps(ban.prefix)) continue;
    return Error{"ban:never", ban.prefix.to_string() + " cannot be banned: it touches " + entry.to_string() +
                                  " of the never-set; ban a prefix outside of it, or take the entry out of 'never'."};
  }
  return {};
}

// The history counts a prefix's bans; one that is still in force is only made longer, so workers that
// see the same offence at once do not make it two.
Ban MemoryBans::merge(const Key& key, const Ban* current, Ban ban, WallTime now) {
  const bool is_in_force = current != nullptr && current->until > now;
  if (is_in_force && current->until > ban.until) return *current;
  if (is_in_force) ban.since = current->since;
  history_.with(key, [&](PastBans& past) {
    if (!is_remembered(past)) past.times = 0;
    past.prefix = ban.prefix;
    past.times = is_in_force ? std::max(past.times, current->times) : past.times + 1;
    past.until = ban.until;
    ban.times = past.times;
  });
  return ban;
}

std::uint32_t MemoryBans::times(const Prefix& prefix) {
  std::uint32_t times = 0;
  history_.look(key_of(hash_, prefix), [&](const PastBans& past) {
    if (is_remembered(past)) times = past.times;
  });
  return times;
}

std::optional<Ban> MemoryBans::remove(const Prefix& prefix, WallTime now) {
  const Key key = key_of(hash_, prefix);
  history_.erase(key);
  Shard& shard = shard_of(key);
  const std::lock_guard lock(shard.mutex);
  std::optional<Ban> removed;
  if (const Ban* ban = shard.table.find(key, prefix); ban != nullptr && ban->until > now) removed = *ban;
  shard.table.remove(key, prefix);
  return removed;
}

template <class Fn, class Pause>
void MemoryBans::walk(Fn&& fn, Pause&& pause) {
  const auto visit = [&](Shard& shard, std::size_t begin) {
    const std::lock_guard lock(shard.mutex);
    const std::size_t end = std::min(begin + entries_per_lock, shard.table.extent());
    for (std::size_t i = begin; i < end; ++i) {
      if (const Ban* ban = shard.table.at(i)) fn(*ban);
    }
    return end < shard.table.extent();
  };
  for (auto& shard : shards_) {
    std::size_t begin = 0;
    while (visit(*shard, begin)) {
      begin += entries_per_lock;
      pause();
    }
    pause();
  }
}

void MemoryBans::for_each(Function<void(const Ban&)> fn) {
  std::vector<Ban> some;
  walk([&](const Ban& ban) { some.push_back(ban); },
       [&] {
         for (const Ban& ban : some) fn(ban);
         some.clear();
       });
}

std::vector<Ban> MemoryBans::list(WallTime now) {
  see(now);
  std::vector<Ban> bans;
  const auto add = [&](const Ban& ban) {
    if (ban.until > now) bans.push_back(ban);
  };
  walk(add, [] {});
  return bans;
}

std::size_t MemoryBans::count(std::string_view jail) {
  std::size_t held = 0;
  walk([&](const Ban& ban) { held += ban.jail == jail && ban.until.time_since_epoch() > latest() ? 1 : 0; }, [] {});
  return held;
}

std::map<std::string, std::size_t> MemoryBans::count_by_jail(WallTime now) {
  std::map<std::string, std::size_t> counts;
  const auto count = [&](const Ban& ban) {
    if (ban.until > now) ++counts[ban.jail];
  };
  walk(count, [] {});
  return counts;
}

void MemoryBans::set_never(PrefixSet never) {
  {
    const std::unique_lock lock(never_mutex_);
    never_ = never;
  }
  // Bans inserted from here on are checked against the new set, so one sweep finds all older ones.
  std::vector<Prefix> offending;
  const auto collect = [&](const Ban& ban) {
    if (never.overlaps(ban.prefix)) offending.push_back(ban.prefix);
  };
  walk(collect, [] {});
  for (const Prefix& prefix : offending) remove(prefix, WallTime{});
}

void MemoryBans::sweep(WallTime now) {
  see(now);
  for (auto& shard : shards_) {
    for (bool is_more = true; is_more;) {
      const std::lock_guard lock(shard->mutex);
      const std::size_t before = shard->table.size();
      shard->table.expire(now, entries_per_lock);
      is_more = before - shard->table.size() == entries_per_lock;
    }
  }
  history_.erase_if([this](const Key&, const PastBans& past) { return !is_remembered(past); });
}

void MemoryBans::restore(Ban ban, WallTime now) {
  see(now);
  trim(ban);
  const std::shared_lock never_stays(never_mutex_);
  if (!check(ban, now)) return;
  const Key key = key_of(hash_, ban.prefix);
  Shard& shard = shard_of(key);
  const std::lock_guard lock(shard.mutex);
  if (const Ban* current = shard.table.find(key, ban.prefix); current == nullptr || current->until < ban.until)
    shard.table.put(key, std::move(ban));
}

void MemoryBans::restore(PastBans past, WallTime now) {
  see(now);
  if (!is_remembered(past)) return;
  history_.with(key_of(hash_, past.prefix), [&](PastBans& entry) {
    if (entry.until <= past.until) entry = past;
  });
}

std::vector<PastBans> MemoryBans::history() const {
  std::vector<PastBans> all;
  history_.for_each([&](const Key&, const PastBans& past) {
    if (is_remembered(past)) all.push_back(past);
  });
  return all;
}

void MemoryBans::see(WallTime now) {
  const std::int64_t told = now.time_since_epoch().count();
  if (told > latest_.load(std::memory_order_relaxed)) latest_.store(told, std::memory_order_relaxed);
}

}  // namespace ravelin::store
