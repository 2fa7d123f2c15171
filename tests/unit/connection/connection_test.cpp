#include "connection/connection.h"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <utility>

#include "net/memory_transport.h"
#include "ravelin/testing/manual_loop.h"
#include "unit/connection/sink.h"

namespace ravelin::connection {
namespace {

using namespace std::chrono_literals;

Deadlines make_deadlines() {
  Deadlines deadlines;
  deadlines.idle = 60s;
  deadlines.linger = 2s;
  deadlines.peer = Side::upstream;
  return deadlines;
}

/// ConnectionTest has one connection, open and without a stream.
class ConnectionTest : public ::testing::Test, public ConnectionEvents {
 protected:
  ConnectionTest() {
    loop.at_turn_end([this] { turn.run(); });
    auto [ours, theirs] = net::make_memory_pair(loop, pool, 1024);
    peer = std::move(theirs);
    connection = std::make_unique<Connection>(loop, turn, pool, std::move(ours), make_deadlines(), *this);
    loop.run();
  }
  ~ConnectionTest() override { connection->abort({"test:end", "the test is over", Side::local}); }

  /// A stream begins, or the last one ends.
  void set_streams(std::size_t count) {
    if (count > 0) connection->on_request({}, nullptr);
    sink->open_streams = count;
    connection->on_wake();
    loop.run();
  }

  BlockPool pool;
  ManualLoop loop;
  Turn turn{loop};
  std::unique_ptr<net::MemoryTransport> peer;
  std::unique_ptr<Connection> connection;
  Sink* sink = nullptr;
  std::size_t gone_in_turn = 0;

 private:
  std::unique_ptr<http::Codec> on_open(Connection&) override {
    auto codec = std::make_unique<Sink>();
    sink = codec.get();
    sink->open_streams = 0;
    sink->budget = 1024;
    return codec;
  }
  http::StreamEvents* on_request(http::Stream, std::unique_ptr<RequestHead>) override { return nullptr; }
  http::StreamEvents* on_bad_request(http::Stream, std::unique_ptr<RequestHead>, const Error&) override {
    return nullptr;
  }
  void on_idle(Connection&) override {}
  void on_gone(Connection&, const Error&) override { gone_in_turn = turn.number(); }
};

TEST_F(ConnectionTest, lets_its_codec_rest_once_it_has_been_idle_for_a_second) {
  loop.advance(999ms);
  EXPECT_EQ(sink->rests, 0);
  loop.advance(1ms);
  EXPECT_EQ(sink->rests, 1);
  loop.advance(58'999ms);
  EXPECT_EQ(sink->rests, 1);
}

TEST_F(ConnectionTest, lets_its_codec_rest_anew_after_each_stream_and_not_amid_one) {
  for (int rests = 0; rests < 3; ++rests) {
    set_streams(1);
    loop.advance(10s);
    EXPECT_EQ(sink->rests, rests);
    set_streams(0);
    loop.advance(999ms);
    EXPECT_EQ(sink->rests, rests);
    loop.advance(1ms);
    EXPECT_EQ(sink->rests, rests + 1);
  }
}

TEST_F(ConnectionTest, closes_when_it_has_been_idle_for_long_whether_or_not_it_rested) {
  set_streams(1);
  set_streams(0);
  loop.advance(59'999ms);
  EXPECT_FALSE(sink->is_finished);
  loop.advance(1ms);
  EXPECT_TRUE(sink->is_finished);
}

TEST_F(ConnectionTest, lingers_for_a_peer_that_has_not_closed) {
  sink->is_finished = true;
  connection->on_wake();
  loop.advance(1'999ms);
  EXPECT_EQ(gone_in_turn, 0u);
  loop.advance(1ms);
  EXPECT_NE(gone_in_turn, 0u);
}

TEST_F(ConnectionTest, does_not_linger_for_a_peer_that_has_closed) {
  std::size_t ended_in_turn = 0;
  sink->at_end = [&] {
    ended_in_turn = turn.number();
    sink->is_finished = true;
  };
  peer->close_write();
  loop.run();
  EXPECT_NE(ended_in_turn, 0u);
  EXPECT_EQ(gone_in_turn, ended_in_turn);
}

}  // namespace
}  // namespace ravelin::connection
