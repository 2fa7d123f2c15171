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

/// Closed is a transport whose peer has closed; it counts how often it is asked.
class Closed : public net::Transport {
 public:
  explicit Closed(int& reads) : reads_(reads) {}
  void set_events(net::TransportEvents&) override {}
  void await_proxy_header(net::ProxyHeaderEvents&) override {}
  net::IoStatus read(Chain&, std::size_t) override {
    ++reads_;
    return net::IoStatus::ended;
  }
  net::IoStatus write(Chain&) override { return net::IoStatus::open; }
  void close_write() override {}
  bool is_peer_gone() const override { return true; }
  bool has_input() const override { return true; }
  bool is_broken_off() const override { return false; }
  std::uint64_t sent() const override { return 0; }
  std::size_t unacknowledged() const override { return 0; }
  void abort() override {}
  bool is_handshaking() const override { return false; }
  const Error& error() const override { return error_; }
  const TlsSession& tls() const override { return tls_; }
  std::string_view alpn() const override { return {}; }
  std::size_t unsent() const override { return 0; }

 private:
  int& reads_;
  Error error_;
  TlsSession tls_;
};

/// Full is a transport that has no room for the word it closes with, until it is told to write.
class Full final : public Closed {
 public:
  Full(int& reads, net::TransportEvents*& events, std::size_t& unsent)
      : Closed(reads), events_(events), unsent_(unsent) {}
  void set_events(net::TransportEvents& events) override { events_ = &events; }
  net::IoStatus read(Chain&, std::size_t) override { return net::IoStatus::blocked; }
  net::IoStatus write(Chain&) override {
    unsent_ = 0;
    return net::IoStatus::open;
  }
  void close_write() override { unsent_ = 24; }
  bool is_peer_gone() const override { return false; }
  bool has_input() const override { return false; }
  bool is_broken_off() const override { return false; }
  std::uint64_t sent() const override { return 0; }
  std::size_t unacknowledged() const override { return 0; }
  std::size_t unsent() const override { return unsent_; }

 private:
  net::TransportEvents*& events_;
  std::size_t& unsent_;
};

/// Silent is a transport of which no event tells that there is something to read.
class Silent final : public Closed {
 public:
  Silent(int& reads, const bool& has_input) : Closed(reads), has_input_(has_input) {}
  net::IoStatus read(Chain&, std::size_t) override { return net::IoStatus::blocked; }
  bool is_peer_gone() const override { return false; }
  bool has_input() const override { return has_input_; }

 private:
  const bool& has_input_;
};

/// ConnectionTest has one connection, open and without a stream.
class ConnectionTest : public ::testing::Test, public ConnectionEvents {
 protected:
  ConnectionTest() {
    loop.at_turn_end([this] { turn.run(); });
    auto [ours, theirs] = net::make_memory_pair(loop, pool, 1024);
    peer = std::move(theirs);
    open(std::move(ours));
  }
  ~ConnectionTest() override { connection->abort({"test:end", "the test is over", Side::local}); }

  void open(std::unique_ptr<net::Transport> transport) {
    Deadlines deadlines = make_deadlines();
    deadlines.peer = side;
    connection = std::make_unique<Connection>(loop, turn, pool, std::move(transport), deadlines, *this);
    loop.run();
  }
  /// The peer says something that is no request.
  void stir() {
    Chain word(pool);
    word.append("x");
    peer->write(word);
    loop.run();
  }
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
  Side side = Side::upstream;  // of what is opened next
  bool closes_at_end = false;  // of what the peer says
  bool is_gone = false;
  int idles = 0;  // how often it has said that it is

 private:
  std::unique_ptr<http::Codec> on_open(Connection&) override {
    auto codec = std::make_unique<Sink>();
    sink = codec.get();
    sink->open_streams = 0;
    sink->budget = 1024;
    sink->at_end = [this] { sink->is_finished = closes_at_end; };
    return codec;
  }
  http::StreamEvents* on_request(http::Stream, std::unique_ptr<RequestHead>) override { return nullptr; }
  http::StreamEvents* on_bad_request(http::Stream, std::unique_ptr<RequestHead>, const Error&) override {
    return nullptr;
  }
  void on_idle(Connection&) override { ++idles; }
  void on_gone(Connection&, const Error&) override { is_gone = true; }
};

// A drain may begin in the turn in which a request comes, or while one that has come was put off.
TEST_F(ConnectionTest, reads_what_a_client_has_sent_before_it_shuts_down) {
  connection->abort({"test:end", "the next one", Side::local});
  side = Side::client;
  auto [ours, theirs] = net::make_memory_pair(loop, pool, 1024);
  peer = std::move(theirs);
  open(std::move(ours));
  Chain word(pool);
  word.append("x");
  peer->write(word);
  connection->on_ready(true, false);
  connection->shut_down();
  EXPECT_FALSE(sink->is_finished);
  loop.run();
  EXPECT_EQ(sink->received, 1u);
  EXPECT_TRUE(sink->is_finished);
}

// It may be more than what a server says of itself in TLS: then it is no connection for another request.
TEST_F(ConnectionTest, that_looks_unread_says_once_more_that_it_is_idle_when_it_has_been_read) {
  int reads = 0;
  bool has_input = false;
  connection->abort({"test:end", "the next one", Side::local});
  open(std::make_unique<Silent>(reads, has_input));
  const int before = idles;
  EXPECT_FALSE(connection->looks_unread());
  has_input = true;
  EXPECT_TRUE(connection->looks_unread());
  EXPECT_EQ(idles, before);
  loop.run();
  EXPECT_EQ(idles, before + 1);
}

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

TEST_F(ConnectionTest, rests_again_a_second_after_something_came_that_was_no_request) {
  loop.advance(10s);
  for (int rests = 1; rests < 4; ++rests) {
    stir();
    loop.advance(600ms);
    stir();
    loop.advance(999ms);
    EXPECT_EQ(sink->rests, rests);
    loop.advance(1ms);
    EXPECT_EQ(sink->rests, rests + 1);
  }
}

TEST_F(ConnectionTest, closes_when_it_has_been_idle_for_long_whatever_stirs_it) {
  for (int i = 0; i < 599; ++i) {
    loop.advance(100ms);
    stir();
  }
  loop.advance(99ms);
  EXPECT_FALSE(sink->is_finished);
  loop.advance(1ms);
  EXPECT_TRUE(sink->is_finished);
}

TEST_F(ConnectionTest, lingers_for_a_peer_that_has_not_closed) {
  sink->is_finished = true;
  connection->on_wake();
  loop.advance(1'999ms);
  EXPECT_FALSE(is_gone);
  loop.advance(1ms);
  EXPECT_TRUE(is_gone);
}

TEST_F(ConnectionTest, says_the_rest_of_its_goodbye_while_it_lingers) {
  int reads = 0;
  net::TransportEvents* events = nullptr;
  std::size_t unsent = 0;
  open(std::make_unique<Full>(reads, events, unsent));
  sink->is_finished = true;
  connection->on_wake();
  loop.run();
  EXPECT_FALSE(is_gone);
  events->on_ready(false, true);
  loop.run();
  EXPECT_EQ(unsent, 0U);
}

TEST_F(ConnectionTest, neither_lingers_for_a_peer_that_has_closed_nor_asks_it_again) {
  int reads = 0;
  closes_at_end = true;
  open(std::make_unique<Closed>(reads));
  EXPECT_TRUE(is_gone);
  EXPECT_EQ(reads, 1);
}

}  // namespace
}  // namespace ravelin::connection
