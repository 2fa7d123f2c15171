#pragma once

#include <vector>

#include "modules/waf/plan/step.h"

namespace ravelin::waf::plan {

/// Takes out steps of a proof that do not show and only set what nobody reads.
void prune(std::vector<Step>& steps);

}  // namespace ravelin::waf::plan
