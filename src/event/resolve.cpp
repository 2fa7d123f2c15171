#include "event/resolve.h"

#include <netdb.h>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <memory>
#include <mutex>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

#include "event/sockaddr.h"

namespace ravelin::event {

namespace {

struct FreeList {
  void operator()(addrinfo* list) const { freeaddrinfo(list); }
};

Error failure(std::string_view host, const std::string& why) {
  return {"local:resolve", "cannot resolve '" + std::string(host) + "': " + why +
                               "; check the name and the resolver, or write an address"};
}

Error failure(std::string_view host, int status) {
  return failure(host, status == EAI_SYSTEM ? std::generic_category().message(errno) : gai_strerror(status));
}

Address address_of(const addrinfo& entry) {
  SystemAddress system;
  std::memcpy(&system.storage, entry.ai_addr, entry.ai_addrlen);
  system.size = entry.ai_addrlen;
  return from_system(system).address;
}

// Asking outlives those who wait for it, and is shared with the threads that ask.
struct Asking {
  std::mutex mutex;
  std::condition_variable has_answer;
  std::vector<std::string> left;
  Resolved answers;
};

constexpr std::size_t most_at_once = 16;

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

Resolved resolve_all(const std::set<std::string>& hosts, Duration patience,
                     Result<std::vector<Address>> (*ask)(std::string_view)) {
  auto asking = std::make_shared<Asking>();
  asking->left.assign(hosts.rbegin(), hosts.rend());
  const auto ask_for_each = [asking, ask] {
    std::unique_lock lock(asking->mutex);
    while (!asking->left.empty()) {
      const std::string host = std::move(asking->left.back());
      asking->left.pop_back();
      lock.unlock();
      auto answer = ask(host);
      lock.lock();
      asking->answers.emplace(host, std::move(answer));
      asking->has_answer.notify_one();
    }
  };
  std::size_t threads = 0;
  try {
    for (; threads < std::min(hosts.size(), most_at_once); ++threads) std::thread(ask_for_each).detach();
  } catch (const std::system_error&) {  // as many as there may be
    if (threads == 0) patience = Duration::zero();
  }
  std::unique_lock lock(asking->mutex);
  asking->has_answer.wait_for(lock, patience, [&] { return asking->answers.size() == hosts.size(); });
  asking->left.clear();
  Resolved answers = std::move(asking->answers);
  asking->answers.clear();
  for (const std::string& host : hosts) answers.try_emplace(host, failure(host, "the resolver does not answer"));
  return answers;
}

}  // namespace ravelin::event
