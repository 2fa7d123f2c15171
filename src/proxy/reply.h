#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "proxy/error_pages.h"
#include "ravelin/exchange.h"
#include "ravelin/message.h"
#include "ravelin/result.h"
#include "ravelin/verdict.h"

namespace ravelin::proxy {

/// Reply is a response made here: a head, and a body.
struct Reply {
  std::unique_ptr<ResponseHead> head;
  // Both empty for HEAD, though the head tells their size.
  std::string body;       // made for this request
  std::string_view kept;  // or what the Generation keeps
};

/// Makes the answer to a request that is refused or failed: HTML, or application/problem+json where the
/// client prefers JSON (RFC 9457), with status, title, the public part of the reason and the request id.
/// `page` is used in the place of our own HTML, unless it is null.
Reply make_reply(const Exchange& exchange, const Rejection& rejection, const ErrorPage* page);
/// Makes the answer that a module gave in the place of an upstream: a head without a body.
Reply make_answer(const Rejection& answer);

/// Sets the fields that a module gives a response, but for values that are none.
void set_fields(HeaderList& fields, const Rejection& of_module);

/// The refusal that an error comes to.
Rejection make_rejection(const Error& error);
/// Who ended an exchange that failed on this side, as the events call it.
std::string_view to_ended_by(Side side);

/// The public part of a reason code: what stands before the ':'.
std::string_view public_reason(std::string_view reason);
/// The standard phrase of a status (RFC 9110 section 15), "Error" for one it does not know.
std::string_view status_phrase(int status);

}  // namespace ravelin::proxy
