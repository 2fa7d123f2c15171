#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "modules/waf/config.h"

namespace ravelin::waf_diff {

/// Policy is what a WAF section says, with the text of its rules: each element of a list is whole, a rule
/// or a chain, so that any of them may be left out.
struct Policy {
  std::string name;
  std::uint32_t paranoia = 1;
  std::uint32_t detection_paranoia = 0;
  std::uint32_t inbound_threshold = 5;
  bool has_crs = true;
  std::string crs_directory;        // empty: the installed one
  std::vector<std::string> before;  // the core rule set
  std::vector<std::string> after;
};

/// PolicyFiles are the files of a policy, in a folder that goes with them.
class PolicyFiles {
 public:
  explicit PolicyFiles(const Policy& policy);
  PolicyFiles(const PolicyFiles&) = delete;
  PolicyFiles& operator=(const PolicyFiles&) = delete;
  ~PolicyFiles();

  const waf::Config& config() const { return config_; }

 private:
  std::string folder_;
  waf::Config config_;
};

/// Policies that everybody has: the levels, as installed; then, for `index` beyond them, made from `seed`.
Policy policy_at(std::uint64_t seed, std::size_t index);

/// A made one without the core rule set: a hundred times as many requests in the same time.
Policy small_policy_at(std::uint64_t seed, std::size_t index);

}  // namespace ravelin::waf_diff
