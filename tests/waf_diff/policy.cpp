#include "waf_diff/policy.h"

#include <stdlib.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <utility>

#include "waf_diff/exclusions.h"
#include "waf_diff/own_rules.h"
#include "waf_diff/random.h"

namespace ravelin::waf_diff {
namespace {

void write_file(const std::string& path, const std::vector<std::string>& parts) {
  std::ofstream file(path, std::ios::binary);
  for (const std::string& part : parts) file << part << "\n";
}

Policy installed(std::uint32_t paranoia, std::uint32_t detection) {
  Policy policy;
  policy.name = "PL" + std::to_string(paranoia) + (detection == 0 ? "" : ", seeing PL" + std::to_string(detection));
  policy.paranoia = paranoia;
  policy.detection_paranoia = detection;
  return policy;
}

void append(std::vector<std::string>& to, std::vector<std::string> parts) {
  for (std::string& part : parts) to.push_back(std::move(part));
}

Policy random_policy(std::uint64_t seed, std::size_t index) {
  Random random(mixed(seed, index));
  Policy policy = installed(static_cast<std::uint32_t>(random.between(1, 4)), 0);
  if (random.one_in(3)) policy.detection_paranoia = static_cast<std::uint32_t>(random.between(policy.paranoia, 4));
  policy.inbound_threshold = random.pick(std::array<std::uint32_t, 7>{1, 3, 5, 5, 10, 25, 10000});
  // Identifiers are counted per place, and never meet those of the core rule set.
  if (random.one_in(2)) append(policy.before, set_up_actions(random));
  if (random.one_in(2)) append(policy.before, conditional_exclusions(random, core_rules, 1100));
  if (random.one_in(2)) append(policy.before, own_rules(random, 2000));
  if (random.one_in(4)) append(policy.before, plugin_rules(random, 9500000));
  if (random.one_in(2)) append(policy.after, own_rules(random, 3000));
  if (random.one_in(2)) append(policy.after, static_exclusions(random, core_rules));
  policy.name = "random " + std::to_string(index) + ", " + policy.name;
  return policy;
}

// What rules do that do not say it themselves; the core rule set has its own.
void add_defaults(Random& random, Policy& policy) {
  constexpr std::array actions{"log,auditlog,deny,status:418", "log,pass", "nolog,pass", "log,auditlog,drop",
                               "nolog,deny,t:lowercase"};
  for (const char* const phase : {"1", "2"})
    if (random.one_in(4))
      policy.before.push_back("SecDefaultAction \"phase:" + std::string(phase) + "," + random.pick(actions) + "\"");
}

}  // namespace

PolicyFiles::PolicyFiles(const Policy& policy) : folder_(std::filesystem::temp_directory_path() / "waf-diff-XXXXXX") {
  if (::mkdtemp(folder_.data()) == nullptr)
    throw std::filesystem::filesystem_error("mkdtemp", std::error_code(errno, std::generic_category()));
  config_.paranoia = policy.paranoia;
  config_.detection_paranoia = policy.detection_paranoia;
  config_.inbound_threshold = policy.inbound_threshold;
  config_.crs_directory.path = policy.crs_directory;
  config_.rules = {waf::RuleSource{{folder_ + "/before.conf"}}};
  if (policy.has_crs) config_.rules.emplace_back();
  config_.rules.push_back({{folder_ + "/after.conf"}});
  write_file(folder_ + "/before.conf", policy.before);
  write_file(folder_ + "/after.conf", policy.after);
  write_file(folder_ + "/words.data", {"needle", "evil word", "drop table", "<script", "passwd"});
  write_file(folder_ + "/addresses.data", {"192.0.2.0/24", "2001:db8::/32"});
}

PolicyFiles::~PolicyFiles() {
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

Policy small_policy_at(std::uint64_t seed, std::size_t index) {
  Random random(mixed(seed, index));
  Policy policy;
  policy.name = "small " + std::to_string(index);
  policy.has_crs = false;
  add_defaults(random, policy);
  if (random.one_in(3)) append(policy.before, conditional_exclusions(random, own_names, 1100));
  append(policy.before, own_rules(random, 2000));
  if (random.one_in(3)) append(policy.before, plugin_rules(random, 9500000));
  if (random.one_in(2)) append(policy.after, own_rules(random, 3000));
  if (random.one_in(2)) append(policy.after, static_exclusions(random, own_names));
  return policy;
}

Policy policy_at(std::uint64_t seed, std::size_t index) {
  switch (index) {
    case 0: return installed(1, 0);
    case 1: return installed(2, 0);
    case 2: return installed(4, 0);
    case 3: return installed(1, 3);
    case 4: return installed(3, 0);
    default: return random_policy(seed, index);
  }
}

}  // namespace ravelin::waf_diff
