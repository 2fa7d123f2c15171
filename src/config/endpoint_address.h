#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "ravelin/address.h"
#include "ravelin/schema.h"

namespace ravelin::config {

/// EndpointAddress is where an endpoint is: an address (`literal`), or a name that is still to be
/// resolved (`host`; then `literal` is not set) and a port.
struct EndpointAddress {
  std::optional<SocketAddress> literal;
  std::string host;
  std::uint16_t port = 0;

  std::string to_string() const;
};

/// Whether `name` is a host name: labels of letters, digits, '-' and '_', at most 253 bytes.
bool is_host_name(std::string_view name);

}  // namespace ravelin::config

namespace ravelin::schema {

template <>
struct Text<config::EndpointAddress> {
  static std::string_view type() { return "ADDRESS:PORT, NAME:PORT or unix:PATH"; }
  static std::string print(const config::EndpointAddress& value) { return value.to_string(); }
  static Result<config::EndpointAddress> parse(std::string_view text);
};

}  // namespace ravelin::schema
