#pragma once

#include <sys/socket.h>

#include "ravelin/address.h"

namespace ravelin::event {

/// SystemAddress is a SocketAddress in the form the kernel takes.
struct SystemAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;

  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
  sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
};

/// The kernel's form of `address`; size 0 if a unix path is too long for it (107 bytes).
SystemAddress to_system(const SocketAddress& address);
/// The address of `system`; none for families other than IPv4, IPv6 and unix. A unix peer without a
/// name (every client) has neither address nor path.
SocketAddress from_system(const SystemAddress& system);

}  // namespace ravelin::event
