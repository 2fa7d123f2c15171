#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "modules/waf/plan/cpu_time.h"
#include "modules/waf/plan/step.h"

namespace ravelin::waf::plan {

/// Spend says of a request that is looked at again whether all of an effort may be spent, or what was left of it.
enum class Spend : std::uint8_t { all, rest };

/// Effort is what may be spent on one request beside the scanner, whose time is linear, about. Of texts below a KiB it
/// is reckoned, in operator calls and their sizes, so that it does not depend on the machine; of others it is measured.
/// A regular expression may take time in the cube of a text (the core rule set's 941160: 1 ms for 1 KiB, 83 ms for 4),
/// so that a few long texts made for it would keep a thread for seconds. Of short texts what that could take at worst
/// is taken; of long ones, what it took.
class Effort {
 public:
  /// Where clients wait for the thread.
  static constexpr std::chrono::nanoseconds on_loop = std::chrono::milliseconds(5);

  explicit Effort(std::chrono::nanoseconds most) { limit(most); }

  /// From the next renewal on.
  void limit(std::chrono::nanoseconds most) { most_ = static_cast<std::uint64_t>(std::max(most, on_loop) / unit); }
  void renew() { left_ = most_; }

  /// Measured takes what is spent while it lives.
  class Measured {
   public:
    explicit Measured(Effort& effort) : effort_(effort), begin_(cpu_used()) {}
    Measured(const Measured&) = delete;
    Measured& operator=(const Measured&) = delete;
    ~Measured() { effort_.take_time(cpu_used() - begin_); }

   private:
    Effort& effort_;
    std::chrono::nanoseconds begin_;
  };
  /// Of a text that is worth the look at the clock, which takes as long as some hundred bytes.
  std::optional<Measured> measured(std::size_t size) {
    return is_measured(size) ? std::optional<Measured>(std::in_place, *this) : std::nullopt;
  }

  /// Takes what one call of an operator costs that takes linear time. False: no more is left.
  bool take(std::size_t size) { return take_cost(4 + reckoned(size)); }

  /// Whether `link` may take longer.
  static bool is_costly(const Link& link) { return link.is_pattern && !link.is_linear; }
  /// Whether what a pattern might take of a text is not taken beforehand.
  static bool is_long(std::size_t size) { return cost_of_pattern(size) > most_at_once; }
  /// Takes the worst for a pattern that may, if that is not much. How often it may go back then is few_steps().
  bool take_worst(std::size_t size) {
    const std::uint64_t cost = cost_of_pattern(size);
    return !is_long(size) && cost < left_ && take_cost(cost);
  }
  /// How often a pattern may go back from each byte of a text of `size` bytes, as part of what take_worst() takes: few
  /// that repeat no group go back so often.
  static constexpr std::uint32_t few_steps(std::size_t size) { return static_cast<std::uint32_t>(30 + 2 * size); }
  /// What is left, for Matcher::search().
  std::chrono::nanoseconds left() const { return left_ * unit; }

  /// The same as take() for asking whether `link` looks at a value whose name has `size` bytes.
  bool take_picking(const Link& link, std::size_t size) {
    return !link.has_slow_keys || take_cost(4 + cost_of_pattern(size));
  }
  /// The same for `link`'s transformations of a text.
  bool take_transforming(const Link& link, std::size_t size) {
    return take_cost(link.rule->transforms.size() * reckoned(size));
  }
  /// The same for comparing a name with so many.
  bool take_comparing(std::size_t names) { return take_cost(1 + names / 4); }
  /// The same for an operator that is compiled for one request.
  bool take_compiling() { return take_cost(most_at_once); }
  void give_up() { left_ = 0; }
  bool is_spent() const { return left_ == 0; }

 private:
  static constexpr std::chrono::nanoseconds unit{76};
  static constexpr std::uint64_t most_at_once = 1024;
  static constexpr std::size_t longest_pattern_text = 1600;

  static bool is_measured(std::size_t size) { return size >= 1024; }
  static std::uint64_t reckoned(std::size_t size) { return is_measured(size) ? 0 : size / 8; }

  static std::uint64_t cost_of_pattern(std::size_t size) {
    return size < longest_pattern_text ? size * size * size >> 16 : std::uint64_t{1} << 32;
  }

  void take_time(std::chrono::nanoseconds time) { take_cost(static_cast<std::uint64_t>(time / unit) + 1); }

  bool take_cost(std::uint64_t cost) {
    if (cost >= left_) left_ = 0;
    if (left_ == 0) return false;
    left_ -= cost;
    return true;
  }

  std::uint64_t most_ = 0;
  std::uint64_t left_ = 0;
};

}  // namespace ravelin::waf::plan
