#include "net/descriptors.h"

#include <sys/resource.h>

#include <algorithm>
#include <climits>

namespace ravelin::net {
namespace {

// The 64 connections that the admin endpoint takes; a reload, the logs and the loops have those of the
// clients that it does not.
constexpr int reserve = 64;

}  // namespace

Descriptors Descriptors::of(std::uint64_t limit) {
  Descriptors divided;
  divided.all = static_cast<int>(std::min<std::uint64_t>(limit, INT_MAX));
  divided.for_upstreams = divided.all - std::min(reserve, divided.all / 2);
  divided.for_clients = divided.for_upstreams - divided.for_upstreams / 8;
  return divided;
}

Descriptors Descriptors::of_process() {
  rlimit limit{};
  return of(::getrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur : INT_MAX);
}

void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace ravelin::net
