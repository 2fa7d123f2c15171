#include "modules/waf/means.h"

#include <algorithm>
#include <atomic>
#include <optional>
#include <sstream>
#include <string>
#include <system_error>
#include <utility>

#include "modules/waf/known.h"

namespace ravelin::waf {
namespace {

// Neither is ever destroyed, and neither owns anything.
Known<const Policy>& policies() {
  static auto* const only = new Known<const Policy>;
  return *only;
}

Known<std::atomic<bool>>& doubts() {
  static auto* const only = new Known<std::atomic<bool>>;
  return *only;
}

Known<FastPath>& fast_paths() {
  static auto* const only = new Known<FastPath>;
  return *only;
}

// All that decides which rules are loaded, and of which configuration: each has its own list of trusted proxies, for
// as long as its modules, and their claims, live. A reload reads all files anew.
std::string configuration_key(const Services& services) {
  std::ostringstream key;
  key << &services.trusted_proxies << ' ';
  return std::move(key).str();
}

std::string rules_key(const Config& config, const Services& services) {
  std::ostringstream key;
  key << configuration_key(services) << config.paranoia << ' ' << config.detection_paranoia << ' '
      << config.inbound_threshold << ' ' << config.outbound_threshold << ' ' << config.json_depth << ' '
      << config.inspects_responses() << ' ' << (config.engine == Engine::library) << '\0' << config.crs_directory.path;
  for (const RuleSource& source : config.rules) key << '\0' << source.text();
  return std::move(key).str();
}

std::string fast_path_key(const Config& config, const Services& services) {
  std::ostringstream key;
  key << rules_key(config, services) << '\0' << config.recheck_every << ' ' << (config.engine == Engine::shadow) << ' '
      << config.cache_directory.path;
  return std::move(key).str();
}

// Holds on to what is known: as long as there is a copy, the rules are in memory.
std::shared_ptr<const Policy> with_bounds(const std::shared_ptr<const Policy>& known, const Config& config) {
  return {known->with_bounds(config).release(), [known](const Policy* policy) { delete policy; }};
}

std::shared_ptr<FastPath> make_fast_path(const Config& config, const Policy& policy, const Services& services,
                                         std::shared_ptr<std::atomic<bool>> doubt) {
  const std::string cache = cache_directory(config.cache_directory.path);
  if (cache.empty())
    services.log.warning(
        "waf: compiled patterns are not kept, each start takes seconds of processor time: there is no cache "
        "directory that only this user can write to; see 'cache_directory' of the waf");
  try {
    return std::make_shared<FastPath>(
        FastPath::Source{policy.sources(), policy.hash_of_files(), cache, config.json_depth, config.recheck_every,
                         config.engine == Engine::shadow, services.store.key("waf:recheck").low, std::move(doubt)},
        services.workers, services.log, services.alerts);
  } catch (const std::system_error& error) {
    services.log.warning(std::string("waf: no fast path, there is no thread to compile it: ") + error.what());
    return nullptr;
  }
}

bool wants_fast_path(const Config& config, const Policy& policy, const Services& services) {
  if (config.engine == Engine::library || policy.inspects_responses()) return false;
  if (policy.plan_problem().empty()) return !services.is_dry_run;
  services.log.warning("waf: no fast path, the library judges every request: " + policy.plan_problem());
  return false;
}

}  // namespace

Result<FoundMeans> find_means(const Config& config, const Services& services) {
  auto rules = policies().find(rules_key(config, services), [&] { return Policy::load(config, services.log); });
  if (!rules) return std::move(rules).error();
  const Policy& policy = *(*rules)->object;
  FoundMeans found{
      {with_bounds((*rules)->object, config), nullptr, config.engine, config.scoring}, *rules, nullptr, nullptr};
  if (!wants_fast_path(config, policy, services)) return found;
  const auto doubt = doubts().find(rules_key(config, services), [] {
    return Result<std::shared_ptr<std::atomic<bool>>>(std::make_shared<std::atomic<bool>>(false));
  });
  const auto plan = fast_paths().find(fast_path_key(config, services), [&] {
    return Result<std::shared_ptr<FastPath>>(make_fast_path(config, policy, services, (*doubt)->object));
  });
  found.doubt = *doubt;
  found.means.fast_path = (*plan)->object;
  found.plan = *plan;
  return found;
}

std::size_t fewest_rules(const Services& services) {
  const std::string beginning = configuration_key(services);
  std::optional<std::size_t> fewest;
  policies().each([&](const std::string& key, const Policy& policy) {
    if (key.starts_with(beginning)) fewest = std::min(fewest.value_or(policy.rule_count()), policy.rule_count());
  });
  return fewest.value_or(0);
}

RulesAlive rules_alive() { return {policies().alive(), fast_paths().alive()}; }

}  // namespace ravelin::waf
