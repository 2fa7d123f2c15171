#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/http/http2_origin.h"

namespace ravelin::http::test {
namespace {

constexpr std::int64_t flow_control_error = 3;

TEST(Http2ClientWindow, bounds_what_is_delivered_and_not_consumed) {
  for (const std::size_t window : {1'000, 100'000}) {
    Limits limits;
    limits.window = window;
    Link link(limits);
    link.server.at_request = [](Exchange& exchange) { exchange.answer(200, std::string(300'000, 'd')); };
    Owner& owner = link.client.open();
    owner.keeps_credit = true;
    ClientRig::send_head(owner, "GET", BodyKind::none);
    std::size_t rounds = 0;
    for (; !owner.is_closed && rounds < 1000; ++rounds) {
      link.run();
      EXPECT_LE(owner.owed, window);
      owner.stream.consume(std::exchange(owner.owed, 0));
    }
    EXPECT_EQ(owner.body.size(), 300'000u);
    EXPECT_EQ(owner.most_owed, window);
    EXPECT_GE(rounds, 300'000 / window);
  }
}

// Origins of gRPC acknowledge each message, and measure their way.
TEST(Http2ClientWindow, may_be_opened_for_each_of_many_small_messages) {
  RawOrigin origin;
  origin.greet();
  Owner& owner = origin.open();
  ClientRig::send_head(owner, "POST", BodyKind::streamed);
  for (int i = 0; i < 5000; ++i) {
    origin.send(owner, "x", false);
    ASSERT_TRUE(origin.answer(frames::open_window(0, 1) + frames::frame(frames::ping, 0, 0, "12345678"))) << i;
  }
}

TEST(Http2ClientWindow, is_enforced_against_an_origin_that_ignores_it) {
  for (const bool has_acknowledged : {false, true}) {
    Limits limits;
    limits.window = 20'000;
    RawOrigin origin(limits);
    Owner& owner = origin.open();
    owner.keeps_credit = true;
    ClientRig::send_head(owner, "GET", BodyKind::none);
    ASSERT_TRUE(
        origin.answer(frames::frame(frames::settings, 0, 0) + (has_acknowledged ? frames::settings_ack() : "")));
    ASSERT_TRUE(origin.answer(ok(1, 0)));
    for (int i = 0; i < 4; ++i) ASSERT_TRUE(origin.answer(frames::body(1, std::string(6'000, 'x'))));
    EXPECT_EQ(owner.log, "200 streamed |reset upstream:bad_response|");
    EXPECT_EQ(owner.body.size(), 18'000u);
    EXPECT_EQ(origin.last_code(frames::rst_stream), flow_control_error);
  }
}

TEST(Http2ClientWindow, of_the_connection_comes_back_from_streams_that_are_gone) {
  Link link;
  link.server.at_request = [](Exchange& exchange) { exchange.answer(200, std::string(100'000, 'd')); };
  for (int i = 0; i < 60; ++i) {  // 60 times 64 KiB are almost four windows of the connection
    Owner& owner = link.client.open();
    owner.keeps_credit = true;
    ClientRig::send_head(owner, "GET", BodyKind::none);
    link.run();
    ASSERT_GE(owner.owed, 65'000u) << i;
    if (i % 2 == 0) {
      owner.stream.reset(ResetCode::cancel);
    } else {
      link.server.exchanges.back()->stream.reset(ResetCode::cancel);
    }
    link.run();
    ASSERT_EQ(link.client.codec->streams(), 0u);
  }
  EXPECT_TRUE(link.is_client_alive && link.is_server_alive);
}

// Unconsumed bytes of a response that has ended still count; they come back when the owner consumes
// them, or when the stream is gone.
TEST(Http2ClientWindow, of_the_connection_comes_back_after_the_end_of_responses) {
  Link link;
  link.server.at_request = [](Exchange& exchange) { exchange.answer(200, std::string(60'000, 'd')); };
  for (int i = 0; i < 60; ++i) {
    Owner& owner = link.client.open();
    owner.keeps_credit = true;
    ClientRig::send_head(owner, "GET", BodyKind::none);
    link.run();
    ASSERT_TRUE(owner.is_closed) << i;
    ASSERT_EQ(owner.owed, 60'000u);
    owner.stream.consume(owner.owed);  // too late, and nothing comes of it
  }
}

TEST(Http2ClientWindow, of_the_origin_holds_the_body_back) {
  RawOrigin origin;
  origin.greet(frames::setting(4, 100));
  Owner& owner = origin.open();
  ClientRig::send_head(owner, "POST", BodyKind::sized, 300);
  origin.send(owner, std::string(300, 'x'), true);
  origin.flush();
  EXPECT_EQ(owner.sent, 100u);
  Chain out(origin.pool);
  EXPECT_FALSE(origin.codec->produce(out, 10'000)) << "nothing is ready: no reason to spin";
  ASSERT_TRUE(origin.answer(frames::open_window(1, 150)));
  EXPECT_EQ(owner.sent, 250u);
  ASSERT_TRUE(origin.answer(frames::open_window(1, 50) + ok(1)));
  EXPECT_EQ(owner.sent, 300u);
  EXPECT_EQ(owner.log, "200 none |end|closed|");
}

TEST(Http2ClientWindow, stops_the_reading_when_nobody_takes_the_answers) {
  RawOrigin origin;
  origin.greet();
  const std::string head = ok(1, 0) + frames::body(1, std::string(16'000, 'x'));
  origin.request();
  ASSERT_TRUE(origin.receive(head));
  std::size_t round = 0;
  const std::string ping = frames::frame(frames::ping, 0, 0, "12345678") + frames::body(1, std::string(2'000, 'x'));
  while (round < 20'000 && origin.codec->read_budget() > 0 && origin.receive(ping)) ++round;
  EXPECT_LT(round, 20'000u);
  EXPECT_EQ(origin.codec->read_budget(), 0u);
  const std::size_t wakes = origin.wakes;
  origin.flush();
  EXPECT_GT(origin.wakes, wakes);
  EXPECT_LT(origin.output.size(), 100'000u);
  EXPECT_GT(origin.codec->read_budget(), 0u);
}

}  // namespace
}  // namespace ravelin::http::test
