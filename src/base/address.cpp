#include "ravelin/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

#include "base/address_text.h"

namespace ravelin {
namespace {

constexpr std::array<std::uint8_t, 12> mapped_prefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

Error bad_address(std::string_view text) {
  return {"address:invalid",
          "'" + std::string(text) + "' is not an IPv4 or IPv6 address such as 192.0.2.1 or 2001:db8::1"};
}

Result<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) {
    return Error{"address:invalid", "'" + std::string(text) + "' is not a port (0 to 65535)"};
  }
  return port;
}

}  // namespace

Result<Address> Address::parse(std::string_view text) {
  char terminated[INET6_ADDRSTRLEN + 1];
  if (text.size() >= sizeof terminated || text.find('\0') != std::string_view::npos) return bad_address(text);
  terminated[text.copy(terminated, sizeof terminated - 1)] = '\0';
  std::array<std::uint8_t, 4> four;
  if (inet_pton(AF_INET, terminated, four.data()) == 1) return v4(four);
  std::array<std::uint8_t, 16> sixteen;
  if (inet_pton(AF_INET6, terminated, sixteen.data()) == 1) return v6(sixteen);
  return bad_address(text);
}

Address Address::v4(std::array<std::uint8_t, 4> bytes) {
  Address address;
  std::copy(bytes.begin(), bytes.end(), address.bytes_.begin());
  address.family_ = Family::v4;
  return address;
}

Address Address::v6(const std::array<std::uint8_t, 16>& bytes) {
  if (std::equal(mapped_prefix.begin(), mapped_prefix.end(), bytes.begin())) {
    return v4({bytes[12], bytes[13], bytes[14], bytes[15]});
  }
  Address address;
  address.bytes_ = bytes;
  address.family_ = Family::v6;
  return address;
}

bool Address::is_loopback() const {
  if (family_ == Family::v4) return bytes_[0] == 127;
  std::array<std::uint8_t, 16> loopback{};
  loopback[15] = 1;
  return family_ == Family::v6 && bytes_ == loopback;
}

std::string Address::to_string() const {
  std::array<char, longest_address> text;
  return {text.data(), write_address(text.data(), *this)};
}

Prefix::Prefix(const Address& address, int length) : address_(address), length_(std::clamp(length, 0, address.bits())) {
  std::array<std::uint8_t, 16> bytes = address.bytes();
  for (int bit = length_; bit < address.bits(); bit = (bit / 8 + 1) * 8) {
    bytes[static_cast<std::size_t>(bit / 8)] &= static_cast<std::uint8_t>(0xff00 >> (bit % 8));
  }
  address_ = address.family() == Address::Family::v4 ? Address::v4({bytes[0], bytes[1], bytes[2], bytes[3]})
             : address.is_none()                     ? Address()
                                                     : Address::v6(bytes);
}

Result<Prefix> Prefix::parse(std::string_view text) {
  const std::size_t slash = text.find('/');
  auto address = Address::parse(text.substr(0, slash));
  if (!address) return std::move(address).error();
  if (slash == std::string_view::npos) return Prefix(*address, address->bits());
  const std::string_view digits = text.substr(slash + 1);
  int length = -1;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), length);
  if (error != std::errc() || end != digits.data() + digits.size() || length < 0 || length > address->bits()) {
    return Error{"address:invalid", "'" + std::string(text) + "' has no prefix length between 0 and " +
                                        std::to_string(address->bits()) + " after the slash"};
  }
  const Prefix prefix(*address, length);
  if (prefix.address() != *address) {
    return Error{"address:invalid", "'" + std::string(text) + "' has bits set beyond its length; did you mean " +
                                        prefix.to_string() + "?"};
  }
  return prefix;
}

bool Prefix::contains(const Address& address) const {
  if (address.family() != address_.family()) return false;
  const auto whole = static_cast<std::size_t>(length_ / 8);
  if (std::memcmp(address.bytes().data(), address_.bytes().data(), whole) != 0) return false;
  if (length_ % 8 == 0) return true;
  const auto mask = static_cast<std::uint8_t>(0xff00 >> (length_ % 8));
  return (address.bytes()[whole] & mask) == address_.bytes()[whole];
}

bool Prefix::contains(const Prefix& other) const { return other.length_ >= length_ && contains(other.address_); }

std::string Prefix::to_string() const {
  if (length_ == address_.bits()) return address_.to_string();
  return address_.to_string() + "/" + std::to_string(length_);
}

PrefixSet::PrefixSet(std::vector<Prefix> prefixes) {
  std::sort(prefixes.begin(), prefixes.end(), [](const Prefix& a, const Prefix& b) {
    return a.address() == b.address() ? a.length() < b.length() : a.address() < b.address();
  });
  for (const Prefix& prefix : prefixes) {
    if (prefixes_.empty() || !prefixes_.back().contains(prefix)) prefixes_.push_back(prefix);
  }
}

// Disjoint and sorted: only the last block that starts at or before the address can hold it.
bool PrefixSet::contains(const Address& address) const {
  const auto after = std::upper_bound(prefixes_.begin(), prefixes_.end(), address,
                                      [](const Address& a, const Prefix& p) { return a < p.address(); });
  return after != prefixes_.begin() && std::prev(after)->contains(address);
}

bool PrefixSet::overlaps(const Prefix& prefix) const {
  if (contains(prefix.address())) return true;
  const auto at = std::lower_bound(prefixes_.begin(), prefixes_.end(), prefix.address(),
                                   [](const Prefix& p, const Address& a) { return p.address() < a; });
  return at != prefixes_.end() && prefix.contains(*at);
}

Result<SocketAddress> SocketAddress::parse(std::string_view text) {
  SocketAddress result;
  if (text.substr(0, 5) == "unix:") {
    result.path = text.substr(5);
    if (result.path.empty()) return Error{"address:invalid", "'unix:' needs a path, such as unix:/run/app.sock"};
    return result;
  }
  const std::size_t colon = text.rfind(':');
  const bool is_bracketed =
      text.size() > 1 && text.front() == '[' && colon != std::string_view::npos && colon > 1 && text[colon - 1] == ']';
  if (colon == std::string_view::npos || (!is_bracketed && text.find(':') != colon)) {
    return Error{"address:invalid",
                 "'" + std::string(text) + "' is not ADDRESS:PORT, [IPV6]:PORT or unix:PATH, such as 0.0.0.0:443"};
  }
  auto address = Address::parse(is_bracketed ? text.substr(1, colon - 2) : text.substr(0, colon));
  if (!address) return std::move(address).error();
  auto port = parse_port(text.substr(colon + 1));
  if (!port) return std::move(port).error();
  result.address = *address;
  result.port = *port;
  return result;
}

std::string SocketAddress::to_string() const {
  if (is_unix()) return "unix:" + path;
  if (address.is_none()) return "unix:";
  const std::string host =
      address.family() == Address::Family::v6 ? "[" + address.to_string() + "]" : address.to_string();
  return host + ":" + std::to_string(port);
}

}  // namespace ravelin
