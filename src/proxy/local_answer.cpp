#include "proxy/local_answer.h"

#include <string>
#include <utility>

namespace ravelin::proxy {
namespace {

using Answer = std::optional<Result<LocalAnswer>>;

// Records keep no query of a redirect: it may hold what is secret.
Answer redirected(const Exchange& exchange, int status, const Result<std::string>& location, LocalAnswer answer) {
  if (!location) return location.error();
  answer.reply = make_redirect(exchange, status, *location);
  answer.detail = "sent to " + location->substr(0, location->find('?'));
  return answer;
}

const HttpsRedirect* https_redirect(const Generation& generation, const Exchange& exchange) {
  for (const auto& [listener, redirect] : generation.https_redirects)
    if (listener == exchange.peer().listener) return &redirect;
  return nullptr;
}

}  // namespace

Answer find_local_answer(const Generation& generation, const Route& route, const Exchange& exchange) {
  const RequestHead& request = exchange.request();
  const HttpsRedirect* const https = https_redirect(generation, exchange);
  if (https != nullptr && !route.is_acme_challenge && !came_by_https(request))
    return redirected(exchange, https->status, https_location(exchange, https->port),
                      {{}, "route:https", {}, https->place});
  if (!route.canonical_host.empty() && request.host != route.canonical_host)
    return redirected(exchange, 308, location_at(route.canonical_host, exchange),
                      {{}, "route:canonical_host", {}, route.place});
  if (route.redirect)
    return redirected(exchange, route.redirect->status(), route.redirect->location(exchange),
                      {{}, "route:redirect", {}, route.place});
  if (route.respond) return LocalAnswer{route.respond->reply_to(exchange), "route:respond", {}, route.place};
  return std::nullopt;
}

}  // namespace ravelin::proxy
