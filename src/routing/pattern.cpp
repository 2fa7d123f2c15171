#include "routing/pattern.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <algorithm>
#include <utility>

namespace ravelin::routing {
namespace {

// A sound expression takes a few steps per byte of a path, and paths have some thousand bytes; what needs
// more goes back and forth. 100,000 steps are about a millisecond.
constexpr std::uint32_t most_steps = 100'000;
// One that is not anchored begins anew at each byte, and PCRE2 counts its steps anew: together these are allowed fifty
// times as many, of a simpler kind.
constexpr std::size_t most_steps_in_all = 5'000'000;
constexpr std::size_t fewest_steps = 50;
// Only the interpreter nests: once per repeated group that may be taken back.
constexpr std::uint32_t most_depth = 10'000;
constexpr std::uint32_t most_heap = 1024;  // KiB, the interpreter's

struct FreeData {
  void operator()(pcre2_match_data* data) const { pcre2_match_data_free(data); }
};

std::string message_of(int code) {
  PCRE2_UCHAR text[256];
  if (pcre2_get_error_message(code, text, sizeof text) < 0) return "error " + std::to_string(code);
  return reinterpret_cast<const char*>(text);
}

Groups groups_of(std::string_view subject, const pcre2_match_data* data, int size) {
  auto* const ends = pcre2_get_ovector_pointer(const_cast<pcre2_match_data*>(data));
  Groups groups;
  for (int i = 0; i < size; ++i) {
    const bool is_set = ends[2 * i] != PCRE2_UNSET && ends[2 * i] <= ends[2 * i + 1];
    groups.push_back(is_set ? subject.substr(ends[2 * i], ends[2 * i + 1] - ends[2 * i]) : std::string_view());
  }
  return groups;
}

}  // namespace

void Pattern::Free::operator()(pcre2_real_code_8* code) const { pcre2_code_free(code); }
void Pattern::Free::operator()(pcre2_real_match_context_8* limits) const { pcre2_match_context_free(limits); }

Result<Pattern> Pattern::compile(std::string_view expression) {
  int error = 0;
  PCRE2_SIZE at = 0;
  // Canonical paths are ASCII: bytes are characters.
  const std::uint32_t options = PCRE2_NEVER_UTF | PCRE2_DOLLAR_ENDONLY;
  Pattern made;
  made.code_.reset(
      pcre2_compile(reinterpret_cast<PCRE2_SPTR>(expression.data()), expression.size(), options, &error, &at, nullptr));
  if (!made.code_) {
    return Error{"config:regex",
                 "is no regular expression: " + message_of(error) + ", at character " + std::to_string(at + 1)};
  }
  // Without memory that is both written and executed the interpreter does the same, several times slower.
  static_cast<void>(pcre2_jit_compile(made.code_.get(), PCRE2_JIT_COMPLETE));
  std::uint32_t groups = 0;
  pcre2_pattern_info(made.code_.get(), PCRE2_INFO_CAPTURECOUNT, &groups);
  made.groups_ = groups;
  std::uint32_t all_options = 0;
  pcre2_pattern_info(made.code_.get(), PCRE2_INFO_ALLOPTIONS, &all_options);
  std::uint32_t first = 0;
  pcre2_pattern_info(made.code_.get(), PCRE2_INFO_FIRSTCODETYPE, &first);
  constexpr std::uint32_t at_start_of_line = 2;  // it begins with ".*", and a path is one line
  made.is_anchored_ = (all_options & PCRE2_ANCHORED) != 0 || first == at_start_of_line;
  made.limits_.reset(pcre2_match_context_create(nullptr));
  pcre2_set_match_limit(made.limits_.get(), most_steps);
  pcre2_set_depth_limit(made.limits_.get(), most_depth);
  pcre2_set_heap_limit(made.limits_.get(), most_heap);
  return made;
}

Pattern::Limits Pattern::limits_for(std::size_t bytes) const {
  Limits limits(pcre2_match_context_copy(limits_.get()));
  const std::size_t steps = std::clamp<std::size_t>(most_steps_in_all / (bytes + 1), fewest_steps, most_steps);
  if (limits) pcre2_set_match_limit(limits.get(), static_cast<std::uint32_t>(steps));
  return limits;
}

Result<std::optional<Groups>> Pattern::match(std::string_view subject) const {
  const std::unique_ptr<pcre2_match_data, FreeData> data(pcre2_match_data_create_from_pattern(code_.get(), nullptr));
  const Limits own = is_anchored_ ? nullptr : limits_for(subject.size());
  const int size = pcre2_match(code_.get(), reinterpret_cast<PCRE2_SPTR>(subject.data()), subject.size(), 0, 0,
                               data.get(), own ? own.get() : limits_.get());
  if (size == PCRE2_ERROR_NOMATCH) return std::optional<Groups>();
  if (size < 0) {
    return Error{"route:rewrite_limit", "the expression was given up on this path: " + message_of(size), Side::local,
                 500};
  }
  return std::optional(groups_of(subject, data.get(), size));
}

}  // namespace ravelin::routing
