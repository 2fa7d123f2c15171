#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "config/load.h"
#include "modules/ratelimit/config.h"
#include "modules/ratelimit/module.h"
#include "ravelin/testing/module_bench.h"
#include "ravelin/testing/section_check.h"
#include "unit/modules/test_store.h"

namespace ravelin::ratelimit {
namespace {

using namespace std::chrono_literals;
using testing::BenchOutcome;
using testing::BenchRequest;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::ModuleBench;
using testing::SectionCheck;

class Ratelimit : public ::testing::Test {
 protected:
  LimitConfig& limit(const std::string& name, std::uint32_t per_second, std::uint32_t burst) {
    LimitConfig& made = config.limits[name];
    made.rate = Rate{per_second, 1s};
    made.burst = burst;
    return made;
  }
  void load() { ASSERT_TRUE(bench.load(config)); }
  int status_of(const BenchRequest& request) { return bench.run(request).status; }
  /// How many of `count` requests at once are answered.
  int allowed(int count, const BenchRequest& request = {}) {
    int allowed = 0;
    for (int i = 0; i < count; ++i) allowed += status_of(request) == 200 ? 1 : 0;
    return allowed;
  }

  Config config;
  TestStore store;
  ModuleBench bench{descriptor, store.memory};
};

TEST_F(Ratelimit, five_per_second_with_burst_twenty_is_what_an_operator_expects) {
  limit("site", 5, 20);
  load();
  EXPECT_EQ(allowed(100), 21);  // the burst on top of the one that is due
  bench.loop.advance(199ms);
  EXPECT_EQ(allowed(1), 0);
  bench.loop.advance(1ms);
  EXPECT_EQ(allowed(10), 1);  // one per 200 ms from there
  bench.loop.advance(1s);
  EXPECT_EQ(allowed(10), 5);
  bench.loop.advance(1h);
  EXPECT_EQ(allowed(100), 21);  // never more than the burst, however long the pause
}

TEST_F(Ratelimit, a_steady_client_at_its_rate_is_never_refused) {
  limit("site", 5, 0);
  load();
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(allowed(1), 1);
    bench.loop.advance(200ms);
  }
}

TEST_F(Ratelimit, refuses_with_429_a_reason_and_a_retry_after_that_holds) {
  config.limits["slow"].rate = Rate{2, 1min};
  load();
  EXPECT_EQ(allowed(2), 1);
  bench.loop.advance(10s);
  const BenchOutcome refused = bench.run({});
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(refused.reason, "limit:slow");
  EXPECT_EQ(refused.retry_after_seconds, 20);
  EXPECT_EQ(refused.detail, "beyond 2/m, burst 0; the next is allowed in 20000 ms");
  bench.loop.advance(std::chrono::seconds(refused.retry_after_seconds));
  EXPECT_EQ(allowed(1), 1);
}

TEST_F(Ratelimit, retry_after_is_never_zero) {
  limit("site", 1000, 0);
  load();
  allowed(1);
  EXPECT_EQ(bench.run({}).retry_after_seconds, 1);
}

TEST_F(Ratelimit, counts_each_client_apart_and_an_ipv6_network_as_one) {
  limit("site", 1, 0);
  load();
  EXPECT_EQ(status_of({.client = "192.0.2.1"}), 200);
  EXPECT_EQ(status_of({.client = "192.0.2.2"}), 200);
  EXPECT_EQ(status_of({.client = "2001:db8:0:1::1"}), 200);
  EXPECT_EQ(status_of({.client = "2001:db8:0:1:ffff::2"}), 429);
  EXPECT_EQ(status_of({.client = "2001:db8:0:2::1"}), 200);
}

TEST_F(Ratelimit, counts_the_client_and_not_the_trusted_proxy_it_comes_through) {
  limit("site", 1, 0);
  load();
  EXPECT_EQ(status_of({.client = "192.0.2.1", .hop = "10.0.0.1"}), 200);
  EXPECT_EQ(status_of({.client = "192.0.2.2", .hop = "10.0.0.1"}), 200);
  EXPECT_EQ(status_of({.client = "192.0.2.1", .hop = "10.0.0.2"}), 429);
}

TEST_F(Ratelimit, counts_by_header_and_by_client_where_it_is_missing) {
  limit("key", 1, 0).key = "header:X-Api-Key";
  load();
  EXPECT_EQ(status_of({.fields = {{"x-api-key", "a"}}}), 200);
  EXPECT_EQ(status_of({.fields = {{"x-api-key", "b"}}}), 200);
  EXPECT_EQ(status_of({.fields = {{"x-api-key", "a"}}, .client = "192.0.2.9"}), 429);
  EXPECT_EQ(allowed(2), 1);
}

TEST_F(Ratelimit, spends_from_all_limits_that_match_and_tells_the_longest_wait) {
  config.limits["a"].rate = Rate{1, 1min};
  config.limits["b"].rate = Rate{1, 1h};
  limit("c", 100, 100);
  load();
  EXPECT_EQ(allowed(1), 1);
  const BenchOutcome refused = bench.run({});
  EXPECT_EQ(refused.reason, "limit:b");
  EXPECT_EQ(refused.retry_after_seconds, 3600);
  EXPECT_EQ(bench.metrics.count("limit_hits_total{limit=a,mode=enforce}"), 1u);
  EXPECT_EQ(bench.metrics.count("limit_hits_total{limit=b,mode=enforce}"), 1u);
  EXPECT_EQ(bench.metrics.count("limit_hits_total{limit=c,mode=enforce}"), 0u);
}

TEST_F(Ratelimit, touches_only_requests_that_match) {
  LimitConfig& login = limit("login", 1, 0);
  login.match.path = {"/login"};
  login.match.method = {"POST"};
  load();
  EXPECT_EQ(allowed(5, {.method = "GET", .path = "/login"}), 5);
  EXPECT_EQ(allowed(5, {.method = "POST", .path = "/other"}), 5);
  EXPECT_EQ(allowed(5, {.method = "POST", .path = "/login"}), 1);
}

TEST_F(Ratelimit, tells_the_budget_in_fields_if_asked_to) {
  limit("site", 5, 20);
  limit("api", 1, 1).match.path_prefix = {"/api/"};
  load();
  EXPECT_FALSE(bench.run({}).field("ratelimit"));
  config.fields = true;
  load();
  EXPECT_EQ(bench.run({}).field("ratelimit-policy"), "\"site\";q=21;w=5");
  const BenchOutcome first = bench.run({.path = "/api/x"});
  EXPECT_EQ(first.field("ratelimit-policy"), "\"api\";q=2;w=2, \"site\";q=21;w=5");
  EXPECT_EQ(first.field("ratelimit"), "\"api\";r=1");
  bench.run({.path = "/api/x"});
  const BenchOutcome refused = bench.run({.path = "/api/x"});
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(refused.field("ratelimit"), "\"api\";r=0;t=1");
}

TEST_F(Ratelimit, tells_of_centuries_too) {
  limit("site", 1, 1'000'000).rate = {1, std::chrono::hours(24)};
  config.fields = true;
  load();
  EXPECT_EQ(bench.run({}).field("ratelimit-policy"), "\"site\";q=1000001;w=86400086400");
}

TEST_F(Ratelimit, a_limit_in_detect_mode_takes_nothing_from_the_enforced_one_and_counts_apart) {
  limit("site", 1, 0);
  config.fields = true;
  bench.mode = Mode::detect;
  load();
  EXPECT_EQ(allowed(5), 5);
  const BenchOutcome outcome = bench.run({});
  EXPECT_FALSE(outcome.field("ratelimit"));
  ASSERT_EQ(outcome.decisions.size(), 1u);
  EXPECT_EQ(outcome.decisions[0].kind, DecisionKind::detected);
  EXPECT_EQ(bench.metrics.count("limit_hits_total{limit=site,mode=detect}"), 5u);
  bench.mode = Mode::enforce;
  load();
  EXPECT_EQ(allowed(5), 1);
  EXPECT_EQ(bench.metrics.count("limit_hits_total{limit=site,mode=enforce}"), 4u);
}

TEST_F(Ratelimit, a_reload_gives_nobody_a_new_budget) {
  limit("site", 1, 5);
  load();
  EXPECT_EQ(allowed(10), 6);
  load();
  EXPECT_EQ(allowed(10), 0);
}

TEST_F(Ratelimit, refuses_sections_that_mean_nothing) {
  limit("no rate", 0, 0);
  limit("by_cookie", 1, 0).key = "cookie:session";
  limit("by_what", 1, 0).key = "ip";
  limit("fine", 5, 20).key = "header:X-Api-Key";
  EXPECT_THAT(SectionCheck(config).problems(),
              ElementsAre(HasSubstr("limits.by_cookie.key: counting by cookie is not available"),
                          HasSubstr("limits.by_what.key: 'ip' is neither client nor header:NAME"),
                          HasSubstr("limits.no rate.rate: expected a rate"), HasSubstr("limits: 'no rate' may only")));
  EXPECT_THAT(SectionCheck(config).missing(), ElementsAre("connections"));
}

TEST_F(Ratelimit, reads_what_the_contract_shows) {
  const auto problems = config::read_section(
      "limits:\n"
      "  site:    {key: client, rate: 5/s, burst: 20}\n"
      "  analyze: {key: client, rate: 1/s, burst: 5, match: {path: /api/analyze}}\n",
      config);
  EXPECT_THAT(problems, IsEmpty());
  EXPECT_EQ(config.limits["site"].rate, (Rate{5, 1s}));
  EXPECT_EQ(config.limits["site"].burst, 20u);
  EXPECT_THAT(config.limits["analyze"].match.path, ElementsAre("/api/analyze"));
  EXPECT_EQ(config::read_section("connections: {key: client, max: 10}", config).size(), 1u);
}

}  // namespace
}  // namespace ravelin::ratelimit
