#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/http/http2_client.h"

namespace ravelin::http {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

TEST(Http2Server, answers_a_simple_request) {
  Http2Harness server;
  server.at_request = [](Exchange& exchange) { exchange.answer(200, "hello"); };
  Http2Client client(server);
  const auto id = client.request("GET", "/a/../b?q=1", {{"accept", "*/*"}});
  client.run();
  EXPECT_EQ(server.log(), "request GET /b|end 0|closed\n");
  EXPECT_EQ(server[0].head->query, "q=1");
  EXPECT_EQ(server[0].head->authority, "example.com");
  EXPECT_EQ(server[0].head->scheme, "https");
  EXPECT_EQ(server[0].head->version, Version::http2);
  EXPECT_EQ(server[0].head->body, BodyKind::none);
  EXPECT_EQ(server[0].field("accept"), "*/*");
  EXPECT_EQ(server[0].sent, 5u);
  EXPECT_EQ(client.reply(id).fields, ":status: 200\ncontent-type: text/plain\ncontent-length: 5\n");
  EXPECT_EQ(client.reply(id).body, "hello");
  EXPECT_TRUE(client.reply(id).is_closed);
  EXPECT_EQ(server.codec->streams(), 0u);
  EXPECT_TRUE(server.codec->is_idle());
}

TEST(Http2Server, carries_large_bodies_both_ways_without_copying_what_it_receives) {
  Http2Harness server;
  std::string upload(300'000, 'u'), download(400'000, 'd');
  Http2Client client(server);
  const auto id = client.request("POST", "/", {{"content-length", "300000"}}, upload);
  client.run();
  EXPECT_EQ(server[0].body, upload);
  EXPECT_EQ(server[0].zero_copy_pieces, server[0].pieces);
  EXPECT_EQ(server[0].head->body, BodyKind::sized);
  EXPECT_EQ(server[0].head->body_size, 300000u);
  server[0].answer(200, download);
  client.run();
  EXPECT_EQ(client.reply(id).body, download);
  EXPECT_EQ(server[0].sent, download.size());
  EXPECT_THAT(server[0].log, HasSubstr("|end 300000|closed"));
}

TEST(Http2Server, interleaves_the_responses_of_streams) {
  Http2Harness server;
  Http2Client client(server);
  const auto first = client.request("GET", "/1");
  const auto second = client.request("GET", "/2");
  client.run();
  server[0].answer(200, std::string(60'000, '1'));
  server[1].answer(200, std::string(60'000, '2'));
  server.produce(40'000);  // the client's connection window is 64 KiB
  const auto data = server.sent(frames::data);
  ASSERT_GE(data.size(), 2u);
  EXPECT_NE(data[0].stream, data[1].stream);
  client.run();
  EXPECT_EQ(client.reply(first).body.size() + client.reply(second).body.size(), 120'000u);
}

TEST(Http2Server, keeps_near_the_budget_it_may_produce) {
  Http2Harness server;
  Http2Client client(server);
  client.request("GET", "/");
  client.run();
  server[0].answer(200, std::string(60'000, 'x'));
  server.output.clear();
  Chain out(server.pool);
  EXPECT_TRUE(server.codec->produce(out, 1000));
  EXPECT_LT(out.size(), 1000u + 16384 + 100);
  EXPECT_EQ(server[0].sent, 16384u - 9);
}

TEST(Http2Server, fills_a_tls_record_with_each_frame_of_a_long_body) {
  Http2Harness server;
  (void)server.receive(frames::preface() + frames::request(1, frames::get()));
  server[0].answer(200, std::string(60'000, 'x'));
  server.produce();
  const auto data = server.sent(frames::data);
  ASSERT_EQ(data.size(), 4u);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(9 + data[i].payload.size(), 16384u);
  EXPECT_EQ(data[3].payload.size(), 60'000u - 3 * (16384 - 9));
}

TEST(Http2Server, wants_to_read_to_the_end_of_a_frame_and_whole_ones_behind_it) {
  constexpr std::size_t most = 65 * 1024, largest = 9 + 16384;
  Http2Harness server;
  (void)server.receive(frames::preface() + frames::request(1, frames::post(), 0));
  const std::string frame = frames::body(1, std::string(16384, 'x'));
  for (std::size_t cut : {0, 1, 8, 9, 10, 1000, 10'000, 16392}) {
    (void)server.receive(std::string_view(frame).substr(0, cut));
    const std::size_t budget = server.codec->read_budget();
    EXPECT_LE(budget, most);
    EXPECT_GT(budget, most - largest);
    EXPECT_EQ((cut + budget) % largest, 0u) << cut;
    (void)server.receive(std::string_view(frame).substr(cut));
  }
  EXPECT_EQ(server[0].body.size(), 8u * 16384);
}

TEST(Http2Server, passes_interim_responses_and_trailers) {
  Http2Harness server;
  Http2Client client(server);
  const auto id = client.request("GET", "/");
  client.run();
  ResponseHead hints;
  hints.status = 103;
  hints.fields.add("link", "</a.css>; rel=preload");
  server[0].stream.send_head(hints, false);
  client.run();
  server[0].start(200);
  server[0].send("body", false);
  client.run();
  Arena arena;
  HeaderList trailers(arena);
  trailers.add("grpc-status", "0");
  server[0].stream.send_trailers(trailers);
  client.run();
  EXPECT_EQ(client.reply(id).fields, ":status: 103\nlink: </a.css>; rel=preload\n:status: 200\ngrpc-status: 0\n");
  EXPECT_EQ(client.reply(id).body, "body");
  EXPECT_TRUE(client.reply(id).is_closed);
  EXPECT_EQ(client.invalid_frames, 0);
  EXPECT_THAT(server[0].log, HasSubstr("|closed"));
}

TEST(Http2Server, sends_trailers_without_a_body) {
  Http2Harness server;
  Http2Client client(server);
  const auto id = client.request("GET", "/");
  client.run();
  server[0].start(200);
  Arena arena;
  HeaderList trailers(arena);
  trailers.add("grpc-status", "5");
  server[0].stream.send_trailers(trailers);
  client.run();
  EXPECT_EQ(client.reply(id).fields, ":status: 200\ngrpc-status: 5\n");
  EXPECT_TRUE(client.reply(id).is_closed);
  EXPECT_TRUE(server.sent(frames::data).empty());
}

TEST(Http2Server, ends_responses_that_have_no_body_with_their_head) {
  Http2Harness server;
  Http2Client client(server);
  const auto id = client.request("HEAD", "/");
  client.run();
  ResponseHead response;
  response.status = 200;
  response.body = BodyKind::sized;
  response.body_size = 12345;
  server[0].stream.send_head(response, true);
  client.run();
  EXPECT_EQ(client.reply(id).fields, ":status: 200\ncontent-length: 12345\n");
  EXPECT_TRUE(client.reply(id).is_closed);

  const auto empty = client.request("GET", "/");
  client.run();
  server[1].answer(204);
  client.run();
  EXPECT_EQ(client.reply(empty).fields, ":status: 204\ncontent-type: text/plain\n");
  EXPECT_TRUE(server.sent(frames::data).empty());
  EXPECT_EQ(client.invalid_frames, 0);
}

TEST(Http2Server, never_sends_fields_of_the_connection) {
  Http2Harness server;
  Http2Client client(server);
  const auto id = client.request("GET", "/");
  client.run();
  ResponseHead response;
  response.status = 200;
  for (const char* name : {"connection", "keep-alive", "transfer-encoding", "upgrade", "content-length"})
    response.fields.add(name, "1");
  server[0].stream.send_head(response, true);
  client.run();
  EXPECT_EQ(client.reply(id).fields, ":status: 200\n");
}

TEST(Http2Server, delivers_trailers_stripped_of_what_may_not_be_one) {
  Http2Harness server;
  Http2Client client(server);
  client.request("POST", "/", {}, "abc", true,
                 {{"x-checksum", "7"}, {"authorization", "no"}, {"x-forwarded-for", "::1"}});
  client.run();
  EXPECT_EQ(server[0].log, "request POST /|trailers x-checksum=7|end 3");
}

// Proxies before this one may say what their own client spoke. The connection's scheme is what counts.
TEST(Http2Server, takes_requests_for_http_over_tls) {
  Http2Harness server;
  (void)server.receive(
      frames::preface() +
      frames::request(1,
                      frames::block({{":method", "GET"}, {":scheme", "http"}, {":authority", "a"}, {":path", "/"}})));
  ASSERT_EQ(server.log(), "request GET /|end 0\n");
  EXPECT_EQ(server[0].head->scheme, "https");
}

TEST(Http2Server, joins_the_crumbs_of_a_cookie) {
  Http2Harness server;
  (void)server.receive(
      frames::preface() +
      frames::request(1, frames::get("/", {{"cookie", "a=1"}, {"x", "y"}, {"cookie", ""}, {"cookie", "b=2"}})));
  ASSERT_EQ(server.exchanges.size(), 1u);
  EXPECT_EQ(server[0].field("cookie"), "a=1; ; b=2");
  EXPECT_EQ(server[0].head->fields.count("cookie"), 1u);
}

TEST(Http2Server, leaves_no_space_at_the_end_of_a_cookie_whose_last_crumb_is_empty) {
  for (const auto& [first, joined] : {std::pair("a=1", "a=1;"), std::pair("", ";")}) {
    Http2Harness server;
    (void)server.receive(frames::preface() + frames::request(1, frames::get("/", {{"cookie", first}, {"cookie", ""}})));
    ASSERT_EQ(server.exchanges.size(), 1u);
    EXPECT_EQ(server[0].field("cookie"), joined);
  }
}

TEST(Http2Server, keeps_the_body_and_drops_te_expect_and_host_from_the_fields) {
  Http2Harness server;
  (void)server.receive(
      frames::preface() +
      frames::request(
          1, frames::post({{"host", "EXAMPLE.com:443"}, {"te", "trailers"}, {"expect", "100-Continue"}, {"x", "y"}}),
          0));
  ASSERT_EQ(server.exchanges.size(), 1u);
  EXPECT_EQ(server[0].head->fields.size(), 1u);
  EXPECT_TRUE(server[0].head->expects_continue);
  EXPECT_EQ(server[0].head->body, BodyKind::streamed);
}

TEST(Http2Server, takes_the_authority_from_host_if_there_is_no_other) {
  Http2Harness server;
  (void)server.receive(
      frames::preface() +
      frames::request(
          1, frames::block({{":method", "GET"}, {":scheme", "https"}, {":path", "/"}, {"host", "a.example"}})));
  ASSERT_EQ(server.exchanges.size(), 1u);
  EXPECT_EQ(server[0].head->authority, "a.example");
}

TEST(Http2Server, tells_a_reset_by_the_client_once) {
  Http2Harness server;
  Http2Client client(server);
  const auto id = client.request("GET", "/");
  client.run();
  server[0].start(200);
  server[0].send(std::string(100'000, 'x'), false);
  client.run();
  nghttp2_submit_rst_stream(client.session(), NGHTTP2_FLAG_NONE, id, NGHTTP2_CANCEL);
  client.run();
  server[0].send("more", true);  // a command to a stream that is gone
  server[0].stream.reset(ResetCode::cancel);
  server[0].stream.consume(10);
  client.run();
  EXPECT_EQ(server[0].log, "request GET /|end 0|reset client:reset");
  EXPECT_EQ(server.codec->streams(), 0u);
  EXPECT_EQ(server.pool.in_use(), 0u);
}

TEST(Http2Server, resets_a_stream_on_command_without_an_event) {
  Http2Harness server;
  Http2Client client(server);
  const auto id = client.request("POST", "/", {}, "some", true);
  server.at_request = [](Exchange& exchange) { exchange.stream.reset(ResetCode::refused); };
  client.run();
  EXPECT_EQ(server[0].log, "request POST /");
  EXPECT_EQ(client.reply(id).close_code, std::uint32_t{NGHTTP2_REFUSED_STREAM});
  EXPECT_EQ(server.codec->streams(), 0u);
}

// It may wait for us to go on, and look at the response only when it can send no more.
TEST(Http2Server, asks_a_client_without_a_window_to_stop_once_it_has_read_the_response) {
  Http2Harness server;
  (void)server.receive(frames::preface() + frames::request(1, frames::post(), 0));
  server[0].is_consuming = false;
  for (int i = 0; i < 4; ++i) (void)server.receive(frames::body(1, std::string(16'383, 'x')));
  (void)server.receive(frames::body(1, "xxx"));
  ASSERT_EQ(server[0].body.size(), 65'535u);
  server[0].answer(413, "too large");
  server.produce();
  EXPECT_EQ(server[0].log, "request POST /|closed");
  ASSERT_EQ(server.sent(frames::ping).size(), 1u);
  EXPECT_TRUE(server.sent(frames::rst_stream).empty());
  (void)server.receive(frames::frame(frames::ping, frames::ack, 0, "12345678"));
  EXPECT_TRUE(server.sent(frames::rst_stream).empty());
  (void)server.receive(frames::frame(frames::ping, frames::ack, 0, server.sent(frames::ping)[0].payload));
  EXPECT_EQ(server.last_code(frames::rst_stream), NGHTTP2_NO_ERROR);
}

TEST(Http2Server, asks_the_client_to_stop_when_the_response_is_whole_first) {
  Http2Harness server;
  server.at_request = [](Exchange& exchange) { exchange.answer(413, "too large"); };
  (void)server.receive(frames::preface() + frames::request(1, frames::post(), 0));
  EXPECT_EQ(server[0].log, "request POST /|closed");
  EXPECT_TRUE(server.sent(frames::data).back().is_end());
  EXPECT_EQ(server.codec->streams(), 0u);
  // A body that is nearly over may end: only a long one is stopped.
  EXPECT_TRUE(server.receive(frames::body(1, std::string(10000, 'x'))));
  EXPECT_TRUE(server.sent(frames::rst_stream).empty());
  EXPECT_TRUE(server.codec->is_idle());
  EXPECT_TRUE(server.receive(frames::body(1, std::string(10000, 'x'))));
  EXPECT_EQ(server.last_code(frames::rst_stream), NGHTTP2_NO_ERROR);
  // What was under way is ignored, and the connection goes on.
  EXPECT_TRUE(server.receive(frames::body(1, std::string(5000, 'x')) + frames::body(1, "", frames::end_stream)));
  EXPECT_TRUE(server.receive(frames::request(3, frames::get("/3"))));
  EXPECT_EQ(server.exchanges.size(), 2u);
  EXPECT_EQ(server[0].body, "");
}

TEST(Http2Server, resets_a_body_longer_than_its_length_also_behind_the_response) {
  Http2Harness server;
  server.at_request = [](Exchange& exchange) { exchange.answer(200, "early"); };
  (void)server.receive(frames::preface() +
                       frames::request(1, frames::post() + frames::field("content-length", "4"), 0));
  EXPECT_TRUE(server.receive(frames::body(1, "test")));
  EXPECT_TRUE(server.sent(frames::rst_stream).empty());
  EXPECT_TRUE(server.receive(frames::body(1, "more", frames::end_stream)));
  EXPECT_EQ(server.last_code(frames::rst_stream), NGHTTP2_PROTOCOL_ERROR);
}

// Clients drop a response whose stream is reset while they are still sending.
TEST(Http2Server, lets_a_short_body_end_behind_the_response) {
  Http2Harness server;
  server.at_request = [](Exchange& exchange) { exchange.answer(401, "who"); };
  (void)server.receive(frames::preface() + frames::request(1, frames::post(), 0));
  EXPECT_TRUE(server.receive(frames::body(1, "name=value", frames::end_stream)));
  EXPECT_EQ(server[0].log, "request POST /|closed");
  EXPECT_TRUE(server.sent(frames::rst_stream).empty());
}

TEST(Http2Server, waits_for_the_ends_of_a_few_answered_requests_only) {
  Http2Harness server;
  server.at_request = [](Exchange& exchange) { exchange.answer(401, "who"); };
  (void)server.receive(frames::preface());
  for (std::uint32_t i = 0; i < 20; ++i) ASSERT_TRUE(server.receive(frames::request(1 + 2 * i, frames::post(), 0)));
  EXPECT_EQ(server.sent(frames::rst_stream).size(), 12u);
  server.codec->shut_down();
  server.produce();
  EXPECT_EQ(server.sent(frames::rst_stream).size(), 20u);
}

TEST(Http2Server, resets_a_stream_whose_response_head_is_too_large_to_send) {
  Http2Harness server;
  Http2Client client(server);
  const auto id = client.request("GET", "/");
  client.run();
  ResponseHead response;
  response.status = 200;
  response.fields.add("x", std::string(70'000, 'x'));
  server[0].stream.send_head(response, true);
  client.run();
  EXPECT_EQ(server[0].log, "request GET /|end 0|reset http2:head_not_sent");
  EXPECT_EQ(client.reply(id).close_code, std::uint32_t{NGHTTP2_INTERNAL_ERROR});
}

TEST(Http2Server, says_goodbye_without_losing_a_request_under_way) {
  Http2Harness server;
  Http2Client client(server);
  const auto first = client.request("GET", "/1");
  client.run();
  server.codec->shut_down();
  server.produce();
  const auto second = client.request("GET", "/2");  // sent before the client reads the goodbye
  client.run();
  ASSERT_EQ(server.exchanges.size(), 2u);
  EXPECT_FALSE(server.codec->wants_close());
  server[0].answer(200, "1");
  server[1].answer(200, "2");
  client.run();
  EXPECT_EQ(client.reply(first).body, "1");
  EXPECT_EQ(client.reply(second).body, "2");
  const auto goodbyes = server.sent(frames::goaway);
  ASSERT_EQ(goodbyes.size(), 2u);
  EXPECT_EQ(goodbyes[0].number_at(0), 0x7fffffffu);
  EXPECT_EQ(goodbyes[1].number_at(0), 3u);
  EXPECT_EQ(goodbyes[1].code(), NGHTTP2_NO_ERROR);
  EXPECT_TRUE(server.codec->wants_close());
}

TEST(Http2Server, closes_at_once_when_told_to_shut_down_without_streams) {
  Http2Harness server;
  Http2Client client(server);
  client.run();
  server.codec->shut_down();
  EXPECT_FALSE(server.codec->wants_close());
  client.run();
  EXPECT_EQ(server.last_code(frames::goaway), NGHTTP2_NO_ERROR);
  EXPECT_TRUE(server.codec->wants_close());
}

TEST(Http2Server, takes_no_stream_after_its_last_goodbye) {
  Http2Harness server;
  (void)server.receive(frames::preface() + frames::request(1, frames::get()));
  server.codec->shut_down();
  server.codec->shut_down();  // the second does not wait
  EXPECT_TRUE(server.receive(frames::request(3, frames::get("/late"))));
  EXPECT_EQ(server.log(), "request GET /|end 0\n");
  server[0].answer(200, "x");
  server.produce();
  EXPECT_TRUE(server.codec->wants_close());
}

// Which nghttp2 decodes and drops, without a word.
TEST(Http2Server, ends_who_goes_on_to_ask_behind_the_last_goodbye) {
  Http2Harness server;
  (void)server.receive(frames::preface() + frames::request(1, frames::get()));
  server.codec->shut_down();
  server.codec->shut_down();
  std::uint32_t asked = 0;
  while (asked < 1000 && server.receive(frames::request(3 + 2 * asked, frames::get()))) ++asked;
  EXPECT_GT(asked, 100u);
  EXPECT_LE(asked, 350u);
  EXPECT_EQ(server.last_code(frames::goaway), NGHTTP2_ENHANCE_YOUR_CALM);
}

TEST(Http2Server, shuts_down_when_the_limit_on_requests_is_reached) {
  Limits limits;
  limits.requests = 3;
  Http2Harness server(limits);
  server.at_request = [](Exchange& exchange) { exchange.answer(200, "x"); };
  Http2Client client(server);
  for (int i = 0; i < 3; ++i) client.request("GET", "/");
  client.run();
  EXPECT_EQ(server.exchanges.size(), 3u);
  EXPECT_FALSE(server.sent(frames::goaway).empty());
  EXPECT_TRUE(server.codec->wants_close());
}

TEST(Http2Server, names_the_last_stream_when_a_head_takes_too_long) {
  Http2Harness server;
  (void)server.receive(frames::preface() + frames::request(1, frames::get()) +
                       frames::frame(frames::headers, frames::end_stream, 3, frames::get().substr(0, 9)));
  EXPECT_FALSE(server.codec->refuse_head({"client:head_timeout", "too slow", Side::client, 408}));
  server.produce();
  ASSERT_EQ(server.sent(frames::goaway).size(), 1u);
  EXPECT_EQ(server.exchanges.size(), 1u);
}

TEST(Http2Server, gives_every_open_stream_one_reset_when_the_connection_ends) {
  Http2Harness server;
  (void)server.receive(frames::preface() + frames::request(1, frames::get()) + frames::request(3, frames::post(), 0));
  server[0].start(200);
  server.codec->abort({"connection:idle", "the connection was idle", Side::client});
  server.codec->abort({"connection:other", "again", Side::client});
  EXPECT_EQ(server.log(), "request GET /|end 0|reset connection:idle\nrequest POST /|reset connection:idle\n");
  EXPECT_EQ(server.codec->streams(), 0u);
  EXPECT_TRUE(server.codec->wants_close());
  EXPECT_FALSE(server.receive(frames::request(5, frames::get())));
  server[0].send("late", true);
  server.produce();
}

TEST(Http2Server, resets_streams_when_the_client_has_closed) {
  Http2Harness server;
  (void)server.receive(frames::preface() + frames::request(1, frames::get()));
  server.codec->receive_end();
  EXPECT_EQ(server.log(), "request GET /|end 0|reset client:closed\n");
  EXPECT_TRUE(server.codec->wants_close());
}

TEST(Http2Server, tells_reading_a_head_from_being_idle) {
  Http2Harness server;
  EXPECT_TRUE(server.codec->is_reading_head());
  EXPECT_FALSE(server.codec->is_idle());
  (void)server.receive(frames::magic);
  EXPECT_TRUE(server.codec->is_reading_head());
  (void)server.receive(frames::frame(frames::settings, 0, 0));
  EXPECT_FALSE(server.codec->is_reading_head());
  EXPECT_TRUE(server.codec->is_idle());
  const std::string head = frames::frame(frames::headers, frames::end_stream, 1, frames::get());
  (void)server.receive(head.substr(0, 3));
  EXPECT_TRUE(server.codec->is_reading_head());
  EXPECT_FALSE(server.codec->is_idle());
  (void)server.receive(head.substr(3));
  EXPECT_TRUE(server.codec->is_reading_head());
  EXPECT_TRUE(server.exchanges.empty());
  (void)server.receive(frames::frame(frames::continuation, frames::end_headers, 1));
  EXPECT_FALSE(server.codec->is_reading_head());
  EXPECT_FALSE(server.codec->is_idle());
  EXPECT_EQ(server.exchanges.size(), 1u);
}

TEST(Http2Server, honours_urgency_and_shares_the_connection_within_one) {
  Http2Harness server;
  (void)server.receive(frames::preface() + frames::request(1, frames::get("/", {{"priority", "u=5"}})) +
                       frames::request(3, frames::get("/", {{"priority", "u=1, i"}})));
  server[0].answer(200, std::string(20'000, 'a'));
  server[1].answer(200, std::string(20'000, 'b'));
  server.produce();
  const auto data = server.sent(frames::data);
  ASSERT_EQ(data.size(), 4u);
  EXPECT_EQ(data[0].stream, 3u);
  EXPECT_EQ(data[1].stream, 3u);
  EXPECT_EQ(data[2].stream, 1u);
}

// The same bytes make the same events however they are cut.
TEST(Http2Server, does_not_depend_on_how_bytes_arrive) {
  const std::string bytes =
      frames::preface(frames::setting(4, 100'000)) + frames::settings_ack() +
      frames::frame(frames::headers, frames::end_stream | frames::padded | frames::with_priority, 1,
                    std::string("\x03", 1) + frames::number(0, 4) + "\x10" + frames::get("/1").substr(0, 20) +
                        std::string(3, '\0')) +
      frames::frame(frames::continuation, frames::end_headers, 1, frames::get("/1").substr(20)) +
      frames::frame(frames::priority, 0, 7, frames::number(5, 4) + "\x01") + frames::frame(0xfa, 0x55, 1, "unknown") +
      frames::request(3, frames::post({{"content-length", "10"}}), 0) +
      frames::frame(frames::data, frames::padded, 3, std::string("\x02", 1) + "01234" + std::string(2, '\0')) +
      frames::request(5, frames::get("/%5c")) + frames::body(3, "56789", frames::end_stream) +
      frames::request(7, frames::get("/seven", {{"Upper", "case"}})) + frames::request(9, frames::post(), 0) +
      frames::body(9, "abc") + frames::reset(9) + frames::request(11, frames::post(), 0) + frames::body(11, "t") +
      frames::request(11, frames::block({{"x-t", "1"}})) + frames::frame(frames::ping, 0, 0, "12345678") +
      frames::request(1, frames::get());  // it has ended
  std::string expected_log, expected_output;
  const std::vector<std::size_t> pieces{16384, 1, 2, 3, 7, 13, 64};
  for (const std::size_t piece : pieces) {
    Http2Harness server;
    (void)server.receive(bytes, piece);
    server.produce();
    std::string output = server.failure + "\n";
    for (const auto& frame : server.sent(frames::goaway)) output += std::to_string(frame.code());
    if (piece == pieces.front()) {
      expected_log = server.log();
      expected_output = output;
      EXPECT_EQ(expected_log,
                "request GET /1|end 0|reset http2:stream_closed\n"
                "request POST /|end 10|reset http2:stream_closed\n"
                "refused http:path_encoded_backslash|end 0|reset http2:stream_closed\n"
                "request POST /|reset client:reset\n"
                "request POST /|trailers x-t=1|end 1|reset http2:stream_closed\n");
    }
    EXPECT_EQ(server.log(), expected_log) << "in pieces of " << piece;
    EXPECT_EQ(output, expected_output) << "in pieces of " << piece;
  }
}

}  // namespace
}  // namespace ravelin::http
