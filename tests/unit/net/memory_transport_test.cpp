#include "net/memory_transport.h"

#include <gtest/gtest.h>

#include "net_fixture.h"
#include "ravelin/testing/manual_loop.h"

namespace ravelin::net {
namespace {

using test::End;

class MemoryTransportTest : public ::testing::Test {
 protected:
  MemoryTransportTest() {
    auto pair = make_memory_pair(loop, pool, 1000);
    first = pair.first.get();
    second = pair.second.get();
    a.emplace(std::move(pair.first), pool);
    b.emplace(std::move(pair.second), pool);
    loop.at_turn_end([this] {
      if (a) a->step();
      if (b) b->step();
    });
    loop.run();
  }
  ~MemoryTransportTest() override {
    a.reset();
    b.reset();
    loop.run();
    EXPECT_EQ(loop.posted(), 0u);
  }

  ManualLoop loop;
  BlockPool pool;
  MemoryTransport* first;
  MemoryTransport* second;
  std::optional<End> a;
  std::optional<End> b;
};

TEST_F(MemoryTransportTest, delivers_in_a_later_turn) {
  a->out.append("hello");
  a->step();
  EXPECT_EQ(second->read(b->in, 100), IoStatus::blocked);
  loop.run();
  EXPECT_EQ(b->in.to_string(), "hello");
}

TEST_F(MemoryTransportTest, holds_back_what_exceeds_its_capacity) {
  b->budget = 1;
  const std::string text = test::pattern(10000);
  a->out.append(text);
  a->step();
  EXPECT_EQ(a->write_status, IoStatus::blocked);
  EXPECT_EQ(a->out.size(), 9000u);
  loop.run();
  EXPECT_TRUE(b->in.to_string() == text);
  EXPECT_EQ(a->write_status, IoStatus::open);
}

TEST_F(MemoryTransportTest, ends_behind_the_last_byte_and_can_still_be_answered) {
  a->out.append("last");
  a->step();
  first->close_write();
  loop.run();
  EXPECT_EQ(b->in.to_string(), "last");
  EXPECT_EQ(b->read_status, IoStatus::ended);
  b->out.append("answer");
  b->step();
  loop.run();
  EXPECT_EQ(a->in.to_string(), "answer");
}

TEST_F(MemoryTransportTest, breaks_both_ends_when_reset) {
  second->set_side(Side::upstream);
  first->reset();
  loop.run();
  EXPECT_EQ(a->read_status, IoStatus::failed);
  EXPECT_EQ(first->error().code, "client:reset");
  EXPECT_EQ(b->read_status, IoStatus::failed);
  EXPECT_EQ(second->error().code, "upstream:reset");
}

TEST_F(MemoryTransportTest, is_silent_while_stalled) {
  first->stall();
  a->out.append("slow");
  a->step();
  loop.run();
  EXPECT_TRUE(b->in.is_empty());
  first->unstall();
  loop.run();
  EXPECT_EQ(b->in.to_string(), "slow");
}

TEST_F(MemoryTransportTest, connects_when_accepted) {
  first->delay_accept();
  EXPECT_TRUE(first->is_handshaking());
  EXPECT_TRUE(second->is_handshaking());
  first->accept();
  EXPECT_FALSE(first->is_handshaking());
  EXPECT_FALSE(second->is_handshaking());
}

TEST_F(MemoryTransportTest, ends_when_destroyed_and_resets_when_aborted_or_unread) {
  a.reset();
  loop.run();
  EXPECT_EQ(b->read_status, IoStatus::ended);
  b->out.append("to nobody");
  b->step();
  EXPECT_EQ(b->write_status, IoStatus::failed);

  auto other = make_memory_pair(loop, pool, 10);
  End survivor(std::move(other.second), pool);
  other.first->abort();
  other.first.reset();
  loop.run();
  survivor.step();
  EXPECT_EQ(survivor.read_status, IoStatus::failed);
}

}  // namespace
}  // namespace ravelin::net
