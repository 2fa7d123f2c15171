#include "modules/waf/plan/scanner.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <utility>

#include "modules/waf/plan/halves.h"
#include "modules/waf/plan/shorten.h"

namespace ravelin::waf::plan {
namespace {

constexpr unsigned pattern_flags = HS_FLAG_DOTALL | HS_FLAG_MULTILINE | HS_FLAG_ALLOWEMPTY | HS_FLAG_SINGLEMATCH;
constexpr unsigned phrase_flags = HS_FLAG_CASELESS | HS_FLAG_SINGLEMATCH;

// Beyond it a pattern takes 0.1 s and more to compile, and more than that with others like it.
constexpr std::size_t most_parts = 400;
// So many are made of a pattern that is too large as it is. Larger ones would take seconds and MiB each.
constexpr std::size_t most_pieces = 4;
constexpr std::size_t largest_divided = 7000;  // bytes of the expression

std::string as_expression(const Pattern& pattern) {
  if (!pattern.is_phrase) return pattern.is_sharp ? pattern.text : shortened(pattern.text, most_parts);
  constexpr std::string_view digits = "0123456789abcdef";
  std::string expression;
  for (const char byte : pattern.text) {
    const auto value = static_cast<unsigned char>(byte);
    expression.append("\\x").append({digits[value >> 4], digits[value & 15]});
  }
  return expression;
}

// Braces that newer versions of PCRE2 (10.43) take for counts, and Hyperscan for text.
bool has_odd_brace(std::string_view pattern) {
  for (std::size_t at = pattern.find('{'); at != std::string_view::npos; at = pattern.find('{', at + 1)) {
    const std::string_view inside = pattern.substr(at + 1, pattern.find('}', at) - at - 1);
    const bool is_count = !inside.empty() && inside.find_first_not_of("0123456789, ") == std::string_view::npos;
    if (is_count && (inside.front() == ',' || inside.find(' ') != std::string_view::npos)) return true;
  }
  return false;
}

// References: as an approximation Hyperscan repeats a group of one position as it is written, though the reference may
// be blind to case, and the group an assertion; and it takes \8 and \9 for digits. Behind \Q an escape is none.
bool has_reference(std::string_view pattern) {
  for (std::size_t at = 0; at + 1 < pattern.size(); ++at) {
    if (pattern[at] != '\\') continue;
    const char next = pattern[++at];
    if ((next >= '1' && next <= '9') || next == 'g' || next == 'k' || next == 'Q') return true;
  }
  return pattern.find("(?P=") != std::string_view::npos;
}

// (?xx) drops blanks in brackets, too, which Hyperscan does not.
bool has_doubled_x(std::string_view pattern) {
  for (std::size_t at = pattern.find("(?"); at != std::string_view::npos; at = pattern.find("(?", at + 1)) {
    const std::string_view rest = pattern.substr(at + 2);
    const std::string_view flags = rest.substr(0, rest.find_first_not_of("imsxnJU^-"));
    if (std::count(flags.begin(), flags.end(), 'x') > 1) return true;
  }
  return false;
}

// Whether Hyperscan may find less than PCRE2 does. What begins with a verb, (*UCP), has other letters in it.
bool is_read_otherwise(std::string_view pattern) {
  return pattern.starts_with("(*") || has_odd_brace(pattern) || has_reference(pattern) || has_doubled_x(pattern);
}

// What is not would be found out one by one, by compiling what comes before it each time.
bool is_supported(const std::string& expression) {
  hs_expr_info_t* info = nullptr;
  hs_compile_error_t* error = nullptr;
  const bool is_known = hs_expression_info(expression.c_str(), pattern_flags, &info, &error) == HS_SUCCESS;
  std::free(info);
  hs_free_compile_error(error);
  return is_known;
}

// Batch is what one try to compile takes. A pattern too complex is tried again in halves, if it is to be sharp, then
// shortened, then as an approximation, and left out if that fails, too.
class Batch {
 public:
  Batch(std::span<const Pattern> patterns, std::span<const unsigned> numbers) {
    for (std::size_t i = 0; i < patterns.size(); ++i) {
      if (!patterns[i].is_phrase && is_read_otherwise(patterns[i].text)) {
        left_out_.push_back(numbers[i]);
        continue;
      }
      expressions_.push_back(as_expression(patterns[i]));
      are_sharp_.push_back(patterns[i].is_sharp);
      flags_.push_back(patterns[i].is_phrase ? phrase_flags : pattern_flags);
      numbers_.push_back(numbers[i]);
      if (!patterns[i].is_phrase && !is_supported(expressions_.back())) flags_.back() |= HS_FLAG_PREFILTER;
    }
  }

  bool is_empty() const { return expressions_.empty(); }
  std::vector<unsigned> take_left_out() { return std::move(left_out_); }

  struct Outcome {
    hs_database_t* database = nullptr;
    int stopped_at = -1;  // the expression that could not be compiled; negative: no expression's fault
  };

  Outcome compile() const {
    std::vector<const char*> texts;
    for (const std::string& expression : expressions_) texts.push_back(expression.c_str());
    Outcome outcome;
    hs_compile_error_t* error = nullptr;
    hs_compile_multi(texts.data(), flags_.data(), numbers_.data(), static_cast<unsigned>(texts.size()), HS_MODE_BLOCK,
                     nullptr, &outcome.database, &error);
    if (error != nullptr) outcome.stopped_at = error->expression;
    hs_free_compile_error(error);
    return outcome;
  }

  void ease(std::size_t index) {
    if (are_sharp_[index]) return divide(index);
    if ((flags_[index] & HS_FLAG_PREFILTER) == 0) {
      flags_[index] |= HS_FLAG_PREFILTER;
      return;
    }
    left_out_.push_back(numbers_[index]);
    const auto at = static_cast<std::ptrdiff_t>(index);
    expressions_.erase(expressions_.begin() + at);
    are_sharp_.erase(are_sharp_.begin() + at);
    flags_.erase(flags_.begin() + at);
    numbers_.erase(numbers_.begin() + at);
  }

 private:
  void divide(std::size_t index) {
    auto two = halves(expressions_[index]);
    if (!two || expressions_.size() >= most_pieces || expressions_[index].size() > largest_divided) {
      are_sharp_[index] = false;
      expressions_[index] = shortened(expressions_[index], most_parts);
      return;
    }
    expressions_[index] = std::move(two->first);
    expressions_.push_back(std::move(two->second));
    are_sharp_.push_back(true);
    flags_.push_back(flags_[index]);
    numbers_.push_back(numbers_[index]);
  }

  std::vector<std::string> expressions_;
  std::vector<bool> are_sharp_;
  std::vector<unsigned> flags_;
  std::vector<unsigned> numbers_;
  std::vector<unsigned> left_out_;
};

}  // namespace

bool Scanner::shortens(const Pattern& pattern) { return !pattern.is_phrase && as_expression(pattern) != pattern.text; }

Result<Scanner> Scanner::compile(std::span<const Pattern> patterns, std::span<const unsigned> numbers) {
  Scanner scanner;
  Batch batch(patterns, numbers);
  while (!batch.is_empty()) {
    const Batch::Outcome outcome = batch.compile();
    scanner.database_.reset(outcome.database);
    if (outcome.database != nullptr) break;
    if (outcome.stopped_at < 0) return Error{"waf:scanner", "the patterns cannot be compiled on this machine"};
    batch.ease(static_cast<std::size_t>(outcome.stopped_at));
  }
  scanner.unscanned_ = batch.take_left_out();
  return scanner;
}

Result<Scanner> Scanner::restore(std::string_view bytes, std::vector<unsigned> unscanned) {
  Scanner scanner;
  scanner.unscanned_ = std::move(unscanned);
  if (bytes.empty()) return scanner;
  hs_database_t* database = nullptr;
  if (hs_deserialize_database(bytes.data(), bytes.size(), &database) != HS_SUCCESS)
    return Error{"waf:scanner", "the stored patterns are damaged, or of another version or processor"};
  scanner.database_.reset(database);
  return scanner;
}

namespace {

// A pattern, and a text that it matches however often `filling` is repeated.
struct Known {
  std::string_view pattern;
  std::string_view before;
  std::string_view filling;
  std::string_view after;
};
constexpr std::array<Known, 9> known{{{"^[^;]+;", "", "a", ";"},
                                      {"'[^']*'", "x'", "ab", "'"},
                                      {"<[^>]*>", "<", " a", ">"},
                                      {"\\s+y$", "x", " ", "y"},
                                      {"[0-9]+z", "", "5", "z"},
                                      {"(?i)union.*select", "uNion", " x", "seLect"},
                                      {"a[^\\n]{2,}b", "a", "--", "b"},
                                      {"\\bx[\\w-]+=", " x", "y-", "="},
                                      {"curl.*\\|\\s*python", "curl", "\n ", "2>&1 | python"}}};
constexpr int most_fillings = 200;

bool finds(const Scanner& scanner, Scratch& scratch, const Known& case_of) {
  std::string filling;
  for (int i = 0; i < most_fillings; ++i) {
    filling.append(case_of.filling);
    const std::string text = std::string(case_of.before).append(filling).append(case_of.after);
    bool is_found = false;
    if (!scanner.scan(text, scratch, [&is_found](unsigned) { is_found = true; }) || !is_found) return false;
  }
  return true;
}

}  // namespace

Result<void> Scanner::check() {
  const Error wrong{"waf:scanner", std::string("the installed pattern scanner (") + hs_version() +
                                       ") misses matches; install libhyperscan5 instead of libvectorscan5"};
  for (const Known& one : known) {
    const Pattern pattern{std::string(one.pattern), false};
    const unsigned number = 0;
    auto scanner = compile({&pattern, 1}, {&number, 1});
    Scratch scratch;
    if (!scanner || !scanner->fit(scratch) || !finds(*scanner, scratch, one)) return wrong;
  }
  return {};
}

std::string Scanner::serialize() const {
  char* bytes = nullptr;
  std::size_t size = 0;
  if (database_ == nullptr || hs_serialize_database(database_.get(), &bytes, &size) != HS_SUCCESS) return {};
  std::string text(bytes, size);
  std::free(bytes);
  return text;
}

std::size_t Scanner::bytes() const {
  std::size_t size = 0;
  if (database_ != nullptr) hs_database_size(database_.get(), &size);
  return size;
}

bool Scanner::fit(Scratch& scratch) const {
  return database_ == nullptr || hs_alloc_scratch(database_.get(), &scratch.scratch_) == HS_SUCCESS;
}

}  // namespace ravelin::waf::plan
