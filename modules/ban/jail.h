#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "modules/ban/config.h"
#include "ravelin/module.h"

namespace ravelin::ban {

/// matches_glob says whether `text` is `pattern`, where '*' stands for any text, also none. Time is
/// bounded by the product of the lengths.
bool matches_glob(std::string_view text, std::string_view pattern);

/// The status of a finished exchange; of a refusal the one it stands for, also where gRPC has 200 in its place. 0:
/// none.
int status_of(const Exchange& exchange);

/// Jail counts the hits of one kind of misbehaviour. Any worker.
class Jail {
 public:
  Jail(std::string_view name, const JailConfig& config, const Services& services);

  const std::string& name() const { return name_; }
  /// "ban:NAME".
  const std::string& reason() const { return reason_; }
  std::uint32_t maxretry() const { return config_.maxretry; }
  Duration findtime() const { return config_.findtime; }
  /// Whether this finished exchange is a hit.
  bool matches(const Exchange& exchange) const;
  /// Counts a hit of `client` and returns whether it is the one that calls for a ban; the count
  /// then starts again.
  bool is_full_after_hit(const Prefix& client, Time now) const;
  /// How long a ban lasts after `times` earlier ones.
  Duration bantime(std::uint32_t times) const;

 private:
  bool has_reason(const Exchange& exchange) const;
  bool is_wanted(std::string_view reason) const;

  std::string name_;
  std::string reason_;
  JailConfig config_;
  const Store& store_;
  std::shared_ptr<HitCounter> hits_;
};

}  // namespace ravelin::ban
