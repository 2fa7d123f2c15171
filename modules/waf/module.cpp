#include "modules/waf/module.h"

#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "modules/waf/config.h"
#include "modules/waf/inspector.h"
#include "modules/waf/policy.h"

namespace ravelin::waf {
namespace {

using TimeByRoute = std::map<std::string_view, Histogram>;

class RuleModule final : public Module {
 public:
  RuleModule(std::shared_ptr<const Policy> policy, TimeByRoute evaluation_times)
      : policy_(std::move(policy)), evaluation_times_(std::move(evaluation_times)) {}

  std::unique_ptr<Inspector> inspect(Exchange& exchange) const override {
    const auto time = evaluation_times_.find(exchange.route);
    return std::make_unique<RuleInspector>(policy_, time != evaluation_times_.end() ? time->second : Histogram());
  }

 private:
  std::shared_ptr<const Policy> policy_;
  TimeByRoute evaluation_times_;
};

std::unique_ptr<Section> make_section() { return std::make_unique<Config>(); }

Result<std::unique_ptr<Module>> make(const Section& section, const Services& services) {
  auto policy = Policy::load(static_cast<const Config&>(section), services.log);
  if (!policy) return std::move(policy).error();
  TimeByRoute evaluation_times;
  if (!services.is_dry_run) {
    const auto count = static_cast<double>((*policy)->rule_count());
    services.metrics.gauge("waf_rules_loaded", "Rules in force, the engine's own included.", {},
                           [count] { return count; });
    for (const std::string_view route : services.routes) {
      evaluation_times[route] = services.metrics.histogram(
          "waf_evaluation_seconds", "Processor time spent evaluating one request.", {{"route", std::string(route)}});
    }
  }
  return std::unique_ptr<Module>(std::make_unique<RuleModule>(std::move(*policy), std::move(evaluation_times)));
}

}  // namespace

constinit const Descriptor descriptor{
    .name = "waf", .needs = {}, .provides = {}, .make_section = make_section, .make = make};

}  // namespace ravelin::waf
