#include "http/http2/response_reader.h"

#include <utility>

#include "http/chars.h"
#include "http/fields.h"

namespace ravelin::http::http2 {

namespace {

Error bad(std::string message) { return Error{"upstream:bad_response", std::move(message), Side::upstream, 502}; }

}  // namespace

void ResponseReader::begin(std::string_view method) {
  head_ = std::make_unique<ResponseHead>();
  head_->version = Version::http2;
  size_.clear();
  method_ = method;
  framing_ = FramingFields();
}

Result<void> ResponseReader::add(const DecodedText& name, const DecodedText& value) {
  size_.add(name.text, value.text);
  if (size_.has_too_many_fields())
    return bad("the response's head has more than " + std::to_string(limits_.fields) + " fields");
  if (size_.has_too_many_bytes())
    return bad("the response's head is larger than " + std::to_string(limits_.head) + " bytes");
  if (name.text == ":status") return set_status(value.text);
  if (name.text == "content-length") {
    auto added = framing_.add_content_length(value.text);
    return added ? Result<void>() : as_bad_response(std::move(added).error());
  }
  if (!is_owned(name.text))
    head_->fields.add_view(name.keep(head_->arena), value.keep(head_->arena), value.is_never_indexed);
  return {};
}

// nghttp2 lets any three digits but 101 pass.
Result<void> ResponseReader::set_status(std::string_view value) {
  int status = 0;
  for (const char c : value) {
    if (!chars::is_digit(static_cast<unsigned char>(c))) return bad("the status is not a number");
    status = status * 10 + (c - '0');
  }
  if (value.size() != 3 || status < 100 || status > 599) return bad("the status is not between 100 and 599");
  head_->status = status;
  return {};
}

Result<void> ResponseReader::finish(bool is_end) {
  if (head_->status == 0) return bad("the response has no status");
  set_body(is_end);
  return {};
}

// RFC 9113 section 8.1.1: a length may stand in a response without a body; nghttp2 compares any other
// with the DATA.
void ResponseReader::set_body(bool is_end) {
  const bool is_bodiless = has_no_body(head_->status, method_);
  const bool may_have_length = head_->status >= 200 && head_->status != 204;
  if (is_bodiless ? !(framing_.has_length() && may_have_length) : is_end) return;
  head_->body = framing_.has_length() ? BodyKind::sized : BodyKind::streamed;
  head_->body_size = framing_.length();
}

}  // namespace ravelin::http::http2
