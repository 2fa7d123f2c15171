#pragma once

#include <vector>

#include "modules/waf/plan/step.h"

namespace ravelin::waf::plan {

/// Marks the steps of a proof that tell of each of their values by itself whether they match, and those of the score
/// that are the same chains: what the first rule assigns is made of one value only, the second looks at nothing else,
/// and other rules read of it what can be told beforehand. So does the core rule set with the names of headers.
void mark_apart(std::vector<Step>& proof, std::vector<Step>& score);

}  // namespace ravelin::waf::plan
