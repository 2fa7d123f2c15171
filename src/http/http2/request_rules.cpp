#include "http/http2/request_rules.h"

#include "http/chars.h"
#include "http/fields.h"
#include "http/wide_text.h"

namespace ravelin::http::http2 {

namespace {

enum class Name : std::uint8_t { bad, good, odd };

// Most names are nothing but lower-case letters and dashes.
bool has_other_than_plain(Bytes16 bytes) {
  const Bytes16 letters = (bytes >= all16('a')) & (bytes <= all16('z'));
  const Bytes16 digits = (bytes >= all16('0')) & (bytes <= all16('9'));
  return is_any(~(letters | digits | (bytes == all16('-'))));
}

// RFC 9113 section 8.2.1: a token without upper-case letters. What HPACK's static table has is one.
Name judge_name(const DecodedText& name) {
  if (name.is_static) return Name::good;
  if (name.text.empty()) return Name::bad;
  if (name.text.size() >= wide_text && !is_any_of(name.text, has_other_than_plain)) return Name::good;
  unsigned classes = 0;
  for (const char c : name.text) {
    const unsigned found = chars::name_class(c);
    if (found == 0 || (found & 0xff) != static_cast<unsigned char>(c)) return Name::bad;
    classes |= found;
  }
  return (classes & chars::odd) != 0 ? Name::odd : Name::good;
}

// RFC 9113 section 8.2.1.
bool is_good_value(std::string_view value) {
  if (value.empty()) return true;
  return !chars::is_blank(value.front()) && !chars::is_blank(value.back()) && is_field_value(value);
}

// RFC 9113 section 8.2.2.
bool is_of_connection(std::string_view name, std::string_view value) {
  switch (name.size()) {
    case 2: return name == "te" && !equals_ignoring_case(value, "trailers");
    case 7: return name == "upgrade";
    case 10: return name == "connection" || name == "keep-alive";
    case 16: return name == "proxy-connection";
    case 17: return name == "transfer-encoding";
    default: return false;
  }
}

// What pseudo fields are made of has neither blanks nor control characters, and is not empty.
bool is_good_pseudo_value(std::string_view value) {
  constexpr auto none = std::string_view::npos;
  return !value.empty() && is_field_value(value) && value.find(' ') == none && value.find('\t') == none;
}

}  // namespace

bool RequestRules::admits(const DecodedText& name, std::string_view value) {
  if (!name.text.empty() && name.text.front() == ':') return !is_amid_fields_ && admits_pseudo(name.text, value);
  is_amid_fields_ = true;
  const Name judged = judge_name(name);
  has_odd_names_ |= judged == Name::odd;
  if (judged == Name::bad || !is_good_value(value) || is_of_connection(name.text, value)) return false;
  return name.text != "host" || (!value.empty() && is_first(host));
}

bool RequestRules::is_first(Pseudo field) {
  const bool is_first = !has(field);
  seen_ |= field;
  return is_first;
}

bool RequestRules::admits_pseudo(std::string_view name, std::string_view value) {
  if (!is_good_pseudo_value(value)) return false;
  if (name == ":method") {
    is_connect_ = value == "CONNECT";
    is_options_ = value == "OPTIONS";
    return is_first(method);
  }
  if (name == ":path") {
    is_rooted_ = value.front() == '/';
    is_asterisk_ = value == "*";
    return is_first(path);
  }
  if (name == ":scheme") {
    is_of_web_ = equals_ignoring_case(value, "https") || equals_ignoring_case(value, "http");
    return is_first(scheme);
  }
  if (name == ":protocol") return is_first(protocol);
  return name == ":authority" && is_first(authority);
}

// RFC 9113 sections 8.3.1 and 8.5, RFC 8441 section 4. A path of another scheme's form is that scheme's affair.
bool RequestRules::is_complete() const {
  if (has(protocol) && !(is_connect_ && has(authority))) return false;
  if (is_connect_ && !has(protocol)) return has(method | authority) && (seen_ & (path | scheme)) == 0;
  if (!has(method | scheme | path) || (seen_ & (authority | host)) == 0) return false;
  return !is_of_web_ || is_rooted_ || (is_asterisk_ && is_options_);
}

bool may_be_in_trailers(const DecodedText& name, std::string_view value) {
  return judge_name(name) != Name::bad && name.text.front() != ':' && is_good_value(value) &&
         !is_of_connection(name.text, value);
}

}  // namespace ravelin::http::http2
