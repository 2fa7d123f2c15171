#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

#include "modules/waf/plan/cache.h"
#include "modules/waf/plan/scanner.h"

namespace ravelin::waf::plan {

/// Sieve tells in linear time of texts in which a regular expression matches nowhere that this is so. A regular
/// expression that goes back may take time in the square or cube of a text to find out, and what the plan's scanners
/// look for is a shortened form, which prose has by chance. Any thread.
class Sieve {
 public:
  explicit Sieve(std::string pattern) : pattern_{std::move(pattern), false, true} {}

  /// Takes up to a second, unless the cache has it. Does nothing the second time. Until then, or if the cache
  /// gives an Error, nothing is ruled out.
  void compile(const Cache& cache);
  bool is_compiled() const { return is_compiled_.load(std::memory_order_acquire); }

  /// Whether the pattern is known not to match in `text`.
  bool rules_out(std::string_view text) const;
  /// What to look for a match first: time in proportion to the text, if the sieve was slow at the last one, as those of
  /// several pieces are. Few patterns need that much.
  std::chrono::nanoseconds patience(std::size_t size) const {
    return is_slow_.load(std::memory_order_relaxed) ? static_cast<std::int64_t>(size) * slow
                                                    : std::chrono::nanoseconds(0);
  }

 private:
  static constexpr std::chrono::nanoseconds slow{15};  // for a byte

  const Pattern pattern_;
  std::mutex compiling_;
  Scanner scanner_;  // written before `is_compiled_`
  std::atomic<bool> is_compiled_{false};
  mutable std::atomic<bool> is_slow_{false};
};

}  // namespace ravelin::waf::plan
