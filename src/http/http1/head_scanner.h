#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace ravelin::http::http1 {

/// HeadScanner finds where a head or trailer section ends, in text that grows at its end. It looks at
/// each byte once, however small the pieces. Line ends are CRLF, and nothing else is (RFC 9112
/// section 2.2 allows lenience; strictness is what keeps two parsers from disagreeing).
class HeadScanner {
 public:
  enum class Outcome : std::uint8_t {
    incomplete,
    first_line,  // the first line is whole: size() is its length without CRLF. Reported once
    whole,       // size() is the length with the empty line
    bad_line_end,
    too_large,
  };

  /// Goes on in `text`, which must begin with what was scanned before. At most `limit` bytes, the empty
  /// line included, are a head; beyond is too_large.
  Outcome scan(std::string_view text, std::size_t limit);
  std::size_t size() const { return size_; }
  /// Whether a line has been completed.
  bool has_first_line() const { return line_start_ > 0; }
  void restart() { *this = HeadScanner(); }

 private:
  std::size_t line_start_ = 0;  // of the line not yet complete
  std::size_t scanned_ = 0;     // bytes of it already searched
  std::size_t size_ = 0;
};

}  // namespace ravelin::http::http1
