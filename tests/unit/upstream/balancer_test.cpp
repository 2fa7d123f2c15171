#include "upstream/balancer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <vector>

#include "base/buffer.h"
#include "connection/turn.h"
#include "ravelin/testing/manual_loop.h"

namespace ravelin::upstream {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using namespace std::chrono_literals;

/// NoDialer is for pools that are only looked at.
class NoDialer final : public Dialer {
 public:
  Result<std::unique_ptr<net::Transport>> dial(const net::Dial&) override {
    return Error{"upstream:connect_refused", "nobody dials here", Side::upstream};
  }
};

class BalancerTest : public ::testing::Test {
 protected:
  struct Weighted {
    unsigned weight = 1;
    bool is_backup = false;
  };

  void make(Balance balance, const std::vector<Weighted>& endpoints) {
    upstream.balance = balance;
    std::vector<Pool*> all;
    for (const auto& [weight, is_backup] : endpoints) {
      Endpoint& endpoint = upstream.endpoints.emplace_back();
      endpoint.weight = weight;
      endpoint.is_backup = is_backup;
      pools.push_back(
          std::make_unique<Pool>(loop, turn, blocks, dialer, Origin{endpoint.address, {}, {}, {}}, Pool::Options{}));
      all.push_back(pools.back().get());
    }
    balancer.emplace(upstream, std::move(all));
  }
  std::size_t choose(const std::vector<std::size_t>& tried = {}) { return balancer->choose(tried); }
  std::vector<std::size_t> choose_times(int times) {
    std::vector<std::size_t> chosen;
    for (int i = 0; i < times; ++i) chosen.push_back(choose());
    return chosen;
  }
  void fail(std::size_t index, unsigned times = Pool::failures_to_avoid) {
    for (unsigned i = 0; i < times; ++i) pools[index]->report(Pool::Fared::badly);
  }

  ManualLoop loop;
  connection::Turn turn{loop};
  BlockPool blocks;
  NoDialer dialer;
  Upstream upstream;
  std::vector<std::unique_ptr<Pool>> pools;
  std::optional<Balancer> balancer;
};

TEST_F(BalancerTest, round_robin_takes_turns) {
  make(Balance::round_robin, {{}, {}, {}});
  EXPECT_THAT(choose_times(6), ElementsAre(0, 1, 2, 0, 1, 2));
}

TEST_F(BalancerTest, round_robin_spreads_a_heavy_endpoint_evenly) {
  make(Balance::round_robin, {{3}, {1}});
  EXPECT_THAT(choose_times(8), ElementsAre(0, 0, 1, 0, 0, 0, 1, 0));
}

TEST_F(BalancerTest, least_requests_prefers_who_has_fewest_for_its_weight) {
  make(Balance::least_requests, {{1}, {4}});
  EXPECT_EQ(choose(), 1U);
  for (int i = 0; i < 2; ++i) pools[1]->begin_request();
  EXPECT_EQ(choose(), 1U);  // 3 of 4 against 1 of 1
  for (int i = 0; i < 2; ++i) pools[1]->begin_request();
  EXPECT_EQ(choose(), 0U);  // 5 of 4
  pools[0]->begin_request();
  EXPECT_EQ(choose(), 1U);
  pools[1]->end_request();
  EXPECT_EQ(choose(), 1U);
}

TEST_F(BalancerTest, least_requests_takes_turns_among_equals) {
  make(Balance::least_requests, {{}, {}});
  EXPECT_THAT(choose_times(4), ElementsAre(0, 1, 0, 1));
}

TEST_F(BalancerTest, least_requests_does_not_make_up_for_who_was_busy) {
  make(Balance::least_requests, {{}, {}});
  pools[0]->begin_request();
  EXPECT_THAT(choose_times(100), Each(1));
  pools[0]->end_request();
  EXPECT_THAT(choose_times(4), ElementsAre(0, 1, 0, 1));
}

TEST_F(BalancerTest, what_was_tried_is_not_chosen_again) {
  make(Balance::round_robin, {{}, {}});
  EXPECT_EQ(choose({0}), 1U);
  EXPECT_EQ(choose({1}), 0U);
  EXPECT_EQ(choose({1, 0}), upstream.endpoints.size());
}

TEST_F(BalancerTest, backups_serve_when_no_other_may) {
  make(Balance::round_robin, {{1, true}, {}, {}});
  EXPECT_THAT(choose_times(4), ElementsAre(1, 2, 1, 2));
  EXPECT_EQ(choose({1, 2}), 0U);
  fail(1);
  fail(2);
  EXPECT_EQ(choose(), 0U);
}

TEST_F(BalancerTest, three_failures_in_a_row_are_avoided_for_ten_seconds) {
  make(Balance::round_robin, {{}, {}});
  fail(0, 2);
  EXPECT_THAT(choose_times(2), ElementsAre(0, 1));
  fail(0, 1);
  EXPECT_THAT(choose_times(4), Each(1U));
  loop.advance(9s);
  EXPECT_THAT(choose_times(2), Each(1U));
  loop.advance(1s);
  EXPECT_EQ(choose({1}), 0U);
  EXPECT_FALSE(pools[0]->is_avoided());
}

TEST_F(BalancerTest, one_request_finds_out_for_all_whether_an_endpoint_works_again) {
  make(Balance::round_robin, {{}, {}});
  fail(0);
  loop.advance(10s);
  EXPECT_EQ(choose({1}), 0U);
  EXPECT_TRUE(pools[0]->begin_request());
  EXPECT_THAT(choose_times(4), Each(1U));
  EXPECT_FALSE(pools[0]->begin_request());
  pools[0]->probe_lost();
  EXPECT_TRUE(pools[0]->begin_request()) << "the next one is it";
  pools[0]->probe_answered();
  EXPECT_THAT(choose_times(4), ::testing::Contains(0U).Times(2));
  EXPECT_FALSE(pools[0]->begin_request());
  fail(0, 1);
  EXPECT_TRUE(pools[0]->is_avoided());
  pools[0]->report(Pool::Fared::well);  // of a request that had begun long before
  pools[0]->probe_answered();
  fail(0, 2);
  EXPECT_FALSE(pools[0]->is_avoided()) << "which takes three in a row again";
}

TEST_F(BalancerTest, one_failure_after_the_ten_seconds_is_avoided_again) {
  make(Balance::round_robin, {{}, {}});
  fail(0);
  loop.advance(11s);
  fail(0, 1);
  EXPECT_TRUE(pools[0]->is_avoided());
}

TEST_F(BalancerTest, a_success_ends_the_row_of_failures) {
  make(Balance::round_robin, {{}, {}});
  fail(0, 2);
  pools[0]->report(Pool::Fared::well);
  fail(0, 2);
  EXPECT_FALSE(pools[0]->is_avoided());
}

TEST_F(BalancerTest, what_is_avoided_is_better_than_nothing) {
  make(Balance::round_robin, {{}, {}});
  fail(0);
  fail(1);
  EXPECT_LT(choose(), 2U);
  EXPECT_EQ(choose({0}), 1U);
}

TEST_F(BalancerTest, retries_are_ten_at_first_and_then_a_share_of_the_requests) {
  upstream.retry_budget = 0.5;
  make(Balance::round_robin, {{}});
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(balancer->may_retry());
  EXPECT_FALSE(balancer->may_retry());
  balancer->count_request();
  EXPECT_FALSE(balancer->may_retry());
  balancer->count_request();
  EXPECT_TRUE(balancer->may_retry());
  EXPECT_FALSE(balancer->may_retry());
}

TEST_F(BalancerTest, without_a_share_there_are_no_retries) {
  upstream.retry_budget = 0;
  make(Balance::round_robin, {{}});
  balancer->count_request();
  EXPECT_FALSE(balancer->may_retry());
}

TEST_F(BalancerTest, quiet_times_save_up_ten_retries_at_most) {
  upstream.retry_budget = 1;
  make(Balance::round_robin, {{}});
  for (int i = 0; i < 100; ++i) balancer->count_request();
  int retries = 0;
  while (balancer->may_retry()) ++retries;
  EXPECT_EQ(retries, 10);
}

}  // namespace
}  // namespace ravelin::upstream
