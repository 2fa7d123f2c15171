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
using Code = std::unique_ptr<pcre2_code, FreeCode>;
using Match = std::unique_ptr<pcre2_match_data, FreeMatch>;

// This thread's match data with room for at least `pairs` offsets.
pcre2_match_data* match_with(std::uint32_t pairs) {
  thread_local Match match;
  if (!match || pcre2_get_ovector_count(match.get()) < pairs) match.reset(pcre2_match_data_create(pairs, nullptr));
  return match.get();
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

  // Zero says that there was no room for all groups.
  bool matches(std::string_view value) const override { return run(value, match_without_groups()) >= 0; }

  bool matches(std::string_view value, Captures& captures) const override {
    captures.clear();
    pcre2_match_data* match = match_with(groups_ + 1);
    const int count = run(value, match);
    const PCRE2_SIZE* offsets = pcre2_get_ovector_pointer(match);
    for (int group = 0; group < count; ++group, offsets += 2) {
      captures.emplace_back();
      if (offsets[1] <= value.size()) captures.back() = value.substr(offsets[0], offsets[1] - offsets[0]);
    }
    return count > 0;
  }

 private:
  // The library's order: its limits are PCRE2's own, and where the compiled pattern has too little stack, it
  // asks the interpreter. Any error is no match.
  int run(std::string_view value, pcre2_match_data* match) const {
    const auto* subject = reinterpret_cast<PCRE2_SPTR>(value.empty() ? "" : value.data());
    int found = PCRE2_ERROR_JIT_STACKLIMIT;
    if (is_fast_) found = pcre2_jit_match(code_.get(), subject, value.size(), 0, 0, match, nullptr);
    if (found != PCRE2_ERROR_JIT_STACKLIMIT) return found;
    return pcre2_match(code_.get(), subject, value.size(), 0, PCRE2_NO_JIT, match, nullptr);
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
