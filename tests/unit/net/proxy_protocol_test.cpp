#include "net/proxy_protocol.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace ravelin::net {
namespace {

using ::testing::HasSubstr;
using namespace std::string_literals;

const std::string signature = "\r\n\r\n\0\r\nQUIT\n"s;
const std::string v4_block =
    "\xc0\x00\x02\x01\xc6\x33\x64\x07\xdc\x04\x01\xbb"s;  // 192.0.2.1:56324 to 198.51.100.7:443
const std::string v6_block =
    "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01"
    "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x02"
    "\xff\xff\x00\x50"s;  // [2001:db8::1]:65535 to [2001:db8::2]:80

std::string v2(unsigned char command, unsigned char family, const std::string& block) {
  std::string text = signature;
  text.push_back(static_cast<char>(command));
  text.push_back(static_cast<char>(family));
  text.push_back(static_cast<char>(block.size() >> 8));
  text.push_back(static_cast<char>(block.size()));
  return text + block;
}

// "SOURCE > DESTINATION", "none" without addresses, "more", or the error's sentence.
std::string read(std::string_view received) {
  const auto header = read_proxy_header(received);
  if (!header) {
    EXPECT_THAT(header.error().code, ::testing::AnyOf("proxy:malformed", "proxy:missing"));
    return header.error().message;
  }
  if (!*header) return "more";
  if (!(*header)->has_addresses()) return "none";
  return (*header)->source.to_string() + " > " + (*header)->destination.to_string();
}

std::size_t size_of(std::string_view received) {
  const auto header = read_proxy_header(received);
  return header && *header ? (*header)->size : 0;
}

// A header that is good is so at its last byte, whatever follows, and not one byte earlier.
void expect_header(const std::string& text, const std::string& expected) {
  for (std::size_t size = 0; size < text.size(); ++size) {
    ASSERT_EQ(read(text.substr(0, size)), "more") << size << " bytes of " << ::testing::PrintToString(text);
  }
  for (const std::string& after : {""s, "\r\n"s, "GET / HTTP/1.1\r\n"s, text, std::string(2000, 'x')}) {
    EXPECT_EQ(read(text + after), expected) << ::testing::PrintToString(text);
    EXPECT_EQ(size_of(text + after), text.size());
  }
}

// What is wrong stays wrong: once refused, no further byte makes it good again.
void expect_malformed(const std::string& text, std::string_view why) {
  EXPECT_THAT(read(text), HasSubstr(why)) << ::testing::PrintToString(text);
  bool is_refused = false;
  for (std::size_t size = 0; size <= text.size(); ++size) {
    const auto header = read_proxy_header(std::string_view(text).substr(0, size));
    ASSERT_FALSE(header && *header) << size << " bytes of " << ::testing::PrintToString(text);
    ASSERT_FALSE(is_refused && header) << size << " bytes of " << ::testing::PrintToString(text);
    is_refused = !header;
  }
  EXPECT_THAT(read(text + "\r\n"), ::testing::AnyOf(HasSubstr("malformed"), HasSubstr("no PROXY protocol header")));
}

TEST(ProxyV1, reads_both_families) {
  expect_header("PROXY TCP4 192.168.0.1 192.168.0.11 56324 443\r\n", "192.168.0.1:56324 > 192.168.0.11:443");
  expect_header("PROXY TCP4 255.255.255.255 0.0.0.0 65535 0\r\n", "255.255.255.255:65535 > 0.0.0.0:0");
  expect_header("PROXY TCP6 2001:db8::1 ::1 1 65535\r\n", "[2001:db8::1]:1 > [::1]:65535");
  expect_header(
      "PROXY TCP6 FFFF:ffff:ffff:ffff:ffff:ffff:ffff:ffff ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe 65535 65535\r\n",
      "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535 > [ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe]:65535");
}

TEST(ProxyV1, holds_a_mapped_address_as_ipv4) {
  expect_header("PROXY TCP6 ::ffff:192.0.2.1 2001:db8::2 5 443\r\n", "192.0.2.1:5 > [2001:db8::2]:443");
  expect_header("PROXY TCP6 ::ffff:c000:201 ::ffff:192.0.2.2 5 443\r\n", "192.0.2.1:5 > 192.0.2.2:443");
}

TEST(ProxyV1, ignores_what_follows_unknown) {
  expect_header("PROXY UNKNOWN\r\n", "none");
  expect_header("PROXY UNKNOWN \r\n", "none");
  expect_header("PROXY UNKNOWN 192.0.2.1 x \xff\x01 -5\r\n", "none");
  const std::string longest =
      "PROXY UNKNOWN ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff "
      "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n";
  ASSERT_EQ(longest.size(), longest_proxy_v1);
  expect_header(longest, "none");
}

TEST(ProxyV1, refuses_another_start_at_its_first_byte) {
  EXPECT_THAT(read("G"), HasSubstr("starts with something else"));
  EXPECT_THAT(read("\x16\x03"), HasSubstr("starts with something else"));
  for (const std::string_view start :
       {"POST / HTTP/1.1\r\n", "PRI * HTTP/2.0\r\n", "PROXYS ", "PROXY\r\n", "PROXY\tTCP4"})
    expect_malformed(std::string(start), "does not start with 'PROXY '");
  EXPECT_THAT(read("proxy TCP4"), HasSubstr("starts with something else"));
}

TEST(ProxyV1, refuses_other_protocols_and_counts_of_words) {
  for (const std::string_view line :
       {"", "TCP4", "TCP4 192.0.2.1", "TCP4 192.0.2.1 192.0.2.2 1", "TCP5 192.0.2.1 192.0.2.2 1 2", "UNKNOWNS",
        "unknown", "tcp4 192.0.2.1 192.0.2.2 1 2", "UDP4 192.0.2.1 192.0.2.2 1 2", " TCP4 192.0.2.1 192.0.2.2 1 2"})
    expect_malformed("PROXY " + std::string(line) + "\r\n", "is not followed by UNKNOWN");
  for (const std::string_view line :
       {"TCP4  192.0.2.1 192.0.2.2 1 2", "TCP4 192.0.2.1  192.0.2.2 1 2", "TCP4 192.0.2.1\t192.0.2.2 1 2 3"})
    expect_malformed("PROXY " + std::string(line) + "\r\n", "an address is not one");
  for (const std::string_view line : {"TCP4 192.0.2.1 192.0.2.2  1 2", "TCP4 192.0.2.1 192.0.2.2 1  2",
                                      "TCP4 192.0.2.1 192.0.2.2 1 2 ", "TCP4 192.0.2.1 192.0.2.2 1 2 3"})
    expect_malformed("PROXY " + std::string(line) + "\r\n", "a port is not a number");
}

TEST(ProxyV1, refuses_addresses_that_are_not_plainly_of_their_family) {
  for (const std::string& bad :
       {"192.0.2.256"s, "192.0.2"s, "192.0.2.1.1"s, "192.0.2.01"s, "192.0.02.1"s, "0192.0.2.1"s, "192.0.2.+1"s,
        "192.0.2.-1"s, "192.0.2.0x1"s, "3221225985"s, "192.0.2.1\0"s, "192.0.2.1\0x"s, "192.0.2.1:80"s, "2001:db8::1"s,
        "::ffff:192.0.2.1"s, "localhost"s, "192..2.1"s, "192.0.2.1."s, ""s}) {
    expect_malformed("PROXY TCP4 " + bad + " 192.0.2.2 1 2\r\n", "an address is not one");
    expect_malformed("PROXY TCP4 192.0.2.2 " + bad + " 1 2\r\n", "an address is not one");
  }
  for (const std::string& bad :
       {"192.0.2.1"s, "[2001:db8::1]"s, "2001:db8::1%eth0"s, "2001:db8::1::"s, "1:2:3:4:5:6:7"s, "1:2:3:4:5:6:7:8:9"s,
        "12345::"s, ":::"s, ":1"s, "g::"s, "2001:db8::1\0"s, "::ffff:192.0.2.256"s, "::1/64"s, ""s}) {
    expect_malformed("PROXY TCP6 " + bad + " ::1 1 2\r\n", "an address is not one");
    expect_malformed("PROXY TCP6 ::1 " + bad + " 1 2\r\n", "an address is not one");
  }
}

TEST(ProxyV1, refuses_ports_that_are_not_plain_numbers) {
  for (const std::string_view bad : {"65536", "99999", "4294967296", "00", "01", "080", "+1", "-1", "1a", "0x50", ""}) {
    expect_malformed("PROXY TCP4 192.0.2.1 192.0.2.2 " + std::string(bad) + " 2\r\n", "a port is not a number");
    expect_malformed("PROXY TCP4 192.0.2.1 192.0.2.2 2 " + std::string(bad) + "\r\n", "a port is not a number");
  }
}

TEST(ProxyV1, refuses_every_other_end_of_the_line) {
  const std::string line = "PROXY TCP4 192.0.2.1 192.0.2.2 1 2";
  for (const std::string& end : {"\n"s, "\n\r\n"s, "\r\r\n"s, "\rX\r\n"s, "\r \n"s})
    expect_malformed(line + end, "does not end with CR LF");
  expect_malformed("PROXY UNKNOWN a\nb\r\n", "does not end with CR LF");
  expect_malformed("PROXY UNKNOWN a\rb\r\n", "does not end with CR LF");
}

TEST(ProxyV1, refuses_a_line_as_soon_as_it_is_too_long) {
  const std::string almost = "PROXY UNKNOWN " + std::string(longest_proxy_v1 - 16, 'x');
  expect_header(almost + "\r\n", "none");
  expect_malformed(almost + "x\r\n", "longer than 107 bytes");
  expect_malformed(almost + "x", "longer than 107 bytes");
  expect_malformed("PROXY " + std::string(5000, ' '), "longer than 107 bytes");
}

TEST(ProxyV2, reads_both_families) {
  expect_header(v2(0x21, 0x11, v4_block), "192.0.2.1:56324 > 198.51.100.7:443");
  expect_header(v2(0x21, 0x21, v6_block), "[2001:db8::1]:65535 > [2001:db8::2]:80");
}

TEST(ProxyV2, holds_a_mapped_address_as_ipv4) {
  std::string block = v6_block;
  block.replace(0, 16, "\0\0\0\0\0\0\0\0\0\0\xff\xff\xc0\x00\x02\x01"s);
  expect_header(v2(0x21, 0x21, block), "192.0.2.1:65535 > [2001:db8::2]:80");
}

TEST(ProxyV2, a_local_connection_has_no_addresses_whatever_else_it_says) {
  expect_header(v2(0x20, 0x00, ""), "none");
  expect_header(v2(0x20, 0x11, v4_block), "none");
  expect_header(v2(0x20, 0x11, "\x03"), "none");
  expect_header(v2(0x20, 0xff, std::string(520, '\xff')), "none");
}

TEST(ProxyV2, what_it_cannot_describe_has_no_addresses) {
  const std::string paths = "/run/a.sock"s + std::string(216 - 11, '\0');
  expect_header(v2(0x21, 0x00, ""), "none");
  expect_header(v2(0x21, 0x00, "anything"), "none");
  expect_header(v2(0x21, 0x01, v4_block), "none");
  expect_header(v2(0x21, 0x10, v4_block), "none");
  expect_header(v2(0x21, 0x12, v4_block), "none");
  expect_header(v2(0x21, 0x22, v6_block), "none");
  expect_header(v2(0x21, 0x31, paths), "none");
  expect_header(v2(0x21, 0x32, paths), "none");
}

TEST(ProxyV2, refuses_a_signature_at_its_first_wrong_byte) {
  const std::string good = v2(0x21, 0x11, v4_block);
  for (std::size_t i = 1; i < signature.size(); ++i) {
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ 1);
    EXPECT_EQ(read(bad.substr(0, i)), "more");
    EXPECT_THAT(read(bad.substr(0, i + 1)), HasSubstr("signature is wrong")) << i;
    expect_malformed(bad, "signature is wrong");
  }
}

TEST(ProxyV2, refuses_other_versions_commands_families_and_protocols_at_once) {
  for (unsigned value = 0; value < 256; ++value) {
    const auto byte = static_cast<unsigned char>(value);
    const std::string by_command = v2(byte, 0x00, "");
    if (value >> 4 != 2) {
      expect_malformed(by_command, "the version is not 2");
      EXPECT_THAT(read(by_command.substr(0, 13)), HasSubstr("the version is not 2"));
    } else if (value > 0x21) {
      expect_malformed(by_command, "the command is neither LOCAL nor PROXY");
    }
    const std::string by_family = v2(0x21, byte, std::string(216, '\0'));
    if (value >> 4 > 3) {
      expect_malformed(by_family, "the address family is unassigned");
      EXPECT_THAT(read(by_family.substr(0, 14)), HasSubstr("the address family is unassigned"));
    } else if ((value & 15) > 2) {
      expect_malformed(by_family, "the transport protocol is unassigned");
    } else {
      EXPECT_EQ(size_of(by_family), by_family.size()) << value;
    }
  }
}

TEST(ProxyV2, refuses_a_length_too_short_for_its_family) {
  for (const auto& [family, size] : std::vector<std::pair<unsigned char, std::size_t>>{
           {0x11, 12}, {0x12, 12}, {0x21, 36}, {0x22, 36}, {0x31, 216}, {0x32, 216}}) {
    for (const std::size_t less : {std::size_t{0}, std::size_t{1}, size - 1})
      expect_malformed(v2(0x21, family, std::string(less, '\0')), "too short for the addresses");
    EXPECT_EQ(size_of(v2(0x21, family, std::string(size, '\0'))), 16 + size);
  }
}

TEST(ProxyV2, refuses_more_than_536_bytes_before_they_come) {
  expect_header(v2(0x21, 0x11, v4_block + "\x04\x01\xf9"s + std::string(505, 'x')),
                "192.0.2.1:56324 > 198.51.100.7:443");
  for (const unsigned char command : {0x20, 0x21}) {
    expect_malformed(v2(command, 0x11, std::string(521, '\0')).substr(0, 16), "longer than 536 bytes");
    expect_malformed(v2(command, 0x00, std::string(65535, '\0')).substr(0, 16), "longer than 536 bytes");
  }
}

TEST(ProxyV2, skips_further_values) {
  for (const std::string& values : {"\x01\x00\x02h2"s, "\x04\x00\x00"s,
                                    "\x02\x00\x0b"s
                                    "example.com"
                                    "\xee\x00\x01\x00"s,
                                    "\xff\x01\x00"s + std::string(256, '\xff')})
    expect_header(v2(0x21, 0x11, v4_block + values), "192.0.2.1:56324 > 198.51.100.7:443");
}

TEST(ProxyV2, refuses_values_whose_lengths_do_not_fit) {
  const std::string good = "\x04\x00\x01x"s;
  for (const std::string& values : {"\x04"s, "\x04\x00"s, good + "\x04"s, good + "\x04\x00"s})
    expect_malformed(v2(0x21, 0x11, v4_block + values), "its last TLV is cut off");
  for (const std::string& values : {"\x04\x00\x01"s, "\x04\x00\x05xxxx"s, "\x04\xff\xff"s, good + "\x02\x01\x00x"s})
    expect_malformed(v2(0x21, 0x21, v6_block + values), "longer than what is left");
}

// Checksum computed by another program, which was checked with that of "123456789", 0xe3069283.
TEST(ProxyV2, verifies_a_checksum) {
  const std::string values = "\x04\x00\x01\x00\x03\x00\x04"s, checksum = "\xce\x99\xd7\x9e"s;
  const std::string good = v2(0x21, 0x11, v4_block + values + checksum);
  expect_header(good, "192.0.2.1:56324 > 198.51.100.7:443");
  const std::size_t type_at = good.size() - 7;
  for (std::size_t bit = 0; bit < 8 * good.size(); ++bit) {
    if (bit / 8 == type_at) continue;  // then it is a value of another type
    std::string bad = good;
    bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << bit % 8));
    if (bad[12] == '\x20' || bad[13] == '\x01' || bad[13] == '\x10') continue;  // then the block is not looked at
    EXPECT_NE(read(bad), "192.0.2.1:56324 > 198.51.100.7:443") << bit;
    if (bit >= 8 * 16) {
      EXPECT_THAT(read(bad), HasSubstr("malformed")) << bit;
    }
  }
  expect_malformed(v2(0x21, 0x11, v4_block + "\x03\x00\x03\x00\x00\x00"s), "two checksums, or one that is not of 4");
  expect_malformed(v2(0x21, 0x11, v4_block + "\x03\x00\x05\x00\x00\x00\x00\x00"s), "two checksums, or one");
  expect_malformed(v2(0x21, 0x11, v4_block + values + checksum + "\x03\x00\x04"s + checksum), "two checksums, or one");
}

TEST(ProxyWriter, writes_version_1_as_the_specification_shows_it) {
  const auto text = [](std::string_view source, std::string_view destination) {
    return write_proxy_header(ProxyVersion::v1, SocketAddress::parse(source).value(),
                              SocketAddress::parse(destination).value());
  };
  EXPECT_EQ(text("192.168.0.1:56324", "192.168.0.11:443"), "PROXY TCP4 192.168.0.1 192.168.0.11 56324 443\r\n");
  EXPECT_EQ(text("[2001:db8::1]:1", "[::1]:0"), "PROXY TCP6 2001:db8::1 ::1 1 0\r\n");
  EXPECT_EQ(text("192.0.2.1:5", "[2001:db8::2]:443"), "PROXY TCP6 ::ffff:192.0.2.1 2001:db8::2 5 443\r\n");
  EXPECT_EQ(text("unix:/run/a", "192.0.2.1:5"), "PROXY UNKNOWN\r\n");
}

TEST(ProxyWriter, writes_version_2_as_the_specification_lays_it_out) {
  const auto text = [](std::string_view source, std::string_view destination) {
    return write_proxy_header(ProxyVersion::v2, SocketAddress::parse(source).value(),
                              SocketAddress::parse(destination).value());
  };
  EXPECT_EQ(text("192.0.2.1:56324", "198.51.100.7:443"), v2(0x21, 0x11, v4_block));
  EXPECT_EQ(text("[2001:db8::1]:65535", "[2001:db8::2]:80"), v2(0x21, 0x21, v6_block));
  EXPECT_EQ(text("192.0.2.1:5", "unix:/run/a"), v2(0x21, 0x00, ""));
}

TEST(ProxyWriter, is_read_back_as_it_was) {
  const std::vector<std::string> all{
      "0.0.0.0:0",       "192.0.2.1:80", "255.255.255.255:65535", "[::]:0",
      "[2001:db8::1]:1", "[::1]:255",    "[fe80::1:0:0:1]:256",   "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535"};
  for (const ProxyVersion version : {ProxyVersion::v1, ProxyVersion::v2}) {
    for (const std::string& source : all) {
      for (const std::string& destination : all) {
        const std::string text = write_proxy_header(version, SocketAddress::parse(source).value(),
                                                    SocketAddress::parse(destination).value());
        expect_header(text, source + " > " + destination);
      }
    }
    expect_header(write_proxy_header(version, {}, {}), "none");
  }
}

}  // namespace
}  // namespace ravelin::net
