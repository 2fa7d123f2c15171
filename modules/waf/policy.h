#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "modules/waf/config.h"
#include "modules/waf/directives.h"
#include "modules/waf/plan/seclang.h"
#include "ravelin/log.h"
#include "ravelin/result.h"

namespace modsecurity {
class RulesSet;
}

namespace ravelin::waf {

/// Policy is the loaded rules with the bounds that go with them. Immutable and shared by all threads;
/// an evaluation on the offload pool may outlive the module, hence the shared pointer. About 15 MiB
/// with the core rule set.
class Policy {
 public:
  /// Reads and compiles the rules; about 50 ms for the core rule set. Errors name file, line and what
  /// to do. What works but not as its author may think is a warning in `log`.
  static Result<std::shared_ptr<const Policy>> load(const Config& config, Log& log);

  /// The same rules with the bounds of `config`, which says the same of the rules. Nothing is read.
  std::unique_ptr<const Policy> with_bounds(const Config& config) const;

  Policy& operator=(const Policy&) = delete;

  /// The library takes it as mutable but only reads it.
  modsecurity::RulesSet& rules() const { return *rules_; }
  std::size_t rule_count() const { return rule_count_; }
  /// What a rule says of itself when it matches (msg), without its macros; empty if it says nothing or is not there.
  std::string message_of(std::int64_t rule) const;
  std::size_t body_limit() const { return body_limit_; }
  std::size_t argument_limit() const { return argument_limit_; }
  Duration effort_limit() const { return effort_limit_; }
  std::size_t response_limit() const { return response_limit_; }
  bool inspects_responses() const { return inspects_responses_; }
  /// The texts of the rules as the library was given them, in order.
  const std::vector<plan::Source>& sources() const { return *sources_; }
  /// plan::hash_of_files() of these rules when the library had just read them.
  std::uint64_t hash_of_files() const { return hash_of_files_; }
  /// Why our own reading of these texts may not be the library's; empty if it is.
  const std::string& plan_problem() const { return plan_problem_; }
  unsigned inbound_threshold() const { return inbound_threshold_; }

 private:
  explicit Policy(const Config& config);
  Policy(const Policy&) = default;
  void set_bounds(const Config& config);
  Result<void> load_sources(const Config& config, Log& log);
  Result<void> load_crs(const Config& config, Log& log);
  /// `of_ineffective`: told of settings that what is loaded later decides; may be null.
  Result<void> load_file(const std::string& file, Log* of_ineffective);
  Result<void> load_text(const RuleText& part);

  void compare_readings();
  Result<void> load_distributed(const std::string& file);

  std::shared_ptr<modsecurity::RulesSet> rules_;
  std::shared_ptr<std::vector<plan::Source>> sources_ = std::make_shared<std::vector<plan::Source>>();
  std::string plan_problem_;
  std::uint64_t hash_of_files_ = 0;
  std::size_t rule_count_ = 0;
  std::size_t body_limit_ = 0;
  std::size_t argument_limit_ = 0;
  std::size_t response_limit_ = 0;
  Duration effort_limit_{};
  unsigned inbound_threshold_;
  bool inspects_responses_;
};

/// check_patterns refuses a regular expression that does not compile, which the library (3.0.9) takes
/// without a word and never matches.
Result<void> check_patterns(const RuleText& text);

/// check_rules refuses a loaded set whose rules would block a thread, run programs, or that has
/// switched the WAF off by removing the rules that add up and compare scores. Returns the number of
/// rules, and warns of an operator's that are never asked.
Result<std::size_t> check_rules(modsecurity::RulesSet& rules, bool inspects_responses, Log& log);

}  // namespace ravelin::waf
