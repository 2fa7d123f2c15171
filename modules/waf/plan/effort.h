#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "modules/waf/plan/step.h"

namespace ravelin::waf::plan {

/// Effort is what may be spent on one request beside the scanner, whose time is linear. A regular expression may take
/// time in the cube of a text (the core rule set's 941160: 1 ms for 1 KiB, 83 ms for 4), so that a few long texts made
/// for it would keep the worker for seconds. About 5 ms in all, measured in operator calls and their texts.
class Effort {
 public:
  void renew() { left_ = most; }

  /// Takes what one call of `link`'s operator may cost at worst. False: no more, and the library has to judge where it
  /// keeps nobody waiting.
  bool take(const Link& link, std::size_t size) {
    return take_cost(4 + size / 8 + (link.is_pattern && !link.is_linear ? cost_of_pattern(size) : 0));
  }

  /// The same for asking whether `link` looks at a value whose name has `size` bytes.
  bool take_picking(const Link& link, std::size_t size) {
    return !link.has_slow_keys || take_cost(4 + cost_of_pattern(size));
  }

  /// The same for `link`'s transformations of a text.
  bool take_transforming(const Link& link, std::size_t size) {
    return take_cost(link.rule->transforms.size() * (size / 8));
  }
  /// How often a pattern may go back from each byte of a text of `size` bytes, as part of what take() takes: few that
  /// repeat no group go back so often.
  static constexpr std::uint32_t few_steps(std::size_t size) { return static_cast<std::uint32_t>(30 + 2 * size); }
  /// The same for a pattern that may go back `many_steps()` times: 200,000 in all, a millisecond.
  bool take_many_steps() { return take_cost(most / 64); }
  static constexpr std::uint32_t many_steps(std::size_t size) {
    return std::max(few_steps(size), static_cast<std::uint32_t>(200'000 / (size + 1)));
  }
  /// The same for an operator that is compiled for one request.
  bool take_compiling() { return take_cost(most / 64); }
  void give_up() { left_ = 0; }
  bool is_spent() const { return left_ == 0; }

 private:
  static constexpr std::uint64_t most = 1 << 16;
  static constexpr std::size_t longest_pattern_text = 1600;

  static std::uint64_t cost_of_pattern(std::size_t size) {
    return size < longest_pattern_text ? size * size * size >> 16 : most + 1;
  }

  bool take_cost(std::uint64_t cost) {
    if (cost > left_) left_ = 0;
    if (left_ == 0) return false;
    left_ -= cost;
    return true;
  }

  std::uint64_t left_ = most;
};

}  // namespace ravelin::waf::plan
