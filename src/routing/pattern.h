#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ravelin/result.h"

// PCRE2's types; its header stays in pattern.cpp.
struct pcre2_real_code_8;
struct pcre2_real_match_context_8;

namespace ravelin::routing {

/// Groups is what a match has caught, $0 first; a group that took no part is empty. Views of the subject.
using Groups = std::vector<std::string_view>;

/// Pattern is a regular expression of the configuration (PCRE2), compiled to machine code where the system
/// allows it. What a client can make a match cost is bounded by limits on steps, depth and memory.
/// Immutable, for all threads.
class Pattern {
 public:
  /// The error says where in the expression it is.
  static Result<Pattern> compile(std::string_view expression);

  /// How many groups it has, $0 not counted.
  std::size_t groups() const { return groups_; }
  /// What it finds in `subject`; none if it does not match. Error: route:rewrite_limit, 500.
  Result<std::optional<Groups>> match(std::string_view subject) const;

 private:
  struct Free {
    void operator()(pcre2_real_code_8* code) const;
    void operator()(pcre2_real_match_context_8* limits) const;
  };

  using Limits = std::unique_ptr<pcre2_real_match_context_8, Free>;

  Pattern() = default;
  Limits limits_for(std::size_t bytes) const;

  std::unique_ptr<pcre2_real_code_8, Free> code_;
  Limits limits_;
  std::size_t groups_ = 0;
  bool is_anchored_ = false;
};

}  // namespace ravelin::routing
