#include "event/sockaddr.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>

namespace ravelin::event {

namespace {

template <class T>
void store(SystemAddress& system, const T& address, std::size_t size = sizeof(T)) {
  std::memcpy(&system.storage, &address, sizeof address);
  system.size = static_cast<socklen_t>(size);
}

template <class T>
T load(const SystemAddress& system) {
  T address;
  std::memcpy(&address, &system.storage, sizeof address);
  return address;
}

SystemAddress to_unix(const std::string& path) {
  SystemAddress system;
  sockaddr_un address{};
  if (path.size() >= sizeof address.sun_path) return system;
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, path.size());
  store(system, address, offsetof(sockaddr_un, sun_path) + path.size() + 1);
  return system;
}

SystemAddress to_v4(const SocketAddress& from) {
  SystemAddress system;
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(from.port);
  std::memcpy(&address.sin_addr, from.address.bytes().data(), 4);
  store(system, address);
  return system;
}

SystemAddress to_v6(const SocketAddress& from) {
  SystemAddress system;
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  address.sin6_port = htons(from.port);
  std::memcpy(&address.sin6_addr, from.address.bytes().data(), 16);
  store(system, address);
  return system;
}

SocketAddress from_v4(const SystemAddress& system) {
  const auto address = load<sockaddr_in>(system);
  std::array<std::uint8_t, 4> bytes;
  std::memcpy(bytes.data(), &address.sin_addr, bytes.size());
  return {Address::v4(bytes), ntohs(address.sin_port), {}};
}

SocketAddress from_v6(const SystemAddress& system) {
  const auto address = load<sockaddr_in6>(system);
  std::array<std::uint8_t, 16> bytes;
  std::memcpy(bytes.data(), &address.sin6_addr, bytes.size());
  return {Address::v6(bytes), ntohs(address.sin6_port), {}};
}

SocketAddress from_unix(const SystemAddress& system) {
  const auto address = load<sockaddr_un>(system);
  const std::size_t start = offsetof(sockaddr_un, sun_path);
  const std::size_t size =
      system.size > start ? std::min<std::size_t>(system.size - start, sizeof address.sun_path) : 0;
  return {{}, 0, std::string(address.sun_path, strnlen(address.sun_path, size))};
}

}  // namespace

SystemAddress to_system(const SocketAddress& address) {
  if (address.is_unix()) return to_unix(address.path);
  return address.address.family() == Address::Family::v6 ? to_v6(address) : to_v4(address);
}

SocketAddress from_system(const SystemAddress& system) {
  switch (system.storage.ss_family) {
    case AF_INET: return from_v4(system);
    case AF_INET6: return from_v6(system);
    case AF_UNIX: return from_unix(system);
    default: return {};
  }
}

}  // namespace ravelin::event
