#include "modules/ratelimit/limit.h"

#include <algorithm>
#include <chrono>

namespace ravelin::ratelimit {
namespace {

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return result;
}

std::string header_of(std::string_view key) {
  return key.starts_with("header:") ? lower(key.substr(7)) : std::string();
}

std::string_view word(Mode mode) { return mode == Mode::enforce ? "enforce" : "detect"; }

// A limit that is only tried out has budgets of its own, so that it takes nothing from the enforced one. So has a route
// that gives the limit other terms: what is left by one would be cut to what the other allows.
std::string table_name(std::string_view name, const LimitConfig& config, Mode mode) {
  return "limit:" + std::string(name) + ":" + std::to_string(config.rate.interval().count()) + ":" +
         std::to_string(config.burst) + (mode == Mode::enforce ? "" : ":detect");
}

// What is there at once, and the time in which all of it comes back.
std::string make_policy(std::string_view name, const LimitConfig& config) {
  const std::uint32_t quota = config.burst + 1;
  const Duration interval = config.rate.interval();
  const auto whole = std::chrono::floor<std::chrono::seconds>(interval);  // nanoseconds of all would not fit
  const auto rest = std::chrono::ceil<std::chrono::seconds>((interval - whole) * quota);
  const auto seconds = std::max<std::int64_t>(1, whole.count() * quota + rest.count());
  return "\"" + std::string(name) + "\";q=" + std::to_string(quota) + ";w=" + std::to_string(seconds);
}

}  // namespace

Limit::Limit(std::string_view name, const LimitConfig& config, const Services& services)
    : name_(name),
      header_(header_of(config.key)),
      interval_(config.rate.interval()),
      burst_(config.burst),
      match_(config.match),
      terms_(schema::Text<Rate>::print(config.rate) + ", burst " + std::to_string(config.burst)),
      policy_(make_policy(name, config)),
      store_(services.store),
      limiter_(services.store.limiter(table_name(name, config, services.mode))),
      refused_(services.metrics.counter("limit_hits_total", "Requests beyond a limit.",
                                        {{"limit", name_}, {"mode", std::string(word(services.mode))}})) {}

// A request without the header counts for its client: leaving it out must not be a free pass.
Key Limit::key_of(const Exchange& exchange) const {
  if (!header_.empty()) {
    if (const auto value = exchange.request().fields.find(header_)) return store_.key(*value);
  }
  return store_.key(exchange.peer().client_key);
}

Limiter::Spent Limit::spend(const Exchange& exchange) const {
  const auto spent = limiter_->spend(key_of(exchange), interval_, burst_, exchange.loop().now());
  if (!spent.is_allowed) refused_.add(exchange.loop());
  return spent;
}

std::int64_t whole_seconds(Duration duration) {
  return std::max<std::int64_t>(1, std::chrono::ceil<std::chrono::seconds>(duration).count());
}

}  // namespace ravelin::ratelimit
