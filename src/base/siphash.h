#pragma once

#include <cstdint>
#include <string_view>

namespace ravelin {

/// SipHash is SipHash-2-4 with a fixed secret: a peer who cannot see the secret cannot choose texts
/// that collide. Source: Aumasson and Bernstein, "SipHash: a fast short-input PRF" (2012).
class SipHash {
 public:
  /// Both halves of the 128-bit output.
  struct Wide {
    std::uint64_t first = 0;
    std::uint64_t second = 0;
    friend bool operator==(const Wide&, const Wide&) = default;
  };

  SipHash(std::uint64_t key0, std::uint64_t key1) : key0_(key0), key1_(key1) {}
  /// With a secret from the kernel's random generator, new for each call. Aborts the process if
  /// the kernel has none, which it never refuses for 16 bytes.
  static SipHash with_random_secret();

  std::uint64_t narrow(std::string_view text) const;
  Wide wide(std::string_view text) const;

 private:
  std::uint64_t key0_;
  std::uint64_t key1_;
};

}  // namespace ravelin
