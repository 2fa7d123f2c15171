#include "event/resolve.h"

#include <netdb.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <string>
#include <system_error>

#include "event/sockaddr.h"

namespace ravelin::event {

namespace {

struct FreeList {
  void operator()(addrinfo* list) const { freeaddrinfo(list); }
};

Error failure(std::string_view host, int status) {
  const std::string why = status == EAI_SYSTEM ? std::generic_category().message(errno) : gai_strerror(status);
  return {"local:resolve", "cannot resolve '" + std::string(host) + "': " + why +
                               "; check the name and the resolver, or write an address"};
}

Address address_of(const addrinfo& entry) {
  SystemAddress system;
  std::memcpy(&system.storage, entry.ai_addr, entry.ai_addrlen);
  system.size = entry.ai_addrlen;
  return from_system(system).address;
}

}  // namespace

Result<std::vector<Address>> resolve(std::string_view host) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int status = getaddrinfo(std::string(host).c_str(), nullptr, &hints, &found);
  if (status != 0) return failure(host, status);
  const std::unique_ptr<addrinfo, FreeList> list(found);
  std::vector<Address> addresses;
  for (const addrinfo* entry = found; entry != nullptr; entry = entry->ai_next) {
    const Address address = address_of(*entry);
    if (address.is_none() || std::find(addresses.begin(), addresses.end(), address) != addresses.end()) continue;
    addresses.push_back(address);
  }
  if (addresses.empty()) return failure(host, EAI_NONAME);
  return addresses;
}

}  // namespace ravelin::event
