#pragma once

#include <cstddef>

#include "ravelin/address.h"

namespace ravelin {

/// The longest text of an address.
inline constexpr std::size_t longest_address = 45;

/// Writes `address` as RFC 5952 says, nothing for none; returns the end. `to` has room for
/// longest_address bytes. The C library's way, by printf, costs ten times as much, and an address is
/// written in every request.
char* write_address(char* to, const Address& address);

}  // namespace ravelin
