#include "event/signal_watch.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <vector>

namespace ravelin::event {
namespace {

TEST(SignalWatch, turns_signals_into_calls_on_the_loop) {
  auto loop = *EventLoop::make({});
  std::vector<int> seen;
  auto watch = SignalWatch::make(*loop, {SIGHUP, SIGUSR1}, [&](int number) { seen.push_back(number); });
  ASSERT_TRUE(watch.is_ok());
  ::raise(SIGUSR1);
  ::raise(SIGHUP);
  loop->turn(Duration::zero());
  loop->turn(Duration::zero());
  EXPECT_EQ(seen, (std::vector<int>{SIGHUP, SIGUSR1}));  // pending ones come by number
}

TEST(SignalWatch, gives_the_signals_back_when_destroyed) {
  auto loop = *EventLoop::make({});
  sigset_t before;
  sigset_t after;
  pthread_sigmask(SIG_SETMASK, nullptr, &before);
  SignalWatch::make(*loop, {SIGUSR1}, [](int) {})->reset();
  pthread_sigmask(SIG_SETMASK, nullptr, &after);
  EXPECT_EQ(sigismember(&before, SIGUSR1), sigismember(&after, SIGUSR1));
  EXPECT_EQ(loop->watches(), 0u);
}

}  // namespace
}  // namespace ravelin::event
