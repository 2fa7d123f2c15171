#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "ravelin/address.h"
#include "ravelin/loop.h"
#include "ravelin/result.h"

namespace ravelin::event {

/// The addresses of `host` (a name or an address), in the system's order of preference and without
/// repeats. It waits for the resolver, for many seconds if that is away: only while a configuration is
/// being built, never on a worker.
Result<std::vector<Address>> resolve(std::string_view host);

using Resolved = std::map<std::string, Result<std::vector<Address>>, std::less<>>;

/// The same for each of `hosts`, several at once by `ask`, from threads of their own. Those that have no answer after
/// `patience` get an error; their threads wait on, as the system's resolver cannot be told to stop.
Resolved resolve_all(const std::set<std::string>& hosts, Duration patience,
                     Result<std::vector<Address>> (*ask)(std::string_view) = resolve);

}  // namespace ravelin::event
