#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "ravelin/message.h"
#include "ravelin/result.h"

namespace ravelin::http::http1 {

/// FieldLines walks the lines of a head or trailer section (RFC 9112 section 5), each ended by CRLF,
/// without the empty line. It lower-cases names in place and validates everything it returns.
class FieldLines {
 public:
  enum class Fault : std::uint8_t { none, folded, bad_name, bad_value, bad_line_end };

  /// `text` is the owner's own copy and is written to; it must end with CRLF or be empty.
  FieldLines(char* text, std::size_t size) : at_(text), end_(text + size) {}

  /// Reads a line; false at the end or at a fault.
  bool next();
  std::string_view name() const { return name_; }
  std::string_view value() const { return value_; }
  /// Whether the name has '_' or '.'.
  bool is_odd() const { return is_odd_; }
  Fault fault() const { return fault_; }
  /// The fault as the client's error, 400; only if there is one.
  Error error() const;

 private:
  bool read_name();
  bool read_value();
  bool fail(Fault fault) {
    fault_ = fault;
    return false;
  }

  char* at_;
  char* end_;
  std::string_view name_;
  std::string_view value_;
  bool is_odd_ = false;
  Fault fault_ = Fault::none;
};

/// read_trailers reads a trailer section into `trailers`, leaving out what may not be one (RFC 9110
/// section 6.5.1). At most `most` lines: beyond is http:too_many_fields.
Result<void> read_trailers(std::string_view lines, std::size_t most, HeaderList& trailers);

}  // namespace ravelin::http::http1
