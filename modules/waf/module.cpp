#include "modules/waf/module.h"

#include <map>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "modules/waf/config.h"
#include "modules/waf/inspector.h"
#include "modules/waf/policy.h"

namespace ravelin::waf {
namespace {

using CountsByRoute = std::map<std::string_view, RuleInspector::Counts>;

class RuleModule final : public Module {
 public:
  RuleModule(RuleInspector::Means means, CountsByRoute counts) : means_(std::move(means)), counts_(std::move(counts)) {}
  ~RuleModule() override {
    if (means_.fast_path != nullptr) means_.fast_path->close();
  }

  std::unique_ptr<Inspector> inspect(Exchange& exchange) const override {
    const auto counts = counts_.find(exchange.route);
    return std::make_unique<RuleInspector>(means_, counts != counts_.end() ? counts->second : RuleInspector::Counts{});
  }

 private:
  RuleInspector::Means means_;
  CountsByRoute counts_;
};

CountsByRoute register_counts(const RuleInspector::Means& means, const Services& services) {
  Metrics& metrics = services.metrics;
  metrics.gauge("waf_rules_loaded", "Rules in force, the engine's own included.", {},
                [count = static_cast<double>(means.policy->rule_count())] { return count; });
  metrics.gauge("waf_fast_path_ready", "1 while requests are judged without libmodsecurity where that is certain.", {},
                [fast = means.fast_path] { return fast != nullptr && fast->is_on() ? 1.0 : 0.0; });
  metrics.gauge(
      "waf_fast_path_contradictions", "Requests judged without libmodsecurity that it judges otherwise.", {},
      [fast = means.fast_path] { return fast == nullptr ? 0.0 : static_cast<double>(fast->contradictions()); });
  CountsByRoute counts;
  for (const std::string_view route : services.routes) {
    const auto proofs = [&](const char* result) {
      return metrics.counter(
          "waf_proofs_total",
          "Requests that the plan was asked about: clean, scored without the library, or the library's.",
          {{"route", std::string(route)}, {"result", result}});
    };
    counts[route] = {metrics.histogram("waf_evaluation_seconds", "Processor time spent evaluating one request.",
                                       {{"route", std::string(route)}}),
                     proofs("clean"), proofs("scored"), proofs("library")};
  }
  return counts;
}

std::shared_ptr<FastPath> make_fast_path(const Config& config, const Policy& policy, const Services& services) {
  if (services.is_dry_run || config.engine == Engine::library || policy.inspects_responses()) return nullptr;
  if (!policy.plan_problem().empty()) {
    services.log.warning("waf: no fast path, the library judges every request: " + policy.plan_problem());
    return nullptr;
  }
  const std::string cache = cache_directory(config.cache_directory.path);
  if (cache.empty())
    services.log.warning(
        "waf: compiled patterns are not kept, each start takes seconds of processor time: there is no cache "
        "directory that only this user can write to; see 'cache_directory' of the waf");
  try {
    return std::make_shared<FastPath>(FastPath::Source{policy.sources(), cache, config.json_depth, config.recheck_every,
                                                       config.engine == Engine::shadow},
                                      services.workers, services.log);
  } catch (const std::system_error& error) {
    services.log.warning(std::string("waf: no fast path, there is no thread to compile it: ") + error.what());
    return nullptr;
  }
}

std::unique_ptr<Section> make_section() { return std::make_unique<Config>(); }

Result<std::unique_ptr<Module>> make(const Section& section, const Services& services) {
  const auto& config = static_cast<const Config&>(section);
  auto policy = Policy::load(config, services.log);
  if (!policy) return std::move(policy).error();
  RuleInspector::Means means{*policy, make_fast_path(config, **policy, services), config.engine, config.scoring};
  CountsByRoute counts = services.is_dry_run ? CountsByRoute() : register_counts(means, services);
  return std::unique_ptr<Module>(std::make_unique<RuleModule>(std::move(means), std::move(counts)));
}

}  // namespace

constinit const Descriptor descriptor{
    .name = "waf", .needs = {}, .provides = {}, .make_section = make_section, .make = make};

}  // namespace ravelin::waf
