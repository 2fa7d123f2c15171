#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace ravelin::proxy {

/// RequestIds makes the ids of requests: 32 hexadecimal digits, of which 16 are random for this
/// process and worker, and 16 a scrambled counter. Unique, not secret. Worker's thread.
class RequestIds {
 public:
  /// `prefix` and `seed` are random and differ between workers and starts.
  RequestIds(std::uint64_t prefix, std::uint64_t seed);
  /// The view is good until the next call.
  std::string_view next();

 private:
  std::uint64_t counter_;
  std::array<char, 32> text_;
};

}  // namespace ravelin::proxy
