#include "proxy/redirect.h"

#include <algorithm>
#include <cassert>
#include <memory>

#include "http/fields.h"
#include "ravelin/path.h"

namespace ravelin::proxy {
namespace {

Error no_host() {
  return {"route:no_host", "the request names no host that it could be sent to another URL of", Side::client, 400};
}

void append_target(std::string& url, const RequestHead& request) {
  url.append(path_of_url(request));
  if (request.has_query) url.append("?").append(request.query);
}

// ":8443", or nothing.
std::string_view port_of(const RequestHead& request) {
  std::string_view rest = request.authority;
  rest.remove_prefix(std::min(rest.size(), request.host.size()));
  return rest.substr(std::min(rest.find(':'), rest.size()));  // behind the dot that may end a name
}

// Where the path begins: behind the host, if there is one.
std::size_t path_start(std::string_view url) {
  if (url.starts_with('/')) return 0;
  const std::size_t host = url.find("://") + 3;
  return std::min(url.find_first_of("/?#", host), url.size());
}

// Variables may have met what stands beside them: "/x" + "/" + "/y".
Result<std::string> with_canonical_path(std::string_view url) {
  const std::size_t start = path_start(url);
  const std::size_t end = std::min(url.find_first_of("?#", start), url.size());
  if (start == end) return std::string(url);
  Arena arena;
  const auto path = canonical_path(arena, url.substr(start, end - start));
  if (!path) return Error{"route:redirect", path.error().message, Side::client, 400};
  return std::string(url.substr(0, start)).append(*path).append(url.substr(end));
}

int status_for(Version version, int status) {
  if (version != Version::http10) return status;
  return status == 308 ? 301 : status == 307 ? 302 : status;
}

}  // namespace

bool came_by_https(const RequestHead& request) { return client_scheme(request) == "https"; }

Result<std::string> https_location(const Exchange& exchange, std::uint16_t port) {
  const RequestHead& request = exchange.request();
  if (request.host.empty()) return no_host();
  std::string url = "https://" + std::string(request.host);
  if (port != 443) url.append(":").append(std::to_string(port));
  append_target(url, request);
  return url;
}

std::string location_at(std::string_view host, const Exchange& exchange) {
  const RequestHead& request = exchange.request();
  std::string url(client_scheme(request));
  url.append("://").append(host).append(port_of(request));
  append_target(url, request);
  return url;
}

Result<std::string> RouteRedirect::location(const Exchange& exchange) const {
  if (to_.has(Variable::host) && exchange.request().host.empty()) return no_host();
  std::string url = to_.expand_url(exchange);
  if (url.ends_with('?') && !exchange.request().has_query) url.pop_back();  // "?${query}" of a request without one
  return with_canonical_path(url);
}

Reply make_redirect(const Exchange& exchange, int status, std::string_view location) {
  assert(http::is_field_value(location));
  Reply reply;
  reply.head = std::make_unique<ResponseHead>();
  reply.head->status = status_for(exchange.request().version, status);
  reply.head->body = BodyKind::sized;
  reply.head->fields.add("location", location);
  return reply;
}

}  // namespace ravelin::proxy
