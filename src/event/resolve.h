#pragma once

#include <string_view>
#include <vector>

#include "ravelin/address.h"
#include "ravelin/result.h"

namespace ravelin::event {

/// The addresses of `host` (a name or an address), in the system's order of preference and without
/// repeats. It waits for the resolver, for many seconds if that is away: only while a configuration is
/// being built, never on a worker.
Result<std::vector<Address>> resolve(std::string_view host);

}  // namespace ravelin::event
