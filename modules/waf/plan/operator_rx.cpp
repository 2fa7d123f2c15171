#include <algorithm>
#include <memory>
#include <string>
#include <string_view>

#include "modules/waf/plan/operator_families.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

namespace ravelin::waf::plan::family {
namespace {

struct FreeCode {
  void operator()(pcre2_code* code) const { pcre2_code_free(code); }
};
struct FreeMatch {
  void operator()(pcre2_match_data* match) const { pcre2_match_data_free(match); }
};
struct FreeLimit {
  void operator()(pcre2_match_context* limit) const { pcre2_match_context_free(limit); }
};
using Code = std::unique_ptr<pcre2_code, FreeCode>;
using Match = std::unique_ptr<pcre2_match_data, FreeMatch>;
using Limit = std::unique_ptr<pcre2_match_context, FreeLimit>;

// This thread's match data with room for at least `pairs` offsets.
pcre2_match_data* match_with(std::uint32_t pairs) {
  thread_local Match match;
  if (!match || pcre2_get_ovector_count(match.get()) < pairs) match.reset(pcre2_match_data_create(pairs, nullptr));
  return match.get();
}

// This thread's, with a limit for its next match.
pcre2_match_context* limit_of(std::uint32_t steps) {
  thread_local const Limit limit(pcre2_match_context_create(nullptr));
  pcre2_set_match_limit(limit.get(), steps);
  return limit.get();
}

// Without room for the groups, for those who ask only whether.
pcre2_match_data* match_without_groups() {
  thread_local const Match match(pcre2_match_data_create(1, nullptr));
  return match.get();
}

class Rx final : public Matcher {
 public:
  explicit Rx(Code code) : code_(std::move(code)) {
    is_fast_ = pcre2_jit_compile(code_.get(), PCRE2_JIT_COMPLETE) == 0;
    pcre2_pattern_info(code_.get(), PCRE2_INFO_CAPTURECOUNT, &groups_);
  }

  bool matches(std::string_view value) const override { return run(value, match_without_groups(), nullptr) >= 0; }

  bool matches(std::string_view value, Captures& captures) const override {
    pcre2_match_data* match = match_with(groups_ + 1);
    return capture(value, run(value, match, nullptr), match, captures);
  }

  Answer ask(std::string_view value, Captures* captures, std::uint32_t steps) const override {
    pcre2_match_data* match = captures == nullptr ? match_without_groups() : match_with(groups_ + 1);
    const int found = run(value, match, limit_of(steps));
    if (found == PCRE2_ERROR_MATCHLIMIT) return Answer::unclear;
    if (captures != nullptr) capture(value, found, match, *captures);
    return found >= 0 ? Answer::yes : Answer::no;
  }

 private:
  // Zero says that there was no room for all groups, any error that there is no match.
  static bool capture(std::string_view value, int found, pcre2_match_data* match, Captures& captures) {
    captures.clear();
    const PCRE2_SIZE* offsets = pcre2_get_ovector_pointer(match);
    for (int group = 0; group < found; ++group, offsets += 2) {
      captures.emplace_back();
      if (offsets[1] <= value.size()) captures.back() = value.substr(offsets[0], offsets[1] - offsets[0]);
    }
    return found >= 0;
  }

  // The library's order: its limits are PCRE2's own (no `limit`), and where the compiled pattern has too little stack,
  // it asks the interpreter.
  int run(std::string_view value, pcre2_match_data* match, pcre2_match_context* limit) const {
    const auto* subject = reinterpret_cast<PCRE2_SPTR>(value.empty() ? "" : value.data());
    int found = PCRE2_ERROR_JIT_STACKLIMIT;
    if (is_fast_) found = pcre2_jit_match(code_.get(), subject, value.size(), 0, 0, match, limit);
    if (found != PCRE2_ERROR_JIT_STACKLIMIT) return found;
    return pcre2_match(code_.get(), subject, value.size(), 0, PCRE2_NO_JIT, match, limit);
  }

  Code code_;
  bool is_fast_ = false;
  std::uint32_t groups_ = 0;
};

}  // namespace

Compiled compile_rx(const Operator& op, const std::string&) {
  if (op.argument.empty()) return matcher([](std::string_view) { return true; });
  int error = 0;
  PCRE2_SIZE place = 0;
  const std::string pattern(pattern_of(op));
  Code code(pcre2_compile(reinterpret_cast<PCRE2_SPTR>(pattern.c_str()), PCRE2_ZERO_TERMINATED,
                          PCRE2_DOTALL | PCRE2_MULTILINE, &error, &place, nullptr));
  // The library loads a pattern that does not compile, and never matches it.
  if (!code) return matcher([](std::string_view) { return false; });
  // In UTF mode, which only a pattern itself switches on, it reads beyond a text that ends amid a character, and the
  // library forgets matches that end there.
  std::uint32_t options = 0;
  pcre2_pattern_info(code.get(), PCRE2_INFO_ALLOPTIONS, &options);
  if ((options & PCRE2_UTF) != 0) return refused(op, "a pattern in UTF mode");
  return std::unique_ptr<Matcher>(std::make_unique<Rx>(std::move(code)));
}

}  // namespace ravelin::waf::plan::family

namespace ravelin::waf::plan {

// A C string for the library.
std::string_view pattern_of(const Operator& op) {
  const std::string_view text = op.argument;
  return text.substr(0, text.find('\0'));
}

}  // namespace ravelin::waf::plan
