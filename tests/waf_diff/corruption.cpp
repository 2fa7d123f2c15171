#include "waf_diff/corruption.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "modules/waf/plan/fold.h"
#include "waf_diff/plan_judge.h"
#include "waf_diff/random.h"
#include "waf_diff/source.h"

namespace ravelin::waf_diff {
namespace {

using waf::plan::Rule;
using waf::plan::Rules;

struct Case {
  Sample sample;
  std::size_t rules = 0;  // that matched: the fewer, the less hides a rule that is missing
};

struct Corrupted {
  Rules rules;
  std::string kind;
  std::string what;
};

// Rules that have something to do after all constants have been worked out.
std::vector<std::int64_t> living_rules(const Rules& rules) {
  std::vector<std::int64_t> ids;
  for (const waf::plan::Step& step : waf::plan::fold(rules).steps)
    if (step.is_visible) ids.push_back(step.id);
  return ids;
}

template <class Part>
std::string take_one(std::vector<Part>& parts, Random& random) {
  const std::size_t index = random.below(parts.size());
  parts.erase(parts.begin() + static_cast<std::ptrdiff_t>(index));
  return "the one at " + std::to_string(index);
}

// The last alternative of a pattern, or the last of the phrases.
std::string shorten(std::string& argument, char separator) {
  int depth = 0;
  std::size_t last = std::string::npos;
  for (std::size_t i = 0; i < argument.size(); ++i) {
    if (argument[i] == '\\')
      ++i;
    else if (argument[i] == '(' || argument[i] == '[')
      ++depth;
    else if (argument[i] == ')' || argument[i] == ']')
      --depth;
    else if (argument[i] == separator && depth == 0)
      last = i;
  }
  if (last == std::string::npos) return {};
  std::string taken = argument.substr(last + 1, 30);
  argument.resize(last);
  return taken;
}

std::optional<Corrupted> corrupted(const Rules& rules, std::int64_t id, Random& random) {
  Corrupted result{rules, {}, {}};
  const auto rule =
      std::find_if(result.rules.rules.begin(), result.rules.rules.end(), [&](const Rule& one) { return one.id == id; });
  if (rule == result.rules.rules.end()) return std::nullopt;
  switch (random.below(4)) {
    case 0:
      result.kind = "rule";
      result.what = "it";
      result.rules.rules.erase(rule);
      break;
    case 1:
      if (rule->targets.size() < 2) return std::nullopt;
      result.kind = "target";
      result.what = take_one(rule->targets, random);
      break;
    case 2:
      if (rule->transforms.empty()) return std::nullopt;
      result.kind = "transformation";
      result.what = take_one(rule->transforms, random);
      break;
    default:
      if (rule->op.name != "rx" && rule->op.name != "pm") return std::nullopt;
      result.kind = "pattern";
      result.what = shorten(rule->op.argument, rule->op.name == "rx" ? '|' : ' ');
      if (result.what.empty()) return std::nullopt;
  }
  result.what = std::to_string(id) + " without " + result.what;
  return result;
}

std::vector<Case> cases_of(const Corruptions& corruptions, const Judge& reference, const std::vector<CrsTest>& tests) {
  std::vector<Case> cases;
  const auto add = [&](Sample sample) {
    const Outcome outcome = reference.judge(SampleView(sample).request());
    if (outcome.verdict != Outcome::Verdict::clean) cases.push_back({std::move(sample), outcome.rules.size()});
  };
  for (const CrsTest& test : tests) add(mended(test.sample));
  const Source source(corruptions.seed, tests);
  for (std::size_t i = 0; i < corruptions.requests; ++i) add(source.at(0, i));
  std::stable_sort(cases.begin(), cases.end(), [](const Case& a, const Case& b) { return a.rules < b.rules; });
  return cases;
}

bool is_noticed(const Judge& judge, const std::vector<Case>& cases) {
  return std::any_of(cases.begin(), cases.end(), [&](const Case& one) {
    return judge.judge(SampleView(one.sample).request()).verdict == Outcome::Verdict::clean;
  });
}

}  // namespace

Result<std::map<std::string, Noticed>> try_corruptions(const Corruptions& corruptions, const Policy& policy,
                                                       const std::vector<CrsTest>& tests) {
  const PolicyFiles files(policy);
  const auto reference = make_library_judge(files.config());
  if (!reference) return reference.error();
  const auto rules = rules_of(files.config());
  if (!rules) return rules.error();
  const std::vector<Case> cases = cases_of(corruptions, **reference, tests);
  const std::vector<std::int64_t> ids = living_rules(*rules);
  Random random(corruptions.seed);
  std::map<std::string, Noticed> noticed;
  for (std::size_t tried = 0; tried < corruptions.count;) {
    auto wrong = corrupted(*rules, random.pick(ids), random);
    if (!wrong) continue;
    ++tried;
    Noticed& of_kind = noticed[wrong->kind];
    ++of_kind.tried;
    const auto judge = make_judge_of(std::move(wrong->rules));
    if (judge && is_noticed(**judge, cases))
      ++of_kind.noticed;
    else
      of_kind.missed.push_back(wrong->what);
  }
  return noticed;
}

std::string text_of(const std::map<std::string, Noticed>& noticed) {
  std::string text;
  for (const auto& [kind, count] : noticed) {
    text += kind + ": " + std::to_string(count.noticed) + " of " + std::to_string(count.tried) + " noticed; not:\n";
    for (const std::string& missed : count.missed) text += "  " + missed + "\n";
  }
  return text;
}

}  // namespace ravelin::waf_diff
