#include "http/http1/response_reader.h"

#include <string>
#include <utility>

#include "http/chars.h"
#include "http/fields.h"
#include "http/framing_rules.h"
#include "http/http1/head_fields.h"

namespace ravelin::http::http1 {

namespace {

Error bad(std::string message) { return Error{"upstream:bad_response", std::move(message), Side::upstream, 502}; }

}  // namespace

Result<bool> ResponseReader::read(std::string_view text, std::string_view method) {
  if (text.front() != 'H') return bad("the response does not begin with HTTP/");
  while (true) {
    switch (scanner_.scan(text, limits_.head)) {
      case HeadScanner::Outcome::incomplete: return false;
      case HeadScanner::Outcome::first_line:
        fields_start_ = scanner_.size() + 2;
        if (auto read = read_status_line(text.substr(0, scanner_.size())); !read) return std::move(read).error();
        break;
      case HeadScanner::Outcome::whole:
        if (auto read = read_fields(text.substr(fields_start_, scanner_.size() - 2 - fields_start_), method); !read)
          return as_bad_response(std::move(read).error());
        return true;
      case HeadScanner::Outcome::bad_line_end: return bad("a line of the response's head does not end with CR LF");
      case HeadScanner::Outcome::too_large: return bad("the response's head is larger than allowed");
    }
  }
}

std::unique_ptr<ResponseHead> ResponseReader::take() {
  scanner_.restart();
  return std::move(head_);
}

// RFC 9112 section 4. The space after the status is left out by some servers when there is no reason
// phrase; the phrase itself is checked and dropped.
Result<void> ResponseReader::read_status_line(std::string_view line) {
  const bool is_11 = line.substr(0, 9) == "HTTP/1.1 ";
  if (!is_11 && line.substr(0, 9) != "HTTP/1.0 ") return bad("the response is neither HTTP/1.0 nor HTTP/1.1");
  int status = 0;
  for (const char c : line.substr(9, 3)) {
    if (!chars::is_digit(static_cast<unsigned char>(c))) return bad("the status is not a number");
    status = status * 10 + (c - '0');
  }
  if (status < 100 || status > 599) return bad("the status is not between 100 and 599");
  const std::string_view reason = line.substr(12);
  if (!reason.empty() && (reason.front() != ' ' || !is_field_value(reason))) return bad("the status line is malformed");
  head_ = std::make_unique<ResponseHead>();
  head_->status = status;
  head_->version = is_11 ? Version::http11 : Version::http10;
  return {};
}

Result<void> ResponseReader::read_fields(std::string_view lines, std::string_view method) {
  HeadFields read(head_->fields);
  if (auto done = read.read(lines, limits_.fields); !done) return done;
  auto framing = read.framing().response(head_->version, head_->status, method);
  if (!framing) return std::move(framing).error();
  head_->body = framing->kind;
  head_->body_size = framing->size;
  may_persist_ = read.may_persist(head_->version);
  upgrade_ = read.upgrade();
  named_ = read.keep_named();
  return read.remove_named();
}

}  // namespace ravelin::http::http1
