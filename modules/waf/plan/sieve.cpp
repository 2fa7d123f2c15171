#include "modules/waf/plan/sieve.h"

#include <utility>

namespace ravelin::waf::plan {

void Sieve::compile(const Cache& cache) {
  const std::lock_guard lock(compiling_);
  if (is_compiled()) return;
  constexpr unsigned number = 0;
  auto scanner = cache.compile({&pattern_, 1}, {&number, 1});
  if (!scanner) return;
  scanner_ = *std::move(scanner);
  is_compiled_.store(true, std::memory_order_release);
}

bool Sieve::rules_out(std::string_view text) const {
  thread_local Scratch scratch;
  if (!is_compiled() || !scanner_.unscanned().empty() || !scanner_.fit(scratch)) return false;
  bool is_found = false;
  return scanner_.scan(text, scratch, [&is_found](unsigned) { is_found = true; }) && !is_found;
}

}  // namespace ravelin::waf::plan
