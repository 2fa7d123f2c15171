#pragma once

#include <cstddef>
#include <memory>

#include "modules/waf/config.h"
#include "modules/waf/inspector.h"
#include "ravelin/module.h"
#include "ravelin/result.h"

namespace ravelin::waf {

/// FoundMeans is what a module has for its inspectors, and its claims to what it shares: they must not outlive it.
struct FoundMeans {
  RuleInspector::Means means;
  std::shared_ptr<const void> rules;
  std::shared_ptr<const void> plan;
  std::shared_ptr<const void> doubt;  // whether the plan of these rules has been wrong
};

/// find_means loads the rules of a section and begins to compile their plan; sections of one configuration that say
/// the same of their rules share both, whatever their mode and their bounds.
Result<FoundMeans> find_means(const Config& config, const Services& services);

/// RulesAlive is how many rule sets, and how many plans with theirs, there are in the process: those of the
/// configuration in force, and of earlier ones what a request still needs.
struct RulesAlive {
  std::size_t policies = 0;
  std::size_t fast_paths = 0;
};
RulesAlive rules_alive();

/// The number of rules of the smallest rule set that sections with these services have.
std::size_t fewest_rules(const Services& services);

}  // namespace ravelin::waf
