#include "connection/turn.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "connection/connection.h"
#include "net/memory_transport.h"
#include "ravelin/testing/manual_loop.h"
#include "unit/connection/sink.h"

namespace ravelin::connection {
namespace {

/// Reader is a connection whose other end has written more than a turn reads.
class Reader final : public ConnectionEvents {
 public:
  Reader(ManualLoop& loop, Turn& turn, BlockPool& pool, Side peer = Side::client) {
    constexpr std::size_t much = 1024 * 1024;
    auto [ours, theirs] = net::make_memory_pair(loop, pool, much);
    peer_ = std::move(theirs);
    Chain bytes(pool);
    bytes.append(std::string(much, 'x'));
    peer_->write(bytes);
    Deadlines deadlines;
    deadlines.peer = peer;
    connection_ = std::make_unique<Connection>(loop, turn, pool, std::move(ours), deadlines, *this);
  }
  ~Reader() override { connection_->abort({"test:end", "the test is over", Side::local}); }

  std::unique_ptr<http::Codec> on_open(Connection&) override {
    auto codec = std::make_unique<Sink>();
    sink = codec.get();
    return codec;
  }
  http::StreamEvents* on_request(http::Stream, std::unique_ptr<RequestHead>) override { return nullptr; }
  http::StreamEvents* on_bad_request(http::Stream, std::unique_ptr<RequestHead>, const Error&) override {
    return nullptr;
  }
  void on_idle(Connection&) override {}
  void on_gone(Connection&, const Error&) override {}

  /// Lets it read `budget` bytes at a time from the next turn on.
  void allow(std::size_t budget) {
    sink->received = 0;
    sink->budget = budget;
    connection_->on_wake();
  }

  /// Has something to say to its peer.
  void say(std::string text) {
    sink->to_say = std::move(text);
    connection_->on_wake();
  }
  bool has_said_it() const { return sink->to_say.empty(); }

  Sink* sink = nullptr;

 private:
  std::unique_ptr<net::MemoryTransport> peer_;
  std::unique_ptr<Connection> connection_;
};

class TurnTest : public ::testing::Test {
 protected:
  void connect(std::size_t count) {
    loop.at_turn_end([this] { turn.run(); });
    for (std::size_t i = 0; i < count; ++i) readers.push_back(std::make_unique<Reader>(loop, turn, pool));
    loop.run();
  }

  BlockPool pool;
  ManualLoop loop;
  Turn turn{loop};
  std::vector<std::unique_ptr<Reader>> readers;
};

class TurnOf : public TurnTest, public ::testing::WithParamInterface<std::size_t> {};

INSTANTIATE_TEST_SUITE_P(Connections, TurnOf, ::testing::Values(1, 8, 9, 20),
                         [](const auto& count) { return std::to_string(count.param); });

TEST_P(TurnOf, lets_each_read_twice_if_they_are_few_and_once_if_they_are_many) {
  constexpr std::size_t budget = 60'000;
  connect(GetParam());
  for (const auto& reader : readers) reader->allow(budget);
  turn.run();
  for (const auto& reader : readers) EXPECT_EQ(reader->sink->received, (GetParam() <= 8 ? 2 : 1) * budget);
}

TEST_F(TurnTest, lets_none_read_more_than_65_KiB_at_once) {
  connect(1);
  readers[0]->allow(1024 * 1024);
  turn.run();
  EXPECT_EQ(readers[0]->sink->received, 2u * 65 * 1024);
}

TEST_F(TurnTest, lets_none_read_on_for_less_than_a_block) {
  connect(1);
  readers[0]->sink->budget_after = Block::size - 1;
  readers[0]->allow(60'000);
  turn.run();
  EXPECT_EQ(readers[0]->sink->received, 60'000u);
}

// The first of two clients has a request, and its read gives it to a connection that was idle.
class RequestOf : public TurnTest {
 protected:
  bool has_left_before_the_next_read(Side peer, std::size_t streams) {
    connect(2);
    readers.push_back(std::make_unique<Reader>(loop, turn, pool, peer));
    loop.run();
    Reader& onward = *readers[2];
    onward.sink->open_streams = streams;
    bool has_left = false;
    readers[0]->sink->at_bytes = [&] { onward.say("GET / HTTP/1.1"); };
    readers[1]->sink->at_bytes = [&] { has_left = onward.has_said_it(); };
    for (std::size_t client : {0u, 1u}) {
      readers[client]->sink->budget_after = 0;
      readers[client]->allow(60'000);
    }
    turn.run();
    EXPECT_TRUE(onward.has_said_it());
    return has_left;
  }
};

TEST_F(RequestOf, leaves_at_once_if_it_is_alone_on_its_connection_to_the_origin) {
  EXPECT_TRUE(has_left_before_the_next_read(Side::upstream, 1));
}

TEST_F(RequestOf, waits_for_others_that_share_its_connection_to_the_origin) {
  EXPECT_FALSE(has_left_before_the_next_read(Side::upstream, 2));
}

TEST_F(RequestOf, is_not_what_goes_back_to_a_client) { EXPECT_FALSE(has_left_before_the_next_read(Side::client, 1)); }

// Connections with many streams, more of them than one turn has room for.
class FullTurn : public TurnTest {
 protected:
  static constexpr std::size_t budget = 60'000;

  void SetUp() override {
    connect(40);
    for (const auto& reader : readers) ask(*reader, 2);
  }

  void ask(Reader& reader, std::size_t streams) {
    reader.sink->open_streams = streams;
    reader.sink->budget_after = 0;
    reader.allow(budget);
  }
  std::size_t connections_that_have_read() const {
    return std::count_if(readers.begin(), readers.end(), [](const auto& reader) { return reader->sink->received > 0; });
  }
};

TEST_F(FullTurn, leaves_what_is_behind_a_MiB_to_the_next_in_order) {
  for (const std::size_t expected : {18u, 36u, 40u}) {
    EXPECT_EQ(turn.run(), expected < readers.size());
    EXPECT_EQ(connections_that_have_read(), expected);
    EXPECT_GT(readers[expected - 1]->sink->received, 0u);
  }
}

TEST_F(FullTurn, is_full_sooner_of_many_frames) {
  for (const auto& reader : readers) reader->sink->frames = 1000;
  turn.run();
  EXPECT_EQ(connections_that_have_read(), 2u);
}

TEST_F(FullTurn, keeps_half_of_it_for_who_has_not_waited) {
  turn.run();
  readers[0]->allow(budget);
  turn.run();
  EXPECT_EQ(readers[0]->sink->received, budget);
  EXPECT_EQ(connections_that_have_read(), 18u + 9u);
}

TEST_F(FullTurn, has_room_for_one_stream_behind_those_with_many) {
  ask(*readers[39], 1);
  turn.run();
  EXPECT_EQ(connections_that_have_read(), 18u + 1u);
  EXPECT_EQ(readers[39]->sink->received, budget);
}

TEST_F(FullTurn, writes_no_more_than_it_reads) {
  for (const auto& reader : readers) {
    reader->sink->budget = 0;
    reader->say(std::string(budget, 'x'));
  }
  const auto who_have_said_it = [&] {
    return std::count_if(readers.begin(), readers.end(), [](const auto& reader) { return reader->has_said_it(); });
  };
  turn.run();
  EXPECT_EQ(who_have_said_it(), 18);
  turn.run();
  EXPECT_EQ(who_have_said_it(), 36);
}

// A connection that has written as much as it may in a turn, and has more, goes on in the next.
TEST_F(FullTurn, lets_who_was_put_off_write_before_who_has_more_to_say) {
  for (const auto& reader : readers) reader->sink->budget = 0;
  for (std::size_t i = 0; i < 20; ++i) readers[i]->sink->repeats = std::string(budget, 'x');
  readers[39]->say("last");
  for (std::size_t i = 0; i < 20; ++i) readers[i]->say("first");
  for (int turns = 0; turns < 5; ++turns) turn.run();
  EXPECT_TRUE(readers[39]->has_said_it());
}

/// Greeted is a transport whose peer has begun a handshake that never ends; it counts the steps.
class Greeted final : public net::Transport {
 public:
  explicit Greeted(int& steps) : steps_(steps) {}
  void set_events(net::TransportEvents&) override {}
  void await_proxy_header(net::ProxyHeaderEvents&) override {}
  net::IoStatus read(Chain&, std::size_t) override { return step(); }
  net::IoStatus write(Chain&) override { return step(); }
  void close_write() override {}
  bool is_peer_gone() const override { return false; }
  bool has_input() const override { return false; }
  bool is_broken_off() const override { return false; }
  std::uint64_t sent() const override { return 0; }
  std::size_t unacknowledged() const override { return 0; }
  void abort() override {}
  bool is_handshaking() const override { return true; }
  const Error& error() const override { return error_; }
  const TlsSession& tls() const override { return tls_; }
  std::string_view alpn() const override { return {}; }
  std::size_t unsent() const override { return 0; }

 private:
  net::IoStatus step() {
    if (std::exchange(has_input_, false)) ++steps_;
    return net::IoStatus::blocked;
  }

  int& steps_;
  bool has_input_ = true;
  Error error_;
  TlsSession tls_;
};

struct Nobody final : ConnectionEvents {
  std::unique_ptr<http::Codec> on_open(Connection&) override { return nullptr; }
  http::StreamEvents* on_request(http::Stream, std::unique_ptr<RequestHead>) override { return nullptr; }
  http::StreamEvents* on_bad_request(http::Stream, std::unique_ptr<RequestHead>, const Error&) override {
    return nullptr;
  }
  void on_idle(Connection&) override {}
  void on_gone(Connection&, const Error&) override {}
};

TEST_F(TurnTest, takes_no_more_steps_of_handshakes_than_it_has_time_for) {
  int steps = 0;
  Nobody nobody;
  std::vector<std::unique_ptr<Connection>> greeted;
  for (int i = 0; i < 40; ++i)
    greeted.push_back(
        std::make_unique<Connection>(loop, turn, pool, std::make_unique<Greeted>(steps), Deadlines{}, nobody));
  for (const int expected : {8, 16, 24, 32, 40}) {
    turn.run();
    EXPECT_EQ(steps, expected);
  }
  for (const auto& connection : greeted) connection->abort({"test:end", "the test is over", Side::local});
}

// Costs a quarter of a turn, and has as much to do again.
struct Busy final : Later {
  Busy(Turn& turn, std::vector<int>& calls, int number) : owner(turn), order(calls), name(number) {
    owner.after_reads(*this);
  }
  ~Busy() override { owner.forget(*this); }
  void on_reads_done() override {
    order.push_back(name);
    owner.spend(256 * 1024);
    owner.after_reads(*this);
  }
  Turn& owner;
  std::vector<int>& order;
  int name;
};

TEST_F(TurnTest, calls_what_waits_for_its_reads_in_order_and_no_more_than_a_turn_has_time_for) {
  std::vector<int> calls;
  std::vector<std::unique_ptr<Busy>> busy;
  for (int i = 0; i < 5; ++i) busy.push_back(std::make_unique<Busy>(turn, calls, i));
  EXPECT_TRUE(turn.run());
  EXPECT_EQ(calls, (std::vector{0, 1}));
  busy[2] = nullptr;
  EXPECT_TRUE(turn.run());
  EXPECT_EQ(calls, (std::vector{0, 1, 3, 4}));
  EXPECT_TRUE(turn.run());
  EXPECT_EQ(calls, (std::vector{0, 1, 3, 4, 0, 1}));
}

struct Mourned final : Dropped {
  explicit Mourned(std::size_t& count) : dead(count) {}
  ~Mourned() override { ++dead; }
  std::size_t& dead;
};

TEST_F(TurnTest, buries_few_of_many_at_once_and_all_at_the_end) {
  std::size_t dead = 0;
  for (int i = 0; i < 200; ++i) turn.drop(std::make_unique<Mourned>(dead));
  turn.run();
  EXPECT_EQ(dead, 64u);
  turn.run();
  EXPECT_EQ(dead, 128u);
  turn.bury_all();
  EXPECT_EQ(dead, 200u);
}

TEST_F(TurnTest, keeps_no_more_dead_than_four_turns_drop) {
  constexpr std::size_t each = 1000;
  std::size_t dead = 0;
  for (std::size_t turns = 1; turns <= 50; ++turns) {
    for (std::size_t i = 0; i < each; ++i) turn.drop(std::make_unique<Mourned>(dead));
    turn.run();
    EXPECT_LE(turns * each - dead, 4 * each);
  }
  turn.bury_all();
  EXPECT_EQ(dead, 50 * each);
}

}  // namespace
}  // namespace ravelin::connection
