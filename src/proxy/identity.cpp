#include "proxy/identity.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "http/fields.h"

namespace ravelin::proxy {
namespace {

constexpr std::size_t hops_max = 16;
constexpr std::size_t request_id_max = 128;

bool is_id_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
}

// "192.0.2.1", "192.0.2.1:1234", "[2001:db8::1]:1234" or "2001:db8::1": what proxies write.
Result<Address> parse_hop(std::string_view text) {
  if (!text.empty() && text.front() == '[') return Address::parse(text.substr(1, text.find(']') - 1));
  const std::size_t colon = text.find(':');
  const bool has_port = colon != std::string_view::npos && text.find(':', colon + 1) == std::string_view::npos;
  return Address::parse(has_port ? text.substr(0, colon) : text);
}

// What X-Forwarded-Proto names, also of a WebSocket (Traefik does). None if it is something else.
std::optional<std::string_view> scheme_of(std::string_view proto) {
  for (const auto& [name, scheme] : {std::pair("https", "https"), {"http", "http"}, {"wss", "https"}, {"ws", "http"}})
    if (http::equals_ignoring_case(proto, name)) return scheme;
  return std::nullopt;
}

// Each hop appends the scheme it was spoken to with, so what the outermost of `hops` trusted ones has said is the
// `hops`-th value from the right; what is left of it is the client's own claim. A shorter list was replaced by a hop:
// then its first value counts.
std::string_view said_by_hop(std::string_view list, std::size_t hops) {
  for (std::size_t comma = 0; hops > 1 && (comma = list.rfind(',')) != std::string_view::npos; --hops)
    list = list.substr(0, comma);
  const std::size_t comma = list.rfind(',');
  return http::trim(comma == std::string_view::npos ? list : list.substr(comma + 1));
}

// A list that came in several fields is one list, in their order (RFC 9110 section 5.3). Empty if none came.
std::string join_list(const HeaderList& fields, std::string_view name) {
  std::string list;
  for (const Field& field : fields)
    if (field.name == name && !field.value.empty()) list.append(list.empty() ? "" : ", ").append(field.value);
  return list;
}

}  // namespace

Identity::Identity(const config::ClientIdentity& section)
    : trusted_(section.trusted), ipv6_prefix_(static_cast<int>(section.ipv6_prefix)) {
  for (std::string name : section.headers) {
    std::transform(name.begin(), name.end(), name.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    if (!http::is_identity(name)) own_.push_back(name);
    headers_.push_back(std::move(name));
  }
}

Prefix Identity::key_of(const Address& client) const {
  return Prefix(client, client.family() == Address::Family::v6 ? ipv6_prefix_ : 32);
}

Peer Identity::of_connection(const SocketAddress& address, std::string_view listener) const {
  Peer peer;
  peer.address = address;
  peer.client = address.address;
  peer.client_key = key_of(peer.client);
  peer.is_trusted_hop = trusted_.contains(address.address);
  peer.listener = listener;
  return peer;
}

Peer Identity::of_proxied(const Peer& proxy, const SocketAddress& source) const {
  Peer peer = of_connection(source, proxy.listener);
  peer.known_by = ClientSource::proxy_protocol;
  if (!proxy.address.address.is_none()) peer.hops.push_back(proxy.address.address);
  return peer;
}

std::optional<std::string_view> Identity::request_id(const Exchange& exchange) const {
  if (!is_trusted(exchange.peer().address.address)) return std::nullopt;
  const auto id = exchange.request().fields.find("x-request-id");
  if (!id || id->empty() || id->size() > request_id_max) return std::nullopt;
  if (!std::all_of(id->begin(), id->end(), is_id_char)) return std::nullopt;
  return id;
}

void Identity::resolve(Exchange& exchange) const {
  RequestHead& request = exchange.request();
  HeaderList& fields = request.fields;
  const Peer& peer = exchange.peer();
  const std::string_view address = fields.arena().copy(peer.address.address.to_string());
  std::string_view forwarded_for = address;
  std::string_view proto = request.scheme;
  std::string_view host = request.authority;
  // Asked anew: the connection may be older than this list of trusted proxies.
  if (is_trusted(peer.address.address)) {
    const std::string before = join_list(fields, "x-forwarded-for");
    if (!before.empty()) forwarded_for = fields.arena().join({before, ", ", address});
    if (const auto named = fields.find("x-forwarded-host")) host = *named;
    const std::size_t hops_before = peer.hops.size();
    if (auto client = named_client(peer, fields)) exchange.set_peer(std::move(*client));
    const std::string protos = join_list(fields, "x-forwarded-proto");
    proto = scheme_of(said_by_hop(protos, exchange.peer().hops.size() - hops_before)).value_or(proto);
  }
  // What else there is (Forwarded, X-Real-IP, the CDN's own) has been read, or nobody may say it.
  fields.remove_if([](const Field& field) { return http::is_identity(field.name); });
  strip(fields);
  fields.add_view("x-forwarded-for", forwarded_for);
  fields.add_view("x-forwarded-proto", proto);
  if (!host.empty()) fields.add_view("x-forwarded-host", host);
  const Address& client = exchange.peer().client;
  const bool is_peer = client == peer.address.address;
  fields.add_view("x-real-ip", is_peer ? address : fields.arena().copy(client.to_string()));
}

void Identity::strip(HeaderList& fields) const {
  if (own_.empty()) return;
  fields.remove_if([&](const Field& field) { return std::find(own_.begin(), own_.end(), field.name) != own_.end(); });
}

// The first configured header that is present decides; one that does not parse leaves the peer as
// the client, since nobody else is known.
std::optional<Peer> Identity::named_client(const Peer& peer, const HeaderList& fields) const {
  for (const std::string& name : headers_) {
    const std::string list = join_list(fields, name);
    if (list.empty()) continue;
    Peer client = peer;
    if (!walk(list, client)) return std::nullopt;
    client.client_key = key_of(client.client);
    client.known_by = ClientSource::header;
    return client;
  }
  return std::nullopt;
}

// From the right: every trusted hop is passed, the first other address is the client. If all are
// trusted, the leftmost one is.
bool Identity::walk(std::string_view list, Peer& peer) const {
  peer.hops.push_back(peer.address.address);  // behind the one that sent a PROXY protocol header
  bool is_named = false;
  while (!list.empty()) {
    const std::size_t comma = list.rfind(',');
    const std::string_view item = http::trim(comma == std::string_view::npos ? list : list.substr(comma + 1));
    list = comma == std::string_view::npos ? std::string_view() : list.substr(0, comma);
    const auto address = parse_hop(item);
    if (!address) return is_named;
    peer.client = *address;
    is_named = true;
    if (!trusted_.contains(*address) || peer.hops.size() == hops_max) return true;
    if (!list.empty()) peer.hops.push_back(*address);
  }
  return is_named;
}

}  // namespace ravelin::proxy
