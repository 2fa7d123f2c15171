#pragma once

#include <modsecurity/rules_set.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "modules/waf/directives.h"
#include "modules/waf/engine_rules.h"
#include "modules/waf/library.h"
#include "modules/waf/plan/seclang.h"
#include "modules/waf/plan_check.h"

namespace ravelin::waf::plan {

/// The library's own reading of the same texts.
class LibraryRules {
 public:
  explicit LibraryRules(const std::vector<Source>& sources) : rules_(std::make_unique<modsecurity::RulesSet>()) {
    library();
    const std::lock_guard lock(load_lock());
    for (const Source& source : sources) {
      if (rules_->load(source.text.c_str(), source.file) >= 0) continue;
      error_ = rules_->getParserError();
      // A text that it refuses in the midst of an update leaves it waiting for variables.
      modsecurity::RulesSet().load("SecRuleUpdateTargetById 1 \"ARGS\"\n");
      return;
    }
  }
  ~LibraryRules() {
    const std::lock_guard lock(load_lock());
    rules_.reset();
  }

  bool is_loaded() const { return error_.empty(); }
  const std::string& error() const { return error_; }
  modsecurity::RulesSet& rules() { return *rules_; }

 private:
  std::unique_ptr<modsecurity::RulesSet> rules_;
  std::string error_;
};

inline std::vector<Source> one(std::string text) { return {{"rules.conf", std::move(text)}}; }

inline Source read_source(const std::string& file) {
  std::ifstream stream(file);
  return {file, std::string(std::istreambuf_iterator<char>(stream), {})};
}

/// What Ravelin loads for the source `crs`, in its order.
inline std::vector<Source> core_rule_set() {
  const Config config;
  std::vector<Source> sources{{"the engine's own rules", engine_rules(config)}};
  const std::string setup = "/etc/modsecurity/crs/";
  for (const char* file : {"crs-setup.conf", "REQUEST-900-EXCLUSION-RULES-BEFORE-CRS.conf"})
    if (std::filesystem::exists(setup + file)) sources.push_back(read_source(setup + file));
  sources.push_back({"the settings of the core rule set", crs_settings(config)});
  for (const std::string& file : expand("/usr/share/modsecurity-crs/rules/*.conf"))
    sources.push_back(read_source(file));
  const std::string after = setup + "RESPONSE-999-EXCLUSION-RULES-AFTER-CRS.conf";
  if (std::filesystem::exists(after)) sources.push_back(read_source(after));
  return sources;
}

/// The first difference between the library and a plan of the same texts; empty if there is none.
inline std::string difference(const std::vector<Source>& sources) {
  const auto plan = parse(sources);
  if (!plan) return "refused: " + plan.error().message;
  LibraryRules loaded(sources);
  if (!loaded.is_loaded()) return "the library refuses it: " + loaded.error();
  const auto same = check_plan(loaded.rules(), *plan);
  return same ? "" : same.error().message;
}

}  // namespace ravelin::waf::plan
