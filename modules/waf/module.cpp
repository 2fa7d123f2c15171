#include "modules/waf/module.h"

#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "modules/waf/config.h"
#include "modules/waf/inspector.h"
#include "modules/waf/means.h"

namespace ravelin::waf {
namespace {

using CountsByRoute = std::map<std::string_view, RuleInspector::Counts>;

class RuleModule final : public Module {
 public:
  RuleModule(FoundMeans found, CountsByRoute counts)
      : found_(std::move(found)), means_(found_.means), counts_(std::move(counts)) {}
  // The log goes with the configuration, and with it all the modules that share the fast path.
  ~RuleModule() override {
    if (means_.fast_path != nullptr) means_.fast_path->close();
  }

  std::unique_ptr<Inspector> inspect(Exchange& exchange) const override {
    const auto counts = counts_.find(exchange.route);
    return std::make_unique<RuleInspector>(means_, counts != counts_.end() ? counts->second : RuleInspector::Counts{});
  }

 private:
  FoundMeans found_;
  const RuleInspector::Means& means_;
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
  metrics.gauge("waf_rule_sets", "Rule sets in memory; more than are configured while requests need earlier ones.", {},
                [] { return static_cast<double>(rules_alive().policies); });
  metrics.gauge("waf_plans", "Fast paths in memory, ready or not; likewise.", {},
                [] { return static_cast<double>(rules_alive().fast_paths); });
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

std::unique_ptr<Section> make_section() { return std::make_unique<Config>(); }

Result<std::unique_ptr<Module>> make(const Section& section, const Services& services) {
  const auto& config = static_cast<const Config&>(section);
  auto found = find_means(config, services);
  if (!found) return std::move(found).error();
  CountsByRoute counts = services.is_dry_run ? CountsByRoute() : register_counts(found->means, services);
  return std::unique_ptr<Module>(std::make_unique<RuleModule>(*std::move(found), std::move(counts)));
}

}  // namespace

constinit const Descriptor descriptor{
    .name = "waf", .needs = {}, .provides = {}, .make_section = make_section, .make = make};

}  // namespace ravelin::waf
