#pragma once

#include <memory>
#include <string>

#include "modules/waf/config.h"
#include "modules/waf/fast_path.h"
#include "modules/waf/policy.h"
#include "modules/waf/tally.h"

namespace ravelin::waf {

/// Standing is what there is to tell about one policy; views, for one call.
struct Standing {
  const Config& config;
  std::shared_ptr<const Policy> policy;
  std::shared_ptr<FastPath> fast_path;  // null: there is none
  std::shared_ptr<Tally> tally;
};

/// status_of writes it as a JSON object, for `ravelin waf status`: names are promises, see docs/operations.md. Times
/// are seconds. Any thread.
std::string status_of(const Standing& standing);

}  // namespace ravelin::waf
