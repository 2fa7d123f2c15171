#include <algorithm>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "modules/waf/plan/cpu_time.h"
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

// Counting is what a pattern that is compiled with PCRE2_AUTO_CALLOUT tells before each of its items.
struct Counting {
  static constexpr std::uint64_t steps_between_looks = 16 * 1024;  // at the clock: some 0.3 ms

  Duration until{};  // of cpu_used()
  std::uint64_t left = steps_between_looks;
  PCRE2_SIZE place = 0;
};

// What lies between two items has been run over, 16 bytes in the time of one step.
int count_step(pcre2_callout_block* at, void* of) {
  auto& counting = *static_cast<Counting*>(of);
  const PCRE2_SIZE place = at->current_position;
  const std::uint64_t steps = 1 + ((place > counting.place ? place - counting.place : counting.place - place) >> 4);
  counting.place = place;
  if (steps < counting.left) {
    counting.left -= steps;
    return 0;
  }
  counting.left = Counting::steps_between_looks;
  return cpu_used() < counting.until ? 0 : PCRE2_ERROR_CALLOUT;
}

// This thread's, which calls count_step() for its next match.
pcre2_match_context* counting_in(Counting& counting) {
  thread_local const Limit limit(pcre2_match_context_create(nullptr));
  pcre2_set_callout(limit.get(), count_step, &counting);
  return limit.get();
}

// This thread's, for a next match that begins before `end`, with a limit for each beginning.
pcre2_match_context* window_to(PCRE2_SIZE end, std::uint32_t steps) {
  thread_local const Limit limit(pcre2_match_context_create(nullptr));
  pcre2_set_match_limit(limit.get(), steps);
  pcre2_set_offset_limit(limit.get(), end - 1);
  return limit.get();
}

// How often one beginning may go back at first, so that runs over the whole text take no longer than `most`.
std::uint32_t first_steps(std::size_t size, std::chrono::nanoseconds most) {
  constexpr std::size_t bytes_of_nanosecond = 2;
  const auto bytes = static_cast<std::size_t>(std::max<std::int64_t>(most.count(), 0)) * bytes_of_nanosecond;
  return static_cast<std::uint32_t>(std::clamp<std::size_t>(bytes / (size + 1), 20, 1'000'000));
}
constexpr std::uint32_t more_steps = 8;
constexpr std::uint32_t most_more = 64;  // times the first
// Windows grow while they are done in this.
constexpr std::chrono::nanoseconds quick = std::chrono::microseconds(20);
PCRE2_SIZE widest_window(std::uint32_t first_steps) { return std::min<PCRE2_SIZE>(first_steps, 1024); }

// PCRE2's own limit, from which on the library says that there is no match.
std::uint32_t library_steps() {
  std::uint32_t steps = 0;
  pcre2_config(PCRE2_CONFIG_MATCHLIMIT, &steps);
  return steps;
}

// Whether what a pattern does at one place may depend on what it did at another.
bool looks_at_its_start(std::string_view pattern) {
  return pattern.find("\\G") != std::string_view::npos || pattern.find("(*") != std::string_view::npos;
}

constexpr std::uint32_t options = PCRE2_DOTALL | PCRE2_MULTILINE | PCRE2_USE_OFFSET_LIMIT;

Code compiled(const std::string& pattern, std::uint32_t with) {
  int error = 0;
  PCRE2_SIZE place = 0;
  return Code(pcre2_compile(reinterpret_cast<PCRE2_SPTR>(pattern.c_str()), PCRE2_ZERO_TERMINATED, options | with,
                            &error, &place, nullptr));
}

class Rx final : public Matcher {
 public:
  Rx(Code code, std::string pattern) : code_{std::move(code)}, pattern_(std::move(pattern)) {
    code_.make_fast();
    pcre2_pattern_info(code_.code.get(), PCRE2_INFO_CAPTURECOUNT, &groups_);
  }

  bool matches(std::string_view value) const override { return code_.run(value, match_without_groups(), nullptr) >= 0; }

  bool matches(std::string_view value, Captures& captures) const override {
    pcre2_match_data* match = match_with(groups_ + 1);
    return capture(value, code_.run(value, match, nullptr), match, captures);
  }

  Answer ask(std::string_view value, Captures* captures, std::uint32_t steps) const override {
    return answer(code_, value, captures, limit_of(steps));
  }

  void prepare() const override {
    std::call_once(is_counted_, [this] {
      counted_.code = compiled(pattern_, PCRE2_AUTO_CALLOUT);
      if (counted_.code) counted_.make_fast();
    });
  }

  // From window to window of places to begin at. Where a place needs more steps, it gets them if they are as quick as
  // those before; else all is counted step by step, ten times as slow.
  Answer search(std::string_view value, Captures* captures, std::chrono::nanoseconds most) const override {
    const Duration begin = cpu_used();
    pcre2_match_data* match = captures == nullptr ? match_without_groups() : match_with(groups_ + 1);
    const auto* subject = reinterpret_cast<PCRE2_SPTR>(value.empty() ? "" : value.data());
    int found = code_.is_fast && !looks_at_its_start(pattern_) ? PCRE2_ERROR_NOMATCH : PCRE2_ERROR_JIT_STACKLIMIT;
    static const std::uint32_t of_library = library_steps();
    const std::uint32_t first = std::min(first_steps(value.size(), most), of_library);
    std::uint32_t steps = first;
    PCRE2_SIZE window = 1;
    for (PCRE2_SIZE at = 0; at <= value.size() && found == PCRE2_ERROR_NOMATCH;) {
      const Duration before = cpu_used() - begin;
      if (before > most) return Answer::unclear;
      found = pcre2_jit_match(code_.code.get(), subject, value.size(), at, 0, match, window_to(at + window, steps));
      const Duration took = cpu_used() - begin - before;
      if (found != PCRE2_ERROR_MATCHLIMIT) {
        at += window;
        window = took < quick ? std::min(2 * window, widest_window(first)) : std::max<PCRE2_SIZE>(window / 2, 1);
      } else if (steps == of_library) {
        return Answer::no;
      } else if (steps < most_more * first && before + (more_steps + 1) * took < most) {
        steps = std::min(more_steps * steps, of_library);
        found = PCRE2_ERROR_NOMATCH;
      }
    }
    if (found == PCRE2_ERROR_MATCHLIMIT || found == PCRE2_ERROR_JIT_STACKLIMIT)
      return count(value, captures, most - (cpu_used() - begin));
    if (captures != nullptr) capture(value, found, match, *captures);
    return found >= 0 ? Answer::yes : Answer::no;
  }

 private:
  struct Compiled {
    Code code;
    bool is_fast = false;

    void make_fast() { is_fast = pcre2_jit_compile(code.get(), PCRE2_JIT_COMPLETE) == 0; }

    // The library's order: its limits are PCRE2's own (no `context`), and where the compiled pattern has too little
    // stack, it asks the interpreter.
    int run(std::string_view value, pcre2_match_data* match, pcre2_match_context* context) const {
      const auto* subject = reinterpret_cast<PCRE2_SPTR>(value.empty() ? "" : value.data());
      int found = PCRE2_ERROR_JIT_STACKLIMIT;
      if (is_fast) found = pcre2_jit_match(code.get(), subject, value.size(), 0, 0, match, context);
      if (found != PCRE2_ERROR_JIT_STACKLIMIT) return found;
      return pcre2_match(code.get(), subject, value.size(), 0, PCRE2_NO_JIT, match, context);
    }
  };

  Answer count(std::string_view value, Captures* captures, std::chrono::nanoseconds most) const {
    prepare();
    if (!counted_.code) return Answer::unclear;
    Counting counting;
    counting.until = cpu_used() + most;
    return answer(counted_, value, captures, counting_in(counting));
  }

  Answer answer(const Compiled& code, std::string_view value, Captures* captures, pcre2_match_context* context) const {
    pcre2_match_data* match = captures == nullptr ? match_without_groups() : match_with(groups_ + 1);
    const int found = code.run(value, match, context);
    if (found == PCRE2_ERROR_MATCHLIMIT || found == PCRE2_ERROR_CALLOUT) return Answer::unclear;
    if (captures != nullptr) capture(value, found, match, *captures);
    return found >= 0 ? Answer::yes : Answer::no;
  }

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

  Compiled code_;
  const std::string pattern_;
  std::uint32_t groups_ = 0;
  mutable std::once_flag is_counted_;
  mutable Compiled counted_;  // the same pattern, which counts its steps
};

}  // namespace

Compiled compile_rx(const Operator& op, const std::string&) {
  if (op.argument.empty()) return matcher([](std::string_view) { return true; });
  std::string pattern(pattern_of(op));
  Code code = compiled(pattern, 0);
  // The library loads a pattern that does not compile, and never matches it.
  if (!code) return matcher([](std::string_view) { return false; });
  // In UTF mode, which only a pattern itself switches on, it reads beyond a text that ends amid a character, and the
  // library forgets matches that end there.
  std::uint32_t all_options = 0;
  pcre2_pattern_info(code.get(), PCRE2_INFO_ALLOPTIONS, &all_options);
  if ((all_options & PCRE2_UTF) != 0) return refused(op, "a pattern in UTF mode");
  return std::unique_ptr<Matcher>(std::make_unique<Rx>(std::move(code), std::move(pattern)));
}

}  // namespace ravelin::waf::plan::family

namespace ravelin::waf::plan {

// A C string for the library.
std::string_view pattern_of(const Operator& op) {
  const std::string_view text = op.argument;
  return text.substr(0, text.find('\0'));
}

}  // namespace ravelin::waf::plan
