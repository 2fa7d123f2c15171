#pragma once

#include "waf_diff/random.h"
#include "waf_diff/sample.h"

namespace ravelin::waf_diff {

/// benign_sample is a request such as real clients send: pages, APIs, JSON of 64 bytes to 4 KiB, forms,
/// uploads of up to 64 KiB; with cookies, tokens, names in several scripts, prose.
Sample benign_sample(Random& random);

}  // namespace ravelin::waf_diff
