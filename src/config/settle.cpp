#include "config/settle.h"

#include <algorithm>
#include <set>

#include "config/named_sets.h"

namespace ravelin::config {
namespace {

void settle_protocols(Listener& listener) {
  if (!listener.protocols.empty()) return;
  listener.protocols = {Protocol::http11};
  if (listener.tls) listener.protocols = {Protocol::h2, Protocol::http11};
}

void lower(std::string& text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
}

// "shop.example.com/api/*"; a route for everything is "default".
std::string name_of(const Match& match) {
  std::string name = match.host + match.path;
  if (!match.path_prefix.empty()) name += match.path_prefix + "*";
  return name.empty() ? "default" : name;
}

void settle_route_names(std::vector<Route>& routes) {
  std::set<std::string> taken;
  for (const Route& route : routes) taken.insert(route.name);
  for (Route& route : routes) {
    if (!route.name.empty()) continue;
    const std::string name = name_of(route.match);
    route.name = name;
    for (int i = 2; !taken.insert(route.name).second; ++i) route.name = name + "#" + std::to_string(i);
  }
}

void settle_compression(OrOff<Compression>& compression) {
  if (compression.is_off()) return;
  for (std::string& type : compression.set->types) lower(type);
}

void settle_trusted(Config& config, const Environment& environment, Problems& problems) {
  std::vector<Prefix> prefixes;
  for (std::size_t i = 0; i < config.client_identity.trusted_proxies.size(); ++i) {
    const TrustedProxy& proxy = config.client_identity.trusted_proxies[i];
    const auto set = find_set(proxy.text, proxy.place, config.files, environment);
    if (set) {
      prefixes.insert(prefixes.end(), set->begin(), set->end());
    } else {
      problems.error(proxy.place, "client_identity.trusted_proxies[" + std::to_string(i) + "]: " + set.error().message);
    }
  }
  config.client_identity.trusted = PrefixSet(std::move(prefixes));
}

}  // namespace

void settle(Config& config, const Environment& environment, Problems& problems) {
  for (Listener& listener : config.listeners) settle_protocols(listener);
  for (Route& route : config.routes) {
    lower(route.match.host);
    lower(route.canonical_host);
  }
  settle_route_names(config.routes);
  settle_compression(config.compression);
  for (Route& route : config.routes)
    if (route.compression) settle_compression(*route.compression);
  settle_trusted(config, environment, problems);
}

}  // namespace ravelin::config
