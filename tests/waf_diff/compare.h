#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "waf_diff/judge.h"
#include "waf_diff/sample.h"

namespace ravelin::waf_diff {

/// Difference between what the reference makes of a request and what another judge makes of it.
enum class Difference : std::uint8_t {
  none,
  cautious,         // dirty, though nothing matches: costs time, no failure
  clean_but_dirty,  // the one that must not be
  wrong_refusal,    // refused, though the reference does not or otherwise
  wrong_score,
  wrong_rules,
};

std::string_view name_of(Difference difference);
constexpr bool is_failure(Difference difference) { return difference > Difference::cautious; }

Difference difference_of(const Outcome& reference, const Outcome& judged);

/// Judges are the two that are compared.
struct Judges {
  const Judge& reference;
  const Judge& tested;

  Difference difference(const Sample& sample) const;
};

/// "refused 403, score 15, rules 942100 949110".
std::string text_of(const Outcome& outcome);

}  // namespace ravelin::waf_diff
