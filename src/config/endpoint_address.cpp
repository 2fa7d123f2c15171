#include "config/endpoint_address.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace ravelin::config {
namespace {

bool is_label(std::string_view label) {
  if (label.empty() || label.size() > 63 || label.front() == '-' || label.back() == '-') return false;
  return std::all_of(label.begin(), label.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

}  // namespace

bool is_host_name(std::string_view name) {
  if (name.empty() || name.size() > 253) return false;
  while (true) {
    const std::size_t dot = name.find('.');
    if (!is_label(name.substr(0, dot))) return false;
    if (dot == std::string_view::npos) return true;
    name.remove_prefix(dot + 1);
  }
}

std::string EndpointAddress::to_string() const {
  if (literal) return literal->to_string();
  return host.empty() ? std::string() : host + ":" + std::to_string(port);
}

}  // namespace ravelin::config

namespace ravelin::schema {

Result<config::EndpointAddress> Text<config::EndpointAddress>::parse(std::string_view text) {
  config::EndpointAddress result;
  if (auto literal = SocketAddress::parse(text)) {
    if (!literal->is_unix() && literal->port == 0) return unexpected(type(), text);
    result.literal = std::move(*literal);
    return result;
  }
  const std::size_t colon = std::min(text.rfind(':'), text.size());
  const std::string_view host = text.substr(0, colon);
  const std::string_view port = text.substr(std::min(colon + 1, text.size()));
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), result.port);
  const bool is_port = error == std::errc() && end == port.data() + port.size() && result.port != 0;
  // All digits and dots is a mistyped address, not a name.
  const bool is_name = config::is_host_name(host) && host.find_first_not_of("0123456789.") != std::string_view::npos;
  if (!is_port || !is_name) return unexpected(type(), text);
  result.host = host;
  return result;
}

}  // namespace ravelin::schema
