#pragma once

#include <memory>

#include "modules/waf/plan/seclang.h"
#include "waf_diff/judge.h"

namespace ravelin::waf_diff {

/// The rules of a policy as the plan reads them.
Result<waf::plan::Rules> rules_of(const waf::Config& config);
/// A plan of these, without scanners.
Result<std::unique_ptr<Judge>> make_judge_of(waf::plan::Rules rules);

}  // namespace ravelin::waf_diff
