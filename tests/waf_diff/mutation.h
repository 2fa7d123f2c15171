#pragma once

#include <vector>

#include "waf_diff/random.h"
#include "waf_diff/sample.h"

namespace ravelin::waf_diff {

/// mutated is `sample` after one to six changes: fragments of attacks put in, stretches disguised, cased,
/// repeated, cut, spliced in from `other`; fields and parameters added, doubled, dropped, moved to a body
/// of another type.
Sample mutated(Sample sample, const Sample& other, Random& random);

}  // namespace ravelin::waf_diff
