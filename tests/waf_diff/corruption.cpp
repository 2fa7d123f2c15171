#include "waf_diff/corruption.h"

#include <algorithm>
#include <cstdio>
#include <memory>
#include <optional>
#include <utility>

#include "modules/waf/finding.h"
#include "modules/waf/plan/fold.h"
#include "waf_diff/compare.h"
#include "waf_diff/corruption_kinds.h"
#include "waf_diff/mutation.h"
#include "waf_diff/plan_judge.h"
#include "waf_diff/policy.h"
#include "waf_diff/random.h"
#include "waf_diff/rule_policy.h"
#include "waf_diff/rule_requests.h"

namespace ravelin::waf_diff {
namespace {

using waf::plan::Rule;
using waf::plan::Rules;
using Verdict = Outcome::Verdict;

struct Case {
  Sample sample;
  Outcome reference;
  bool is_proved = false;  // by the plan as it is
};

struct Subject {
  std::int64_t id = 0;
  std::string file;
};

// Rules of the core rule set that show and depend on the request.
Result<std::vector<Subject>> subjects() {
  const PolicyFiles files(policy_at(0, 2));
  const auto rules = rules_of(files.config());
  if (!rules) return rules.error();
  std::vector<Subject> found;
  waf::plan::Matchers matchers;
  const waf::plan::Folded folded = waf::plan::fold(*rules, matchers, waf::plan::Purpose::proof);
  for (const waf::plan::Step& step : folded.steps)
    if (step.is_visible && step.id > 900'000 && !waf::is_scoring_rule(step.id))
      found.push_back({step.id, step.first().rule->place.file});
  return found;
}

// RuleBench is one rule with its requests, judged by the library and by the plan as it is.
class RuleBench {
 public:
  static Result<std::unique_ptr<RuleBench>> load(const Subject& subject) {
    auto bench = std::make_unique<RuleBench>(subject);
    auto reference = make_library_judge(bench->policy_.config());
    if (!reference) return std::move(reference).error();
    auto rules = rules_of(bench->policy_.config());
    if (!rules) return std::move(rules).error();
    auto sound = make_judge_of(*rules);
    if (!sound) return std::move(sound).error();
    bench->reference_ = *std::move(reference);
    bench->rules_ = *std::move(rules);
    bench->sound_ = *std::move(sound);
    return bench;
  }

  explicit RuleBench(const Subject& subject) : subject_(subject), policy_(subject.file, subject.id) {}

  void prepare(const Corruptions& corruptions, const std::vector<CrsTest>& tests, CorruptionReport& report) {
    Random random(mixed(corruptions.seed, static_cast<std::uint64_t>(subject_.id)));
    std::vector<Sample> own = tests_of(tests, subject_.id);
    for (const Sample& sample : own) add(sample, report);
    const auto rule =
        std::find_if(rules_.rules.begin(), rules_.rules.end(), [&](const Rule& one) { return one.id == subject_.id; });
    RuleRequests requests(*rule);
    const std::size_t wanted =
        std::clamp(requests.fewest(), corruptions.requests, std::max(corruptions.requests, corruptions.most_requests));
    for (std::size_t i = 0; i < wanted; ++i) {
      Sample sample = requests.make(random);
      own.push_back(sample);
      if (random.one_in(4)) sample = mended(mutated(std::move(sample), random.pick(own), random));
      add(sample, report);
    }
  }

  bool is_matched() const {
    return std::any_of(cases_.begin(), cases_.end(), [&](const Case& one) { return has_matched(one); });
  }

  void corrupt(const CorruptionKind& kind, Random& random, CorruptionReport& report) const {
    Rules wrong = rules_;
    const auto what = kind.corrupt(wrong, subject_.id, random);
    if (!what) return;
    Noticed& noticed = report.kinds[std::string(kind.name)];
    ++noticed.tried;
    const auto judge = make_judge_of(std::move(wrong));
    // A plan that is not made at all is the library's, and nothing is wrong with that.
    if (!judge) return void(++noticed.dirty);
    switch (look(**judge)) {
      case Seen::clean: ++noticed.clean; break;
      case Seen::dirty: ++noticed.dirty; break;
      case Seen::nothing: noticed.missed.push_back(std::to_string(subject_.id) + ": " + *what); break;
    }
  }

 private:
  enum class Seen : std::uint8_t { nothing, dirty, clean };

  bool has_matched(const Case& one) const { return one.reference.rules.contains(subject_.id); }

  void add(const Sample& sample, CorruptionReport& report) {
    const SampleView view(sample);
    Case one{sample, reference_->judge(view.request()), false};
    const Outcome judged = sound_->judge(view.request());
    one.is_proved = judged.verdict == Verdict::clean;
    const Difference difference = difference_of(one.reference, judged);
    if (is_failure(difference))
      report.failures.push_back(std::to_string(subject_.id) + ": " + std::string(name_of(difference)) + ": " +
                                sample.method + " " + sample.uri + " " + sample.body);
    ++report.requests;
    report.matched += has_matched(one) ? 1 : 0;
    cases_.push_back(std::move(one));
  }

  Seen look(const Judge& judge) const {
    Seen seen = Seen::nothing;
    for (const Case& one : cases_) {
      const Outcome judged = judge.judge(SampleView(one.sample).request());
      if (is_failure(difference_of(one.reference, judged))) return Seen::clean;
      if (one.is_proved && judged.verdict != Verdict::clean) seen = Seen::dirty;
    }
    return seen;
  }

  Subject subject_;
  RulePolicy policy_;
  std::unique_ptr<Judge> reference_;
  std::unique_ptr<Judge> sound_;
  Rules rules_;
  std::vector<Case> cases_;
};

std::size_t tried(const CorruptionReport& report) {
  std::size_t sum = 0;
  for (const auto& [kind, noticed] : report.kinds) sum += noticed.tried;
  return sum;
}

// What no request can match cannot be read wrong.
void visit(const Subject& subject, const Corruptions& corruptions, const std::vector<CrsTest>& tests,
           CorruptionReport& report) {
  Random random(mixed(corruptions.seed, static_cast<std::uint64_t>(subject.id) + 1));
  auto bench = RuleBench::load(subject);
  if (!bench) return report.unmatched.push_back(std::to_string(subject.id) + " (" + bench.error().message + ")");
  ++report.rules;
  (*bench)->prepare(corruptions, tests, report);
  if (!(*bench)->is_matched()) return report.unmatched.push_back(std::to_string(subject.id));
  const std::size_t enough = tried(report) + corruptions.per_rule;
  for (int tries = 0; tries < 200 && tried(report) < enough; ++tries)
    (*bench)->corrupt(random.pick(corruption_kinds()), random, report);
  if (corruptions.shows_progress)
    std::fprintf(stderr, "%lld: %zu of %zu noticed so far\n", static_cast<long long>(subject.id), report.noticed(),
                 tried(report));
}

}  // namespace

std::size_t CorruptionReport::noticed() const {
  std::size_t sum = 0;
  for (const auto& [kind, of_kind] : kinds) sum += of_kind.clean + of_kind.dirty;
  return sum;
}

Result<CorruptionReport> try_corruptions(const Corruptions& corruptions, const std::vector<CrsTest>& tests) {
  auto all = subjects();
  if (!all) return all.error();
  Random random(corruptions.seed);
  CorruptionReport report;
  if (corruptions.only_rule != 0)
    std::erase_if(*all, [&](const Subject& subject) { return subject.id != corruptions.only_rule; });
  while (!all->empty() && tried(report) < corruptions.count) {
    const std::size_t at = random.below(all->size());
    visit((*all)[at], corruptions, tests, report);
    all->erase(all->begin() + static_cast<std::ptrdiff_t>(at));
  }
  return report;
}

std::string text_of(const CorruptionReport& report) {
  char line[200];
  std::snprintf(line, sizeof line, "%zu requests for %zu rules, %zu of them match\n%-32s %8s %8s %8s %8s\n",
                report.requests, report.rules, report.matched, "what the plan reads wrong", "tried", "clean", "dirty",
                "missed");
  std::string text = line;
  std::string missed;
  for (const auto& [kind, noticed] : report.kinds) {
    std::snprintf(line, sizeof line, "%-32s %8zu %8zu %8zu %8zu\n", kind.c_str(), noticed.tried, noticed.clean,
                  noticed.dirty, noticed.missed.size());
    text += line;
    for (const std::string& what : noticed.missed)
      missed.append("missed, ").append(kind).append(": ").append(what).append("\n");
  }
  text += std::to_string(report.noticed()) + " of " + std::to_string(tried(report)) + " noticed\n" + missed;
  for (const std::string& rule : report.unmatched) text += "no request matches rule " + rule + "\n";
  for (const std::string& failure : report.failures) text += "FAILED, " + failure + "\n";
  return text;
}

}  // namespace ravelin::waf_diff
