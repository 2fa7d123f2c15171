#pragma once

#include <cstdint>
#include <string_view>

#include "http/http2/section_size.h"

namespace ravelin::http::http2 {

/// RequestRules holds the fields of one request's head to RFC 9113 sections 8.2 and 8.3 and RFC 8441: what makes a
/// request malformed, whoever it is for. The server's sessions do without nghttp2's own checks, which look at each
/// byte of what the reader looks at anyway.
class RequestRules {
 public:
  void begin() { *this = RequestRules(); }
  /// Whether this may be the next field. After the first that may not be the head is malformed.
  bool admits(const DecodedText& name, std::string_view value);
  /// Whether everything that a request must have has come.
  bool is_complete() const;
  /// Whether a name has '_' or '.'.
  bool has_odd_names() const { return has_odd_names_; }

 private:
  enum Pseudo : std::uint8_t { method = 1, scheme = 2, path = 4, authority = 8, protocol = 16, host = 32 };

  bool admits_pseudo(std::string_view name, std::string_view value);
  bool is_first(Pseudo field);
  bool has(unsigned fields) const { return (seen_ & fields) == fields; }

  std::uint8_t seen_ = 0;
  bool is_amid_fields_ = false;  // no pseudo field may come any more
  bool is_connect_ = false;
  bool is_options_ = false;
  bool is_of_web_ = false;  // the scheme is http or https
  bool is_asterisk_ = false;
  bool is_rooted_ = false;  // the path begins with '/'
  bool has_odd_names_ = false;
};

/// may_be_in_trailers tells whether a field behind a body leaves the message well-formed. Whether it is
/// forwarded is another question: may_be_trailer().
bool may_be_in_trailers(const DecodedText& name, std::string_view value);

}  // namespace ravelin::http::http2
