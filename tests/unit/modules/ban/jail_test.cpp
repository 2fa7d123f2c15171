#include "modules/ban/jail.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "config/load.h"
#include "ravelin/testing/module_bench.h"
#include "ravelin/testing/section_check.h"
#include "unit/modules/test_store.h"

namespace ravelin::ban {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::SectionCheck;

TEST(MatchesGlob, takes_a_star_for_any_text) {
  EXPECT_TRUE(matches_glob("waf:942100", "waf:*"));
  EXPECT_TRUE(matches_glob("waf:", "waf:*"));
  EXPECT_TRUE(matches_glob("waf:942100", "*:942*00"));
  EXPECT_TRUE(matches_glob("limit:site", "limit:site"));
  EXPECT_TRUE(matches_glob("anything", "**"));
  EXPECT_FALSE(matches_glob("waf:942100", "waf"));
  EXPECT_FALSE(matches_glob("waf:942100", "waf:*9"));
  EXPECT_FALSE(matches_glob("xwaf:1", "waf:*"));
}

TEST(MatchesGlob, stays_fast_on_hostile_text) {
  const std::string text(5000, 'a');
  EXPECT_FALSE(matches_glob(text, "*a*a*a*a*a*a*a*a*a*b"));
}

class JailMatching : public ::testing::Test {
 protected:
  bool matches() {
    const Services services{store.memory, metrics, log, 1, trusted, false, Mode::enforce};
    return Jail("test", config, services).matches(exchange);
  }
  void respond(int status) {
    exchange.set_response(std::make_unique<ResponseHead>());
    exchange.response().status = status;
  }
  void request(std::string_view path) {
    exchange.set_request(std::make_unique<RequestHead>());
    exchange.request().method = "GET";
    exchange.request().path = path;
  }
  void decide(std::string_view module, DecisionKind kind) {
    exchange.decisions.push_back({module, kind, "waf:942100", "", Place{}});
  }

  JailMatching() { request("/"); }

  JailConfig config;
  TestStore store;
  testing::BenchMetrics metrics;
  testing::BenchLog log;
  PrefixSet trusted;
  ManualLoop loop;
  Peer peer = testing::peer_from("192.0.2.1");
  TlsSession tls;
  Exchange exchange{loop, peer, tls};
};

TEST_F(JailMatching, needs_every_key_to_hold) {
  config.match.request.path = {"/login"};
  config.match.status = {401, 403};
  request("/login");
  EXPECT_FALSE(matches()) << "no response yet";
  respond(401);
  EXPECT_TRUE(matches());
  respond(200);
  EXPECT_FALSE(matches());
  request("/");
  respond(403);
  EXPECT_FALSE(matches());
}

// gRPC calls every refusal 200.
TEST_F(JailMatching, takes_the_status_of_a_refusal_whatever_it_is_told_as) {
  config.match.status = {403};
  request("/");
  respond(200);
  EXPECT_FALSE(matches());
  exchange.refused_with = 403;
  EXPECT_TRUE(matches());
}

TEST_F(JailMatching, takes_the_reason_of_a_refusal_or_of_an_incident) {
  config.match.reason = {"waf:*", "limit:login"};
  EXPECT_FALSE(matches());
  exchange.reason = "limit:login";
  EXPECT_TRUE(matches());
  exchange.reason = "upstream:timeout";
  EXPECT_FALSE(matches());
  exchange.incidents.push_back({});
  exchange.incidents.back().module = "waf";
  exchange.incidents.back().reason = "waf:942100";
  EXPECT_TRUE(matches());
}

TEST_F(JailMatching, what_a_module_in_detect_mode_would_have_refused_is_no_hit) {
  config.match.reason = {"waf:*"};
  exchange.incidents.push_back({});
  exchange.incidents.back().module = "waf";
  exchange.incidents.back().reason = "waf:942100";
  decide("waf", DecisionKind::detected);
  EXPECT_FALSE(matches());
  decide("waf", DecisionKind::reject);  // refused, and detected again in the local answer
  EXPECT_TRUE(matches());
}

TEST_F(JailMatching, what_a_module_in_detect_mode_noticed_without_a_wish_to_refuse_is_no_hit) {
  config.match.reason = {"waf:*"};
  exchange.incidents.push_back({});
  exchange.incidents.back().module = "waf";
  exchange.incidents.back().reason = "waf:920320";
  EXPECT_TRUE(matches());
  exchange.incidents.back().is_trial = true;
  EXPECT_FALSE(matches());
}

TEST_F(JailMatching, its_own_bans_are_no_hits_of_other_jails) {
  config.match.reason = {"*"};
  exchange.incidents.push_back({});
  exchange.incidents.back().module = "ban";
  exchange.incidents.back().reason = "ban:login";
  EXPECT_FALSE(matches());
}

TEST_F(JailMatching, a_growing_ban_does_not_overflow) {
  config.increment = true;
  config.factor = 100;
  config.bantime = 1s;
  config.maxtime = 10 * 365 * 24h;
  const Services services{store.memory, metrics, log, 1, trusted, false, Mode::enforce};
  const Jail jail("test", config, services);
  EXPECT_EQ(jail.bantime(0), 1s);
  EXPECT_EQ(jail.bantime(2), 10000s);
  EXPECT_EQ(jail.bantime(UINT32_MAX), config.maxtime);
}

TEST(BanSection, refuses_what_means_nothing_or_everything) {
  Config config;
  config.jails["all"] = {};
  JailConfig& shrinking = config.jails["shrinking"];
  shrinking.match.status = {404};
  shrinking.increment = true;
  shrinking.maxtime = 1min;
  config.jails["manual"].match.status = {404, 1000};
  EXPECT_THAT(SectionCheck(config).problems(),
              ElementsAre(HasSubstr("jails.all.match.: an empty match would ban every client"),
                          HasSubstr("jails.manual.match.status.1: 1000 is out of range"),
                          HasSubstr("jails.shrinking.maxtime: a first ban"), HasSubstr("jails: 'manual' is the jail")));
  EXPECT_THAT(SectionCheck(config.jails["manual"]).missing(), ElementsAre("log", "failregex"));
}

TEST(BanSection, reads_what_the_contract_shows) {
  Config config;
  const auto problems = config::read_section(
      "never: [10.0.0.0/8]\n"
      "jails:\n"
      "  login: {match: {path: /login, status: [401, 403]}, maxretry: 5, findtime: 10m, bantime: 10m, increment: true, "
      "maxtime: 1w}\n"
      "  waf:   {match: {reason: \"waf:*\"}, maxretry: 3, findtime: 1m, bantime: 10m}\n"
      "  scan:  {match: {status: [404]}, maxretry: 20, findtime: 1m, bantime: 10m}\n",
      config);
  EXPECT_TRUE(problems.empty());
  ASSERT_EQ(config.never.size(), 1u);
  EXPECT_EQ(config.never[0].to_string(), "10.0.0.0/8");
  EXPECT_THAT(config.jails["login"].match.status, ElementsAre(401, 403));
  EXPECT_EQ(config.jails["login"].maxtime, 7 * 24h);
  EXPECT_THAT(config.jails["waf"].match.reason, ElementsAre("waf:*"));
  EXPECT_EQ(config.jails["scan"].maxretry, 20u);

  Config empty;
  EXPECT_TRUE(config::read_section("{never: [], jails: {}}", empty).empty());
  EXPECT_TRUE(empty.never.empty());
}

TEST(BanSection, log_jails_are_not_available_yet) {
  Config config;
  const auto problems =
      config::read_section("jails: {sshd: {log: /var/log/auth.log, failregex: ['x <HOST>']}}", config);
  EXPECT_GE(problems.size(), 2u);
}

}  // namespace
}  // namespace ravelin::ban
