#include "http/framing_rules.h"

#include <algorithm>
#include <limits>
#include <string>

#include "http/chars.h"
#include "http/fields.h"

namespace ravelin::http {

namespace {

Error bad(std::string_view code, std::string message, int status = 400) {
  return Error{code, std::move(message), Side::client, status};
}

// Codings of the HTTP registry that this gateway does not speak, in a message whose end is known all the
// same: 501 rather than 400 (RFC 9112 sections 6.1 and 6.3).
bool is_known_coding(std::string_view value) {
  const std::string_view last = trim(value.substr(value.rfind(',') + 1));
  if (!equals_ignoring_case(last, "chunked")) return false;
  return list_has(value, "gzip") || list_has(value, "x-gzip") || list_has(value, "deflate") ||
         list_has(value, "compress") || list_has(value, "x-compress");
}

}  // namespace

Result<std::uint64_t> parse_content_length(std::string_view value) {
  constexpr std::uint64_t most = std::numeric_limits<std::int64_t>::max();
  const auto is_digit = [](char c) { return chars::is_digit(static_cast<unsigned char>(c)); };
  std::uint64_t size = 0;
  bool is_good = !value.empty() && value.size() <= 19 && std::all_of(value.begin(), value.end(), is_digit);
  if (is_good) {
    for (const char c : value) size = size * 10 + static_cast<std::uint64_t>(c - '0');  // 19 digits fit 64 bits
    is_good = size <= most;
  }
  if (!is_good) return bad("http:bad_content_length", "Content-Length is not a whole number below 2^63");
  return size;
}

Result<void> FramingFields::add_content_length(std::string_view value) {
  if (has_length_) return bad("http:content_length_repeated", "the message has more than one Content-Length");
  auto length = parse_content_length(value);
  if (!length) return std::move(length).error();
  has_length_ = true;
  length_ = *length;
  return {};
}

Result<void> FramingFields::add_transfer_encoding(std::string_view value) {
  if (is_chunked_) return bad("http:bad_transfer_encoding", "the message has more than one Transfer-Encoding");
  if (!equals_ignoring_case(value, "chunked"))
    return bad("http:bad_transfer_encoding", "Transfer-Encoding is not exactly 'chunked'",
               is_known_coding(value) ? 501 : 400);
  is_chunked_ = true;
  return {};
}

// RFC 9112 section 6.1: both is what smuggling looks like; and before 1.1 there is no Transfer-Encoding.
Result<void> FramingFields::check(Version version) const {
  if (!is_chunked_) return {};
  if (has_length_) return bad("http:te_and_cl", "the message has both Transfer-Encoding and Content-Length");
  if (version == Version::http10) return bad("http:te_in_http10", "an HTTP/1.0 message has a Transfer-Encoding");
  return {};
}

Result<Framing> FramingFields::request(Version version) const {
  if (auto checked = check(version); !checked) return std::move(checked).error();
  if (is_chunked_) return Framing{BodyKind::streamed, 0};
  if (has_length_ && length_ > 0) return Framing{BodyKind::sized, length_};
  return Framing{};
}

Result<Framing> FramingFields::response(Version version, int status, std::string_view method) const {
  if (auto checked = check(version); !checked) return as_bad_response(std::move(checked).error());
  if (has_no_body(status, method)) {
    const bool is_announced = has_length_ && status >= 200 && status != 204;
    return is_announced ? Framing{BodyKind::sized, length_} : Framing{};
  }
  if (is_chunked_) return Framing{BodyKind::streamed, 0};
  if (!has_length_) return Framing{BodyKind::until_close, 0};
  return length_ > 0 ? Framing{BodyKind::sized, length_} : Framing{};
}

bool has_no_body(int status, std::string_view method) {
  return status < 200 || status == 204 || status == 304 || method == "HEAD";
}

Error upstream_error(std::string_view code, std::string message) {
  return {code, std::move(message), Side::upstream, 502};
}

Error as_bad_response(Error error) {
  return Error{"upstream:bad_response", std::move(error.message), Side::upstream, 502};
}

}  // namespace ravelin::http
