#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "modules/waf/plan/seclang.h"
#include "ravelin/result.h"

namespace ravelin::waf::plan {

/// Captures are TX:0 to TX:9 as a match leaves them.
using Captures = std::vector<std::string>;

/// Matcher is one operator with its argument, compiled once: exact to libmodsecurity 3.0.9, without the
/// negation. Immutable; any thread (what PCRE2 needs per match is per thread).
class Matcher {
 public:
  virtual ~Matcher() = default;
  virtual bool matches(std::string_view value) const = 0;
  /// The same, with what the library would capture. Default: nothing.
  virtual bool matches(std::string_view value, Captures& captures) const;
};

/// Compiles an operator whose argument has no macros, or has had them expanded. Files of @pmFromFile are
/// relative to the folder of `file`. An Error for an operator that the plan does not know (the library's then).
Result<std::unique_ptr<Matcher>> compile(const Operator& op, const std::string& file);

/// True if compile() knows it at all; @rbl, @geoLookup, @inspectFile and others are not.
bool is_known_operator(std::string_view name);

}  // namespace ravelin::waf::plan
