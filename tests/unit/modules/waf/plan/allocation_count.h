#pragma once

#include <cstddef>

namespace ravelin::waf::plan {

/// How often this thread has taken memory by `new` so far.
std::size_t allocations();

}  // namespace ravelin::waf::plan
