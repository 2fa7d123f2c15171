#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "proxy/generation.h"
#include "proxy/reply.h"
#include "ravelin/exchange.h"
#include "ravelin/result.h"

namespace ravelin::proxy {

/// LocalAnswer is an answer that the configuration gives in the place of an upstream. It is no refusal:
/// `code` ("route:respond", "route:redirect", "route:https", "route:canonical_host") is for the records.
struct LocalAnswer {
  Reply reply;
  std::string_view code;
  std::string detail;
  Place place;  // what it is configured by
};

/// The answer that the configuration has for this request; nothing if the route's upstream is to be asked. In
/// this order: the listener's redirect to HTTPS (first, so that a browser learns the host's HSTS before it
/// leaves it), the route's canonical host, its redirect or response. Errors are the client's, 400.
std::optional<Result<LocalAnswer>> find_local_answer(const Generation& generation, const Route& route,
                                                     const Exchange& exchange);

}  // namespace ravelin::proxy
