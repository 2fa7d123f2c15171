#include "modules/waf/plan/plan.h"

#include <algorithm>
#include <map>

#include "modules/waf/plan/alphabet.h"
#include "modules/waf/plan/apart.h"
#include "modules/waf/plan/removal.h"

namespace ravelin::waf::plan {
namespace {

bool is_phrases(const Operator& op) { return op.name == "pm" || op.name == "pmf" || op.name == "pmfromfile"; }

bool is_scannable(const Operator& op) {
  return op.name == "rx" || is_phrases(op) || op.name == "detectsqli" || op.name == "detectxss";
}

// What is no value of the request has to be looked at each time.
bool is_of_request(const Choice& choice) {
  return !choice.is_count && static_cast<unsigned>(choice.variable) <= static_cast<unsigned>(Variable::server_port);
}

Variables variables_of(const Link& link) {
  Variables variables = 0;
  for (const Choice& choice : link.choices)
    if (is_of_request(choice)) variables |= bit(choice.variable);
  return variables;
}

// Known from the second phase on.
constexpr Variables of_body =
    bit(Variable::request_body) | bit(Variable::request_body_length) | bit(Variable::reqbody_processor) |
    bit(Variable::reqbody_error) | bit(Variable::reqbody_processor_error) | bit(Variable::full_request) |
    bit(Variable::full_request_length) | bit(Variable::args_combined_size) | bit(Variable::files_combined_size) |
    bit(Variable::multipart_strict_error) | bit(Variable::multipart_unmatched_boundary) | bit(Variable::xml);

bool may_pick_the_same(const Choice& a, const Choice& b) {
  const bool are_two_names = a.kind == Target::Key::name && b.kind == Target::Key::name && !is_same_name(a.key, b.key);
  return a.variable == b.variable && !are_two_names;
}

// Whether the scanner would not tell how often the link matches: it sees each text of a value once.
bool is_counted(const Link& link) {
  const bool is_repeated = std::any_of(link.choices.begin(), link.choices.end(), [&](const Choice& choice) {
    return std::count_if(link.choices.begin(), link.choices.end(),
                         [&](const Choice& other) { return may_pick_the_same(choice, other); }) > 1;
  });
  return link.is_multi_match || is_repeated;
}

// Whether that matters.
bool counts_matches(const Link& link) {
  const bool does_count =
      std::any_of(link.assignments.begin(), link.assignments.end(), [](const Assignment& assignment) {
        return assignment.kind == Assignment::Kind::add || assignment.kind == Assignment::Kind::subtract;
      });
  return does_count && is_counted(link);
}

bool is_for_scanner(const Step& step) {
  const Link& link = step.first();
  if (counts_matches(link) && (!step.is_visible || step.links.size() > 1)) return false;
  const Operator& op = link.rule->op;
  if (step.phase < 2 && (variables_of(link) & of_body) != 0) return false;
  return is_scannable(op) && !op.is_negated && link.matcher != nullptr &&
         std::all_of(link.choices.begin(), link.choices.end(),
                     [](const Choice& choice) { return is_of_request(choice); });
}

bool matches_empty(const Pattern& pattern, const Step& step) {
  return pattern.is_phrase ? pattern.text.empty() : step.first().matcher->matches({});
}

// The smallest alphabet in whose texts it may match; their number if it matches nowhere.
std::size_t first_alphabet(const Pattern& pattern) {
  std::size_t i = 0;
  while (i < Reach::alphabets.size() && !(pattern.is_phrase ? can_occur_within(pattern.text, Reach::alphabets[i])
                                                            : can_match_within(pattern.text, Reach::alphabets[i])))
    ++i;
  return i;
}

bool concerns(const Use& use, Kind kind) {
  for (unsigned variable = 0; variable < 64; ++variable)
    if ((use.variables >> variable & 1) != 0 && kind_of(static_cast<Variable>(variable)) == kind) return true;
  return false;
}

}  // namespace

Kind kind_of(Variable variable) {
  switch (variable) {
    case Variable::request_headers:
    case Variable::request_headers_names: return Kind::header;
    case Variable::request_body:
    case Variable::full_request: return Kind::body;
    case Variable::args:
    case Variable::args_names:
    case Variable::args_get:
    case Variable::args_get_names:
    case Variable::args_post:
    case Variable::args_post_names:
    case Variable::files:
    case Variable::files_names:
    case Variable::xml:
    case Variable::multipart_filename:
    case Variable::multipart_name:
    case Variable::multipart_part_headers:
    case Variable::request_cookies:
    case Variable::request_cookies_names: return Kind::argument;
    default: return Kind::line;
  }
}

// Whether the library may see more of an XML body in a rule, or less, than the two paths that are read.
bool asks_more_of_xml(const Rule& rule) {
  const auto is_of_xml = [](const Target& target) { return target.variable == Variable::xml; };
  const auto is_read = [](const Target& target) {
    return target.kind == Target::Key::name && !target.is_excluded && (target.key == "/*" || target.key == "//@*");
  };
  return std::any_of(rule.targets.begin(), rule.targets.end(), [&](const Target& target) {
    return is_of_xml(target) && (!is_read(target) || rule.action("xmlns") != nullptr);
  });
}

std::uint64_t hash_of_files(const Rules& rules) {
  std::uint64_t sum = 0;
  for (const Rule& rule : rules.rules) {
    sum = 31 * sum + hash_of_file(rule.op, rule.place.file);
    for (const Rule& link : rule.chained) sum = 31 * sum + hash_of_file(link.op, link.place.file);
  }
  return sum;
}

std::shared_ptr<const Plan> Plan::compile(Rules rules, const Cache& cache) {
  std::shared_ptr<Plan> plan(new Plan(std::move(rules)));
  Matchers matchers;
  plan->folded_ = fold(plan->rules_, matchers, Purpose::proof);
  for (unsigned step = 0; step < plan->steps().size(); ++step) plan->place(step);
  plan->prepare_scoring(matchers);
  mark_apart(plan->folded_.steps, plan->scoring_.steps);
  plan->captures_apart_ = std::any_of(plan->steps().begin(), plan->steps().end(),
                                      [](const Step& step) { return step.is_apart && step.has_captures(); });
  if (plan->unsupported().empty()) plan->build_scanners(cache);
  plan->place_sieves(plan->folded_.steps);
  plan->place_sieves(plan->scoring_.steps);
  return plan;
}

Plan::Plan(Rules rules)
    : rules_(std::move(rules)), reads_xml_(std::none_of(rules_.rules.begin(), rules_.rules.end(), [](const Rule& rule) {
        return any_link(rule, asks_more_of_xml);
      })) {}

void Plan::place(unsigned number) {
  Step& step = folded_.steps[number];
  if (step.phase < 2) second_phase_ = number + 1;
  const Link& link = step.first();
  step.is_scanned = is_for_scanner(step);
  if (!step.is_scanned) return always_.push_back(number);
  Use use{number, variables_of(link), 0};
  std::vector<Transform> chain = link.rule->transforms;
  while (true) {
    const unsigned known = forest_.add(chain);
    if (known == Forest::most)
      return folded_.unsupported.push_back("there are more than 64 different chains of transformations");
    use.chains |= Chains{1} << known;
    if (!link.is_multi_match || chain.empty()) break;
    chain.pop_back();
  }
  note_chains(link, use.chains);
  place_patterns(step, use);
}

// Where the scanners look for the whole pattern, they are its sieve.
void Plan::place_sieves(std::vector<Step>& steps) {
  for (Step& step : steps)
    for (Link& link : step.links) {
      if (link.matcher == nullptr || !link.is_pattern || link.is_linear) continue;
      const Pattern pattern{std::string(pattern_of({link.rule->op.name, link.argument, false})), false};
      if (step.is_scanned && &link == &step.first() && !Scanner::shortens(pattern)) continue;
      auto& sieve = sieves_[pattern.text];
      if (sieve == nullptr) sieve = std::make_shared<Sieve>(pattern.text);
      link.sieve = sieve;
    }
}

void Plan::prepare_for_long_texts(const Cache& cache) const {
  for (const auto& [pattern, sieve] : sieves_) {
    sieve->compile(cache);
    if (!sieve->is_compiled()) return;
  }
  for (const std::vector<Step>* const steps : {&folded_.steps, &scoring_.steps})
    for (const Step& step : *steps)
      for (const Link& link : step.links)
        if (link.sieve != nullptr) link.matcher->prepare();
}

bool Plan::is_prepared() const {
  return std::all_of(sieves_.begin(), sieves_.end(), [](const auto& entry) { return entry.second->is_compiled(); });
}

// Where proof and score ask the same of the same values, the scanner's finds are for both.
void Plan::prepare_scoring(Matchers& matchers) {
  scored_ = fold(rules_, matchers, Purpose::score);
  if (!scored_.unsupported.empty()) return;
  scoring_.steps = std::move(scored_.steps);
  scoring_.of_proof.assign(steps().size(), Scoring::none);
  std::map<const Rule*, unsigned> scanned;
  for (unsigned number = 0; number < steps().size(); ++number)
    if (steps()[number].is_scanned) scanned.emplace(steps()[number].first().rule, number);
  for (unsigned number = 0; number < scoring_.steps.size(); ++number) {
    Step& step = scoring_.steps[number];
    if (step.phase < 2) scoring_.second_phase = number + 1;
    const auto twin = scanned.find(step.first().rule);
    step.is_scanned = twin != scanned.end() && step.first().argument == steps()[twin->second].first().argument;
    step.is_counted = is_counted(step.first());
    if (step.is_scanned)
      scoring_.of_proof[twin->second] = number;
    else
      scoring_.always.push_back(number);
  }
}

void Plan::note_chains(const Link& link, Chains chains) {
  for (const Choice& choice : link.choices) {
    if (!is_of_request(choice)) continue;
    looked_at_ |= bit(choice.variable);
    Looked& looked = looked_[static_cast<std::size_t>(choice.variable)];
    if (choice.kind == Target::Key::name)
      looked.by_name.emplace_back(choice.key, chains);
    else
      looked.all |= chains;
  }
}

Chains Plan::chains(Variable variable, std::string_view name) const {
  const Looked& looked = looked_[static_cast<std::size_t>(variable)];
  Chains chains = looked.all;
  for (const auto& [key, more] : looked.by_name)
    if (is_same_name(name, key)) chains |= more;
  return chains;
}

void Plan::place_patterns(const Step& step, const Use& use) {
  const Rule& rule = *step.first().rule;
  const Operator op{rule.op.name, step.first().argument, false};
  if (rule.op.name == "detectsqli" || rule.op.name == "detectxss") {
    for (std::size_t kind = 0; kind < kind_count; ++kind)
      if (concerns(use, static_cast<Kind>(kind)))
        (rule.op.name == "detectsqli" ? reaches_[kind].sql : reaches_[kind].html).push_back(use);
    return;
  }
  std::vector<Pattern> wanted;
  if (is_phrases(op)) {
    auto phrases = phrases_of(op, rule.place.file);
    if (!phrases) return folded_.unsupported.push_back(phrases.error().message);
    for (std::string& phrase : *phrases) wanted.push_back({std::move(phrase), true});
  } else {
    wanted.push_back({std::string(pattern_of(op)), false});
  }
  for (Pattern& pattern : wanted) {
    const auto known = std::find(patterns_.begin(), patterns_.end(), pattern);
    const auto number = static_cast<std::size_t>(known - patterns_.begin());
    if (known == patterns_.end()) {
      patterns_.push_back(std::move(pattern));
      uses_.emplace_back();
    }
    uses_[number].push_back(use);
  }
}

void Plan::build_scanners(const Cache& cache) {
  if (auto checked = Scanner::check(); !checked) return folded_.unsupported.push_back(checked.error().message);
  std::vector<std::size_t> alphabets;
  for (const Pattern& pattern : patterns_) alphabets.push_back(first_alphabet(pattern));
  for (std::size_t kind = 0; kind < kind_count; ++kind)
    for (std::size_t i = 0; i < Reach::alphabets.size(); ++i) {
      std::vector<Pattern> patterns;
      std::vector<unsigned> numbers;
      for (unsigned number = 0; number < patterns_.size(); ++number) {
        const bool is_used = std::any_of(uses_[number].begin(), uses_[number].end(),
                                         [&](const Use& use) { return concerns(use, static_cast<Kind>(kind)); });
        if (!is_used || alphabets[number] != i) continue;
        patterns.push_back(patterns_[number]);
        numbers.push_back(number);
        if (matches_empty(patterns_[number], steps()[uses_[number].front().step]))
          reaches_[kind].open.push_back(number);
      }
      auto scanner = cache.compile(patterns, numbers);
      if (!scanner) return folded_.unsupported.push_back(scanner.error().message);
      reaches_[kind].scanners[i] = std::move(*scanner);
    }
}

}  // namespace ravelin::waf::plan
