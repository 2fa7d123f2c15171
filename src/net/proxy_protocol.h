#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "ravelin/address.h"
#include "ravelin/result.h"

namespace ravelin::net {

/// The longest header of version 1, with its CRLF (section 2.1 of the specification), and of version 2.
/// The latter is a bound of our own: what fits into the smallest TCP segment of IPv4, as the
/// specification expects of senders; unix addresses take 232 of it.
inline constexpr std::size_t longest_proxy_v1 = 107;
inline constexpr std::size_t longest_proxy_v2 = 536;

/// ProxyHeader is what a proxy says of a connection before its first byte: who made it, and to where.
/// Without addresses the connection is the proxy's own (a health check), or one that it cannot
/// describe; then those of the socket hold.
struct ProxyHeader {
  std::size_t size = 0;  // bytes that it takes of what was received
  SocketAddress source;
  SocketAddress destination;

  bool has_addresses() const { return !source.address.is_none(); }
};

/// read_proxy_header reads the header of either version, PROXY protocol 2.x of HAProxy, at the start
/// of `received`: all that has come so far, with or without what follows. None: more is needed, never
/// beyond the bounds above. An error, "proxy:missing" if nothing like a header is there and
/// "proxy:malformed" otherwise, is one whatever comes after it. Unix addresses and datagrams are
/// taken as not described; further values (TLVs) of version 2 are skipped, but a checksum must be right.
Result<std::optional<ProxyHeader>> read_proxy_header(std::string_view received);

enum class ProxyVersion : std::uint8_t { v1, v2 };

/// write_proxy_header makes the header for a connection over TCP. If one address is IPv6, an IPv4 one
/// is written as an IPv4-mapped one; if either is none or a unix path, the connection is not described.
std::string write_proxy_header(ProxyVersion version, const SocketAddress& source, const SocketAddress& destination);

}  // namespace ravelin::net
