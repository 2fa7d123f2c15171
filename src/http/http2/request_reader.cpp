#include "http/http2/request_reader.h"

#include <algorithm>
#include <string>
#include <utility>

#include "http/chars.h"
#include "http/fields.h"
#include "http/normalize.h"

namespace ravelin::http::http2 {

namespace {

Error refusal(std::string_view code, std::string message, int status) {
  return Error{code, std::move(message), Side::client, status};
}

Error too_large(const SectionSize& size, const Limits& limits) {
  if (size.has_too_many_fields())
    return refusal("http:too_many_fields", "the head has more than " + std::to_string(limits.fields) + " fields", 431);
  return refusal("http:head_too_large", "the head is larger than " + std::to_string(limits.head) + " bytes", 431);
}

}  // namespace

void RequestReader::begin() {
  head_ = std::make_unique<RequestHead>();
  head_->version = Version::http2;
  head_->scheme = scheme_;
  size_.clear();
  error_.reset();
  framing_ = FramingFields();
  cookies_ = 0;
  is_asterisk_ = false;
  is_connect_ = false;
  has_odd_names_ = false;
  is_malformed_ = false;
}

bool RequestReader::add(const DecodedText& name, const DecodedText& value) {
  size_.add(name.text, value.text);
  if (size_.is_too_large() && !error_) refuse(too_large(size_, limits_));
  if (error_) {
    // The answer depends on them, whatever comes before them: HEAD has no body, gRPC a status of its own.
    if (name.text == ":method") static_cast<void>(set_method(*head_, value.text).is_ok());
    if (name.text == "content-type" && !head_->fields.has(name.text)) add_field(name, value);
    return !size_.is_bomb();
  }
  if (name.text.front() == ':') {
    add_pseudo(name.text, value.text);
  } else if (is_owned(name.text)) {
    add_owned(name.text, value.text);
  } else {
    add_field(name, value);
  }
  return true;
}

// Each occurs at most once, and before every other field: RequestRules.
void RequestReader::add_pseudo(std::string_view name, std::string_view value) {
  if (name == ":method") {
    is_connect_ = value == "CONNECT";
    return is_connect_ ? void() : check(set_method(*head_, value));
  }
  if (name == ":protocol") return set_protocol(value);
  if (name == ":authority") return check(set_authority(*head_, value));
  if (name == ":scheme") {
    // Proxies before this one say what their client spoke; only https in the open is what it must not be (RFC 9110
    // section 7.4).
    if (!equals_ignoring_case(value, scheme_) && !equals_ignoring_case(value, "http"))
      refuse(refusal("http:wrong_scheme", "the request's scheme is not the one of its connection", 400));
    return;
  }
  if (value.size() > limits_.uri)
    return refuse(refusal("http:uri_too_long",
                          "the request target is longer than " + std::to_string(limits_.uri) + " bytes", 414));
  // '*' needs the method, which may come after it.
  is_asterisk_ = value == "*";
  if (!is_asterisk_) check(set_path(*head_, value));
}

// RFC 8441 section 4, and as short as a sane one is.
void RequestReader::set_protocol(std::string_view value) {
  constexpr std::size_t longest = 32;
  if (!is_token(value) || value.size() > longest)
    return refuse(refusal("http:bad_protocol", "the protocol is not a token of at most 32 bytes", 400));
  head_->protocol = lower_copy(head_->arena, value);
}

// The head says it as HTTP/1.1 does, so that everyone who judges it sees one form.
void RequestReader::finish_connect(bool is_end) {
  if (!is_connect_) {
    is_malformed_ |= !head_->protocol.empty();
  } else if (head_->protocol.empty()) {
    check(set_method(*head_, "CONNECT"));
  } else {
    check(set_method(*head_, "GET"));
    if (is_end) refuse(refusal("http:bad_protocol", "the request for a tunnel has ended already", 400));
  }
}

void RequestReader::add_field(const DecodedText& name, const DecodedText& value) {
  if (name.text == "expect") return add_expect(value.text);
  if (name.text == "cookie") ++cookies_;
  head_->fields.add_view(name.keep(head_->arena), value.keep(head_->arena), value.is_never_indexed);
}

void RequestReader::add_expect(std::string_view value) {
  if (equals_ignoring_case(value, "100-continue")) {
    head_->expects_continue = true;
  } else {
    refuse(refusal("http:expectation", "the request expects what is not offered", 417));
  }
}

void RequestReader::add_owned(std::string_view name, std::string_view value) {
  if (name == "host") return add_host(value);
  if (name == "content-length" && !framing_.add_content_length(value)) is_malformed_ = true;
}

// :authority wins; a Host that names something else makes the request malformed (RFC 9113 section 8.3.1).
void RequestReader::add_host(std::string_view value) {
  if (value == head_->authority) return;
  const std::string_view authority = std::exchange(head_->authority, {});
  const std::string_view host = head_->host;
  if (auto set = set_authority(*head_, value); !set) return refuse(std::move(set).error());
  if (authority.empty() || head_->authority == authority) return;
  is_malformed_ = true;
  head_->authority = authority;
  head_->host = host;
}

RequestReader::Outcome RequestReader::finish(bool is_end) {
  finish_connect(is_end);
  if (is_malformed_ || (is_end && framing_.length() > 0)) return Outcome::malformed;
  if (!error_ && is_asterisk_) check(set_path(*head_, "*"));
  if (!error_ && has_odd_names_) check(screen_odd_names(head_->fields));
  if (!error_) {
    join_cookies();
    set_body(is_end);
  }
  if (!error_) return Outcome::good;
  bool has_type = false;
  head_->fields.remove_if(
      [&](const Field& field) { return field.name != "content-type" || std::exchange(has_type, true); });
  return Outcome::refused;
}

// HTTP/2 may split a cookie field into crumbs; everyone else expects one (RFC 9113 section 8.2.3). Behind an empty last
// crumb it would end with a space, which is no part of a value (RFC 9110 section 5.5).
void RequestReader::join_cookies() {
  if (cookies_ < 2) return;
  HeaderList& fields = head_->fields;
  std::size_t size = 2 * (cookies_ - 1);
  for (const Field& field : fields)
    if (field.name == "cookie") size += field.value.size();
  char* const text = static_cast<char*>(head_->arena.allocate(size));
  char* to = text;
  std::string_view glue;
  bool is_never_indexed = false;
  for (const Field& field : fields) {
    if (field.name != "cookie") continue;
    to = std::copy(glue.begin(), glue.end(), to);
    to = std::copy(field.value.begin(), field.value.end(), to);
    glue = "; ";
    is_never_indexed |= field.is_never_indexed;
  }
  fields.remove("cookie");
  fields.add_view("cookie", {text, size - (to[-1] == ' ' ? 1 : 0)}, is_never_indexed);
}

// The codec compares a length with the DATA (RFC 9113 section 8.1.1).
void RequestReader::set_body(bool is_end) {
  const bool has_body = !is_end && head_->protocol.empty();
  head_->expects_continue &= has_body;
  if (!has_body) return;
  head_->body = framing_.has_length() ? BodyKind::sized : BodyKind::streamed;
  head_->body_size = framing_.length();
}

void RequestReader::refuse(Error error) {
  if (!error_) error_ = std::move(error);
}

}  // namespace ravelin::http::http2
