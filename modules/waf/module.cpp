#include "modules/waf/module.h"

#include <utility>

#include "modules/waf/config.h"
#include "modules/waf/inspector.h"
#include "modules/waf/policy.h"

namespace ravelin::waf {
namespace {

class RuleModule final : public Module {
 public:
  RuleModule(std::shared_ptr<const Policy> policy, Histogram evaluation_time)
      : policy_(std::move(policy)), evaluation_time_(evaluation_time) {}

  std::unique_ptr<Inspector> inspect(Exchange&) const override {
    return std::make_unique<RuleInspector>(policy_, evaluation_time_);
  }

 private:
  std::shared_ptr<const Policy> policy_;
  Histogram evaluation_time_;
};

std::unique_ptr<Section> make_section() { return std::make_unique<Config>(); }

Result<std::unique_ptr<Module>> make(const Section& section, const Services& services) {
  auto policy = Policy::load(static_cast<const Config&>(section), services.log);
  if (!policy) return std::move(policy).error();
  Histogram evaluation_time;
  if (!services.is_dry_run) {
    const auto count = static_cast<double>((*policy)->rule_count());
    services.metrics.gauge("waf_rules_loaded", "Rules in force, the engine's own included.", {},
                           [count] { return count; });
    evaluation_time =
        services.metrics.histogram("waf_evaluation_seconds", "Processor time spent evaluating one request.", {});
  }
  return std::unique_ptr<Module>(std::make_unique<RuleModule>(std::move(*policy), evaluation_time));
}

}  // namespace

constinit const Descriptor descriptor{
    .name = "waf", .needs = {}, .provides = {}, .make_section = make_section, .make = make};

}  // namespace ravelin::waf
