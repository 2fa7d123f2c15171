#pragma once

#include <cstddef>
#include <functional>

#include "waf_diff/policy.h"
#include "waf_diff/sample.h"

namespace ravelin::waf_diff {

/// minimised is the smallest request found that `still_differs`, which holds for `sample`: fields,
/// parameters and then ever smaller stretches of bytes are left out, as long as it does. Asks at most
/// `most_tries` times, with mended samples only.
Sample minimised(const Sample& sample, const std::function<bool(const Sample&)>& still_differs, std::size_t most_tries);

/// The same for a policy, by leaving out rules.
Policy minimised(const Policy& policy, const std::function<bool(const Policy&)>& still_differs, std::size_t most_tries);

}  // namespace ravelin::waf_diff
