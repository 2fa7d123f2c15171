#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ravelin/address.h"
#include "ravelin/function.h"
#include "ravelin/loop.h"
#include "ravelin/result.h"

namespace ravelin {

/// Key is what a counter counts by: a client's prefix, or text (a header's value), as 128 bits.
/// Text is hashed with the store's secret, so a peer cannot choose colliding keys.
struct Key {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  friend bool operator==(const Key&, const Key&) = default;
};

/// Ban is one entry of the ban list: everything behind `prefix` is refused until `until`.
struct Ban {
  Prefix prefix;
  std::string jail;  // "manual" for those set by hand
  WallTime since{};
  WallTime until{};
  std::uint32_t times = 1;  // how often this prefix has been banned within the memory of the store
  std::string reason;       // stable code, "ban:login"
  std::string evidence;     // hits, first and last request ids; masked
  std::string author;       // who set it by hand, else empty
};

/// Limiter spends from per-key budgets by the generic cell rate algorithm. Fixed memory: when full
/// the entry idle longest goes. Any thread.
class Limiter {
 public:
  /// Outcome of one attempt. `wait`: until one more would be allowed.
  struct Spent {
    bool is_allowed = true;
    Duration wait{};
    std::uint32_t remaining = 0;
  };
  virtual ~Limiter() = default;
  /// Takes one from `key`'s budget of `burst` + 1, refilled one per `interval`.
  virtual Spent spend(const Key& key, Duration interval, std::uint32_t burst, Time now) = 0;
};

/// HitCounter counts events per key within a sliding window. Fixed memory, any thread.
class HitCounter {
 public:
  virtual ~HitCounter() = default;
  /// Counts one hit and returns how many lie within the last `window`, this one included.
  virtual std::uint32_t hit(const Key& key, Duration window, Time now) = 0;
  virtual void clear(const Key& key) = 0;
};

/// BanList holds the bans of all jails; enforced by the ban module, edited by it and by operators.
/// Any thread; find() is the hot path and takes no lock that a writer holds for long.
class BanList {
 public:
  virtual ~BanList() = default;
  /// The ban in force that covers `address`, if any.
  virtual std::optional<Ban> find(const Address& address, WallTime now) = 0;
  /// True if there is no ban at all, so find() need not be asked; one relaxed load.
  virtual bool is_empty() const = 0;
  /// Adds or extends a ban; counts `times`. Refused if it would cover an address of the never-set:
  /// the error says which.
  virtual Result<Ban> insert(Ban ban, WallTime now) = 0;
  /// How often this prefix has been banned before, for growing bans.
  virtual std::uint32_t times(const Prefix& prefix) = 0;
  /// Lifts the ban of exactly this prefix, and returns it; none if there was none in force.
  virtual std::optional<Ban> remove(const Prefix& prefix, WallTime now) = 0;
  virtual std::vector<Ban> list(WallTime now) = 0;
  /// How many bans of `jail` are held, for metrics; one that ran out a moment ago may still count.
  virtual std::size_t count(std::string_view jail) {
    std::size_t held = 0;
    for (const Ban& ban : list(WallTime{})) held += ban.jail == jail ? 1 : 0;
    return held;
  }
  /// Replaces the set that no ban may touch; bans already there that touch it are removed.
  virtual void set_never(PrefixSet never) = 0;
};

/// Store is the state that workers share and that outlives a reload: asking again for the same name returns the same
/// table, which is kept for as long as somebody holds it. What takes locks elsewhere is in docs/adr/0010.
class Store {
 public:
  virtual ~Store() = default;
  virtual std::shared_ptr<Limiter> limiter(std::string_view name) = 0;
  virtual std::shared_ptr<HitCounter> hits(std::string_view name) = 0;
  virtual BanList& bans() = 0;
  virtual Key key(const Prefix& prefix) const = 0;
  virtual Key key(std::string_view text) const = 0;
};

}  // namespace ravelin
