#include "config/shape.h"

#include <utility>

namespace ravelin::config {
namespace {

// Modules that a later version brings.
Choices choices_of(Known known) {
  Choices choices;
  for (const Descriptor* descriptor : known) choices.known.push_back(descriptor->name);
  choices.not_available = {"geoip", "challenge", "jwt", "openapi", "clamav"};
  return choices;
}

void bind_entry(Binder& b, ModuleEntry& entry, const std::string& name, Known known) {
  if (entry.name != name) entry = make_entry(name, known);
  b.enter_entry(name);
  b.value(entry);
  b.leave_entry();
}

constexpr std::string_view error_pages_doc =
    "Files for the refusals that the gateway makes itself, of 64 KiB at most, by status (404) or class (5xx), a status "
    "before its class and a route's before those for all. ${status}, ${reason} and ${request.id} are replaced. Clients "
    "that prefer JSON get their JSON.";

/// UpstreamName is a scalar today; a map will be a weighted split.
struct UpstreamName {
  std::string& name;
  void bind_value(Binder& b) {
    if (!b.map_not_available("a weighted split")) b.value(name);
  }
};

}  // namespace

ModuleEntry make_entry(std::string_view name, Known known) {
  ModuleEntry entry;
  for (const Descriptor* descriptor : known) {
    if (descriptor->name != name) continue;
    entry.name = name;
    if (descriptor->make_section != nullptr) entry.section = descriptor->make_section();
  }
  return entry;
}

void ModuleList::bind_value(Binder& b) {
  Choices choices = choices_of(known);
  choices.is_single = true;
  const std::size_t size = b.enter_list(entries.size());
  entries.resize(size);
  for (std::size_t i = 0; i < size; ++i) {
    b.enter_item(i);
    std::vector<std::string> names;
    if (!entries[i].name.empty()) names.push_back(entries[i].name);
    for (const std::string& name : b.enter_choice(std::move(names), choices)) bind_entry(b, entries[i], name, known);
    b.leave_map();
    b.leave_item();
  }
  b.leave_list();
}

void ModuleOverrides::bind_value(Binder& b) {
  std::vector<std::string> names;
  for (const auto& entry : entries) names.push_back(entry.first);
  for (const std::string& name : b.enter_choice(std::move(names), choices_of(known))) {
    bind_entry(b, entries[name], name, known);
  }
  b.leave_map();
}

void RouteList::bind_value(Binder& b) {
  const std::size_t size = b.enter_list(routes.size());
  routes.resize(size);
  for (std::size_t i = 0; i < size; ++i) {
    b.enter_item(i);
    RouteShape shape{routes[i], known};
    b.value(shape);
    b.leave_item();
  }
  b.leave_list();
}

void RouteShape::bind(Binder& b) {
  b.place(route.place);
  ModuleOverrides modules{route.modules, known};
  UpstreamName upstream{route.upstream};
  b.key("name", route.name, "Its name in metrics and events; made from the match if not given.");
  b.required("match", route.match, "Which requests it takes; `{}` takes all.");
  b.key("upstream", upstream, "The upstream that answers. It, `respond` or `redirect` must be there, and only one.");
  b.key("respond", route.respond, "The gateway answers this itself.");
  b.key("redirect", route.redirect, "The gateway sends the client elsewhere.");
  b.key("canonical_host", route.canonical_host,
        "A request for another host is sent to the same target on this one (308).");
  b.key("rewrite", route.rewrite,
        "Changes the path that the upstream is asked for. Modules, rules and events see the client's.");
  b.key("modules", modules,
        "What this route has otherwise than `modules` above, per module: the keys given here, the rest as there.");
  b.key("request_headers", route.request_headers, "Further changes for this route, made after those for every route.");
  b.key("response_headers", route.response_headers,
        "Further changes for this route, made after those for every route.");
  b.key(
      "upgrade", route.upgrade,
      "Protocols that a connection may be switched to, by HTTP/1.1 Upgrade or HTTP/2 extended CONNECT; `[]` for none.");
  b.key("escaped_slashes", route.escaped_slashes,
        "What becomes of requests with %2F in their path: 400, or `keep`, for applications that want them (names of "
        "packages, projects or rooms in a path). To matches an escaped slash is a slash.");
  b.key("request_body", route.request_body, "In place of `limits.request_body`, for this route.", at_least(0));
  b.key("body_idle", route.body_idle, "In place of `limits.body_idle`, for this route.",
        between(std::chrono::milliseconds(10), std::chrono::hours(24)));
  b.key("body_min_rate", route.body_min_rate,
        "In place of `limits.body_min_rate`, for this route: 0 for clients that stream now and then (gRPC).",
        between(0, std::int64_t{1} << 30));
  b.key("error_pages", route.error_pages, error_pages_doc);
  b.key("compression", route.compression,
        "What this route has otherwise than `compression` above: the keys given here, the rest as there; `off` for "
        "none.");
  b.not_available("require");
  check_answers(b);
}

// Who answers must be clear.
void RouteShape::check_answers(Binder& b) const {
  const int answers = int{!route.upstream.empty()} + int{route.respond.has_value()} + int{route.redirect.has_value()};
  if (answers == 0) b.problem("", "expected 'upstream', 'respond' or 'redirect': who answers");
  if (answers > 1) b.problem("", "'upstream', 'respond' and 'redirect' exclude each other");
  if (route.rewrite && route.upstream.empty())
    b.problem("rewrite", "changes what an upstream is asked for, and this route has none");
}

void ConfigShape::bind(Binder& b) {
  ModuleList modules{config.modules, known};
  RouteList routes{config.routes, known};
  b.key("workers", config.workers, "How many threads serve, `auto` is one per core.", between(1, 1024));
  b.key("drain_timeout", config.drain_timeout, "How long a drain waits for requests in flight before it closes them.",
        between(std::chrono::seconds(0), std::chrono::hours(24)));
  b.key("drain_delay", config.drain_delay,
        "How long a drain goes on to accept connections while `/readyz` says 503, so that balancers notice first.",
        between(std::chrono::seconds(0), std::chrono::hours(1)));
  b.required("listeners", config.listeners, "Where clients connect.");
  b.key("client_identity", config.client_identity, "Who is the client, for limits, bans, rules and logs.");
  b.key("limits", config.limits, "Every bound that a client can press against.");
  b.key("upstreams", config.upstreams, "Named groups of origin servers.");
  b.key(
      "via", config.via,
      "The name that is added to the Via field of every request, by which a request that loops is noticed. `off` adds "
      "none, for origins that do not compress where they see one (nginx without gzip_proxied).");
  b.key("request_headers", config.request_headers, "Changes to every request's head on its way to the upstream.");
  b.key("response_headers", config.response_headers, "Changes to every response's head on its way to the client.");
  b.key("error_pages", config.error_pages, error_pages_doc);
  b.key("compression", config.compression,
        "Content coding of responses on their way to the client; `off` for none, `{}` for these defaults. See "
        "docs/threat-model.md on secrets in compressed pages.");
  b.key("modules", modules, "The security modules that run, in the order of evaluation.");
  b.required(
      "routes", routes,
      "What to do with a request. The most specific match decides: host, then longest path, then order of the file.");
  b.key("store", config.store, "Where bans and counters are kept.");
  b.key("events", config.events, "Where records of requests and of refusals go.");
  b.key("admin", config.admin, "The endpoint for operators. It has no authentication: loopback only.");
}

}  // namespace ravelin::config
