#include "store/memory_bans.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace ravelin::store {
namespace {

using namespace std::chrono_literals;

constexpr WallTime now{1'700'000'000s};

Prefix prefix(std::string_view text) { return *Prefix::parse(text); }
Address address(std::string_view text) { return *Address::parse(text); }

Ban ban(std::string_view text, Duration length = 10min, std::string jail = "login") {
  Ban made;
  made.prefix = prefix(text);
  made.reason = "ban:" + jail;
  made.jail = std::move(jail);
  made.since = now;
  made.until = now + length;
  return made;
}

struct MemoryBansTest : testing::Test {
  SipHash hash{1, 2};
  MemoryBans bans{hash, 1000, 1000};

  void put(Ban b) { ASSERT_TRUE(bans.insert(std::move(b), now)); }
};

TEST_F(MemoryBansTest, finds_the_narrowest_ban_in_force_that_covers_an_address) {
  EXPECT_TRUE(bans.is_empty());
  put(ban("192.0.2.0/24", 10min, "wide"));
  put(ban("192.0.2.7", 5min, "narrow"));
  put(ban("2001:db8:1:2::/64"));
  EXPECT_FALSE(bans.is_empty());
  EXPECT_EQ(bans.find(address("192.0.2.7"), now)->jail, "narrow");
  EXPECT_EQ(bans.find(address("192.0.2.7"), now + 6min)->jail, "wide");
  EXPECT_EQ(bans.find(address("192.0.2.8"), now)->jail, "wide");
  EXPECT_TRUE(bans.find(address("2001:db8:1:2:ffff::1"), now));
  EXPECT_FALSE(bans.find(address("2001:db8:1:3::1"), now));
  EXPECT_FALSE(bans.find(address("192.0.3.7"), now));
  EXPECT_FALSE(bans.find(address("192.0.2.7"), now + 10min));
  EXPECT_FALSE(bans.find(Address(), now));
}

TEST_F(MemoryBansTest, covers_all_widths_down_to_a_ban_of_everything) {
  put(ban("0.0.0.0/0"));
  put(ban("::1/128"));
  EXPECT_TRUE(bans.find(address("255.255.255.255"), now));
  EXPECT_TRUE(bans.find(address("::1"), now));
  EXPECT_FALSE(bans.find(address("::2"), now));
}

TEST_F(MemoryBansTest, counts_times_across_bans_but_not_for_one_that_is_in_force) {
  EXPECT_EQ(bans.insert(ban("192.0.2.7"), now)->times, 1U);
  EXPECT_EQ(bans.insert(ban("192.0.2.7", 20min), now)->times, 1U);
  EXPECT_EQ(bans.times(prefix("192.0.2.7")), 1U);
  Ban again = ban("192.0.2.7", 1h + 10min);
  EXPECT_EQ(bans.insert(again, now + 1h)->times, 2U);
  EXPECT_EQ(bans.times(prefix("192.0.2.7")), 2U);
  EXPECT_EQ(bans.times(prefix("192.0.2.0/24")), 0U);
}

TEST_F(MemoryBansTest, forgets_a_prefix_30_days_after_its_last_ban) {
  put(ban("192.0.2.7"));
  const Duration later = 10min + MemoryBans::memory;
  bans.list(now + later - 1s);
  EXPECT_EQ(bans.times(prefix("192.0.2.7")), 1U);
  EXPECT_EQ(bans.insert(ban("192.0.2.7", later + 1h), now + later)->times, 1U);
}

TEST_F(MemoryBansTest, extends_a_ban_but_never_shortens_it) {
  put(ban("192.0.2.7", 1h, "first"));
  EXPECT_EQ(bans.insert(ban("192.0.2.7", 10min, "shorter"), now)->jail, "first");
  EXPECT_EQ(bans.insert(ban("192.0.2.7", 2h, "longer"), now)->jail, "longer");
  EXPECT_EQ(bans.find(address("192.0.2.7"), now)->until, now + 2h);
  EXPECT_EQ(bans.size(), 1U);
}

TEST_F(MemoryBansTest, refuses_a_ban_that_touches_the_never_set_and_names_the_entry) {
  put(ban("10.1.2.3"));
  put(ban("192.0.2.7"));
  bans.set_never(PrefixSet({prefix("10.0.0.0/8"), prefix("203.0.113.9")}));
  EXPECT_FALSE(bans.find(address("10.1.2.3"), now));
  EXPECT_TRUE(bans.find(address("192.0.2.7"), now));
  const auto inside = bans.insert(ban("10.9.9.9"), now);
  ASSERT_FALSE(inside);
  EXPECT_EQ(inside.error().code, "ban:never");
  EXPECT_NE(inside.error().message.find("touches 10.0.0.0/8"), std::string::npos);
  const auto around = bans.insert(ban("203.0.113.0/24"), now);
  ASSERT_FALSE(around);
  EXPECT_NE(around.error().message.find("touches 203.0.113.9"), std::string::npos);
  EXPECT_EQ(bans.times(prefix("10.9.9.9")), 0U);
}

TEST_F(MemoryBansTest, refuses_what_is_no_ban) {
  EXPECT_EQ(bans.insert(Ban{}, now).error().code, "ban:prefix");
  EXPECT_EQ(bans.insert(ban("192.0.2.7", 0s), now).error().code, "ban:ended");
}

TEST_F(MemoryBansTest, removes_a_ban_and_its_history) {
  put(ban("192.0.2.7"));
  EXPECT_TRUE(bans.remove(prefix("192.0.2.7"), now));
  EXPECT_FALSE(bans.remove(prefix("192.0.2.7"), now));
  EXPECT_TRUE(bans.is_empty());
  EXPECT_FALSE(bans.find(address("192.0.2.7"), now));
  EXPECT_EQ(bans.times(prefix("192.0.2.7")), 0U);
}

TEST_F(MemoryBansTest, makes_room_by_dropping_the_ban_that_ends_first) {
  MemoryBans small(hash, 3, 3);
  for (const auto& [text, length] : std::map<std::string, Duration>{
           {"192.0.2.1", 3h}, {"192.0.2.2", 1h}, {"192.0.2.3", 2h}, {"192.0.2.4", 4h}, {"192.0.2.5", 5h}}) {
    ASSERT_TRUE(small.insert(ban(text, length), now));
  }
  std::string left;
  for (const Ban& b : small.list(now)) left += b.prefix.to_string() + " ";
  EXPECT_EQ(small.size(), 3U);
  EXPECT_FALSE(small.find(address("192.0.2.2"), now)) << left;
  EXPECT_FALSE(small.find(address("192.0.2.3"), now)) << left;
  EXPECT_TRUE(small.find(address("192.0.2.1"), now)) << left;
}

TEST_F(MemoryBansTest, holds_its_memory_bound_against_a_peer_with_many_addresses) {
  std::array<std::uint8_t, 16> bytes{0x20, 1};
  for (unsigned i = 0; i < 5000; ++i) {
    bytes[2] = static_cast<std::uint8_t>(i >> 8);
    bytes[3] = static_cast<std::uint8_t>(i);
    Ban b = ban("::1");
    b.prefix = Prefix(Address::v6(bytes), 64);
    b.evidence.assign(10'000, 'x');
    ASSERT_TRUE(bans.insert(std::move(b), now));
  }
  EXPECT_EQ(bans.size(), 1000U);
  EXPECT_EQ(bans.list(now).size(), 1000U);
  EXPECT_LE(bans.list(now).front().evidence.size(), 256U);
  EXPECT_LE(bans.history().size(), 1008U);
}

TEST_F(MemoryBansTest, sweeps_what_has_ended_and_counts_by_jail) {
  for (int i = 0; i < 300; ++i) put(ban("198.51.100.0/32"));
  for (int i = 0; i < 255; ++i) put(ban("192.0.2." + std::to_string(i), 5min, "short"));
  put(ban("203.0.113.1"));
  EXPECT_EQ(bans.count_by_jail(now), (std::map<std::string, std::size_t>{{"login", 2}, {"short", 255}}));
  EXPECT_EQ(bans.count_by_jail(now + 5min), (std::map<std::string, std::size_t>{{"login", 2}}));
  EXPECT_EQ(bans.count("short"), 255U);
  bans.sweep(now + 5min);
  EXPECT_EQ(bans.size(), 2U);
  EXPECT_EQ(bans.count("short"), 0U);
  EXPECT_EQ(bans.times(prefix("192.0.2.9")), 1U);
}

TEST_F(MemoryBansTest, serves_readers_while_others_write) {
  std::atomic<bool> is_done{false};
  std::thread writer([&] {
    for (int round = 0; round < 200; ++round) {
      for (int i = 0; i < 20; ++i) (void)bans.insert(ban("192.0.2." + std::to_string(i)), now);
      bans.list(now);
      for (int i = 0; i < 20; ++i) bans.remove(prefix("192.0.2." + std::to_string(i)), now);
      bans.set_never(PrefixSet({prefix("10.0.0.0/8")}));
    }
    is_done = true;
  });
  put(ban("198.51.100.0/24"));
  std::size_t missed = 0;
  while (!is_done) {
    missed += bans.find(address("198.51.100.5"), now) ? 0 : 1;
    (void)bans.find(address("192.0.2.3"), now);
  }
  writer.join();
  EXPECT_EQ(missed, 0U);
  EXPECT_EQ(bans.size(), 1U);
}

}  // namespace
}  // namespace ravelin::store
