#include "modules/waf/compiling_thread.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <string>
#include <thread>

namespace ravelin::waf {
namespace {

TEST(CompilingThread_, is_one_for_all_who_ask_at_the_same_time) {
  const auto first = CompilingThread::of_process();
  EXPECT_EQ(CompilingThread::of_process(), first);
}

TEST(CompilingThread_, does_one_thing_after_the_other_on_one_thread) {
  std::string order;
  std::thread::id ids[2];
  std::promise<void> done;
  const auto thread = CompilingThread::of_process();
  thread->add([&] { order += 'a', ids[0] = std::this_thread::get_id(); });
  thread->add([&] { order += 'b', ids[1] = std::this_thread::get_id(), done.set_value(); });
  done.get_future().wait();
  EXPECT_EQ(order, "ab");
  EXPECT_EQ(ids[0], ids[1]);
  EXPECT_NE(ids[0], std::this_thread::get_id());
}

TEST(CompilingThread_, does_what_is_for_later_when_there_is_nothing_else_to_do) {
  std::string order;
  std::promise<void> may_begin;
  std::promise<void> done;
  const auto thread = CompilingThread::of_process();
  thread->add([&] { may_begin.get_future().wait(); });
  thread->add_for_later([&] { order += 'c', done.set_value(); });
  thread->add([&] { order += 'a'; });
  thread->add([&] { order += 'b'; });
  may_begin.set_value();
  done.get_future().wait();
  EXPECT_EQ(order, "abc");
}

TEST(CompilingThread_, is_waited_for_by_the_last_who_has_it) {
  std::promise<void> begun;
  std::promise<void> may_end;
  std::atomic<bool> has_ended{false};
  auto thread = CompilingThread::of_process();
  thread->add([&] {
    begun.set_value();
    may_end.get_future().wait();
    has_ended = true;
  });
  begun.get_future().wait();
  std::thread other([&] { may_end.set_value(); });
  thread.reset();
  EXPECT_TRUE(has_ended);
  other.join();
}

}  // namespace
}  // namespace ravelin::waf
