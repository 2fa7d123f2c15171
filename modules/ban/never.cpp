#include "modules/ban/never.h"

#include <ifaddrs.h>
#include <netinet/in.h>

#include <array>
#include <cstring>
#include <memory>

namespace ravelin::ban {
namespace {

Address to_address(const sockaddr& from) {
  if (from.sa_family == AF_INET) {
    sockaddr_in socket;
    std::memcpy(&socket, &from, sizeof socket);
    std::array<std::uint8_t, 4> bytes;
    std::memcpy(bytes.data(), &socket.sin_addr, bytes.size());
    return Address::v4(bytes);
  }
  if (from.sa_family == AF_INET6) {
    sockaddr_in6 socket;
    std::memcpy(&socket, &from, sizeof socket);
    std::array<std::uint8_t, 16> bytes;
    std::memcpy(bytes.data(), &socket.sin6_addr, bytes.size());
    return Address::v6(bytes);
  }
  return {};
}

std::vector<Prefix> own_addresses(Log& log) {
  ifaddrs* first = nullptr;
  if (getifaddrs(&first) != 0) {
    log.warning("ban: this machine's own addresses cannot be listed; name them under `never` to keep them from bans");
    return {};
  }
  const std::unique_ptr<ifaddrs, decltype(&freeifaddrs)> owner(first, freeifaddrs);
  std::vector<Prefix> own;
  for (const ifaddrs* one = first; one != nullptr; one = one->ifa_next) {
    const Address address = one->ifa_addr == nullptr ? Address() : to_address(*one->ifa_addr);
    if (!address.is_none() && !address.is_loopback()) own.emplace_back(address, address.bits());
  }
  return own;
}

}  // namespace

PrefixSet never_set(std::vector<Prefix> configured, const Services& services) {
  const auto& trusted = services.trusted_proxies.prefixes();
  configured.insert(configured.end(), trusted.begin(), trusted.end());
  if (services.intermediaries != nullptr) {
    const auto& others = services.intermediaries->prefixes();
    configured.insert(configured.end(), others.begin(), others.end());
  }
  const auto own = own_addresses(services.log);
  configured.insert(configured.end(), own.begin(), own.end());
  return PrefixSet(std::move(configured));
}

}  // namespace ravelin::ban
