#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "proxy/reply.h"
#include "proxy/text_template.h"
#include "ravelin/exchange.h"
#include "ravelin/result.h"

namespace ravelin::proxy {

/// Redirect sends a client to another URL, made from what it asked for. What a Location is made of, the host, the
/// canonical path and the query, has passed the codec: no CR or LF can be in it.

/// HttpsRedirect is what a plain listener does with its clients.
struct HttpsRedirect {
  std::uint16_t port = 443;
  int status = 308;
  Place place;  // of the listener
};

/// Whether the client itself came by HTTPS: to us, or to the trusted proxy that says so. To send it there
/// again would never end.
bool came_by_https(const RequestHead& request);

/// The URL at HTTPS of what was asked for. Error: route:no_host, 400.
Result<std::string> https_location(const Exchange& exchange, std::uint16_t port);
/// What was asked for, at another host and the same port.
std::string location_at(std::string_view host, const Exchange& exchange);

/// RouteRedirect is a route's `redirect`. Immutable.
class RouteRedirect {
 public:
  RouteRedirect(std::string_view to, int status) : to_(to), status_(status) {}

  int status() const { return status_; }
  /// Errors: route:no_host, route:redirect (the path would not be canonical), both 400.
  Result<std::string> location(const Exchange& exchange) const;

 private:
  TextTemplate to_;
  int status_;
};

/// Makes the answer. HTTP/1.0 knows neither 307 nor 308: its clients get 302 and 301.
Reply make_redirect(const Exchange& exchange, int status, std::string_view location);

}  // namespace ravelin::proxy
