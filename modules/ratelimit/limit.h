#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "modules/ratelimit/config.h"
#include "ravelin/module.h"

namespace ravelin::ratelimit {

/// Limit is one named budget per key, ready to be spent from. Any worker.
class Limit {
 public:
  Limit(std::string_view name, const LimitConfig& config, const Services& services);

  const std::string& name() const { return name_; }
  bool matches(const RequestHead& request) const { return match_.matches(request); }
  /// Takes one from the budget of whoever sent this request; a refusal is counted.
  Limiter::Spent spend(const Exchange& exchange) const;
  /// The budget in the words of the configuration, for the operator: "5/s, burst 20".
  const std::string& terms() const { return terms_; }
  /// The item of this limit in a RateLimit-Policy field.
  const std::string& policy() const { return policy_; }

 private:
  Key key_of(const Exchange& exchange) const;

  std::string name_;
  std::string header_;  // lower-case; empty: by client
  Duration interval_;
  std::uint32_t burst_;
  RequestMatch match_;
  std::string terms_;
  std::string policy_;
  const Store& store_;
  std::shared_ptr<Limiter> limiter_;
  mutable Counter refused_;  // a handle; each worker writes its own cell
};

/// whole_seconds rounds up, and to one at least: Retry-After knows nothing shorter.
std::int64_t whole_seconds(Duration duration);

}  // namespace ravelin::ratelimit
