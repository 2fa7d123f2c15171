#pragma once

#include <vector>

#include "unit/modules/waf/plan/collect_reference.h"

/// Requests for the comparison of Values with the library.
namespace ravelin::waf::plan {

/// What browsers and programs send: never in doubt.
std::vector<OwnRequest> ordinary_requests();
/// What nobody should send, but has the same values here as in the library.
std::vector<OwnRequest> odd_requests();
/// What is the library's.
std::vector<OwnRequest> doubtful_requests();

}  // namespace ravelin::waf::plan
