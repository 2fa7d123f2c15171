#pragma once

#include "modules/waf/plan/seclang.h"
#include "ravelin/result.h"

namespace modsecurity {
class RulesSet;
}

namespace ravelin::waf {

/// check_plan compares a plan with what the library itself read from the same texts: the rules of each phase and
/// their order, ids, files, lines, kinds, operators, chains, markers, tags, messages, transformations, what is
/// removed, the defaults. The error is the first difference ("waf:plan"). What the library does not show (targets,
/// arguments and negation of operators, setvar) cannot be compared. Call it before rules are taken out of the set. The
/// library takes the set as mutable but only reads it.
Result<void> check_plan(modsecurity::RulesSet& rules, const plan::Rules& plan);

}  // namespace ravelin::waf
