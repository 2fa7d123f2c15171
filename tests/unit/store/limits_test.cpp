#include <gtest/gtest.h>

#include <deque>

#include "store/gcra.h"
#include "store/hit_window.h"

namespace ravelin::store {
namespace {

using namespace std::chrono_literals;

constexpr Time start{1h};

TEST(Gcra, allows_burst_plus_one_at_once_and_then_one_per_interval) {
  Gcra budget;
  for (std::uint32_t left = 4; left + 1 > 0; --left) {
    const auto spent = budget.spend(200ms, 4, start);
    ASSERT_TRUE(spent.is_allowed);
    ASSERT_EQ(spent.remaining, left);
    ASSERT_EQ(spent.wait, left > 0 ? 0ms : 200ms);
  }
  const auto refused = budget.spend(200ms, 4, start);
  EXPECT_FALSE(refused.is_allowed);
  EXPECT_EQ(refused.wait, 200ms);
  EXPECT_EQ(refused.remaining, 0U);
  EXPECT_FALSE(budget.spend(200ms, 4, start + 200ms - 1ns).is_allowed);
  EXPECT_TRUE(budget.spend(200ms, 4, start + 200ms).is_allowed);
  EXPECT_FALSE(budget.spend(200ms, 4, start + 200ms).is_allowed);
}

TEST(Gcra, refills_by_whole_intervals_and_no_further_than_full) {
  Gcra budget;
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(budget.spend(1s, 4, start).is_allowed);
  EXPECT_EQ(budget.spend(1s, 4, start + 2500ms).remaining, 1U);
  EXPECT_EQ(budget.spend(1s, 4, start + 1h).remaining, 4U);
}

TEST(Gcra, allows_exactly_the_rate_over_a_long_flood) {
  Gcra budget;
  int allowed = 0;
  for (Duration t = 0s; t < 100s; t += 1ms) allowed += budget.spend(200ms, 20, start + t).is_allowed ? 1 : 0;
  EXPECT_EQ(allowed, 20 + 500);
}

TEST(Gcra, survives_extreme_parameters_and_shorter_limits_after_a_reload) {
  Gcra budget;
  EXPECT_TRUE(budget.spend(Duration::max(), UINT32_MAX, start).is_allowed);
  EXPECT_TRUE(budget.spend(0s, 3, start).is_allowed);
  const auto spent = budget.spend(1s, 1, start);
  EXPECT_FALSE(spent.is_allowed);
  EXPECT_EQ(spent.wait, 1s);
  EXPECT_TRUE(budget.spend(1s, 1, start - 2s).wait <= 1s);
}

TEST(HitWindow, is_exact_while_the_hits_fall_on_few_moments) {
  HitWindow hits;
  for (std::uint32_t i = 1; i <= 31; ++i) EXPECT_EQ(hits.hit(60s, start + i * 1s), i);
  EXPECT_EQ(hits.hit(60s, start + 61s), 32U);        // the first is just in
  EXPECT_EQ(hits.hit(60s, start + 61s + 1ns), 32U);  // and now out
  EXPECT_EQ(hits.hit(60s, start + 1h), 1U);
}

TEST(HitWindow, counts_many_hits_of_one_moment_in_one_slot) {
  HitWindow hits;
  for (std::uint32_t i = 1; i <= 5000; ++i) ASSERT_EQ(hits.hit(10s, start), i);
  EXPECT_EQ(hits.hit(10s, start - 1s), 5001U);  // a worker whose turn began earlier
}

// The promise of the header, against a model that remembers every hit.
TEST(HitWindow, is_never_above_the_truth_and_misses_at_most_the_oldest_two_of_31_parts) {
  constexpr Duration window = 62s;
  std::uint64_t random = 7;
  HitWindow hits;
  std::deque<Time> model;
  Time now = start;
  for (int i = 0; i < 20'000; ++i) {
    random = random * 6364136223846793005U + 1442695040888963407U;
    now += Duration((random >> 33) % ((random >> 62) == 0 ? 2'000'000'000U : 100'000'000U));
    model.push_back(now);
    while (model.front() < now - window) model.pop_front();
    std::uint32_t surely = 0;
    for (const Time t : model) surely += t > now - window + window * 2 / 31 ? 1 : 0;
    const std::uint32_t counted = hits.hit(window, now);
    ASSERT_LE(counted, model.size());
    ASSERT_GE(counted, surely);
  }
}

}  // namespace
}  // namespace ravelin::store
