#include "net/proxy_protocol.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

// Sections are those of the specification: https://www.haproxy.org/download/3.0/doc/proxy-protocol.txt.

namespace ravelin::net {
namespace {

using Reading = Result<std::optional<ProxyHeader>>;
using Family = Address::Family;

constexpr std::string_view v1_start = "PROXY ";
constexpr std::string_view v2_start{"\r\n\r\n\0\r\nQUIT\n", 12};
constexpr std::size_t v2_head = 16;  // signature, version and command, family and protocol, length
constexpr std::uint8_t checksum_type = 0x03;

Error malformed(std::string_view why) {
  return {"proxy:malformed", "malformed PROXY protocol header: " + std::string(why), Side::client};
}

Error missing(std::string_view why) {
  return {"proxy:missing", "no PROXY protocol header: " + std::string(why), Side::client};
}

Reading needs_more() { return std::optional<ProxyHeader>(); }

// --- Version 1, section 2.1 ---

bool has_only(std::string_view text, std::string_view allowed) {
  return !text.empty() && text.find_first_not_of(allowed) == std::string_view::npos;
}

// Of the family that was announced; everything that is not plainly so is refused before it is parsed.
std::optional<Address> read_address(std::string_view text, Family family) {
  const bool is_v6 = family == Family::v6;
  if (!has_only(text, is_v6 ? "0123456789abcdefABCDEF:." : "0123456789.")) return std::nullopt;
  if (is_v6 && text.find(':') == std::string_view::npos) return std::nullopt;
  const auto address = Address::parse(text);
  return address ? std::optional(*address) : std::nullopt;
}

std::optional<std::uint16_t> read_port(std::string_view text) {
  std::uint16_t port = 0;
  if (!has_only(text, "0123456789") || (text.size() > 1 && text.front() == '0')) return std::nullopt;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc() ? std::optional(port) : std::nullopt;
}

// The words of a line, with exactly one space between them; empty if there are more or fewer.
template <std::size_t count>
std::array<std::string_view, count> split(std::string_view line) {
  std::array<std::string_view, count> words;
  for (std::size_t i = 0; i + 1 < count; ++i) {
    const std::size_t space = line.find(' ');
    if (space == std::string_view::npos) return {};
    words[i] = line.substr(0, space);
    line.remove_prefix(space + 1);
  }
  words.back() = line;
  return words;
}

// `line` is what stands between "PROXY " and CRLF.
Reading read_line(std::string_view line, std::size_t size) {
  ProxyHeader header;
  header.size = size;
  if (line == "UNKNOWN" || line.starts_with("UNKNOWN ")) return std::optional(header);
  const auto [protocol, source, destination, source_port, destination_port] = split<5>(line);
  if (protocol != "TCP4" && protocol != "TCP6") {
    return malformed("'PROXY' is not followed by UNKNOWN, or by TCP4 or TCP6, two addresses and two ports");
  }
  const Family family = protocol == "TCP4" ? Family::v4 : Family::v6;
  const auto from = read_address(source, family), to = read_address(destination, family);
  if (!from || !to) return malformed("an address is not one of the family that it announces");
  const auto from_port = read_port(source_port), to_port = read_port(destination_port);
  if (!from_port || !to_port) return malformed("a port is not a number from 0 to 65535 without leading zeros");
  header.source = {*from, *from_port, {}};
  header.destination = {*to, *to_port, {}};
  return std::optional(header);
}

// "The receiver must not tolerate a single CR or LF", also in what is ignored after UNKNOWN.
Reading read_v1(std::string_view received) {
  received = received.substr(0, longest_proxy_v1);
  if (!v1_start.starts_with(received.substr(0, v1_start.size()))) return missing("it does not start with 'PROXY '");
  const std::size_t end = received.find_first_of("\r\n");
  if (std::min(end, received.size()) + 2 > longest_proxy_v1) return malformed("its line is longer than 107 bytes");
  if (end == std::string_view::npos) return needs_more();
  if (received[end] == '\r' && end + 1 == received.size()) return needs_more();
  if (received.substr(end, 2) != "\r\n") return malformed("its line does not end with CR LF");
  return read_line(received.substr(v1_start.size(), end - v1_start.size()), end + 2);
}

// --- Version 2, section 2.2 ---

enum class Command : std::uint8_t { local, proxy };
enum class Block : std::uint8_t { unspecified, v4, v6, unix_path };
enum class Protocol : std::uint8_t { unspecified, stream, datagram };

struct Head {
  Command command = Command::local;
  Block block = Block::unspecified;
  Protocol protocol = Protocol::unspecified;

  /// LOCAL leaves the family open, and without one nobody knows where the addresses end.
  bool has_layout() const {
    return command == Command::proxy && block != Block::unspecified && protocol != Protocol::unspecified;
  }
  /// Bytes of both addresses and ports.
  std::size_t block_size() const {
    constexpr std::array<std::size_t, 4> sizes{0, 2 * 4 + 2 * 2, 2 * 16 + 2 * 2, 2 * 108};
    return has_layout() ? sizes[static_cast<std::size_t>(block)] : 0;
  }
};

std::uint8_t byte_at(std::string_view text, std::size_t at) { return static_cast<std::uint8_t>(text[at]); }

std::uint16_t number_at(std::string_view text, std::size_t at) {
  return static_cast<std::uint16_t>(byte_at(text, at) << 8 | byte_at(text, at + 1));
}

template <std::size_t size>
std::array<std::uint8_t, size> bytes_at(std::string_view text, std::size_t at) {
  std::array<std::uint8_t, size> bytes;
  for (std::size_t i = 0; i < size; ++i) bytes[i] = byte_at(text, at + i);
  return bytes;
}

// RFC 9260 appendix A, of the whole header with zeros in the place of the checksum (section 2.2.3).
std::uint32_t checksum_of(std::string_view header, std::size_t checksum_at) {
  std::uint32_t crc = 0xffffffff;
  for (std::size_t i = 0; i < header.size(); ++i) {
    const bool is_checksum = i >= checksum_at && i < checksum_at + 4;
    crc ^= is_checksum ? 0U : byte_at(header, i);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0x82f63b78U : 0U);
  }
  return ~crc;
}

Result<void> check_checksum(std::string_view header, std::size_t at) {
  const std::uint32_t sent = std::uint32_t{number_at(header, at)} << 16 | number_at(header, at + 2);
  if (sent != checksum_of(header, at)) return malformed("its checksum is wrong");
  return {};
}

// Type (1), length (2), value: one after the other, up to the end.
Result<void> check_values(std::string_view header, std::size_t at) {
  std::size_t checksum_at = 0;
  while (at < header.size()) {
    if (header.size() - at < 3) return malformed("its last TLV is cut off");
    const std::uint8_t type = byte_at(header, at);
    const std::size_t size = number_at(header, at + 1);
    at += 3;
    if (size > header.size() - at) return malformed("a TLV is longer than what is left of the header");
    if (type == checksum_type) {
      if (size != 4 || checksum_at != 0) return malformed("it has two checksums, or one that is not of 4 bytes");
      checksum_at = at;
    }
    at += size;
  }
  return checksum_at == 0 ? Result<void>() : check_checksum(header, checksum_at);
}

void read_addresses(ProxyHeader& header, const Head& head, std::string_view text) {
  if (head.protocol != Protocol::stream || head.block == Block::unix_path) return;
  const std::size_t width = head.block == Block::v4 ? 4 : 16, ports = v2_head + 2 * width;
  const auto address = [&](std::size_t at) {
    return head.block == Block::v4 ? Address::v4(bytes_at<4>(text, at)) : Address::v6(bytes_at<16>(text, at));
  };
  header.source = {address(v2_head), number_at(text, ports), {}};
  header.destination = {address(v2_head + width), number_at(text, ports + 2), {}};
}

// Byte by byte as they come, so that what is wrong is seen at once.
Result<Head> read_head(std::string_view received) {
  Head head;
  if (!v2_start.starts_with(received.substr(0, v2_start.size()))) return missing("its signature is wrong");
  if (received.size() < 13) return head;
  const int version = byte_at(received, 12) >> 4, command = byte_at(received, 12) & 15;
  if (version != 2) return malformed("the version is not 2");
  if (command > 1) return malformed("the command is neither LOCAL nor PROXY");
  head.command = static_cast<Command>(command);
  if (received.size() < 14 || head.command == Command::local) return head;
  const int block = byte_at(received, 13) >> 4, protocol = byte_at(received, 13) & 15;
  if (block > 3) return malformed("the address family is unassigned");
  if (protocol > 2) return malformed("the transport protocol is unassigned");
  head.block = static_cast<Block>(block);
  head.protocol = static_cast<Protocol>(protocol);
  return head;
}

Reading read_v2(std::string_view received) {
  const auto head = read_head(received);
  if (!head) return head.error();
  if (received.size() < v2_head) return needs_more();
  const std::size_t length = number_at(received, v2_head - 2);
  ProxyHeader header;
  header.size = v2_head + length;
  if (header.size > longest_proxy_v2) return malformed("it is longer than 536 bytes");
  if (length < head->block_size()) return malformed("it is too short for the addresses of its family");
  if (received.size() < header.size) return needs_more();
  if (!head->has_layout()) return std::optional(header);
  const std::string_view text = received.substr(0, header.size);
  const auto checked = check_values(text, v2_head + head->block_size());
  if (!checked) return checked.error();
  read_addresses(header, *head, text);
  return std::optional(header);
}

// --- Writing ---

Family common_family(const SocketAddress& a, const SocketAddress& b) {
  if (a.address.is_none() || b.address.is_none()) return Family::none;
  return a.address.bits() == 32 && b.address.bits() == 32 ? Family::v4 : Family::v6;
}

std::string text_of(const Address& address, Family family) {
  const bool is_mapped = address.family() != family;
  return (is_mapped ? "::ffff:" : "") + address.to_string();
}

void append_address(std::string& out, const Address& address, Family family) {
  const bool is_mapped = address.family() != family;
  if (is_mapped) out.append(10, '\0').append(2, '\xff');
  for (int i = 0; i < address.bits() / 8; ++i)
    out.push_back(static_cast<char>(address.bytes()[static_cast<std::size_t>(i)]));
}

void append_number(std::string& out, std::size_t number) {
  out.push_back(static_cast<char>(number >> 8));
  out.push_back(static_cast<char>(number));
}

std::string write_v1(const SocketAddress& source, const SocketAddress& destination, Family family) {
  if (family == Family::none) return "PROXY UNKNOWN\r\n";
  return std::string(family == Family::v4 ? "PROXY TCP4 " : "PROXY TCP6 ") + text_of(source.address, family) + " " +
         text_of(destination.address, family) + " " + std::to_string(source.port) + " " +
         std::to_string(destination.port) + "\r\n";
}

std::string write_v2(const SocketAddress& source, const SocketAddress& destination, Family family) {
  std::string out(v2_start);
  out.push_back('\x21');
  out.push_back(family == Family::none ? '\x00' : family == Family::v4 ? '\x11' : '\x21');
  append_number(out, family == Family::none ? 0 : family == Family::v4 ? 12 : 36);
  if (family == Family::none) return out;
  append_address(out, source.address, family);
  append_address(out, destination.address, family);
  append_number(out, source.port);
  append_number(out, destination.port);
  return out;
}

}  // namespace

Result<std::optional<ProxyHeader>> read_proxy_header(std::string_view received) {
  if (received.empty()) return needs_more();
  if (received.front() == v1_start.front()) return read_v1(received);
  if (received.front() == v2_start.front()) return read_v2(received);
  return missing("the connection starts with something else");
}

std::string write_proxy_header(ProxyVersion version, const SocketAddress& source, const SocketAddress& destination) {
  const Family family = common_family(source, destination);
  return version == ProxyVersion::v1 ? write_v1(source, destination, family) : write_v2(source, destination, family);
}

}  // namespace ravelin::net
