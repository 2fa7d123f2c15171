#pragma once

#include <array>
#include <cstddef>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "modules/waf/plan/request.h"
#include "modules/waf/plan/variable.h"

namespace ravelin::waf::plan {

/// Item is one value of a variable. `name` is empty unless the variable is a collection.
struct Item {
  std::string_view name;
  std::string_view value;
};

/// Values are the values of all variables of one request, exactly those libmodsecurity 3.0.9 has after it was given the
/// same request, in any order. Views of the Request and of an arena of its own; reused from request to request, so
/// that collecting allocates nothing once it has grown. One thread at a time.
class Values {
 public:
  /// Phase 1: everything but the body. Replaces what was there.
  void collect_head(const Request& request);
  /// Phase 2: adds what the body says: ARGS_POST, FILES, MULTIPART_*, REQUEST_BODY, REQBODY_*.
  void collect_body(const Request& request);

  /// Of a variable with values of its own. ARGS, ARGS_NAMES, ... are lists of their own, too.
  std::span<const Item> of(Variable variable) const;
  /// Why this request cannot be judged here and is the library's (XML, an argument beyond a limit, a malformed body);
  /// empty if it can.
  std::string_view doubt() const { return doubt_; }

 private:
  std::array<std::vector<Item>, variable_count> lists_;
  std::deque<std::string> arena_;
  std::string_view doubt_;
};

}  // namespace ravelin::waf::plan
