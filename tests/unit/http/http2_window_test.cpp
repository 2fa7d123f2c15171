#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/http/http2_client.h"

namespace ravelin::http {
namespace {

TEST(Http2Window, never_lets_more_than_the_window_be_delivered_and_not_consumed) {
  Http2Harness server;
  server.at_request = [](Exchange& exchange) { exchange.is_consuming = false; };
  Http2Client client(server);
  client.request("POST", "/", {}, std::string(500'000, 'x'));
  client.run();
  Exchange& exchange = server[0];
  std::size_t consumed = 0;
  for (const std::size_t step : {1u, 100u, 32'768u, 5'000u, 65'536u}) {
    EXPECT_LE(exchange.held, Limits().window);
    EXPECT_EQ(exchange.body.size(), exchange.held + consumed);
    const std::size_t n = std::min<std::size_t>(step, exchange.held);
    exchange.give_credit(n);
    consumed += n;
    client.run();
  }
  EXPECT_GT(exchange.body.size(), 100'000u);
  exchange.is_consuming = true;
  exchange.give_credit(exchange.held);
  client.run();
  EXPECT_EQ(exchange.body.size(), 500'000u);
}

TEST(Http2Window, is_wider_for_an_upload_whose_owner_leaves_nothing) {
  Http2Harness server;
  server.at_request = [](Exchange& exchange) {
    exchange.at_event = [&exchange](std::string_view) { exchange.is_consuming = exchange.body.size() < 2'000'000; };
  };
  Http2Client client(server);
  client.request("POST", "/", {}, std::string(4'000'000, 'x'));
  client.run();
  EXPECT_GT(server[0].held, Limits().window);
  EXPECT_LE(server[0].held, 256u * 1024);
}

// Uploads whose owners stop amid them, one after the other.
void stop_uploads_at(Http2Harness& server, Http2Client& client, std::size_t bytes, int uploads) {
  for (int i = 0; i < uploads; ++i) {
    server.at_request = [bytes](Exchange& exchange) {
      exchange.is_consuming = bytes > 0;
      exchange.at_event = [&exchange, bytes](std::string_view) {
        exchange.is_consuming = exchange.body.size() < bytes;
      };
    };
    client.request("POST", "/", {}, std::string(4'000'000, 'x'));
    client.run();
  }
  server.at_request = [](Exchange&) {};
}

TEST(Http2Window, is_no_wider_than_its_own_where_that_is_wide) {
  Limits limits;
  limits.window = 192 * 1024;
  Http2Harness server(limits);
  Http2Client client(server);
  stop_uploads_at(server, client, 2'000'000, 1);
  EXPECT_LE(server[0].held, limits.window);
}

TEST(Http2Window, is_wider_for_few_at_a_time) {
  Http2Harness server;
  Http2Client client(server);
  stop_uploads_at(server, client, 2'000'000, 8);
  std::size_t held = 0;
  for (const auto& exchange : server.exchanges) held += exchange->held;
  EXPECT_GT(held, 8 * 32u * 1024);
  EXPECT_LE(held, (8 * 64 + 256) * 1024u);
}

TEST(Http2Window, of_the_connection_is_not_used_up_by_bodies_that_have_stopped) {
  for (const std::size_t at : {0u, 2'000'000u}) {
    Http2Harness server;
    Http2Client client(server);
    stop_uploads_at(server, client, at, 10);
    client.request("POST", "/", {}, std::string(4'000'000, 'x'));
    client.run();
    EXPECT_EQ(server.exchanges.back()->body.size(), 4'000'000u);
  }
}

TEST(Http2Window, of_the_connection_is_what_stops_a_body_when_many_others_have_stopped) {
  Http2Harness server;
  Http2Client client(server);
  stop_uploads_at(server, client, 0, 12);
  EXPECT_FALSE(server[0].stream.is_body_stopped());
  stop_uploads_at(server, client, 0, 8);
  EXPECT_TRUE(server[0].stream.is_body_stopped());
}

TEST(Http2Window, of_the_connection_is_not_used_up_by_bodies_that_nobody_wants) {
  Http2Harness server;
  Http2Client client(server);
  for (int i = 0; i < 20; ++i) {
    stop_uploads_at(server, client, 0, 1);
    server.exchanges.back()->stream.ignore_body();
  }
  for (int i = 0; i < 20; ++i) {  // answered whole while more of the request is to come
    stop_uploads_at(server, client, 0, 1);
    server.exchanges.back()->answer(200);
    server.produce();
  }
  client.request("POST", "/", {}, std::string(1'000'000, 'x'));
  client.run();
  EXPECT_EQ(server.exchanges.back()->body.size(), 1'000'000u);
}

TEST(Http2Window, is_enforced_against_a_peer_that_ignores_it) {
  Http2Harness server;
  server.at_request = [](Exchange& exchange) { exchange.is_consuming = false; };
  (void)server.receive(frames::preface() + frames::request(1, frames::post(), 0));
  for (int i = 0; i < 10; ++i) (void)server.receive(frames::body(1, std::string(16384, 'x')));
  EXPECT_EQ(server[0].log, "request POST /|reset http2:malformed");
  EXPECT_LE(server[0].body.size(), Limits().window);
  EXPECT_EQ(server.last_code(frames::rst_stream), NGHTTP2_FLOW_CONTROL_ERROR);
}

TEST(Http2Window, of_the_connection_comes_back_from_streams_that_are_gone) {
  Http2Harness server;
  server.at_request = [](Exchange& exchange) { exchange.is_consuming = false; };
  Http2Client client(server);
  client.run();
  for (int i = 0; i < 50; ++i) {  // 50 times 64 KiB are three windows of the connection
    const auto id = client.request("POST", "/", {}, std::string(100'000, 'x'));
    client.run();
    ASSERT_GE(server.exchanges.back()->held, 65'000u) << i;
    if (i % 2 == 0) {
      nghttp2_submit_rst_stream(client.session(), NGHTTP2_FLAG_NONE, id, NGHTTP2_CANCEL);
    } else {
      server.exchanges.back()->stream.reset(ResetCode::cancel);
    }
    client.run();
    ASSERT_EQ(server.codec->streams(), 0u);
  }
  EXPECT_TRUE(client.is_alive);
}

TEST(Http2Window, counts_padding_as_consumed_at_once) {
  Http2Harness server;
  server.at_request = [](Exchange& exchange) { exchange.is_consuming = false; };
  (void)server.receive(frames::preface() + frames::request(1, frames::post(), 0));
  for (int i = 0; i < 1000; ++i)  // 256 KiB of padding around 1000 bytes
    ASSERT_TRUE(server.receive(frames::frame(frames::data, frames::padded, 1,
                                             "\xff"
                                             "a" +
                                                 std::string(255, '\0'))))
        << i;
  EXPECT_EQ(server[0].body.size(), 1000u);
}

TEST(Http2Window, of_the_client_holds_the_body_back) {
  Http2Harness server;
  (void)server.receive(frames::preface(frames::setting(4, 1000)) + frames::request(1, frames::get()));
  server[0].answer(200, std::string(3000, 'x'));
  server.produce();
  EXPECT_EQ(server[0].sent, 1000u);
  Chain out(server.pool);
  EXPECT_FALSE(server.codec->produce(out, 10'000));  // nothing is ready: no reason to spin
  (void)server.receive(frames::open_window(1, 1500));
  EXPECT_EQ(server[0].sent, 2500u);
  (void)server.receive(frames::open_window(1, 500));
  EXPECT_EQ(server[0].log, "request GET /|end 0|closed");
  EXPECT_EQ(server[0].sent, 3000u);
}

TEST(Http2Window, of_the_clients_connection_holds_all_bodies_back) {
  Http2Harness server;
  (void)server.receive(frames::preface(frames::setting(4, 1 << 20)) + frames::request(1, frames::get()) +
                       frames::request(3, frames::get()));
  for (std::size_t i = 0; i < 2; ++i) server[i].answer(200, std::string(60'000, 'x'));
  server.produce();
  EXPECT_EQ(server[0].sent + server[1].sent, 65535u);
  (void)server.receive(frames::open_window(0, 4465));
  EXPECT_EQ(server[0].sent + server[1].sent, 70'000u);
  (void)server.receive(frames::open_window(0, 100'000));
  EXPECT_EQ(server[0].sent + server[1].sent, 120'000u);
}

TEST(Http2Window, of_every_stream_is_advertised_from_the_limits) {
  Limits limits;
  limits.window = 128 * 1024;
  limits.streams = 7;
  limits.head = 9000;
  Http2Harness server(limits);
  server.produce();
  const auto settings = server.sent(frames::settings);
  ASSERT_EQ(settings.size(), 1u);
  EXPECT_EQ(settings[0].payload, frames::setting(3, 7) + frames::setting(4, 128 * 1024) + frames::setting(6, 9000) +
                                     frames::setting(8, 1) + frames::setting(9, 1));
  ASSERT_EQ(server.sent(frames::window_update).size(), 1u);
  EXPECT_EQ(server.sent(frames::window_update)[0].number_at(0), 1024u * 1024 - 65535);
}

}  // namespace
}  // namespace ravelin::http
