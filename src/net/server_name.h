#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>

namespace ravelin::net {

/// The host name of a server_name extension's body (RFC 6066 section 3), lower-case, without a final
/// dot. None if the body is malformed: an empty list, an empty name, bytes left over, a second name.
std::optional<std::string> parse_server_name(std::span<const unsigned char> body);

}  // namespace ravelin::net
