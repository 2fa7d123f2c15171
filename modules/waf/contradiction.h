#pragma once

#include <cstdint>

#include "modules/waf/finding.h"
#include "ravelin/exchange.h"

namespace ravelin::waf {

/// contradiction_of begins the security event of a judgement that was wrong: all but what the library has found.
/// Without values of fields and without the body, of which it has the names and the size.
LateIncident contradiction_of(const Exchange& exchange);

/// with says what the library has found, if anything, and the rule that it is about.
LateIncident with(LateIncident contradiction, const Finding& finding, std::int64_t disputed);

}  // namespace ravelin::waf
