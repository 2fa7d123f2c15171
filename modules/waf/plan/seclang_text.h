#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "modules/waf/plan/ascii.h"
#include "modules/waf/plan/seclang.h"

namespace ravelin::waf::plan {

/// Text is one source with a place to read at. The first trouble ends it: from then on there is nothing left to
/// read, so that readers need no checks of their own. Views of the source, which must outlive it.
class Text {
 public:
  explicit Text(const Source& source) : file_(source.file), rest_(source.text) {}

  std::string_view rest() const { return rest_; }
  bool is_at_end() const { return rest_.empty(); }
  /// The next character; NUL, which no source has, at the end.
  char next() const { return rest_.empty() ? '\0' : rest_.front(); }
  bool is_at(std::string_view what) const { return rest_.starts_with(what); }
  bool is_at_line_start() const { return is_at_line_start_; }

  std::string_view take(std::size_t count);
  /// Up to, and without, the first of `ends`.
  std::string_view take_until(std::string_view ends);
  /// Of letters, digits and '_'.
  std::string_view take_word();
  bool accept(std::string_view what);
  void skip_blanks() { take(blanks()); }
  /// How many blanks and tabs are next.
  std::size_t blanks() const;
  /// Blanks, a backslash, the end of the line and blanks, if these are next: nothing to the library.
  bool skip_continuation();
  /// The library notices the end of a line. It does not notice all.
  void count_line() { ++library_line_; }

  Place place() const { return {file_, line_, library_line_}; }

  /// How the library reads this is not certain.
  void doubt(std::string_view why) { stop(why, false); }
  /// The library refuses this.
  void refuse(std::string_view why) { stop(why, true); }
  bool is_stopped() const { return !trouble_.empty(); }
  bool is_refused() const { return is_refused_; }
  /// "FILE:LINE: why".
  const std::string& trouble() const { return trouble_; }

 private:
  void stop(std::string_view why, bool is_refused);

  const std::string& file_;
  std::string_view rest_;
  int line_ = 1;
  int library_line_ = 1;
  bool is_at_line_start_ = true;
  bool is_refused_ = false;
  std::string trouble_;
};

}  // namespace ravelin::waf::plan
