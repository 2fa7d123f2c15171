#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "ravelin/exchange.h"
#include "ravelin/message.h"

namespace ravelin::proxy {

/// Identity answers who the client is (client_identity). A peer speaks for itself unless it is a
/// trusted proxy; then the configured headers name the client, read from the right over trusted hops.
/// What any other peer says about itself in forwarding headers is dropped. Immutable.
class Identity {
 public:
  explicit Identity(const config::ClientIdentity& section);

  /// The peer of a new connection.
  Peer of_connection(const SocketAddress& address, std::string_view listener) const;
  /// The peer of a connection of which its proxy has said, in a PROXY protocol header, that it comes from
  /// `source`. From here on that is the peer that is compared with the trusted proxies.
  Peer of_proxied(const Peer& proxy, const SocketAddress& source) const;
  /// Reads the forwarding headers of a trusted peer's request, then writes those for the origin:
  /// X-Forwarded-For, -Proto, -Host, X-Real-IP. Sets the exchange's peer if a header named the client.
  void resolve(Exchange& exchange) const;
  /// Takes out of a request's fields, or its trailers, what names the client by a header of the configuration.
  void strip(HeaderList& fields) const;

  bool is_trusted(const Address& address) const { return trusted_.contains(address); }
  /// The X-Request-ID of a trusted peer, if it is one we can pass on: up to 128 letters, digits, "-_.".
  std::optional<std::string_view> request_id(const Exchange& exchange) const;

 private:
  Prefix key_of(const Address& client) const;
  std::optional<Peer> named_client(const Peer& peer, const HeaderList& fields) const;
  bool walk(std::string_view list, Peer& peer) const;

  PrefixSet trusted_;
  std::vector<std::string> headers_;  // lower-case
  std::vector<std::string> own_;      // of them, those that http::is_identity() does not know
  int ipv6_prefix_;
};

}  // namespace ravelin::proxy
