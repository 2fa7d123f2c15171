#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "base/near_miss.h"
#include "config/checker.h"
#include "ravelin/path.h"

namespace ravelin::config {
namespace {

void check_endpoints(Checker& check, const std::string& at, const std::vector<Endpoint>& endpoints) {
  if (endpoints.empty()) return check.error(at, "expected at least one endpoint, such as [10.0.1.10:80]");
  std::map<std::string, std::string> seen;
  bool has_primary = false;
  for (std::size_t i = 0; i < endpoints.size(); ++i) {
    const std::string address = endpoints[i].address.to_string();
    has_primary = has_primary || !endpoints[i].is_backup;
    if (address.empty()) continue;  // could not be read
    const auto [same, is_new] = seen.emplace(address, item(at, i));
    if (!is_new) check.error(item(at, i), address + " is already an endpoint at " + check.where(same->second));
  }
  if (!has_primary) check.warning(at, "every endpoint is a backup");
}

// A unix socket has no name that a certificate could be for.
void check_tls(Checker& check, const std::string& at, const Upstream& upstream) {
  if (!upstream.tls) return;
  const UpstreamTls& tls = *upstream.tls;
  const bool has_socket = std::any_of(upstream.endpoints.begin(), upstream.endpoints.end(), [](const Endpoint& one) {
    return one.address.literal && one.address.literal->is_unix();
  });
  if (tls.server_name.empty() && has_socket) {
    check.error(at, "an endpoint on a unix socket has no name: set server_name");
  } else if (!tls.server_name.empty() && !is_host_name(tls.server_name) && !Address::parse(tls.server_name)) {
    check.error(at + ".server_name", "expected a host name such as api.internal, or an address");
  }
  if (!tls.verify)
    check.warning(at + ".verify", "whoever is between the gateway and this upstream can read and change everything");
  if (!tls.verify && !tls.ca.is_empty()) check.error(at + ".ca", "is not used, as verify is false");
}

void check_host(Checker& check, const std::string& at, std::string_view host) {
  if (host.empty()) return;
  if (host.substr(0, 2) == "*.") host.remove_prefix(2);
  if (is_host_name(host) || Address::parse(host)) return;
  const bool has_port = host.find(':') != std::string_view::npos;
  check.error(at, std::string("expected a host name such as shop.example.com or *.example.com") +
                      (has_port ? ", without a port" : ""));
}

// What the router compares with is canonical: a path that is not never matches.
void check_paths(Checker& check, const std::string& at, const Match& match) {
  if (!match.path.empty())
    if (const auto problem = path_problem(match.path)) check.error(at + ".path", *problem);
  if (!match.path_prefix.empty())
    if (const auto problem = path_prefix_problem(match.path_prefix)) check.error(at + ".path_prefix", *problem);
  if (!match.path.empty() && !match.path_prefix.empty()) check.error(at, "'path' and 'path_prefix' exclude each other");
}

void check_match(Checker& check, const std::string& at, const Match& match) {
  check_host(check, at + ".host", match.host);
  check_paths(check, at, match);
  for (std::size_t i = 0; i < match.method.size(); ++i) {
    const std::string& method = match.method[i];
    const bool has_lower = std::any_of(method.begin(), method.end(), [](char c) { return c >= 'a' && c <= 'z'; });
    if (!is_token(method) || has_lower) {
      check.error(item(at + ".method", i), "expected a method such as GET, in capitals");
    } else if (method == "CONNECT" || method == "TRACE") {
      check.error(item(at + ".method", i), method + " is never forwarded");
    }
  }
}

// HTTP/2 is offered by ALPN only: by Upgrade it gets around whoever looks at HTTP/1.1.
void check_upgrade(Checker& check, const std::string& at, const std::vector<std::string>& protocols) {
  for (std::size_t i = 0; i < protocols.size(); ++i) {
    const std::string& protocol = protocols[i];
    const bool is_lower = std::none_of(protocol.begin(), protocol.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
    if (!is_token(protocol) || !is_lower || protocol.size() > 32) {
      check.error(item(at, i), "expected a protocol such as websocket, in lower case");
    } else if (protocol == "h2c" || protocol == "tls") {
      check.error(item(at, i), protocol + " is never switched to");
    }
  }
}

void check_upstream_of(Checker& check, const std::string& at, const std::string& name) {
  const auto& upstreams = check.config().upstreams;
  if (name.empty() || upstreams.count(name) > 0) return;
  std::vector<std::string_view> names;
  for (const auto& upstream : upstreams) names.push_back(upstream.first);
  check.error(at, "there is no upstream '" + name + "'" + did_you_mean(name, names));
}

void check_overrides(Checker& check, const std::string& at, const Route& route) {
  const auto& modules = check.config().modules;
  for (const auto& override_of : route.modules) {
    const auto is_same = [&](const ModuleEntry& entry) { return entry.name == override_of.first; };
    if (std::any_of(modules.begin(), modules.end(), is_same)) continue;
    check.error(at + ".modules." + override_of.first,
                "is not in the list `modules`, whose order it would need; list it there, with mode: off if it is only "
                "for this route");
  }
}

// The matches that compete: same host, same path.
using Target = std::tuple<std::string, std::string, std::string>;

bool covers(const Match& earlier, const Match& later) {
  if (earlier.method.empty()) return true;
  if (later.method.empty()) return false;
  return std::all_of(later.method.begin(), later.method.end(), [&](const std::string& method) {
    return std::find(earlier.method.begin(), earlier.method.end(), method) != earlier.method.end();
  });
}

// Specificity puts a narrower target first wherever it stands in the file, so only an equal target
// can take all of a route's requests.
void check_reachable(Checker& check) {
  std::map<Target, std::vector<std::size_t>> seen;
  const auto& routes = check.config().routes;
  for (std::size_t i = 0; i < routes.size(); ++i) {
    const Match& match = routes[i].match;
    // An empty prefix and "/" both take every path.
    auto& same = seen[{match.host, match.path, match.path_prefix == "/" ? "" : match.path_prefix}];
    for (const std::size_t earlier : same) {
      if (!covers(routes[earlier].match, match)) continue;
      check.error(item("routes", i, ".match"), "no request reaches this route: the one at " +
                                                   check.where(item("routes", earlier, ".match")) + " takes them all");
      break;
    }
    if (same.size() < 16) same.push_back(i);  // enough to be told about
  }
}

void check_route_names(Checker& check) {
  std::map<std::string, std::string> seen;
  const auto& routes = check.config().routes;
  for (std::size_t i = 0; i < routes.size(); ++i) {
    const std::string at = item("routes", i, ".name");
    const auto [same, is_new] = seen.emplace(routes[i].name, at);
    if (!is_new)
      check.error(at, "'" + routes[i].name + "' is already the name of a route at " + check.where(same->second));
    if (check.config().origins.count(at) == 0) continue;  // made from the match
    const bool is_clean = std::all_of(routes[i].name.begin(), routes[i].name.end(),
                                      [](char c) { return c > 0x20 && c < 0x7f && c != '"' && c != '\\'; });
    if (!is_clean || routes[i].name.size() > 128) {
      check.error(at, "expected a name without blanks, quotes or backslashes, of 128 bytes at most");
    }
  }
}

}  // namespace

void check_upstreams(Checker& check) {
  std::set<std::string_view> used;
  for (const Route& route : check.config().routes) used.insert(route.upstream);
  for (const auto& [name, upstream] : check.config().upstreams) {
    const std::string at = "upstreams." + name;
    if (!is_name(name)) check.error(at, "expected a name of letters, digits, '.', '-' or '_', such as shop");
    check_endpoints(check, at + ".endpoints", upstream.endpoints);
    check_tls(check, at + ".tls", upstream);
    if (used.count(name) == 0) check.warning(at, "no route uses this upstream");
  }
}

void check_routes(Checker& check) {
  const auto& routes = check.config().routes;
  for (std::size_t i = 0; i < routes.size(); ++i) {
    const std::string at = item("routes", i);
    check_match(check, at + ".match", routes[i].match);
    check_upstream_of(check, at + ".upstream", routes[i].upstream);
    check_overrides(check, at, routes[i]);
    check_upgrade(check, at + ".upgrade", routes[i].upgrade);
    check_header_rules(check, at + ".request_headers", routes[i].request_headers);
    check_header_rules(check, at + ".response_headers", routes[i].response_headers);
    check_answers(check, at, routes[i]);
    if (routes[i].compression) check_compression(check, at + ".compression", *routes[i].compression);
  }
  if (routes.empty() && check.config().origins.count("routes") > 0)
    check.error("routes", "expected at least one route");
  check_reachable(check);
  check_route_names(check);
}

}  // namespace ravelin::config
