#include "config/settle.h"

#include <algorithm>
#include <iterator>
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

/// Resolver finds the blocks that lists of proxies stand for.
class Resolver {
 public:
  Resolver(const Config& config, const Environment& environment, Problems& problems)
      : config_(config), environment_(environment), problems_(problems) {}

  /// `word` is an item that stands for no blocks.
  PrefixSet resolve(const std::vector<TrustedProxy>& list, const std::string& path, std::string_view word = {}) {
    std::vector<Prefix> prefixes;
    for (std::size_t i = 0; i < list.size(); ++i) {
      if (!word.empty() && list[i].text == word) continue;
      const auto set = find_set(list[i].text, list[i].place, config_.files, environment_);
      if (set) {
        prefixes.insert(prefixes.end(), set->begin(), set->end());
      } else {
        problems_.error(list[i].place, path + "[" + std::to_string(i) + "]: " + set.error().message);
      }
    }
    return PrefixSet(std::move(prefixes));
  }

 private:
  const Config& config_;
  const Environment& environment_;
  Problems& problems_;
};

void settle_proxies(ProxyProtocol& section, const std::string& path, Resolver& resolver) {
  section.has_unix_peers = std::any_of(section.from.begin(), section.from.end(),
                                       [](const TrustedProxy& proxy) { return proxy.text == "unix"; });
  section.peers = resolver.resolve(section.from, path + ".proxy_protocol.from", "unix");
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
  Resolver resolver(config, environment, problems);
  config.client_identity.trusted =
      resolver.resolve(config.client_identity.trusted_proxies, "client_identity.trusted_proxies");
  std::vector<Prefix> intermediaries = cdn_networks();
  for (std::size_t i = 0; i < config.listeners.size(); ++i)
    if (auto& proxies = config.listeners[i].proxy_protocol) {
      settle_proxies(*proxies, "listeners[" + std::to_string(i) + "]", resolver);
      std::copy_if(proxies->peers.prefixes().begin(), proxies->peers.prefixes().end(),
                   std::back_inserter(intermediaries), [](const Prefix& block) { return !is_everybody(block); });
    }
  config.client_identity.intermediaries = PrefixSet(std::move(intermediaries));
}

}  // namespace ravelin::config
