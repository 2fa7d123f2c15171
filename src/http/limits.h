#pragma once

#include <cstddef>
#include <cstdint>

namespace ravelin::http {

/// Limits bounds what one connection may make a codec hold. Sizes in bytes; defaults are those of
/// the `limits:` section.
struct Limits {
  std::size_t head = 16 * 1024;       // of one head or trailer section, as received
  std::size_t fields = 100;           // lines in one head, and twice as many cookie crumbs; trailers too
  std::size_t uri = 8 * 1024;         // of the request target
  std::size_t window = 64 * 1024;     // W: body bytes delivered and not yet consumed, per stream
  std::uint32_t streams = 100;        // concurrent, HTTP/2
  std::uint64_t requests = 1000;      // per connection, then Connection: close or GOAWAY
  std::uint32_t flood_points = 1000;  // what a peer may waste in a row, HTTP/2: see FloodBudget
};

}  // namespace ravelin::http
