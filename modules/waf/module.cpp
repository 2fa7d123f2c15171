#include "modules/waf/module.h"

#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "modules/waf/config.h"
#include "modules/waf/inspector.h"
#include "modules/waf/means.h"
#include "modules/waf/status.h"

namespace ravelin::waf {
namespace {

struct CountsByRoute {
  std::shared_ptr<Tally> tally;
  std::map<std::string_view, RuleInspector::Counts> by_route;
  std::vector<std::shared_ptr<RouteSeries>> series;  // of the accounts in them
};

class RuleModule final : public Module {
 public:
  RuleModule(Config config, FoundMeans found, CountsByRoute counts)
      : config_(std::move(config)), found_(std::move(found)), means_(found_.means), counts_(std::move(counts)) {}
  // The log goes with the configuration, and with it all the modules that share the fast path.
  ~RuleModule() override {
    if (means_.fast_path != nullptr) means_.fast_path->close();
  }

  std::unique_ptr<Inspector> inspect(Exchange& exchange) const override {
    const auto counts = counts_.by_route.find(exchange.route);
    const bool is_known = counts != counts_.by_route.end();
    return std::make_unique<RuleInspector>(means_, is_known ? counts->second : RuleInspector::Counts{});
  }

  std::string status() const override { return status_of({config_, means_.policy, means_.fast_path, counts_.tally}); }

 private:
  Config config_;
  FoundMeans found_;
  const RuleInspector::Means& means_;
  CountsByRoute counts_;
};

double planned_rules(const FastPath* fast) {
  if (fast == nullptr || !fast->is_on()) return 0;
  const Coverage coverage = fast->status().coverage;
  return static_cast<double>(coverage.phases[0].rules + coverage.phases[1].rules);
}

CountsByRoute register_counts(const RuleInspector::Means& means, const Services& services) {
  CountsByRoute counts{std::make_shared<Tally>(services.workers), {}, {}};
  if (services.is_dry_run) return counts;
  Metrics& metrics = services.metrics;
  metrics.gauge("waf_rules_loaded", "Rules in force, the engine's own included; of several sets the smallest.", {},
                [rules = static_cast<double>(fewest_rules(services))] { return rules; });
  metrics.gauge("waf_rule_sets", "Rule sets in memory; more than are configured while requests need earlier ones.", {},
                [] { return static_cast<double>(rules_alive().policies); });
  metrics.gauge("waf_plans", "Fast paths in memory, ready or not; likewise.", {},
                [] { return static_cast<double>(rules_alive().fast_paths); });
  for (const std::string_view route : services.routes) {
    metrics.gauge("waf_fast_path_ready", "1 while requests are judged without libmodsecurity where that is certain.",
                  {{"route", std::string(route)}},
                  [fast = means.fast_path] { return fast != nullptr && fast->is_on() ? 1.0 : 0.0; });
    metrics.gauge("waf_fast_path_contradictions", "Requests judged without libmodsecurity that it judges otherwise.",
                  {{"route", std::string(route)}}, [fast = means.fast_path] {
                    return fast == nullptr ? 0.0 : static_cast<double>(fast->contradictions());
                  });
    metrics.gauge("waf_fast_path_rules", "Rules that the plan judges by; 0 while libmodsecurity judges every request.",
                  {{"route", std::string(route)}}, [fast = means.fast_path] { return planned_rules(fast.get()); });
    counts.series.push_back(std::make_shared<RouteSeries>(metrics, route, counts.tally));
    const auto proofs = [&](const char* result) {
      return metrics.counter(
          "waf_proofs_total",
          "Requests that the plan was asked about: clean, scored without the library, or the library's.",
          {{"route", std::string(route)}, {"result", result}});
    };
    counts.by_route[route] = {
        metrics.histogram("waf_evaluation_seconds", "Processor time spent evaluating one request.",
                          {{"route", std::string(route)}}),
        proofs("clean"), proofs("scored"), proofs("library"), Account(*counts.series.back())};
  }
  return counts;
}

std::unique_ptr<Section> make_section() { return std::make_unique<Config>(); }

Result<std::unique_ptr<Module>> make(const Section& section, const Services& services) {
  const auto& config = static_cast<const Config&>(section);
  auto found = find_means(config, services);
  if (!found) return std::move(found).error();
  CountsByRoute counts = register_counts(found->means, services);
  return std::unique_ptr<Module>(std::make_unique<RuleModule>(config, *std::move(found), std::move(counts)));
}

}  // namespace

constinit const Descriptor descriptor{
    .name = "waf", .needs = {}, .provides = {}, .make_section = make_section, .make = make};

}  // namespace ravelin::waf
