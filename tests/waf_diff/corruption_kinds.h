#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "modules/waf/plan/seclang.h"
#include "waf_diff/random.h"

namespace ravelin::waf_diff {

/// CorruptionKind is one way to read a rule wrong.
struct CorruptionKind {
  std::string_view name;
  /// Changes the rule with this id in `rules`, or what it depends on, and says what; nothing if it has no such thing.
  std::optional<std::string> (*corrupt)(waf::plan::Rules& rules, std::int64_t id, Random& random);
};

std::span<const CorruptionKind> corruption_kinds();

}  // namespace ravelin::waf_diff
