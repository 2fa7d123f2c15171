#include "event/event_loop.h"

#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "event/offload_pool.h"
#include "event/watch.h"

namespace ravelin::event {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

std::unique_ptr<EventLoop> make_loop(LoopOptions options = {}) {
  auto loop = EventLoop::make(options);
  EXPECT_TRUE(loop.is_ok());
  return *std::move(loop);
}

struct Pair {
  Pair() { EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds), 0); }
  ~Pair() {
    ::close(fds[0]);
    ::close(fds[1]);
  }
  int fds[2];
};

struct Recorder : ReadinessEvents {
  void on_ready(Readiness readiness) override {
    seen.push_back(readiness);
    if (then) then();
  }
  int reads() const {
    int count = 0;
    for (const auto& readiness : seen) count += readiness.readable ? 1 : 0;
    return count;
  }
  std::vector<Readiness> seen;
  Function<void()> then;
};

TEST(EventLoop, runs_a_turn_in_the_order_readiness_tasks_timers_hooks) {
  auto loop = make_loop();
  std::string order;
  Recorder events;
  const Pair pair;
  Watch watch(*loop, events);
  ASSERT_TRUE(watch.watch_edges(pair.fds[0]));
  events.then = [&] { order += 'r'; };
  loop->at_turn_end([&] { order += 'h'; });
  auto timer = loop->after(Duration::zero(), [&] { order += 't'; });
  loop->post([&] { order += 'p'; });
  loop->turn(Duration::zero());
  EXPECT_EQ(order, "rpth");
}

TEST(EventLoop, runs_tasks_in_order_and_those_posted_by_tasks_in_the_next_turn) {
  auto loop = make_loop();
  std::string order;
  loop->post([&] {
    order += '1';
    loop->post([&] { order += '3'; });
  });
  loop->post([&] { order += '2'; });
  loop->at_turn_end([&] { order += '|'; });
  loop->turn(seconds(60));
  EXPECT_EQ(order, "12|");
  loop->turn(seconds(60));  // does not wait: there is work
  EXPECT_EQ(order, "12|3|");
}

TEST(EventLoop, keeps_now_still_within_a_turn) {
  auto loop = make_loop();
  Time in_task{};
  Time in_timer{};
  Time in_hook{};
  loop->post([&] { in_task = loop->now(); });
  auto timer = loop->after(Duration::zero(), [&] { in_timer = loop->now(); });
  loop->at_turn_end([&] { in_hook = loop->now(); });
  loop->turn(Duration::zero());
  EXPECT_EQ(in_task, in_timer);
  EXPECT_EQ(in_task, in_hook);
  const Time before = in_hook;
  loop->turn(microseconds(1));
  EXPECT_GT(loop->now(), before);
}

TEST(EventLoop, keeps_the_wall_clock_still_within_a_turn_and_moves_it_with_the_next) {
  auto loop = make_loop();
  WallTime in_task{};
  WallTime in_hook{};
  loop->post([&] { in_task = loop->wall(); });
  loop->at_turn_end([&] { in_hook = loop->wall(); });
  const WallTime before = loop->wall();
  loop->turn(Duration::zero());
  EXPECT_GE(in_task, before);
  EXPECT_EQ(in_hook, in_task);
  loop->turn(milliseconds(1));
  EXPECT_GT(in_hook, in_task);
}

TEST(EventLoop, wakes_for_its_next_timer_and_not_before) {
  auto loop = make_loop();
  bool has_fired = false;
  const Time due = loop->now() + milliseconds(3);
  auto later = loop->after(seconds(3600), [] { FAIL(); });
  auto timer = loop->after(milliseconds(3), [&] {
    has_fired = true;
    EXPECT_GE(loop->now(), due);
  });
  for (int turns = 0; !has_fired; ++turns) {
    ASSERT_LT(turns, 10);
    loop->turn(seconds(60));
  }
  EXPECT_EQ(loop->timers(), 1u);
}

TEST(EventLoop, takes_posts_from_many_threads_and_stops_from_another) {
  auto loop = make_loop();
  constexpr int threads = 4;
  constexpr int each = 5000;
  std::vector<int> next(threads, 0);
  int seen = 0;
  std::thread runner([&] { loop->run(); });
  std::vector<std::thread> posters;
  for (int t = 0; t < threads; ++t) {
    posters.emplace_back([&, t] {
      for (int i = 0; i < each; ++i) {
        loop->post([&, t, i] {
          EXPECT_EQ(next[static_cast<std::size_t>(t)]++, i);
          if (++seen == threads * each) loop->stop();
        });
      }
    });
  }
  for (auto& poster : posters) poster.join();
  runner.join();
  EXPECT_EQ(seen, threads * each);
}

TEST(EventLoop, destroys_unrun_what_is_posted_when_it_has_ended) {
  auto loop = make_loop();
  auto token = std::make_shared<int>(0);
  loop->post([loop = loop.get()] { loop->stop(); });
  std::thread([&] { loop->run(); }).join();
  loop->post([token] { FAIL(); });
  EXPECT_EQ(token.use_count(), 1);
}

TEST(EventLoop, drops_tasks_left_at_its_end_even_if_they_post_while_dying) {
  struct PostsOnDeath {
    EventLoop* loop;
    explicit PostsOnDeath(EventLoop* l) : loop(l) {}
    ~PostsOnDeath() {
      loop->post([] { FAIL(); });
    }
  };
  auto loop = make_loop();
  loop->post([dying = std::make_unique<PostsOnDeath>(loop.get())] { FAIL(); });
  loop.reset();
}

TEST(EventLoop, offloads_work_and_brings_the_result_home) {
  auto pool = std::make_unique<OffloadPool>(2, 16);
  auto loop = make_loop({.worker = 3, .pool = pool.get()});
  std::thread::id worked_on{};
  bool is_done = false;
  ASSERT_TRUE(loop->offload([&] { worked_on = std::this_thread::get_id(); },
                            [&] {
                              is_done = true;
                              EXPECT_TRUE(loop->is_own_thread());
                            }));
  while (!is_done) loop->turn(seconds(10));
  EXPECT_NE(worked_on, std::this_thread::get_id());
  EXPECT_EQ(loop->worker(), 3u);
  pool.reset();
}

TEST(EventLoop, refuses_to_offload_without_a_pool) {
  auto loop = make_loop();
  EXPECT_FALSE(loop->offload([] { FAIL(); }, [] { FAIL(); }));
}

TEST(OffloadPool, refuses_work_beyond_its_queue_and_drops_what_is_queued_at_its_end) {
  std::atomic<bool> is_busy{false};
  std::atomic<bool> may_go{false};
  auto token = std::make_shared<int>(0);
  std::thread opener;
  {
    OffloadPool pool(1, 2);
    ASSERT_TRUE(pool.submit([&] {
      is_busy = true;
      is_busy.notify_one();
      may_go.wait(false);
    }));
    is_busy.wait(false);
    EXPECT_TRUE(pool.submit([token] { FAIL(); }));
    EXPECT_TRUE(pool.submit([token] { FAIL(); }));
    EXPECT_FALSE(pool.submit([token] { FAIL(); }));
    EXPECT_EQ(pool.queued(), 2u);
    opener = std::thread([&] {
      while (token.use_count() > 1) std::this_thread::yield();  // until the pool is being destroyed
      may_go = true;
      may_go.notify_one();
    });
  }
  opener.join();
  EXPECT_EQ(token.use_count(), 1);
}

TEST(Watch, reports_an_edge_once_until_something_changes) {
  auto loop = make_loop();
  Recorder events;
  const Pair pair;
  Watch watch(*loop, events);
  ASSERT_TRUE(watch.watch_edges(pair.fds[0]));
  loop->turn(Duration::zero());
  ASSERT_EQ(events.seen.size(), 1u);
  EXPECT_TRUE(events.seen[0].writable);
  EXPECT_FALSE(events.seen[0].readable);
  ASSERT_EQ(::send(pair.fds[1], "x", 1, 0), 1);
  loop->turn(Duration::zero());
  loop->turn(Duration::zero());
  EXPECT_EQ(events.reads(), 1);  // the byte is still unread
  ASSERT_EQ(::send(pair.fds[1], "y", 1, 0), 1);
  loop->turn(Duration::zero());
  EXPECT_EQ(events.reads(), 2);
  ::shutdown(pair.fds[1], SHUT_WR);
  loop->turn(Duration::zero());
  EXPECT_TRUE(events.seen.back().closed);
}

TEST(Watch, reports_input_in_every_turn_while_there_is_some) {
  auto loop = make_loop();
  Recorder events;
  const Pair pair;
  Watch watch(*loop, events);
  ASSERT_TRUE(watch.watch_input(pair.fds[0]));
  ASSERT_EQ(::send(pair.fds[1], "x", 1, 0), 1);
  for (int i = 0; i < 3; ++i) loop->turn(Duration::zero());
  EXPECT_EQ(events.reads(), 3);
  watch.stop();
  loop->turn(Duration::zero());
  EXPECT_EQ(events.reads(), 3);
}

TEST(Watch, may_be_destroyed_by_what_it_reports_and_by_another) {
  auto loop = make_loop();
  const Pair pair;
  Recorder first;
  Recorder second;
  auto a = std::make_unique<Watch>(*loop, first);
  auto b = std::make_unique<Watch>(*loop, second);
  ASSERT_TRUE(a->watch_edges(pair.fds[0]));
  ASSERT_TRUE(b->watch_edges(pair.fds[1]));
  const auto drop_both = [&] {
    a.reset();
    b.reset();
  };
  first.then = drop_both;
  second.then = drop_both;
  loop->turn(Duration::zero());
  EXPECT_EQ(first.seen.size() + second.seen.size(), 1u);
  EXPECT_EQ(loop->watches(), 0u);
}

TEST(Watch, rechecks_once_when_nothing_else_is_reported) {
  auto loop = make_loop({.recheck = microseconds(500)});
  const Pair pair;
  Recorder events;
  Watch watch(*loop, events);
  ASSERT_TRUE(watch.watch_edges(pair.fds[0]));
  loop->turn(Duration::zero());
  events.seen.clear();
  watch.recheck();
  watch.recheck();
  EXPECT_EQ(loop->timers(), 0u);  // the loop's own does not count
  for (int turns = 0; events.seen.empty() && turns < 10; ++turns) loop->turn(milliseconds(100));
  ASSERT_EQ(events.reads(), 1);
  loop->turn(milliseconds(2));
  EXPECT_EQ(events.reads(), 1);
}

TEST(Watch, forgets_the_recheck_when_an_edge_comes_first_or_it_is_destroyed) {
  auto loop = make_loop({.recheck = microseconds(500)});
  const Pair pair;
  const Pair other;
  Recorder events;
  Recorder other_events;
  Watch watch(*loop, events);
  ASSERT_TRUE(watch.watch_edges(pair.fds[0]));
  {
    Watch gone(*loop, other_events);
    ASSERT_TRUE(gone.watch_edges(other.fds[0]));
    loop->turn(Duration::zero());
    gone.recheck();
    watch.recheck();
  }
  ASSERT_EQ(::send(pair.fds[1], "x", 1, 0), 1);
  loop->turn(Duration::zero());
  const int before = events.reads();
  for (int i = 0; i < 3; ++i) loop->turn(milliseconds(1));
  EXPECT_EQ(events.reads(), before);
  EXPECT_EQ(other_events.reads(), 0);
}

}  // namespace
}  // namespace ravelin::event
