#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <random>
#include <string>
#include <vector>

#include "modules/ban/config.h"
#include "modules/ban/module.h"
#include "ravelin/testing/module_bench.h"
#include "unit/modules/test_store.h"

namespace ravelin::ban {
namespace {

using namespace std::chrono_literals;
using testing::BenchExchange;
using testing::BenchOutcome;
using testing::BenchRequest;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::ModuleBench;

class BanModule : public ::testing::Test {
 protected:
  BanModule() {
    login().match.request.path = {"/login"};
    login().match.status = {401, 403};
    login().maxretry = 3;
  }
  JailConfig& login() { return config.jails["login"]; }
  /// As a load that is switched to; one that is not leaves the store alone.
  void load() {
    ASSERT_TRUE(bench.load(config));
    store.memory.bans().set_never(bench.module().never_banned());
  }
  BenchOutcome fail_login(std::string_view client = "192.0.2.1") {
    return bench.run({.method = "POST", .path = "/login", .client = client}, 401);
  }
  int status_of(std::string_view client = "192.0.2.1") { return bench.run({.client = client}).status; }
  std::vector<Ban> bans() { return store.memory.bans().list(bench.loop.wall()); }
  /// Fails as often as leads to a ban, and returns how long that one is.
  Duration ban_once() {
    for (std::uint32_t i = 0; i < login().maxretry; ++i) fail_login();
    return bans().empty() ? Duration::zero() : bans().front().until - bans().front().since;
  }

  Config config;
  TestStore store;
  ModuleBench bench{descriptor, store.memory};
};

TEST_F(BanModule, bans_after_maxretry_hits_within_findtime) {
  load();
  EXPECT_EQ(fail_login().status, 401);
  EXPECT_EQ(fail_login().status, 401);
  EXPECT_EQ(status_of(), 200);
  EXPECT_TRUE(bans().empty());
  EXPECT_EQ(fail_login().status, 401);
  const BenchOutcome refused = bench.run({});
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(refused.reason, "ban:login");
  EXPECT_THAT(refused.detail, HasSubstr("banned for another 10m (ban 1): 3 hits within 10m"));
  EXPECT_EQ(status_of("192.0.2.2"), 200);
}

TEST_F(BanModule, hits_spread_beyond_findtime_ban_nobody) {
  login().findtime = 10s;
  load();
  for (int i = 0; i < 20; ++i) {
    fail_login();
    bench.loop.advance(5001ms);
  }
  EXPECT_TRUE(bans().empty());
}

TEST_F(BanModule, a_ban_ends_after_bantime_and_the_count_starts_again) {
  load();
  EXPECT_EQ(ban_once(), 10min);
  bench.loop.advance(10min - 1ns);
  EXPECT_EQ(status_of(), 403);
  bench.loop.advance(1ns);
  EXPECT_EQ(status_of(), 200);
  fail_login();
  fail_login();
  EXPECT_EQ(status_of(), 200);
}

TEST_F(BanModule, repeated_bans_grow_to_maxtime_if_they_may) {
  login().increment = true;
  login().maxtime = 1h;
  load();
  for (const Duration expected : {Duration(10min), Duration(20min), Duration(40min), Duration(1h), Duration(1h)}) {
    EXPECT_EQ(ban_once(), expected);
    bench.loop.advance(expected);
  }
}

TEST_F(BanModule, repeated_bans_stay_the_same_without_increment) {
  load();
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(ban_once(), 10min);
    bench.loop.advance(10min);
  }
}

TEST_F(BanModule, a_ban_is_an_incident_with_its_evidence) {
  load();
  fail_login();
  EXPECT_TRUE(fail_login().incidents.empty());
  const BenchOutcome last = fail_login();
  ASSERT_EQ(last.incidents.size(), 1u);
  EXPECT_EQ(last.incidents[0].module, "ban");
  EXPECT_EQ(last.incidents[0].reason, "ban:login");
  EXPECT_EQ(last.incidents[0].action, Action::banned);
  EXPECT_EQ(last.incidents[0].detail,
            "192.0.2.1 banned for 10m (ban 1): 3 hits within 10m, the last by request bench-1 (401)");
  EXPECT_EQ(bench.metrics.count("ban_events_total{jail=login,action=banned}"), 1u);
  EXPECT_EQ(bench.metrics.read("bans{jail=login}"), 1);
  EXPECT_EQ(bench.metrics.read("bans{jail=manual}"), 0);
}

TEST_F(BanModule, being_refused_as_banned_is_not_another_hit) {
  login().match = {};
  login().match.status = {403};
  login().bantime = 1min;
  load();
  for (int i = 0; i < 3; ++i) bench.run({}, 403);
  ASSERT_EQ(bans().size(), 1u);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(bench.run({}).reason, "ban:login");
  bench.loop.advance(1min);
  EXPECT_EQ(status_of(), 200);
  EXPECT_EQ(store.memory.bans().times(testing::peer_from("192.0.2.1").client_key), 1u);
}

TEST_F(BanModule, requests_under_way_during_a_ban_do_not_lead_to_the_next) {
  login().increment = true;
  load();
  std::vector<std::unique_ptr<BenchExchange>> under_way;
  const BenchRequest request{.path = "/login"};
  for (int i = 0; i < 9; ++i) {
    under_way.push_back(std::make_unique<BenchExchange>(bench.loop, bench.module(), request));
    under_way.back()->request_head();
  }
  for (auto& exchange : under_way) {
    exchange->response_head(401);
    exchange->done();
  }
  ASSERT_EQ(bans().size(), 1u);
  EXPECT_EQ(bans()[0].times, 1u);
  EXPECT_EQ(bans()[0].until - bans()[0].since, 10min);
}

TEST_F(BanModule, an_ipv6_network_is_counted_and_banned_as_one) {
  load();
  fail_login("2001:db8:0:1::1");
  fail_login("2001:db8:0:1::2");
  fail_login("2001:db8:0:1:ffff::3");
  EXPECT_EQ(status_of("2001:db8:0:1::9"), 403);
  EXPECT_EQ(status_of("2001:db8:0:2::1"), 200);
}

TEST_F(BanModule, direct_peers_are_closed_at_accept_and_those_behind_a_trusted_proxy_answered) {
  bench.trusted_proxies = PrefixSet({Prefix::parse("10.0.0.0/8").value()});
  load();
  ban_once();
  EXPECT_EQ(bench.connect("192.0.2.1").kind(), Verdict::Kind::drop);
  EXPECT_EQ(bench.connect("192.0.2.1").rejection().reason, "ban:login");
  EXPECT_EQ(bench.connect("10.0.0.1").kind(), Verdict::Kind::pass);
  EXPECT_EQ(bench.run({.client = "192.0.2.1", .hop = "10.0.0.1"}).status, 403);
  EXPECT_EQ(bench.run({.client = "192.0.2.2", .hop = "10.0.0.1"}).status, 200);
  config.at_accept = false;
  load();
  EXPECT_EQ(bench.connect("192.0.2.1").kind(), Verdict::Kind::pass);
}

TEST_F(BanModule, loopback_is_never_banned_unless_an_empty_list_takes_it_out) {
  load();
  for (int i = 0; i < 10; ++i) fail_login("127.0.0.1");
  for (int i = 0; i < 10; ++i) fail_login("::1");
  EXPECT_TRUE(bans().empty());
  config.never.clear();
  load();
  for (int i = 0; i < 3; ++i) fail_login("127.0.0.1");
  EXPECT_EQ(status_of("127.0.0.1"), 403);
}

TEST_F(BanModule, adding_an_address_to_never_frees_it_at_reload) {
  load();
  ban_once();
  EXPECT_EQ(status_of(), 403);
  config.never.push_back(Prefix::parse("192.0.2.0/24").value());
  load();
  EXPECT_EQ(status_of(), 200);
  EXPECT_TRUE(bans().empty());
}

TEST_F(BanModule, a_configuration_that_is_not_switched_to_leaves_the_bans_alone) {
  load();
  ban_once();
  config.never.push_back(Prefix::parse("192.0.2.0/24").value());
  ASSERT_TRUE(bench.load(config));
  EXPECT_EQ(bans().size(), 1u);
}

TEST_F(BanModule, a_network_around_a_trusted_proxy_is_banned_by_address) {
  bench.trusted_proxies = PrefixSet({Prefix::parse("2001:db8:0:1::1").value()});
  load();
  for (int i = 0; i < 3; ++i) fail_login("2001:db8:0:1::bad");
  ASSERT_EQ(bans().size(), 1u);
  EXPECT_EQ(bans()[0].prefix.to_string(), "2001:db8:0:1::bad");
  EXPECT_EQ(status_of("2001:db8:0:1::1"), 200);
}

TEST_F(BanModule, in_detect_mode_records_what_it_would_have_banned_and_bans_nobody) {
  load();
  fail_login();
  fail_login();
  bench.mode = Mode::detect;
  load();
  fail_login();
  fail_login();
  const BenchOutcome last = fail_login();
  ASSERT_EQ(last.incidents.size(), 1u);
  EXPECT_EQ(last.incidents[0].action, Action::detected);
  EXPECT_THAT(last.incidents[0].detail, HasSubstr("would have banned 192.0.2.1: 3 hits"));
  EXPECT_EQ(bench.metrics.count("ban_events_total{jail=login,action=detected}"), 1u);
  EXPECT_TRUE(bans().empty());
  bench.mode = Mode::enforce;
  load();
  EXPECT_TRUE(bans().empty());
  fail_login();
  fail_login();
  EXPECT_TRUE(bans().empty()) << "what was counted before, or in detect mode, is no hit";
  fail_login();
  EXPECT_EQ(bans().size(), 1u);
}

// The promise of the never-set: whatever is trusted, whoever misbehaves, no ban covers a trusted hop.
TEST_F(BanModule, no_ban_ever_covers_a_trusted_hop) {
  std::mt19937_64 random(20260101);
  const auto address = [&](const Address& near) {
    std::array<std::uint8_t, 16> bytes = near.bytes();
    for (std::size_t i = random() % 16; i < 16; ++i) bytes[i] = static_cast<std::uint8_t>(random());
    if (random() % 2 == 0) return Address::v4({bytes[0], bytes[1], bytes[2], bytes[3]});
    bytes[0] = 0x20;  // a global unicast address, so never a mapped one
    return Address::v6(bytes);
  };
  config.never.clear();
  login().maxretry = 1;
  for (int round = 0; round < 50; ++round) {
    std::vector<Prefix> trusted;
    Address last = Address::v6({0x20, 0x01, 0x0d, 0xb8});
    for (std::size_t i = 0; i < 1 + random() % 20; ++i) {
      last = address(last);
      trusted.emplace_back(last, 8 + static_cast<int>(random() % 121));
    }
    bench.trusted_proxies = PrefixSet(trusted);
    load();
    for (int i = 0; i < 100; ++i) {
      const std::string client = address(trusted[random() % trusted.size()].address()).to_string();
      fail_login(client);
    }
    for (const Ban& ban : bans()) {
      for (const Prefix& hop : trusted) ASSERT_FALSE(ban.prefix.overlaps(hop)) << ban.prefix.to_string();
    }
    ASSERT_FALSE(bans().empty());
  }
}

}  // namespace
}  // namespace ravelin::ban
