#pragma once

#include <vector>

#include "ravelin/address.h"
#include "ravelin/module.h"

namespace ravelin::ban {

/// never_set gathers what no ban may cover: the configured blocks, the trusted proxies, other
/// intermediaries and this machine's own addresses. Loopback is in it only if configured or trusted.
PrefixSet never_set(std::vector<Prefix> configured, const Services& services);

}  // namespace ravelin::ban
