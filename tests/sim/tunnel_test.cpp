#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "proxy/upgrade.h"
#include "support/frames.h"
#include "support/http2_peer.h"
#include "support/simulation.h"

namespace ravelin::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
using namespace std::chrono_literals;

const std::string one_origin = R"(
upstreams: {origin: {endpoints: ["10.0.0.1:80"]}}
routes: [{match: {path: /plain}, upstream: origin, upgrade: []}, {match: {}, upstream: origin}]
)";
const std::string http2_origin = R"(
upstreams: {origin: {endpoints: ["10.0.0.1:80"], protocol: h2}}
routes: [{match: {}, upstream: origin}]
)";

const std::string key = "dGhlIHNhbXBsZSBub25jZQ==";
const std::string accept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";  // RFC 6455 section 1.3
const std::string handshake =
    "GET /chat HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: WebSocket\r\n"
    "Sec-WebSocket-Key: " +
    key + "\r\nSec-WebSocket-Version: 13\r\n\r\n";
const std::string agreed =
    "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Accept: " +
    accept + "\r\n\r\n";

/// Keeps what arrives; says nothing of itself.
void keep_silent(Simulation& sim) {
  sim.on_origin = [](End&, const std::string&) { return true; };
}
End& origin_of(Simulation& sim) { return *sim.origins["10.0.0.1:80"].at(0); }

/// Makes a tunnel of `client`; returns its other end.
End& agree(Simulation& sim, End& client) {
  keep_silent(sim);
  client.send(handshake);
  sim.run();
  origin_of(sim).send(agreed);
  sim.run();
  return origin_of(sim);
}

TEST(WebSocketAccept, is_that_of_the_example_in_the_rfc) { EXPECT_EQ(proxy::websocket_accept(key), accept); }

TEST(Tunnel, carries_bytes_both_ways_after_an_upgrade) {
  Simulation sim(one_origin);
  keep_silent(sim);
  End* const client = sim.connect();
  client->send(handshake + "early");
  sim.run();
  End& origin = origin_of(sim);
  EXPECT_THAT(origin.received(), HasSubstr("connection: upgrade\r\nupgrade: websocket\r\n"));
  EXPECT_THAT(origin.received(), HasSubstr("sec-websocket-key: " + key + "\r\n"));
  EXPECT_THAT(origin.take(), Not(HasSubstr("early")));
  origin.send(agreed + "hello");
  sim.run();
  EXPECT_THAT(client->received(), StartsWith("HTTP/1.1 101 Switching Protocols\r\n"));
  EXPECT_THAT(client->received(), HasSubstr("connection: upgrade\r\nupgrade: websocket\r\n"));
  EXPECT_THAT(client->take(), EndsWith("\r\n\r\nhello"));
  EXPECT_EQ(origin.take(), "early");
  client->send("ping");
  origin.send("pong");
  sim.run();
  EXPECT_EQ(origin.take(), "ping");
  EXPECT_EQ(client->take(), "pong");
  origin.send("bye");
  origin.finish();
  sim.run();
  EXPECT_EQ(client->take(), "bye");
  EXPECT_TRUE(client->has_ended());
  ASSERT_EQ(sim.done.size(), 1U);
  EXPECT_EQ(sim.done[0].status, 101);
  EXPECT_EQ(sim.done[0].reason, "");
  EXPECT_EQ(sim.pools().connections(), 0U);
}

TEST(Tunnel, that_the_origin_closes_is_no_failure_of_its_endpoint) {
  Simulation sim(R"(
upstreams: {origin: {endpoints: ["10.0.0.1:80", {address: "10.0.0.2:80", backup: true}]}}
routes: [{match: {}, upstream: origin}]
)");
  keep_silent(sim);
  for (std::size_t i = 0; i < 4; ++i) {
    End* const client = sim.connect();
    client->send(handshake);
    sim.run();
    ASSERT_EQ(sim.origins["10.0.0.1:80"].size(), i + 1);
    End& origin = *sim.origins["10.0.0.1:80"][i];
    origin.send(agreed);
    sim.run();
    origin.finish();
    sim.run();
    EXPECT_TRUE(client->has_ended());
  }
  EXPECT_TRUE(sim.origins["10.0.0.2:80"].empty());
}

// Nor is it a sign that its endpoint works: what drains may have closed its listener.
TEST(Tunnel, that_the_origin_closes_does_not_end_that_its_endpoint_is_avoided) {
  Simulation sim(R"(
upstreams: {origin: {endpoints: ["10.0.0.1:80", {address: "10.0.0.2:80", backup: true}], retry: {attempts: 0}}}
routes: [{match: {}, upstream: origin}]
)");
  keep_silent(sim);
  End* const client = sim.connect();
  client->send(handshake);
  sim.run();
  End& origin = *sim.origins["10.0.0.1:80"][0];
  origin.send(agreed);
  sim.run();
  for (std::size_t i = 1; i <= 3; ++i) {
    sim.connect()->send(handshake);
    sim.run();
    ASSERT_EQ(sim.origins["10.0.0.1:80"].size(), i + 1);
    sim.origins["10.0.0.1:80"][i]->reset();
    sim.run();
  }
  origin.finish();
  sim.run();
  EXPECT_TRUE(client->has_ended());
  sim.connect()->send(handshake);
  sim.run();
  EXPECT_EQ(sim.origins["10.0.0.2:80"].size(), 1U);
}

// Nor can a client bring it about, to whose bad frames an origin answers so.
TEST(Tunnel, that_the_origin_resets_is_no_failure_of_its_endpoint) {
  Simulation sim(R"(
upstreams: {origin: {endpoints: ["10.0.0.1:80", {address: "10.0.0.2:80", backup: true}]}}
routes: [{match: {}, upstream: origin}]
)");
  keep_silent(sim);
  for (int i = 0; i < 4; ++i) sim.connect()->send(handshake);
  sim.run();
  const std::vector<End*> tunnels = sim.origins["10.0.0.1:80"];
  ASSERT_EQ(tunnels.size(), 4U);
  for (End* const end : tunnels) end->send(agreed);
  sim.run();
  for (End* const end : tunnels) end->reset();
  sim.run();
  sim.connect()->send(handshake);
  sim.run();
  EXPECT_EQ(sim.origins["10.0.0.1:80"].size(), 5U);
  EXPECT_TRUE(sim.origins["10.0.0.2:80"].empty());
}

TEST(Tunnel, ends_when_the_client_closes_and_what_it_said_last_arrives) {
  Simulation sim(one_origin);
  keep_silent(sim);
  End* const client = sim.connect();
  client->send(handshake);
  sim.run();
  origin_of(sim).send(agreed);
  sim.run();
  origin_of(sim).take();
  client->send(std::string(20'000, 'x'));
  client->finish();
  sim.run();
  EXPECT_EQ(origin_of(sim).received().size(), 20'000U);
  EXPECT_TRUE(origin_of(sim).has_ended());
  ASSERT_EQ(sim.done.size(), 1U);
  EXPECT_EQ(sim.done[0].ended_by, "client");
}

TEST(Tunnel, holds_no_more_than_its_windows_for_an_end_that_does_not_read) {
  Simulation sim(one_origin);
  End* const client = sim.connect();
  End& origin = agree(sim, *client);
  client->stop_reading();
  for (int i = 0; i < 100; ++i) origin.send(std::string(64 * 1024, 'y'));
  sim.run();
  EXPECT_LT(sim.blocks().in_use() * Block::size, 8U * 1024 * 1024);
  client->read_on();
  sim.run();
  EXPECT_GE(client->received().size(), 100U * 64 * 1024);
  client->finish();
  sim.run();
}

TEST(Tunnel, ends_when_its_client_breaks_off_though_the_origin_reads_nothing) {
  Simulation sim(one_origin);
  End* const client = sim.connect();
  agree(sim, *client).stop_reading();
  client->send(std::string(4 * 1024 * 1024, 'x'));
  sim.run();
  EXPECT_GT(client->unread(), 0U);
  client->reset();
  sim.run();
  EXPECT_EQ(sim.done.size(), 1U);
}

TEST(Tunnel, is_closed_when_nothing_moves_for_tunnel_idle) {
  Simulation sim(one_origin + "limits: {tunnel_idle: 5m}\n");
  keep_silent(sim);
  End* const client = sim.connect();
  client->send(handshake);
  sim.run();
  origin_of(sim).send(agreed);
  sim.run();
  sim.advance(4min);
  origin_of(sim).send("ping");
  sim.run();
  sim.advance(4min);
  EXPECT_FALSE(client->has_ended());
  sim.advance(2min);
  EXPECT_TRUE(client->has_ended());
  ASSERT_EQ(sim.done.size(), 1U);
  EXPECT_EQ(sim.done[0].reason, "tunnel:idle");
}

TEST(Tunnel, is_not_made_where_the_route_offers_none) {
  Simulation sim(one_origin);
  End* const client = sim.connect();
  client->send("GET /plain HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
  sim.run();
  EXPECT_THAT(client->received(), StartsWith("HTTP/1.1 200"));
}

TEST(Tunnel, is_refused_by_the_origin_with_an_ordinary_answer) {
  Simulation sim(one_origin);
  keep_silent(sim);
  End* const client = sim.connect();
  client->send(handshake);
  sim.run();
  origin_of(sim).send("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno");
  sim.run();
  EXPECT_THAT(client->take(), AllOf(StartsWith("HTTP/1.1 403"), EndsWith("no")));
  client->send("GET /plain HTTP/1.1\r\nHost: a\r\n\r\n");
  sim.run();
  EXPECT_THAT(origin_of(sim).received(), HasSubstr("GET /plain"));
  origin_of(sim).send("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nyes");
  sim.run();
  EXPECT_THAT(client->received(), EndsWith("yes"));
}

TEST(Tunnel, is_not_made_to_a_protocol_that_was_not_asked_for) {
  Simulation sim(one_origin);
  keep_silent(sim);
  End* const client = sim.connect();
  client->send(handshake);
  sim.run();
  origin_of(sim).send("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n");
  sim.run();
  EXPECT_THAT(client->received(), StartsWith("HTTP/1.1 502"));
  EXPECT_EQ(sim.done.at(0).reason, "upstream:unexpected_101");
}

// RFC 6455 section 4.2.1. What is not one may be anything that an origin answers with 101.
class BadHandshake : public ::testing::TestWithParam<std::string> {};

INSTANTIATE_TEST_SUITE_P(
    Tunnel, BadHandshake,
    ::testing::Values("Sec-WebSocket-Version: 13\r\n", "Sec-WebSocket-Key: " + key + "\r\n",
                      "Sec-WebSocket-Key: " + key + "\r\nSec-WebSocket-Version: 8\r\n",
                      "Sec-WebSocket-Key: c2hvcnQ=\r\nSec-WebSocket-Version: 13\r\n",
                      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25j!Q==\r\nSec-WebSocket-Version: 13\r\n",
                      "Sec-WebSocket-Key: " + key + "\r\nSec-WebSocket-Key: " + key +
                          "\r\nSec-WebSocket-Version: 13\r\n"));

TEST_P(BadHandshake, is_an_ordinary_request) {
  Simulation sim(one_origin);
  keep_silent(sim);
  End* const client = sim.connect();
  client->send("GET /chat HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" + GetParam() + "\r\n");
  sim.run();
  EXPECT_THAT(origin_of(sim).received(), AllOf(StartsWith("GET /chat"), Not(HasSubstr("pgrade"))));
  origin_of(sim).send(agreed + "hello");
  sim.run();
  EXPECT_THAT(client->received(), StartsWith("HTTP/1.1 502"));
}

TEST(Tunnel, is_refused_if_the_origin_does_not_answer_the_key) {
  Simulation sim(one_origin);
  keep_silent(sim);
  End* const client = sim.connect();
  client->send(handshake);
  sim.run();
  origin_of(sim).send("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nhello");
  sim.run();
  EXPECT_THAT(client->received(), AllOf(StartsWith("HTTP/1.1 502"), Not(HasSubstr("hello"))));
}

// RFC 8441 section 5: to a client any 2xx says that it is made.
TEST(Tunnel, from_http2_that_the_origin_takes_for_an_ordinary_request_is_refused) {
  std::unique_ptr<Http2Peer> client;
  Simulation sim(R"(
upstreams: {origin: {endpoints: ["10.0.0.1:80"]}}
routes: [{match: {path: /here}, respond: {status: 200, body: text}}, {match: {}, upstream: origin}]
)");
  client = std::make_unique<Http2Peer>(sim.blocks(), *sim.connect_http2(), Http2Peer::Role::client);
  sim.run();
  const std::vector<std::pair<std::string, std::string>> fields{{"sec-websocket-version", "13"}};
  Http2Message& there = client->ask({.path = "/chat", .protocol = "websocket", .fields = fields});
  Http2Message& here = client->ask({.path = "/here", .protocol = "websocket", .fields = fields});
  sim.run();
  ASSERT_TRUE(there.response != nullptr && here.response != nullptr);
  EXPECT_EQ(there.response->status, 502);
  EXPECT_EQ(here.response->status, 501);
  client.reset();
}

TEST(Tunnel, from_http2_needs_the_version) {
  std::unique_ptr<Http2Peer> client;
  Simulation sim(one_origin);
  client = std::make_unique<Http2Peer>(sim.blocks(), *sim.connect_http2(), Http2Peer::Role::client);
  sim.run();
  Http2Message& chat = client->ask({.path = "/chat", .protocol = "websocket"});
  sim.run();
  ASSERT_NE(chat.response, nullptr);
  EXPECT_EQ(chat.response->status, 400);
  EXPECT_EQ(sim.done.at(0).reason, "http:bad_handshake");
  client.reset();
}

// RFC 8441 section 5: it is not looked at.
TEST(Tunnel, from_http2_may_have_a_key_that_means_nothing) {
  std::unique_ptr<Http2Peer> client;
  Simulation sim(one_origin);
  keep_silent(sim);
  client = std::make_unique<Http2Peer>(sim.blocks(), *sim.connect_http2(), Http2Peer::Role::client);
  sim.run();
  client->ask({.path = "/chat",
               .protocol = "websocket",
               .fields = {{"sec-websocket-version", "13"}, {"sec-websocket-key", "anything"}}});
  sim.run();
  EXPECT_THAT(origin_of(sim).received(), AllOf(HasSubstr("sec-websocket-key: "), Not(HasSubstr("anything"))));
  client.reset();
}

// RFC 9113 section 8.5.
TEST(Tunnel, from_http2_carries_nothing_but_data) {
  Simulation sim(one_origin);
  keep_silent(sim);
  End* const client = sim.connect_http2();
  client->send(frames::preface() + frames::request(1,
                                                   frames::block({{":method", "CONNECT"},
                                                                  {":protocol", "websocket"},
                                                                  {":scheme", "http"},
                                                                  {":authority", "a"},
                                                                  {":path", "/chat"},
                                                                  {"sec-websocket-version", "13"}}),
                                                   frames::none));
  sim.run();
  const std::string seen = origin_of(sim).take();
  const std::string given = seen.substr(seen.find("sec-websocket-key: ") + 19, 24);
  origin_of(sim).send(
      "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: " +
      proxy::websocket_accept(given) + "\r\n\r\n");
  sim.run();
  client->take();
  client->send(frames::request(1, frames::block({{"x-late", "1"}})));
  sim.run();
  const auto answers = frames::parse(client->received());
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_EQ(answers[0].type, frames::rst_stream);
  EXPECT_EQ(sim.done.at(0).reason, "http2:malformed");
  EXPECT_TRUE(origin_of(sim).has_ended());
}

TEST(Tunnel, from_http2_reaches_an_http1_origin_with_a_key_of_its_own) {
  std::unique_ptr<Http2Peer> client;
  Simulation sim(one_origin);
  keep_silent(sim);
  client = std::make_unique<Http2Peer>(sim.blocks(), *sim.connect_http2(), Http2Peer::Role::client);
  sim.run();
  Http2Message& chat = client->ask(
      {.path = "/chat", .protocol = "websocket", .fields = {{"sec-websocket-version", "13"}, {"origin", "https://a"}}});
  sim.run();
  End& origin = origin_of(sim);
  const std::string seen = origin.take();
  EXPECT_THAT(seen, StartsWith("GET /chat HTTP/1.1\r\n"));
  EXPECT_THAT(seen, HasSubstr("upgrade: websocket\r\n"));
  const std::size_t at = seen.find("sec-websocket-key: ");
  ASSERT_NE(at, std::string::npos);
  const std::string given = seen.substr(at + 19, 24);
  origin.send(
      "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: " +
      proxy::websocket_accept(given) + "\r\nSec-WebSocket-Protocol: chat\r\n\r\nhello");
  sim.run();
  ASSERT_NE(chat.response, nullptr);
  EXPECT_EQ(chat.response->status, 101);  // what the client codec makes of 200
  EXPECT_EQ(chat.response->fields.find("sec-websocket-protocol"), "chat");
  EXPECT_FALSE(chat.response->fields.has("sec-websocket-accept"));
  EXPECT_TRUE(chat.response->fields.has("date"));
  EXPECT_EQ(chat.body, "hello");
  client->send_body(chat, "ping", false);
  sim.run();
  EXPECT_EQ(origin.take(), "ping");
  client->send_body(chat, "bye", true);
  sim.run();
  EXPECT_EQ(origin.take(), "bye");
  EXPECT_TRUE(origin.has_ended());
  client.reset();
}

TEST(Tunnel, from_http2_is_refused_if_the_origin_does_not_answer_the_key) {
  std::unique_ptr<Http2Peer> client;
  Simulation sim(one_origin);
  keep_silent(sim);
  client = std::make_unique<Http2Peer>(sim.blocks(), *sim.connect_http2(), Http2Peer::Role::client);
  sim.run();
  Http2Message& chat =
      client->ask({.path = "/chat", .protocol = "websocket", .fields = {{"sec-websocket-version", "13"}}});
  sim.run();
  origin_of(sim).send(agreed);
  sim.run();
  ASSERT_NE(chat.response, nullptr);
  EXPECT_EQ(chat.response->status, 502);
  client.reset();
}

TEST(Tunnel, that_is_refused_lets_the_client_end_its_side_and_read_the_answer) {
  std::unique_ptr<Http2Peer> client;
  Simulation sim(one_origin);
  keep_silent(sim);
  client = std::make_unique<Http2Peer>(sim.blocks(), *sim.connect_http2(), Http2Peer::Role::client);
  sim.run();
  Http2Message& chat =
      client->ask({.path = "/chat", .protocol = "websocket", .fields = {{"sec-websocket-version", "13"}}});
  sim.run();
  origin_of(sim).send("HTTP/1.1 403 Forbidden\r\nContent-Length: 4\r\n\r\nno");
  sim.run();
  client->send_body(chat, "", true);
  sim.run();
  origin_of(sim).send("ne");
  sim.run();
  ASSERT_NE(chat.response, nullptr);
  EXPECT_EQ(chat.response->status, 403);
  EXPECT_EQ(chat.body, "none");
  EXPECT_EQ(sim.done.at(0).reason, "");
  client.reset();
}

TEST(Tunnel, from_http2_is_refused_where_the_route_offers_none) {
  std::unique_ptr<Http2Peer> client;
  Simulation sim(one_origin);
  client = std::make_unique<Http2Peer>(sim.blocks(), *sim.connect_http2(), Http2Peer::Role::client);
  sim.run();
  Http2Message& chat = client->ask({.path = "/plain", .protocol = "websocket"});
  Http2Message& other = client->ask({.path = "/", .protocol = "connect-udp"});
  sim.run();
  ASSERT_TRUE(chat.response != nullptr && other.response != nullptr);
  EXPECT_EQ(chat.response->status, 501);
  EXPECT_EQ(other.response->status, 501);
  client.reset();
}

TEST(Tunnel, to_an_http2_origin_answers_the_clients_key) {
  std::unique_ptr<Http2Peer> origin;
  Simulation sim(http2_origin);
  sim.on_origin = [&](End& end, const std::string&) {
    origin = std::make_unique<Http2Peer>(sim.blocks(), end, Http2Peer::Role::server);
    return true;
  };
  End* const client = sim.connect();
  client->send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");  // so that the origin's SETTINGS are known
  sim.run();
  origin->respond(*origin->messages[0], 200, "x");
  sim.run();
  client->take();
  client->send(handshake);
  sim.run();
  ASSERT_EQ(origin->messages.size(), 2U);
  Http2Message& chat = *origin->messages[1];
  EXPECT_EQ(chat.request->protocol, "websocket");
  EXPECT_FALSE(chat.request->fields.has("sec-websocket-key"));
  origin->send_head(chat, 101, false);
  sim.run();
  EXPECT_THAT(client->take(), AllOf(StartsWith("HTTP/1.1 101"), HasSubstr("sec-websocket-accept: " + accept)));
  client->send("ping");
  sim.run();
  EXPECT_EQ(chat.body, "ping");
  origin->send_body(chat, "bye", true);
  sim.run();
  EXPECT_EQ(client->take(), "bye");
  EXPECT_TRUE(client->has_ended());
  origin.reset();
}

TEST(Tunnel, from_http2_to_an_http2_origin_needs_no_key) {
  std::unique_ptr<Http2Peer> origin, client;
  Simulation sim(http2_origin);
  sim.on_origin = [&](End& end, const std::string&) {
    origin = std::make_unique<Http2Peer>(sim.blocks(), end, Http2Peer::Role::server);
    return true;
  };
  client = std::make_unique<Http2Peer>(sim.blocks(), *sim.connect_http2(), Http2Peer::Role::client);
  sim.run();
  Http2Message& chat =
      client->ask({.path = "/chat", .protocol = "websocket", .fields = {{"sec-websocket-version", "13"}}});
  sim.run();
  ASSERT_NE(origin, nullptr);
  ASSERT_EQ(origin->messages.size(), 1U);
  Http2Message& served = *origin->messages[0];
  EXPECT_FALSE(served.request->fields.has("sec-websocket-key"));
  origin->send_head(served, 101, false);
  client->send_body(chat, "ping", false);
  sim.run();
  ASSERT_NE(chat.response, nullptr);
  EXPECT_EQ(chat.response->status, 101);
  EXPECT_FALSE(chat.response->fields.has("sec-websocket-accept"));
  EXPECT_EQ(served.body, "ping");
  origin->send_body(served, "pong", true);
  sim.run();
  EXPECT_EQ(chat.body, "pong");
  client.reset();
  origin.reset();
}

TEST(Interim, heads_reach_the_client_and_rules_hold_for_them) {
  Simulation sim(R"(
upstreams: {origin: {endpoints: ["10.0.0.1:80"]}}
routes: [{match: {}, upstream: origin, response_headers: {remove: [X-Internal]}}]
)");
  keep_silent(sim);
  End* const client = sim.connect();
  client->send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  sim.run();
  origin_of(sim).send(
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\nX-Internal: 1\r\n\r\n");
  sim.run();
  EXPECT_EQ(client->take(), "HTTP/1.1 103 Early Hints\r\nlink: </a.css>\r\n\r\n");
  origin_of(sim).send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  sim.run();
  EXPECT_THAT(client->take(), AllOf(StartsWith("HTTP/1.1 200"), EndsWith("ok")));
}

TEST(Interim, heads_do_not_reach_a_client_of_http10) {
  Simulation sim(one_origin);
  keep_silent(sim);
  End* const client = sim.connect();
  client->send("GET / HTTP/1.0\r\nHost: a\r\n\r\n");
  sim.run();
  origin_of(sim).send(
      "HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  sim.run();
  EXPECT_THAT(client->take(), StartsWith("HTTP/1.1 200"));
}

TEST(Interim, heads_reach_a_client_of_http2) {
  std::unique_ptr<Http2Peer> client;
  Simulation sim(one_origin);
  keep_silent(sim);
  client = std::make_unique<Http2Peer>(sim.blocks(), *sim.connect_http2(), Http2Peer::Role::client);
  Http2Message& page = client->ask({});
  sim.run();
  origin_of(sim).send(
      "HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  sim.run();
  EXPECT_THAT(page.interim, ElementsAre(103));
  EXPECT_EQ(page.body, "ok");
  client.reset();
}

TEST(Expect, is_the_origins_to_answer) {
  Simulation sim(one_origin);
  keep_silent(sim);
  End* const client = sim.connect();
  client->send("PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n");
  sim.run();
  EXPECT_THAT(origin_of(sim).take(), HasSubstr("expect: 100-continue\r\n"));
  EXPECT_EQ(client->take(), "");
  origin_of(sim).send("HTTP/1.1 100 Continue\r\n\r\n");
  sim.run();
  EXPECT_EQ(client->take(), "HTTP/1.1 100 Continue\r\n\r\n");
  client->send("body");
  sim.run();
  EXPECT_EQ(origin_of(sim).take(), "body");
  origin_of(sim).send("HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n");
  sim.run();
  EXPECT_THAT(client->take(), StartsWith("HTTP/1.1 201"));
}

TEST(Expect, blames_the_origin_if_its_refusal_stops) {
  Simulation sim(one_origin);
  keep_silent(sim);
  End* const client = sim.connect();
  client->send("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n");
  sim.run();
  origin_of(sim).send("HTTP/1.1 401 Unauthorized\r\nContent-Length: 100\r\n\r\nsome");
  sim.advance(59s);
  EXPECT_TRUE(sim.done.empty());
  sim.advance(2s);
  ASSERT_EQ(sim.done.size(), 1U);
  EXPECT_EQ(sim.done[0].reason, "upstream:response_idle");
}

TEST(Expect, lets_the_origin_refuse_before_the_body_is_sent) {
  Simulation sim(one_origin);
  keep_silent(sim);
  End* const client = sim.connect();
  client->send("PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n");
  sim.run();
  origin_of(sim).send("HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n");
  sim.run();
  EXPECT_THAT(client->take(), AllOf(StartsWith("HTTP/1.1 401"), HasSubstr("connection: close")));
  EXPECT_TRUE(client->has_ended());
}

TEST(Expect, blames_the_origin_if_it_says_nothing) {
  Simulation sim(one_origin);
  keep_silent(sim);
  End* const client = sim.connect();
  client->send("PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n");
  sim.run();
  sim.advance(31s);
  EXPECT_THAT(client->take(), StartsWith("HTTP/1.1 504"));
}

}  // namespace
}  // namespace ravelin::testing
