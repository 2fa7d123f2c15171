#pragma once

#include <string_view>

#include "ravelin/message.h"
#include "ravelin/result.h"

namespace ravelin::http {

/// count_hop takes this gateway off a request's Max-Forwards, which bounds how far OPTIONS goes (RFC 9110
/// section 7.6.2; TRACE is refused before). False: it was 0, and the request ends here, to be answered.
/// Other methods pass untouched. Error: http:max_forwards, 400: not one number.
Result<bool> count_hop(RequestHead& head);

/// add_via adds this gateway, as `name`, to a request's Via (RFC 9110 section 7.6.3). Error: http:loop, 508: the name
/// is there so often that the request goes in a circle.
Result<void> add_via(RequestHead& head, std::string_view name);

}  // namespace ravelin::http
