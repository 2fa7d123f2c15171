#pragma once

#include "config/config.h"
#include "config/environment.h"
#include "config/problem.h"

namespace ravelin::config {

/// Fills in what follows from other values: the protocols of a listener, names of routes, the
/// blocks of named sets, lower-case hosts.
void settle(Config& config, const Environment& environment, Problems& problems);

}  // namespace ravelin::config
