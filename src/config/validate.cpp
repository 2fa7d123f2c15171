#include "config/validate.h"

#include <algorithm>
#include <map>
#include <set>

#include "config/checker.h"
#include "config/named_sets.h"

namespace ravelin::config {
namespace {

constexpr std::size_t longest_unix_path = 107;  // sun_path with its NUL

void check_unix_path(Checker& check, const std::string& at, const std::string& path) {
  if (path.front() != '/') check.error(at, "the path of a socket must be absolute, such as unix:/run/ravelin/in.sock");
  if (path.size() > longest_unix_path) check.error(at, "the path of a socket may have 107 bytes at most");
}

bool has(const std::vector<Protocol>& protocols, Protocol protocol) {
  return std::find(protocols.begin(), protocols.end(), protocol) != protocols.end();
}

void check_protocols(Checker& check, const Listener& listener, const std::string& at) {
  if (has(listener.protocols, Protocol::h2) && !listener.tls) {
    check.error(at + ".protocols", "h2 needs TLS: HTTP/2 without it is not available in this version");
  }
  if (std::set(listener.protocols.begin(), listener.protocols.end()).size() != listener.protocols.size()) {
    check.error(at + ".protocols", "a protocol is listed twice");
  }
}

void check_breadth(Checker& check, const std::string& at, const std::vector<TrustedProxy>& list) {
  for (std::size_t i = 0; i < list.size(); ++i) {
    const auto block = Prefix::parse(list[i].text);
    if (block && is_everybody(*block))
      check.warning(item(at, i), "anyone in " + block->to_string() + " can claim to be any client");
  }
}

void check_proxy_protocol(Checker& check, const Listener& listener, const std::string& at) {
  if (!listener.proxy_protocol) return;
  const ProxyProtocol& section = *listener.proxy_protocol;
  if (section.from.empty()) check.error(at, "expected at least one proxy, such as 10.0.0.0/8");
  check_breadth(check, at, section.from);
  const bool has_unix_bind = std::any_of(listener.bind_to.begin(), listener.bind_to.end(),
                                         [](const SocketAddress& address) { return address.is_unix(); });
  if (section.has_unix_peers && !has_unix_bind) {
    check.error(at, "'unix' is listed, but the listener binds no unix socket");
  }
}

void check_listener(Checker& check, std::size_t index, std::map<std::string, std::string>& names) {
  const Listener& listener = check.config().listeners[index];
  const std::string at = item("listeners", index);
  if (!is_name(listener.name)) {
    check.error(at + ".name", "expected a name of letters, digits, '.', '-' or '_', such as https");
  } else if (const auto [same, is_new] = names.emplace(listener.name, at + ".name"); !is_new) {
    check.error(at + ".name",
                "'" + listener.name + "' is already the name of a listener at " + check.where(same->second));
  }
  if (listener.bind_to.empty()) check.error(at + ".bind", "expected an address such as 0.0.0.0:443, got an empty list");
  if (listener.tls && listener.tls->certificates.empty()) {
    check.error(at + ".tls.certificates", "expected a list such as [{cert: FILE, key: FILE}], got an empty one");
  }
  check_protocols(check, listener, at);
  check_proxy_protocol(check, listener, at + ".proxy_protocol.from");
  if (listener.redirect_to_https.set && listener.tls) {
    check.error(at + ".redirect_to_https", "is for plain listeners, and this one has TLS");
  }
}

// A trusted proxy may be where TLS ends.
void check_https_redirects(Checker& check) {
  const Config& config = check.config();
  const bool has_tls = std::any_of(config.listeners.begin(), config.listeners.end(),
                                   [](const Listener& listener) { return listener.tls.has_value(); });
  if (has_tls || !config.client_identity.trusted_proxies.empty()) return;
  for (std::size_t i = 0; i < config.listeners.size(); ++i) {
    if (!config.listeners[i].redirect_to_https.set) continue;
    check.warning(item("listeners", i, ".redirect_to_https"),
                  "no listener has TLS: where clients are sent, none answers");
  }
}

// A value that could not be read is left empty; that was reported.
bool is_read(const SocketAddress& address) { return address.is_unix() || !address.address.is_none(); }

void check_binds(Checker& check) {
  std::map<SocketAddress, std::string> taken;
  const auto add = [&](const SocketAddress& address, const std::string& at) {
    if (!is_read(address)) return;
    if (address.is_unix()) check_unix_path(check, at, address.path);
    if (!address.is_unix() && address.port == 0) return;  // any free port
    const auto [same, is_new] = taken.emplace(address, at);
    if (!is_new) check.error(at, address.to_string() + " is already bound at " + check.where(same->second));
  };
  const Config& config = check.config();
  for (std::size_t i = 0; i < config.listeners.size(); ++i)
    for (std::size_t j = 0; j < config.listeners[i].bind_to.size(); ++j)
      add(config.listeners[i].bind_to[j], item(item("listeners", i, ".bind"), j));
  if (!config.admin.bind_to.is_off()) add(*config.admin.bind_to, "admin.bind");
}

void check_client_identity(Checker& check) {
  const ClientIdentity& identity = check.config().client_identity;
  for (std::size_t i = 0; i < identity.headers.size(); ++i) {
    if (!is_token(identity.headers[i])) {
      check.error(item("client_identity.headers", i), "expected the name of a header such as X-Forwarded-For");
    }
  }
  if (!identity.headers.empty() && identity.trusted_proxies.empty()) {
    check.warning("client_identity.headers", "no header is ever read, as no proxy is trusted");
  }
  if (identity.headers.empty() && !identity.trusted_proxies.empty()) {
    check.warning("client_identity.trusted_proxies",
                  "all clients behind a trusted proxy count as one, as `headers` is empty");
  }
  check_breadth(check, "client_identity.trusted_proxies", identity.trusted_proxies);
}

void check_limits(Checker& check) {
  const Limits& limits = check.config().limits;
  if (limits.request_uri > limits.request_head) {
    check.error("limits.request_uri", "larger than limits.request_head, which holds it");
  }
  if (limits.connections_per_client > limits.client_connections) {
    check.warning("limits.connections_per_client",
                  "larger than limits.client_connections: one client can take all connections");
  }
}

void check_needs(Checker& check, const Descriptor& descriptor, const std::string& at,
                 const std::set<std::string_view>& facts) {
  for (const std::string_view fact : descriptor.needs) {
    if (facts.count(fact) > 0) continue;
    check.error(at, "needs to know the " + std::string(fact) + ", which no module before it in the list finds out");
  }
}

void check_modules(Checker& check, Known known) {
  std::set<std::string_view> facts;
  std::map<std::string_view, std::string> seen;
  const auto& modules = check.config().modules;
  for (std::size_t i = 0; i < modules.size(); ++i) {
    if (modules[i].name.empty()) continue;  // no module's name; that was reported
    const std::string at = item("modules", i, "." + modules[i].name);
    const auto [same, is_new] = seen.emplace(modules[i].name, at);
    if (!is_new) check.error(at, "is already listed at " + check.where(same->second));
    for (const Descriptor* descriptor : known) {
      if (descriptor->name != modules[i].name) continue;
      check_needs(check, *descriptor, at, facts);
      facts.insert(descriptor->provides.begin(), descriptor->provides.end());
    }
  }
}

void check_admin(Checker& check) {
  const Admin& admin = check.config().admin;
  if (!admin.socket.is_empty()) check_unix_path(check, "admin.socket", admin.socket.path);
  if (admin.bind_to.is_off() || !is_read(*admin.bind_to)) return;
  if (admin.bind_to->is_unix()) {
    check.error("admin.bind", "expected an address such as 127.0.0.1:9901; the unix socket is admin.socket");
  } else if (!admin.bind_to->address.is_loopback()) {
    check.error("admin.bind", admin.bind_to->to_string() +
                                  " can be reached from outside, and the admin endpoint has no authentication in this "
                                  "version: use a loopback address such as 127.0.0.1:9901");
  }
}

}  // namespace

bool Checker::is_unread(const std::string& path) const {
  const auto item_of = unread_.lower_bound(path + "[");
  if (item_of != unread_.end() && item_of->compare(0, path.size() + 1, path + "[") == 0) return true;
  for (std::string at = path; !at.empty(); at.resize(std::min(at.size(), at.find_last_of(".[")))) {
    if (unread_.count(at) > 0) return true;
    if (at.find_last_of(".[") == std::string::npos) return false;
  }
  return false;
}

void validate(const Config& config, Known modules, Problems& problems) {
  Checker check(config, problems);
  std::map<std::string, std::string> names;
  for (std::size_t i = 0; i < config.listeners.size(); ++i) check_listener(check, i, names);
  if (config.listeners.empty() && config.origins.count("listeners") > 0) {
    check.error("listeners", "expected at least one listener");
  }
  check_binds(check);
  check_https_redirects(check);
  check_client_identity(check);
  check_limits(check);
  check_upstreams(check);
  if (!is_name(config.via)) check.error("via", "expected a name of letters, digits, '.', '-' or '_', such as ravelin");
  check_header_rules(check, "request_headers", config.request_headers);
  check_header_rules(check, "response_headers", config.response_headers);
  check_error_pages(check, "error_pages", config.error_pages);
  check_compression(check, "compression", config.compression);
  check_modules(check, modules);
  check_routes(check);
  check_admin(check);
}

}  // namespace ravelin::config
