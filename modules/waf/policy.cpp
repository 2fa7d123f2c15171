#include "modules/waf/policy.h"

#include <modsecurity/rules_set.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <sstream>
#include <utility>

#include "modules/waf/directives.h"
#include "modules/waf/engine_rules.h"
#include "modules/waf/library.h"
#include "modules/waf/plan/plan.h"
#include "modules/waf/plan_check.h"

namespace ravelin::waf {
namespace {

struct CrsPlaces {
  std::string setup;
  std::string before;  // exclusions of the administrator, may be absent
  std::string rules;   // directory
  std::string after;
};

bool is_file(const std::string& path) {
  std::error_code code;
  return std::filesystem::is_regular_file(path, code);
}

CrsPlaces places_under(const std::string& setup_directory, const std::string& rules_directory) {
  return {setup_directory + "/crs-setup.conf", setup_directory + "/REQUEST-900-EXCLUSION-RULES-BEFORE-CRS.conf",
          rules_directory, setup_directory + "/RESPONSE-999-EXCLUSION-RULES-AFTER-CRS.conf"};
}

Result<CrsPlaces> check_places(CrsPlaces places, const std::string& advice) {
  if (expand(places.rules + "/*.conf").empty())
    return Error{"waf:crs", "the core rule set is not installed: " + places.rules + " has no rules; " + advice};
  if (!is_file(places.setup)) return Error{"waf:crs", "the core rule set has no " + places.setup + "; " + advice};
  return places;
}

Result<CrsPlaces> find_crs(const Config& config) {
  const std::string& own = config.crs_directory.path;
  if (!own.empty()) return check_places(places_under(own, own + "/rules"), "check the key 'crs_directory' of the waf");
  const std::string rules = "/usr/share/modsecurity-crs/rules";
  CrsPlaces places = places_under("/etc/modsecurity/crs", rules);
  if (!is_file(places.setup)) {
    const CrsPlaces other = places_under("/usr/share/modsecurity-crs", rules);
    if (is_file(other.setup)) places = other;
  }
  return check_places(std::move(places), "install the package modsecurity-crs");
}

// Settings of what is read before the core rule set that have no effect here.
void warn_of_ineffective(const RuleText& text, Log& log) {
  struct Setting {
    std::string_view variable;
    std::string_view instead;
  };
  constexpr std::array<Setting, 7> settings{{
      {"tx.paranoia_level=", "the key 'paranoia' of the waf decides"},
      {"tx.blocking_paranoia_level=", "the key 'paranoia' of the waf decides"},
      {"tx.executing_paranoia_level=", "the key 'detection_paranoia' of the waf decides"},
      {"tx.detection_paranoia_level=", "the key 'detection_paranoia' of the waf decides"},
      {"tx.inbound_anomaly_score_threshold=", "the key 'inbound_threshold' of the waf decides"},
      {"tx.outbound_anomaly_score_threshold=", "the key 'outbound_threshold' of the waf decides"},
      {"tx.dos_burst_time_slice=", "nothing is kept between requests; use the modules 'ratelimit' and 'ban'"},
  }};
  for (const Directive& directive : split_directives(text.text)) {
    // Later than the configuration's, so it has an effect.
    if (directive.text.find("phase:2") != std::string::npos ||
        directive.text.find("phase:request") != std::string::npos)
      continue;
    for (const Setting& setting : settings)
      if (directive.text.find(setting.variable) != std::string::npos)
        log.warning(text.file + ":" + std::to_string(directive.line) + ": " +
                    std::string(setting.variable.substr(0, setting.variable.size() - 1)) +
                    " has no effect: " + std::string(setting.instead));
  }
}

std::string number_after(std::string_view text, std::string_view label) {
  const std::size_t at = text.find(label);
  if (at == std::string_view::npos) return {};
  const std::string_view rest = text.substr(at + label.size());
  return std::string(rest.substr(0, rest.find_first_not_of("0123456789")));
}

// The library says "Rules error. File: F. Line: L. Column: C. WHAT".
std::string what_of(std::string message) {
  while (!message.empty() && (message.back() == '\n' || message.back() == ' ')) message.pop_back();
  std::replace(message.begin(), message.end(), '\n', ' ');
  const std::size_t column = message.find(". Column: ");
  const std::size_t what = column == std::string::npos ? column : message.find(". ", column + 2);
  return what == std::string::npos ? message : message.substr(what + 2);
}

std::size_t end_of_line(std::string_view text, int line) {
  std::size_t end = 0;
  for (; line > 0 && end < text.size(); --line) end = std::min(text.find('\n', end), text.size() - 1) + 1;
  return end;
}

// The line of the first directive without which the text would load. The library's own line numbers
// drift with every continued line.
int failing_line(const RuleText& part) {
  const std::vector<Directive> directives = split_directives(part.text);
  const auto fails = [&](const Directive& last) {
    modsecurity::RulesSet rules;
    return rules.load(part.text.substr(0, end_of_line(part.text, last.last_line)).c_str(), part.file) < 0;
  };
  const auto first =
      std::partition_point(directives.begin(), directives.end(), [&](const Directive& d) { return !fails(d); });
  return first == directives.end() ? 0 : first->line;
}

// A rule may have the id of one in another file, which the text alone does not show.
int duplicate_line(const RuleText& part, const std::string& id) {
  int line = 0;
  for (const Directive& directive : split_directives(part.text))
    if (number_after(directive.text, "id:") == id || number_after(directive.text, "id:'") == id) line = directive.line;
  return line;
}

Error load_error(const RuleText& part, const std::string& message) {
  const std::string id = message.find("is duplicated") == std::string::npos ? "" : number_after(message, "Rule id: ");
  const int line = id.empty() ? failing_line(part) : duplicate_line(part, id);
  return Error{"waf:rules", part.file + ":" + std::to_string(line) + ": " +
                                (id.empty() ? "the rule cannot be read: " + what_of(message)
                                            : "there is already a rule with id " + id)};
}

void free_rules(modsecurity::RulesSet* rules) {
  const std::lock_guard lock(load_lock());
  delete rules;
}

}  // namespace

Policy::Policy(const Config& config)
    : rules_(new modsecurity::RulesSet, free_rules),
      inbound_threshold_(config.inbound_threshold),
      inspects_responses_(config.inspects_responses()) {
  set_bounds(config);
}

void Policy::set_bounds(const Config& config) {
  body_limit_ = config.body_limit.bytes;
  argument_limit_ = config.argument_limit;
  response_limit_ = config.response_limit.bytes;
  effort_limit_ = config.effort_limit;
}

std::unique_ptr<const Policy> Policy::with_bounds(const Config& config) const {
  std::unique_ptr<Policy> same(new Policy(*this));
  same->set_bounds(config);
  return same;
}

Result<std::shared_ptr<const Policy>> Policy::load(const Config& config, Log& log) {
  library();  // before the first rule is parsed: it initialises the XML parser
  const std::shared_ptr<Policy> policy(new Policy(config));
  if (auto done = policy->load_sources(config, log); !done) return std::move(done).error();
  if (config.engine != Engine::library) policy->compare_readings();
  auto count = check_rules(policy->rules(), config.inspects_responses(), log);
  if (!count) return std::move(count).error();
  policy->rule_count_ = *count;
  return std::shared_ptr<const Policy>(policy);
}

void Policy::compare_readings() {
  const auto plan = plan::parse(*sources_);
  const Result<void> same = plan ? check_plan(rules(), *plan) : Result<void>(plan.error());
  if (!same) plan_problem_ = same.error().message;
  if (plan) hash_of_files_ = plan::hash_of_files(*plan);
}

Result<void> Policy::load_sources(const Config& config, Log& log) {
  const std::lock_guard lock(load_lock());
  set_unicode_map(*rules_);
  if (auto done = load_text({"the engine's own rules", engine_rules(config)}); !done) return done;
  const auto crs =
      std::find_if(config.rules.begin(), config.rules.end(), [](const RuleSource& source) { return source.is_crs(); });
  for (auto source = config.rules.begin(); source != config.rules.end(); ++source) {
    const bool is_before = crs != config.rules.end() && source < crs;
    auto done = source->is_crs() ? load_crs(config, log) : load_file(source->file.path, is_before ? &log : nullptr);
    if (!done) return done;
  }
  return {};
}

Result<void> Policy::load_crs(const Config& config, Log& log) {
  auto places = find_crs(config);
  if (!places) return std::move(places).error();
  if (auto done = load_file(places->setup, &log); !done) return done;
  if (is_file(places->before))
    if (auto done = load_file(places->before, &log); !done) return done;
  if (auto done = load_text({"the settings of the core rule set", crs_settings(config)}); !done) return done;
  // These files are the distribution's: they may say what an operator's may not, because what they
  // do with lasting collections has no effect.
  for (const std::string& file : expand(places->rules + "/*.conf"))
    if (auto done = load_distributed(file); !done) return done;
  return is_file(places->after) ? load_file(places->after, nullptr) : Result<void>{};
}

Result<void> Policy::load_distributed(const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  if (!stream) return Error{"waf:crs", file + ": the file of the core rule set cannot be read"};
  sources_->push_back({file, std::move(text).str()});
  for (const Directive& directive : split_directives(sources_->back().text))
    if (const auto why = refusal(directive))
      return Error{"waf:crs", file + ":" + std::to_string(directive.line) + ": " + *why};
  if (rules_->load(sources_->back().text.c_str(), file) >= 0) return {};
  return Error{"waf:crs", file + ": the core rule set cannot be loaded: " + what_of(rules_->getParserError())};
}

Result<void> Policy::load_file(const std::string& file, Log* of_ineffective) {
  auto texts = read_rules(file);
  if (!texts) return std::move(texts).error();
  for (const RuleText& part : *texts) {
    if (of_ineffective != nullptr) warn_of_ineffective(part, *of_ineffective);
    if (auto done = load_text(part); !done) return done;
    if (auto done = check_patterns(part); !done) return done;
  }
  return {};
}

Result<void> Policy::load_text(const RuleText& part) {
  sources_->push_back({part.file, part.text});
  if (rules_->load(part.text.c_str(), part.file) >= 0) return {};
  return load_error(part, rules_->getParserError());
}

}  // namespace ravelin::waf
