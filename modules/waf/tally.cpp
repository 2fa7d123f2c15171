#include "modules/waf/tally.h"

#include <map>

#include "modules/waf/plan/prover.h"

namespace ravelin::waf {
namespace {

struct CostNumbers {
  Number count;
  Number total;  // nanoseconds, as is the next
  Number most;
  std::array<Number, Cost::bounds.size() + 1> classes;

  void add(Duration cost) {
    const auto nanoseconds = static_cast<std::uint64_t>(std::max(cost, Duration::zero()).count());
    count.add();
    total.add(nanoseconds);
    most.set(std::max(most.get(), nanoseconds));
    const auto bound = std::lower_bound(Cost::bounds.begin(), Cost::bounds.end(), cost);
    classes[static_cast<std::size_t>(bound - Cost::bounds.begin())].add();
  }

  void add_to(Cost& sum) const {
    sum.count += count.get();
    sum.total += Duration(total.get());
    sum.most = std::max(sum.most, Duration(most.get()));
    for (std::size_t i = 0; i < classes.size(); ++i) sum.classes[i] += classes[i].get();
  }
};

template <std::size_t size>
void add_to(std::array<std::uint64_t, size>& sums, const std::array<Number, size>& numbers) {
  for (std::size_t i = 0; i < size; ++i) sums[i] += numbers[i].get();
}

// By number, then by key.
template <class Key>
std::vector<std::pair<Key, std::uint64_t>> ranked(const std::map<Key, std::uint64_t>& counts) {
  std::vector<std::pair<Key, std::uint64_t>> list(counts.begin(), counts.end());
  std::stable_sort(list.begin(), list.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
  return list;
}

bool has(std::string_view text, std::string_view word) { return text.find(word) != std::string_view::npos; }

}  // namespace

// Alone on its cache lines, as no other worker writes to it.
struct alignas(64) Tally::Part {
  std::array<Number, outcome_names.size()> outcomes;
  std::array<Number, recheck_names.size()> rechecks;
  Table<std::int64_t, most_rules> rules;
  Table<std::int64_t, most_rules> scored_rules;
  Table<std::string_view, most_doubts> doubts;
  CostNumbers proving;
  CostNumbers library;
};

Answer answer_of(const plan::Proof& proof) {
  if (proof.is_clean) return {};
  return {proof.doubt.empty() ? Outcome::dirty : Outcome::doubtful, proof.rule, proof.doubt};
}

Answer answer_of(const plan::Score& score) {
  if (!score.is_known) return {Outcome::doubtful, score.rule, score.doubt};
  if (score.hits.empty() && score.refusal == 0 && score.anomaly == 0) return {};
  return {Outcome::scored, score.hits.empty() ? 0 : score.hits.front().rule->id, {}};
}

// A plan that can score nothing has no doubt to tell.
Answer answer_of(const Answer& proof, const plan::Score& score) {
  if (score.is_known) return {Outcome::scored, proof.rule, {}};
  return score.doubt.empty() ? proof : Answer{Outcome::doubtful, score.rule, score.doubt};
}

// Doubts are sentences for people, made where they arise; a label needs few words that stay.
Cause cause_of(const Answer& answer) {
  const std::string_view doubt = answer.doubt;
  if (doubt.empty()) return Cause::match;
  if (has(doubt, "XML")) return Cause::xml;
  if (has(doubt, "JSON")) return Cause::json;
  if (has(doubt, "part") || has(doubt, "boundary") || has(doubt, "Content-Disposition")) return Cause::multipart;
  if (has(doubt, "head") || has(doubt, "Content-Type")) return Cause::head;
  if (has(doubt, "order")) return Cause::order;
  if (has(doubt, "effort")) return Cause::effort;
  if (has(doubt, "score")) return Cause::score;
  return has(doubt, "scanner") ? Cause::scanner : Cause::other;
}

Tally::Tally(unsigned workers) {
  while (parts_.size() < workers) parts_.push_back(std::make_unique<Part>());
}

Tally::~Tally() = default;

void Tally::count(const Loop& loop, const Answer& answer, Duration cost) {
  Part& part = *parts_[loop.worker()];
  part.outcomes[static_cast<std::size_t>(answer.outcome)].add();
  part.proving.add(cost);
  if (answer.outcome == Outcome::scored && answer.rule != 0) part.scored_rules.add(answer.rule);
  if (!is_for_library(answer.outcome)) return;
  if (answer.rule != 0) part.rules.add(answer.rule);
  if (!answer.doubt.empty()) part.doubts.add(answer.doubt);
}

void Tally::count_library(const Loop& loop, Duration cost) { parts_[loop.worker()]->library.add(cost); }

void Tally::count(const Loop& loop, Recheck recheck) {
  parts_[loop.worker()]->rechecks[static_cast<std::size_t>(recheck)].add();
}

Totals Tally::totals() const {
  Totals sum;
  std::map<std::int64_t, std::uint64_t> rules;
  std::map<std::int64_t, std::uint64_t> scored_rules;
  std::map<std::string, std::uint64_t> doubts;
  for (const auto& part : parts_) {
    add_to(sum.outcomes, part->outcomes);
    add_to(sum.rechecks, part->rechecks);
    part->rules.read([&](std::int64_t rule, std::uint64_t count) { rules[rule] += count; });
    part->scored_rules.read([&](std::int64_t rule, std::uint64_t count) { scored_rules[rule] += count; });
    part->doubts.read([&](std::string_view doubt, std::uint64_t count) { doubts[std::string(doubt)] += count; });
    sum.other_rules += part->rules.others();
    sum.other_scored_rules += part->scored_rules.others();
    if (part->doubts.others() > 0) doubts["others"] += part->doubts.others();
    part->proving.add_to(sum.proving);
    part->library.add_to(sum.library);
  }
  sum.rules = ranked(rules);
  sum.scored_rules = ranked(scored_rules);
  sum.doubts = ranked(doubts);
  return sum;
}

}  // namespace ravelin::waf
