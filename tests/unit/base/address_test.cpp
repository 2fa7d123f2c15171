#include "ravelin/address.h"

#include <gtest/gtest.h>

#include <random>

namespace ravelin {
namespace {

Address address(std::string_view text) { return *Address::parse(text); }
Prefix prefix(std::string_view text) { return *Prefix::parse(text); }

TEST(Address, reads_and_prints_both_families) {
  for (const char* text : {"192.0.2.1", "0.0.0.0", "2001:db8::1", "::", "::1"})
    EXPECT_EQ(address(text).to_string(), text);
  for (const char* text : {"", "1.2.3", "1.2.3.4.5", "1.2.3.256", "::g", "[::1]", "1.2.3.4:80", "fe80::1%eth0"})
    EXPECT_FALSE(Address::parse(text)) << text;
}

TEST(Address, does_not_end_at_a_nul) {
  for (const std::string_view text : {std::string_view("192.0.2.1\0", 10), std::string_view("2001:db8::1\0x", 13)})
    EXPECT_FALSE(Address::parse(text));
}

TEST(Address, holds_a_mapped_address_as_ipv4) { EXPECT_EQ(address("::ffff:192.0.2.1"), address("192.0.2.1")); }

TEST(Prefix, names_the_block_that_was_probably_meant) {
  const auto wrong = Prefix::parse("10.1.2.3/8");
  ASSERT_FALSE(wrong);
  EXPECT_NE(wrong.error().message.find("10.0.0.0/8"), std::string::npos);
  EXPECT_FALSE(Prefix::parse("10.0.0.0/33"));
  EXPECT_FALSE(Prefix::parse("10.0.0.0/"));
  EXPECT_EQ(prefix("192.0.2.1").to_string(), "192.0.2.1");
}

TEST(Prefix, contains_what_shares_its_bits_and_family) {
  EXPECT_TRUE(prefix("10.0.0.0/8").contains(address("10.255.0.1")));
  EXPECT_FALSE(prefix("10.0.0.0/8").contains(address("11.0.0.1")));
  EXPECT_TRUE(prefix("192.0.2.128/25").contains(address("192.0.2.200")));
  EXPECT_FALSE(prefix("192.0.2.128/25").contains(address("192.0.2.100")));
  EXPECT_FALSE(prefix("0.0.0.0/0").contains(address("::1")));
  EXPECT_TRUE(Prefix(address("2001:db8:1:2:3::1"), 64).contains(address("2001:db8:1:2:ffff::9")));
}

TEST(PrefixSet, answers_as_asking_every_prefix_would) {
  std::mt19937 random(11);
  for (int round = 0; round < 50; ++round) {
    std::vector<Prefix> all;
    for (int i = 0; i < 20; ++i) {
      const auto a = Address::v4({10, static_cast<std::uint8_t>(random() % 4), static_cast<std::uint8_t>(random()), 0});
      all.emplace_back(a, static_cast<int>(8 + random() % 25));
    }
    const PrefixSet set(all);
    for (int i = 0; i < 200; ++i) {
      const auto a = Address::v4({10, static_cast<std::uint8_t>(random() % 6), static_cast<std::uint8_t>(random()), 1});
      const Prefix p(a, static_cast<int>(8 + random() % 25));
      const auto holds = [&](const Prefix& one) { return one.contains(a); };
      const auto touches = [&](const Prefix& one) { return one.overlaps(p); };
      EXPECT_EQ(set.contains(a), std::any_of(all.begin(), all.end(), holds));
      EXPECT_EQ(set.overlaps(p), std::any_of(all.begin(), all.end(), touches));
    }
  }
}

TEST(SocketAddress, reads_what_a_listener_may_be_bound_to) {
  EXPECT_EQ(SocketAddress::parse("0.0.0.0:443")->port, 443);
  EXPECT_EQ(SocketAddress::parse("[2001:db8::1]:80")->to_string(), "[2001:db8::1]:80");
  EXPECT_EQ(SocketAddress::parse("unix:/run/x.sock")->path, "/run/x.sock");
  for (const char* text : {"443", "host:80", "1.2.3.4", "1.2.3.4:", "1.2.3.4:70000", "2001:db8::1:80", "unix:"})
    EXPECT_FALSE(SocketAddress::parse(text)) << text;
}

}  // namespace
}  // namespace ravelin
