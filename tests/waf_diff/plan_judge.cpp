#include <modsecurity/rules_set.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <mutex>
#include <utility>

#include "modules/waf/directives.h"
#include "modules/waf/engine_rules.h"
#include "modules/waf/library.h"
#include "modules/waf/plan/prover.h"
#include "modules/waf/plan_check.h"
#include "waf_diff/judge.h"
#include "waf_diff/plan_judge.h"

namespace ravelin::waf_diff {
namespace {

using waf::plan::Source;

// What Policy::load gives the library, in its order.
class Sources {
 public:
  explicit Sources(const waf::Config& config) : config_(config) {
    sources_.push_back({"the engine's own rules", waf::engine_rules(config)});
    for (const std::string& source : config.rules) source == "crs" ? add_crs() : add_file(config.resolve(source));
  }
  std::vector<Source> take() { return std::move(sources_); }

 private:
  void add_file(const std::string& file) {
    if (auto texts = waf::read_rules(file))
      for (waf::RuleText& text : *texts) sources_.push_back({std::move(text.file), std::move(text.text)});
  }

  void add_if_there(const std::string& file) {
    if (std::filesystem::is_regular_file(file)) add_file(file);
  }

  void add_crs() {
    const std::string rules = "/usr/share/modsecurity-crs/rules";
    std::string setup = "/etc/modsecurity/crs";
    if (!std::filesystem::is_regular_file(setup + "/crs-setup.conf")) setup = "/usr/share/modsecurity-crs";
    add_file(setup + "/crs-setup.conf");
    add_if_there(setup + "/REQUEST-900-EXCLUSION-RULES-BEFORE-CRS.conf");
    sources_.push_back({"the settings of the core rule set", waf::crs_settings(config_)});
    for (const std::string& file : waf::expand(rules + "/*.conf")) {
      std::ifstream stream(file, std::ios::binary);
      sources_.push_back({file, std::string(std::istreambuf_iterator<char>(stream), {})});
    }
    add_if_there(setup + "/RESPONSE-999-EXCLUSION-RULES-AFTER-CRS.conf");
  }

  const waf::Config& config_;
  std::vector<Source> sources_;
};

// One prover per thread and policy. A thread that goes on to another policy has no more use for the last.
waf::plan::Prover& prover_of(const std::shared_ptr<const waf::plan::Plan>& plan, unsigned number) {
  thread_local unsigned owner = 0;
  thread_local std::unique_ptr<waf::plan::Prover> prover;
  if (owner != number) prover = std::make_unique<waf::plan::Prover>(plan);
  owner = number;
  return *prover;
}

class PlanJudge final : public Judge {
 public:
  explicit PlanJudge(std::shared_ptr<const waf::plan::Plan> plan) : plan_(std::move(plan)), number_(++judges) {}

  Outcome judge(const waf::plan::Request& request) const override {
    const waf::plan::Proof proof = prover_of(plan_, number_).judge(request);
    Outcome outcome;
    if (proof.is_clean) return outcome;
    outcome.verdict = Outcome::Verdict::dirty;
    outcome.reason = std::to_string(proof.rule) + " " + std::string(proof.doubt);
    return outcome;
  }

 private:
  static inline std::atomic<unsigned> judges = 0;

  std::shared_ptr<const waf::plan::Plan> plan_;
  unsigned number_;
};

Result<std::unique_ptr<Judge>> judge_by(waf::plan::Rules rules, const waf::plan::Cache& cache) {
  auto plan = waf::plan::Plan::compile(std::move(rules), cache);
  if (!plan->unsupported().empty()) return Error{"waf_diff:plan", plan->unsupported().front()};
  return std::unique_ptr<Judge>(std::make_unique<PlanJudge>(std::move(plan)));
}

// As Policy::load does: what the library reads in the same texts must be the same.
Result<void> compare(const std::vector<Source>& sources, const waf::plan::Rules& rules) {
  const std::lock_guard lock(waf::load_lock());
  modsecurity::RulesSet loaded;
  for (const Source& source : sources)
    if (loaded.load(source.text.c_str(), source.file) < 0) return Error{"waf_diff:plan", loaded.getParserError()};
  return waf::check_plan(loaded, rules);
}

// Compiles nothing: every pattern is a candidate everywhere, as if no scanner had been able to tell.
class NoScanners final : public waf::plan::Cache {
 public:
  NoScanners() : Cache("") {}
  Result<waf::plan::Scanner> compile(std::span<const waf::plan::Pattern>,
                                     std::span<const unsigned> numbers) const override {
    return waf::plan::Scanner::restore({}, {numbers.begin(), numbers.end()});
  }
};

Result<std::unique_ptr<Judge>> make_judge(const waf::Config& config, const waf::plan::Cache& cache) {
  auto rules = rules_of(config);
  if (!rules) return std::move(rules).error();
  return judge_by(*std::move(rules), cache);
}

}  // namespace

Result<waf::plan::Rules> rules_of(const waf::Config& config) {
  const std::vector<Source> sources = Sources(config).take();
  auto rules = waf::plan::parse(sources);
  if (!rules) return std::move(rules).error();
  if (auto same = compare(sources, *rules); !same) return std::move(same).error();
  return rules;
}

Result<std::unique_ptr<Judge>> make_judge_of(waf::plan::Rules rules) {
  return judge_by(std::move(rules), NoScanners());
}

Result<std::unique_ptr<Judge>> make_plan_judge(const waf::Config& config) {
  const char* const folder = std::getenv("WAF_DIFF_CACHE");
  return make_judge(config, waf::plan::Cache(folder == nullptr ? "" : folder));
}

Result<std::unique_ptr<Judge>> make_unscanned_judge(const waf::Config& config) {
  return make_judge(config, NoScanners());
}

}  // namespace ravelin::waf_diff
