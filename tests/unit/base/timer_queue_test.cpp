#include "base/timer_queue.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <random>
#include <vector>

#include "ravelin/testing/manual_loop.h"

namespace ravelin {
namespace {

using namespace std::chrono_literals;

TEST(Timer, fires_once_when_its_deadline_has_passed) {
  ManualLoop loop;
  int fired = 0;
  Timer timer(loop, [&] { ++fired; });
  timer.arm(5s);
  loop.advance(4s);
  EXPECT_EQ(fired, 0);
  loop.advance(1s);
  EXPECT_EQ(fired, 1);
  loop.advance(1h);
  EXPECT_EQ(fired, 1);
  EXPECT_FALSE(timer.is_armed());
}

TEST(Timer, follows_a_deadline_that_moves_later_or_earlier) {
  ManualLoop loop;
  Time at{};
  Timer timer(loop, [&] { at = loop.now(); });
  const Time start = loop.now();
  timer.arm(1s);
  timer.arm(10s);
  timer.arm(3s);
  loop.advance(1min);
  EXPECT_EQ(at - start, 3s);
}

TEST(Timer, is_silent_after_cancel_and_after_its_end) {
  ManualLoop loop;
  int fired = 0;
  Timer cancelled(loop, [&] { ++fired; });
  cancelled.arm(1s);
  cancelled.cancel();
  {
    Timer gone(loop, [&] { ++fired; });
    gone.arm(1s);
  }
  loop.advance(2s);
  EXPECT_EQ(fired, 0);
  EXPECT_EQ(loop.timers(), 0U);
}

TEST(Timer, may_re_arm_itself_with_zero_without_stopping_the_loop) {
  ManualLoop loop;
  int fired = 0;
  Timer timer(loop, [&] {
    if (++fired < 1000) timer.arm(Duration::zero());
  });
  timer.arm(Duration::zero());
  loop.turn();
  EXPECT_EQ(fired, 1);
  loop.run();
  EXPECT_EQ(fired, 1000);
}

TEST(TimerQueue, fires_many_timers_in_order_of_their_last_deadlines) {
  ManualLoop loop;
  std::mt19937 random(3);
  std::vector<std::pair<Time, Time>> fired;  // wanted, got
  std::vector<std::unique_ptr<Timer>> timers;
  std::vector<Time> wanted(500);
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    timers.push_back(std::make_unique<Timer>(loop, [&, i] { fired.emplace_back(wanted[i], loop.now()); }));
  }
  for (int round = 0; round < 5; ++round) {
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      const Duration delay = std::chrono::milliseconds(random() % 10000);
      timers[i]->arm(delay);
      wanted[i] = loop.now() + delay;
    }
  }
  for (std::size_t i = 0; i < 100; ++i) timers[i * 5].reset();
  loop.advance(20s);
  ASSERT_EQ(fired.size(), 400U);
  for (const auto& [want, got] : fired) EXPECT_EQ(want, got);
  EXPECT_TRUE(std::is_sorted(fired.begin(), fired.end(), [](auto& a, auto& b) { return a.second < b.second; }));
}

}  // namespace
}  // namespace ravelin
