#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ravelin/result.h"

namespace ravelin {

/// Address is an IPv4 or IPv6 address, or none (a unix socket's peer). IPv4-mapped IPv6 addresses
/// are always held as IPv4, so one client has one value.
class Address {
 public:
  enum class Family : std::uint8_t { none, v4, v6 };

  Address() = default;
  /// Reads "192.0.2.1" or "2001:db8::1", without brackets, port or zone.
  static Result<Address> parse(std::string_view text);
  static Address v4(std::array<std::uint8_t, 4> bytes);
  static Address v6(const std::array<std::uint8_t, 16>& bytes);

  Family family() const { return family_; }
  bool is_none() const { return family_ == Family::none; }
  bool is_loopback() const;
  /// Width in bits: 32, 128, or 0 for none.
  int bits() const { return family_ == Family::v4 ? 32 : family_ == Family::v6 ? 128 : 0; }
  /// Network order; IPv4 uses the first four bytes, the rest are zero.
  const std::array<std::uint8_t, 16>& bytes() const { return bytes_; }
  std::string to_string() const;

  friend auto operator<=>(const Address&, const Address&) = default;

 private:
  Family family_ = Family::none;  // first, so that families never interleave in sorted order
  std::array<std::uint8_t, 16> bytes_{};
};

/// Prefix is a CIDR block; bits below the length are zero.
class Prefix {
 public:
  Prefix() = default;
  /// The block of `length` bits that holds `address`; a length beyond its width is its width.
  Prefix(const Address& address, int length);
  /// Reads "10.0.0.0/8", "2001:db8::/32" or a bare address (its full width). Host bits set are an
  /// error that names the block that was probably meant.
  static Result<Prefix> parse(std::string_view text);

  const Address& address() const { return address_; }
  int length() const { return length_; }
  bool contains(const Address& address) const;
  bool contains(const Prefix& other) const;
  bool overlaps(const Prefix& other) const { return contains(other) || other.contains(*this); }
  /// "10.0.0.0/8"; a full-width prefix prints as the bare address.
  std::string to_string() const;

  friend auto operator<=>(const Prefix&, const Prefix&) = default;

 private:
  Address address_;
  int length_ = 0;
};

/// PrefixSet answers whether an address lies in any of its blocks. Immutable after build; lookups
/// take O(log n) and do not allocate.
class PrefixSet {
 public:
  PrefixSet() = default;
  explicit PrefixSet(std::vector<Prefix> prefixes);

  bool contains(const Address& address) const;
  bool overlaps(const Prefix& prefix) const;
  bool is_empty() const { return prefixes_.empty(); }
  const std::vector<Prefix>& prefixes() const { return prefixes_; }

 private:
  std::vector<Prefix> prefixes_;  // sorted, none inside another
};

/// SocketAddress is where a socket listens or connects: an address and a port, or a unix path.
struct SocketAddress {
  Address address;
  std::uint16_t port = 0;
  std::string path;  // set for unix sockets only

  /// Reads "192.0.2.1:80", "[2001:db8::1]:80" or "unix:/run/x.sock".
  static Result<SocketAddress> parse(std::string_view text);
  bool is_unix() const { return !path.empty(); }
  std::string to_string() const;

  friend auto operator<=>(const SocketAddress&, const SocketAddress&) = default;
};

}  // namespace ravelin
