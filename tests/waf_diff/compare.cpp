#include "waf_diff/compare.h"

namespace ravelin::waf_diff {
namespace {

using Verdict = Outcome::Verdict;

Difference of_refusal(const Outcome& reference, const Outcome& judged) {
  const bool is_same = reference.verdict == Verdict::refused && reference.status == judged.status;
  return is_same ? Difference::none : Difference::wrong_refusal;
}

}  // namespace

std::string_view name_of(Difference difference) {
  switch (difference) {
    case Difference::none: return "none";
    case Difference::cautious: return "dirty but unmatched";
    case Difference::clean_but_dirty: return "clean but matched";
    case Difference::wrong_refusal: return "wrong refusal";
    case Difference::wrong_score: return "wrong score";
    case Difference::wrong_rules: return "wrong rules";
  }
  return {};
}

// A dirty outcome that is resolved also says that the request is not refused.
Difference difference_of(const Outcome& reference, const Outcome& judged) {
  if (judged.verdict == Verdict::clean)
    return reference.verdict == Verdict::clean ? Difference::none : Difference::clean_but_dirty;
  if (judged.verdict == Verdict::refused && of_refusal(reference, judged) != Difference::none)
    return Difference::wrong_refusal;
  if (judged.is_resolved && reference.is_resolved) {
    if (reference.verdict != judged.verdict && reference.verdict == Verdict::refused) return Difference::wrong_refusal;
    if (reference.rules != judged.rules) return Difference::wrong_rules;
    if (reference.score != judged.score) return Difference::wrong_score;
  }
  return reference.verdict == Verdict::clean ? Difference::cautious : Difference::none;
}

Difference Judges::difference(const Sample& sample) const {
  const SampleView view(sample);
  return difference_of(reference.judge(view.request()), tested.judge(view.request()));
}

std::string text_of(const Outcome& outcome) {
  std::string text;
  switch (outcome.verdict) {
    case Verdict::clean: text = "clean"; break;
    case Verdict::dirty: text = "dirty"; break;
    case Verdict::refused: text = "refused " + std::to_string(outcome.status); break;
  }
  if (!outcome.is_resolved) return text;
  text += ", score " + std::to_string(outcome.score) + ", rules";
  for (const std::int64_t rule : outcome.rules) text += " " + std::to_string(rule);
  return text;
}

}  // namespace ravelin::waf_diff
