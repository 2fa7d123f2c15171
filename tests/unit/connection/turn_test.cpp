#include "connection/turn.h"

#include <gtest/gtest.h>

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
  Reader(ManualLoop& loop, Turn& turn, BlockPool& pool) {
    constexpr std::size_t much = 1024 * 1024;
    auto [ours, theirs] = net::make_memory_pair(loop, pool, much);
    peer_ = std::move(theirs);
    Chain bytes(pool);
    bytes.append(std::string(much, 'x'));
    peer_->write(bytes);
    connection_ = std::make_unique<Connection>(loop, turn, pool, std::move(ours), Deadlines(), *this);
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

}  // namespace
}  // namespace ravelin::connection
