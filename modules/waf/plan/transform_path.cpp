#include <cstddef>
#include <string>

#include "modules/waf/plan/transform_families.h"

namespace ravelin::waf::plan::family {
namespace {

// Walks a path byte by byte, writing it over itself: `from_` reads, `to_` writes. Where a segment ends decides:
// "." and ".." go, and with the latter the segment before. What the library does with odd paths ("ab..",
// "a/..b/../..") follows from that order of decisions, so it is kept.
class Path {
 public:
  enum class System { posix, windows };

  Path(std::string& value, System system)
      : bytes_(value),
        is_windows_(system == System::windows),
        last_(static_cast<std::ptrdiff_t>(value.size()) - 1),
        is_relative_(!is_separator(0)),
        ends_in_separator_(is_separator(last_)) {}

  void normalise() {
    while (!is_done_ && from_ <= last_ && to_ <= last_) {
      pass_segment();
      step();
    }
    if (!ends_in_separator_ && to_ > 0 && at(to_ - 1) == '/') --to_;
    bytes_.resize(static_cast<std::size_t>(to_));
  }

 private:
  char& at(std::ptrdiff_t index) { return bytes_[static_cast<std::size_t>(index)]; }
  bool is_separator(std::ptrdiff_t index) { return at(index) == '/' || (is_windows_ && at(index) == '\\'); }

  // Within a segment nothing is decided.
  void pass_segment() {
    while (from_ < last_ && !is_separator(from_) && !is_separator(from_ + 1)) at(to_++) = at(from_++);
  }

  void turn_slash(std::ptrdiff_t index) {
    if (is_windows_ && index <= last_ && at(index) == '\\') at(index) = '/';
  }

  void step() {
    turn_slash(from_);
    turn_slash(from_ + 1);
    is_done_ = from_ == last_;
    if (!is_done_ && at(from_ + 1) != '/') return copy();
    if (!is_done_ && at(from_) == '/') return copy();
    if (at(from_) == '.') return end_with_dot();
    if (to_ > 0) is_at_root_ = false;
    copy();
  }

  void end_with_dot() {
    if (to_ > 0 && at(to_ - 1) == '.') return go_back();
    if (to_ != 0 && at(to_ - 1) != '/') return copy();
    if (is_done_) return;
    if (to_ != 0) --to_;
    ++from_;
    copy();
  }

  void go_back() {
    if (is_relative_ && (is_at_root_ || to_ <= 2)) {
      is_at_root_ = true;
      return copy();
    }
    to_ -= 3;
    while (to_ > 0 && at(to_) != '/') --to_;
    if (to_ <= 0) {
      is_at_root_ = true;
      to_ = !is_relative_ && is_done_ ? 1 : 0;
    }
    if (is_done_) return;
    ++from_;
    copy();
  }

  // Of several separators the last is what is written, a backslash too.
  void copy() {
    if (at(from_) == '/') {
      while (from_ < last_ && is_separator(from_ + 1)) ++from_;
      if (is_relative_ && to_ == 0) {
        ++from_;
        return;
      }
    }
    at(to_++) = at(from_++);
  }

  std::string& bytes_;
  const bool is_windows_;
  const std::ptrdiff_t last_;
  const bool is_relative_;
  const bool ends_in_separator_;
  std::ptrdiff_t from_ = 0;
  std::ptrdiff_t to_ = 0;
  bool is_at_root_ = false;
  bool is_done_ = false;
};

}  // namespace

void normalise_path(std::string& value) {
  if (value.empty()) return;
  if (value.back() != '.' && value.find('/') == std::string::npos) return;
  Path(value, Path::System::posix).normalise();
}

void normalise_path_win(std::string& value) {
  if (!value.empty()) Path(value, Path::System::windows).normalise();
}

}  // namespace ravelin::waf::plan::family
