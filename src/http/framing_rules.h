#pragma once

#include <cstdint>
#include <string_view>

#include "ravelin/message.h"
#include "ravelin/result.h"

namespace ravelin::http {

/// Framing says how long a message's body is, as its fields tell it. For a response without a body of
/// its own (to HEAD, or 304) `sized` is the length that was announced: nothing follows.
struct Framing {
  BodyKind kind = BodyKind::none;
  std::uint64_t size = 0;
};

/// parse_content_length reads 1 to 19 digits up to 2^63-1: no sign, no list, no blank inside. Error:
/// http:bad_content_length, 400.
Result<std::uint64_t> parse_content_length(std::string_view value);

/// FramingFields collects the fields that frame one message while its head is read. Errors are the
/// client's, 400; as_bad_response() makes them the upstream's.
class FramingFields {
 public:
  /// Refuses a bad length and a second one, even if equal (http:content_length_repeated).
  Result<void> add_content_length(std::string_view value);
  /// Refuses anything but one field that is exactly "chunked" (http:bad_transfer_encoding, 400; 501 for
  /// a coding that exists, with "chunked" behind it).
  Result<void> add_transfer_encoding(std::string_view value);

  bool has_length() const { return has_length_; }
  std::uint64_t length() const { return length_; }

  /// The body of a request (RFC 9112 section 6.3). Refuses Transfer-Encoding together with
  /// Content-Length (http:te_and_cl) and in HTTP/1.0 (http:te_in_http10).
  Result<Framing> request(Version version) const;
  /// The body of a response with `status` to a request with `method`. The same refusals, as the
  /// upstream's.
  Result<Framing> response(Version version, int status, std::string_view method) const;

 private:
  Result<void> check(Version version) const;

  std::uint64_t length_ = 0;
  bool has_length_ = false;
  bool is_chunked_ = false;
};

/// has_no_body tells whether a response never has a body, whatever its fields say: 1xx, 204, 304, and
/// any to HEAD (RFC 9112 section 6.3).
bool has_no_body(int status, std::string_view method);

/// most_interim bounds the interim responses to one request: an honest origin sends a 100 and a 103 or two; more keep a
/// client waiting for ever.
inline constexpr unsigned most_interim = 10;

/// upstream_error is a fault of the origin's: 502, not retryable. `code` has static storage.
Error upstream_error(std::string_view code, std::string message);

/// as_bad_response turns an error of the shared rules, made for a request, into the upstream's:
/// "upstream:bad_response", 502, not retryable.
Error as_bad_response(Error error);

}  // namespace ravelin::http
