#include "http/http1/request_reader.h"

#include <algorithm>
#include <string>
#include <utility>

#include "http/chars.h"
#include "http/fields.h"
#include "http/http1/head_fields.h"
#include "http/normalize.h"

namespace ravelin::http::http1 {

namespace {

Error refused(std::string_view code, std::string message, int status = 400) {
  return Error{code, std::move(message), Side::client, status};
}

Error bad_request_line() { return refused("http:bad_request_line", "the request line is not METHOD TARGET HTTP/1.1"); }

}  // namespace

Result<bool> RequestReader::read(std::string_view text) {
  if (!chars::is_token_char(text.front())) return bad_request_line();  // at once: it may be TLS
  while (true) {
    switch (scanner_.scan(text, limits_.head)) {
      case HeadScanner::Outcome::incomplete: return false;
      case HeadScanner::Outcome::first_line:
        fields_start_ = scanner_.size() + 2;
        if (auto read = read_request_line(text.substr(0, scanner_.size())); !read) return std::move(read).error();
        break;
      case HeadScanner::Outcome::whole:
        if (auto read = read_fields(text.substr(fields_start_, scanner_.size() - 2 - fields_start_)); !read)
          return std::move(read).error();
        return true;
      case HeadScanner::Outcome::bad_line_end: return refused("http:bad_line_end", "a line does not end with CR LF");
      case HeadScanner::Outcome::too_large: return too_large();
    }
  }
}

std::unique_ptr<RequestHead> RequestReader::take() {
  head();
  scanner_.restart();
  return std::move(head_);
}

RequestHead& RequestReader::head() {
  if (!head_) {
    head_ = std::make_unique<RequestHead>();
    head_->scheme = scheme_;
  }
  return *head_;
}

// RFC 9112 section 3: exactly one space between the three parts.
Result<void> RequestReader::read_request_line(std::string_view line) {
  const std::size_t method_end = line.find(' ');
  const std::size_t target_end = line.rfind(' ');
  if (method_end == std::string_view::npos || target_end == method_end) return bad_request_line();
  const std::string_view method = line.substr(0, method_end);
  const std::string_view target = line.substr(method_end + 1, target_end - method_end - 1);
  if (method == "CONNECT" && target.substr(std::min(target.rfind(':'), target.size())).size() < 2)
    return refused("http:bad_target", "CONNECT names no port");
  if (auto set = set_method(head(), method); !set) return set;
  if (auto read = read_version(line.substr(target_end + 1)); !read) return read;
  if (target.size() > limits_.uri)
    return refused("http:uri_too_long", "the request target is longer than allowed", 414);
  if (target.find(' ') != std::string_view::npos) return bad_request_line();
  return set_target(head(), target);
}

Result<void> RequestReader::read_version(std::string_view text) {
  if (text == "HTTP/1.1") {
    head().version = Version::http11;
  } else if (text == "HTTP/1.0") {
    head().version = Version::http10;
  } else if (text.size() == 8 && text.substr(0, 5) == "HTTP/" && text[6] == '.' &&
             chars::is_digit(static_cast<unsigned char>(text[5])) &&
             chars::is_digit(static_cast<unsigned char>(text[7]))) {
    // Before 1.0 a request line named no version.
    return refused("http:version", "the HTTP version is neither 1.0 nor 1.1", text[5] == '0' ? 400 : 505);
  } else {
    return bad_request_line();
  }
  return {};
}

Result<void> RequestReader::read_fields(std::string_view lines) {
  HeadFields read(head_->fields);
  if (auto done = read.read(lines, limits_.fields); !done) return done;
  if (auto done = read_host(read.hosts(), read.host()); !done) return done;
  auto framing = read.framing().request(head_->version);
  if (!framing) return std::move(framing).error();
  head_->body = framing->kind;
  head_->body_size = framing->size;
  if (auto done = read.remove_named(); !done) return done;
  named_ = read.keep_named();
  if (head_->version == Version::http11) {  // RFC 9110 section 10.1.1: not in 1.0
    if (read.expects_other()) return refused("http:expectation", "the request expects what is not offered", 417);
    head_->expects_continue = read.expects_continue() && head_->body != BodyKind::none;
  }
  may_persist_ = read.may_persist(head_->version);
  set_protocol(read.upgrade());
  return read.has_odd_names() ? screen_odd_names(head_->fields) : Result<void>();
}

// What cannot become a tunnel is an ordinary request: a server may ignore Upgrade (RFC 9110 section 7.8),
// and HTTP/2 by Upgrade is no more (RFC 9113 section 3.1).
void RequestReader::set_protocol(std::string_view upgrade) {
  if (upgrade.empty() || head_->version != Version::http11 || head_->method != "GET") return;
  if (head_->body == BodyKind::none && !equals_ignoring_case(upgrade, "h2c"))
    head_->protocol = lower_copy(head_->arena, upgrade);
}

// RFC 9112 section 3.2: one valid Host, but HTTP/1.0 may do without, as checks of load balancers do: such a request
// finds the routes for any host. An absolute target's authority wins over it (section 3.2.2).
Result<void> RequestReader::read_host(std::size_t hosts, std::string_view host) {
  const bool is_absolute = !head_->authority.empty();
  if (hosts > 1) return refused("http:host_repeated", "the request has more than one Host");
  if (hosts == 0) {
    if (head_->version == Version::http10) {
      if (!is_absolute) head_->authority = head_->host = "";
      return {};
    }
    return refused("http:host_missing", "the request has no Host");
  }
  const auto of_target = std::pair(head_->authority, head_->host);
  if (auto set = set_authority(*head_, host); !set) return set;
  if (is_absolute) std::tie(head_->authority, head_->host) = of_target;
  return {};
}

Error RequestReader::too_large() const {
  if (scanner_.has_first_line()) return refused("http:head_too_large", "the head is larger than allowed", 431);
  return refused("http:uri_too_long", "the request line is longer than a head may be", 414);
}

}  // namespace ravelin::http::http1
