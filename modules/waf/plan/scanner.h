#pragma once

#include <hs/hs.h>

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ravelin/result.h"

namespace ravelin::waf::plan {

/// Pattern is something to look for in many texts: a regular expression of PCRE2 with the library's flags
/// (bytes, dot matches all, anchors at lines), or a phrase in any case.
struct Pattern {
  std::string text;
  bool is_phrase = false;
  bool is_sharp = false;  // a large one is looked for as it is, which takes longer to compile

  bool operator==(const Pattern&) const = default;
};

/// Scratch is what a scan works in. One per thread, made to fit with Scanner::fit before the first scan.
class Scratch {
 public:
  Scratch() = default;
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() { hs_free_scratch(scratch_); }

 private:
  friend class Scanner;
  hs_scratch_t* scratch_ = nullptr;
};

/// Scanner looks for many patterns at once (Hyperscan). One-sided: a pattern that matches is reported,
/// but what is reported may not match. Immutable; any number of threads.
class Scanner {
 public:
  /// `numbers[i]` is what `patterns[i]` is called in scans. Takes from milliseconds to seconds. An Error only if the
  /// processor or the memory will not do; a pattern that cannot be compiled is in `unscanned`.
  static Result<Scanner> compile(std::span<const Pattern> patterns, std::span<const unsigned> numbers);
  /// Whether a text that `compile` has this pattern found in may lack it, as it is large and looked for in a shorter
  /// form.
  static bool shortens(const Pattern& pattern);
  /// Whether the installed library finds what there is to find, by patterns and texts whose answer is known: Vectorscan
  /// 5.4.9 misses ^[^;]+; in all texts of more than 72 bytes. A few milliseconds.
  static Result<void> check();
  /// From what `serialize` gave, by the same version on the same kind of processor; an Error otherwise.
  static Result<Scanner> restore(std::string_view bytes, std::vector<unsigned> unscanned);

  std::string serialize() const;
  /// Numbers of patterns that any text may match, for all this knows.
  std::span<const unsigned> unscanned() const { return unscanned_; }
  std::size_t bytes() const;
  bool is_empty() const { return database_ == nullptr; }

  /// False if there is no memory for it.
  bool fit(Scratch& scratch) const;

  /// Calls `found(number)` at least once for each pattern that matches in `text`. False if the scan failed: then
  /// anything may match.
  template <class Found>
  bool scan(std::string_view text, Scratch& scratch, Found found) const {
    if (database_ == nullptr) return true;
    const auto report = [](unsigned number, unsigned long long, unsigned long long, unsigned, void* to) {
      (*static_cast<Found*>(to))(number);
      return 0;
    };
    return hs_scan(database_.get(), text.data(), static_cast<unsigned>(text.size()), 0, scratch.scratch_, report,
                   &found) == HS_SUCCESS;
  }

 private:
  struct Free {
    void operator()(hs_database_t* database) const { hs_free_database(database); }
  };

  std::unique_ptr<hs_database_t, Free> database_;  // null: no patterns
  std::vector<unsigned> unscanned_;
};

}  // namespace ravelin::waf::plan
