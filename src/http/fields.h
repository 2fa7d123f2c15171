#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "ravelin/message.h"
#include "ravelin/result.h"

namespace ravelin::http {

/// is_token tells whether `text` is a token (RFC 9110 section 5.6.2); an empty text is not.
bool is_token(std::string_view text);
/// is_lower_token is is_token() without upper-case letters: a field name as HTTP/2 sends it.
bool is_lower_token(std::string_view text);
/// is_field_value tells whether `text` holds no control character but HTAB (RFC 9110 section 5.5).
/// Blanks at either end are not looked for.
bool is_field_value(std::string_view text);
/// trim takes optional white space (SP, HTAB) off both ends.
std::string_view trim(std::string_view text);
/// equals_ignoring_case compares ASCII text with `lower`, which is lower-case.
bool equals_ignoring_case(std::string_view text, std::string_view lower);

/// lower_copy copies ASCII text into the arena in lower case.
std::string_view lower_copy(Arena& arena, std::string_view text);

/// is_hop_by_hop tells whether a field is about one connection only and therefore never forwarded
/// (RFC 9110 section 7.6.1). The proxy authentication fields are among them: this gateway is the
/// client's origin, so a challenge to a proxy has no meaning on either side of it.
bool is_hop_by_hop(std::string_view lower_name);
/// is_owned tells whether a field is expressed by the other members of a head, not by its fields:
/// hop-by-hop fields, Host and Content-Length.
bool is_owned(std::string_view lower_name);
/// is_identity tells whether a field says who the client is or how it came (X-Forwarded-For,
/// Forwarded, client certificate fields, ...). Origins trust these: only the gateway may set them.
bool is_identity(std::string_view lower_name);
/// may_be_connection_option tells whether a Connection field may name this field. Naming one that is
/// meant for all recipients (Host, Cookie, Content-*, identity) is an attempt to have it stripped.
bool may_be_connection_option(std::string_view lower_name);
/// may_be_trailer tells whether a field may come after the body (RFC 9110 section 6.5.1). Framing,
/// routing, authentication, request modifiers, content description and identity may not. Of a request odd names may not
/// either.
bool may_be_trailer(std::string_view lower_name);

/// ListItems walks the non-empty, trimmed items of a comma-separated list. Quoted strings are not
/// understood: for lists of tokens only.
class ListItems {
 public:
  explicit ListItems(std::string_view list) : rest_(list) {}
  /// The next item, or nothing at the end.
  std::optional<std::string_view> next();

 private:
  std::string_view rest_;
};

/// list_has tells whether a comma-separated list of tokens has `lower_token`, in any case.
bool list_has(std::string_view list, std::string_view lower_token);

/// is_odd_name tells whether a name has another mark than '-', such as '_' or '.', which CGI-like origins cannot tell
/// from it.
bool is_odd_name(std::string_view name);
/// screen_odd_names removes the fields of a request whose names are odd, and refuses the request
/// (http:odd_field_name, 400) if one of them is the twin of a field that is there, of Host, of a framing field, or of
/// an identity field: "x_forwarded_for" would reach an application as X-Forwarded-For. Call it once per request head.
Result<void> screen_odd_names(HeaderList& fields);

}  // namespace ravelin::http
