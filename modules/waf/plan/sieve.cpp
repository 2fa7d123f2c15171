#include "modules/waf/plan/sieve.h"

#include <utility>

#include "modules/waf/plan/cpu_time.h"

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
  const Duration before = cpu_used();
  bool is_found = false;
  const bool is_certain = scanner_.scan(text, scratch, [&is_found](unsigned) { is_found = true; });
  if (const bool is_slow = cpu_used() - before > static_cast<std::int64_t>(text.size()) * slow;
      is_slow != is_slow_.load(std::memory_order_relaxed))
    is_slow_.store(is_slow, std::memory_order_relaxed);
  return is_certain && !is_found;
}

}  // namespace ravelin::waf::plan
