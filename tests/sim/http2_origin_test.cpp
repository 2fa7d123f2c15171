#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "support/frames.h"
#include "support/http2_peer.h"
#include "support/simulation.h"

namespace ravelin::testing {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Pair;
using ::testing::StartsWith;
using namespace std::chrono_literals;

const std::string http2_origin = R"(
upstreams: {origin: {endpoints: ["10.0.0.1:80"], protocol: h2}}
routes: [{match: {}, upstream: origin}]
)";

/// Http2Origins are the origin's ends, which keep requests until the test answers them.
class Http2Origins {
 public:
  explicit Http2Origins(Simulation& sim, const http::Limits& limits = {}) {
    sim.on_origin = [this, &sim, limits](End& end, const std::string&) {
      if (accepts_late) end.transport().delay_accept();
      peers.push_back(std::make_unique<Http2Peer>(sim.blocks(), end, Http2Peer::Role::server, limits));
      return true;
    };
  }
  std::size_t requests() const {
    std::size_t sum = 0;
    for (const auto& peer : peers) sum += peer->messages.size();
    return sum;
  }
  std::vector<std::unique_ptr<Http2Peer>> peers;
  bool accepts_late = false;
};

TEST(Http2Origin, answers_many_requests_over_one_connection) {
  std::unique_ptr<Http2Origins> origins;
  Simulation sim(http2_origin);
  origins = std::make_unique<Http2Origins>(sim);
  std::vector<End*> clients;
  for (int i = 0; i < 20; ++i) {
    clients.push_back(sim.connect());
    clients.back()->send("GET /" + std::to_string(i) + " HTTP/1.1\r\nHost: a\r\n\r\n");
  }
  sim.run();
  ASSERT_EQ(origins->peers.size(), 1U);
  Http2Peer& origin = *origins->peers[0];
  ASSERT_EQ(origin.messages.size(), 20U);
  for (std::size_t i = 20; i-- > 0;)
    origin.respond(*origin.messages[i], 200, "answer to " + std::string(origin.messages[i]->request->path));
  sim.run();
  for (int i = 0; i < 20; ++i) EXPECT_THAT(clients[i]->received(), HasSubstr("answer to /" + std::to_string(i)));
  EXPECT_EQ(sim.pools().connections(), 1U);
  origins.reset();
}

TEST(Http2Origin, is_dialled_once_while_the_first_connection_is_coming) {
  std::unique_ptr<Http2Origins> origins;
  Simulation sim(http2_origin);
  origins = std::make_unique<Http2Origins>(sim);
  origins->accepts_late = true;
  for (int i = 0; i < 5; ++i) sim.connect()->send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  sim.run();
  ASSERT_EQ(sim.origins["10.0.0.1:80"].size(), 1U);
  sim.origins["10.0.0.1:80"][0]->transport().accept();
  sim.run();
  EXPECT_EQ(origins->requests(), 5U);
  EXPECT_EQ(origins->peers.size(), 1U);
  origins.reset();
}

TEST(Http2Origin, gets_another_connection_when_it_allows_no_more_streams) {
  std::unique_ptr<Http2Origins> origins;
  Simulation sim(http2_origin);
  http::Limits two;
  two.streams = 2;
  origins = std::make_unique<Http2Origins>(sim, two);
  for (int i = 0; i < 5; ++i) {
    sim.connect()->send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    sim.run();  // its SETTINGS are known
  }
  EXPECT_EQ(origins->peers.size(), 3U);
  EXPECT_EQ(origins->requests(), 5U);
  origins.reset();
}

TEST(Http2Origin, gives_a_stream_that_is_free_to_who_has_waited_for_it) {
  std::unique_ptr<Http2Origins> origins;
  Simulation sim(http2_origin);
  http::Limits two;
  two.streams = 2;
  origins = std::make_unique<Http2Origins>(sim, two);
  const auto ask = [&](const std::string& path) {
    End* const client = sim.connect();
    client->send("GET /" + path + " HTTP/1.1\r\nHost: a\r\n\r\n");
    sim.run();
    return client;
  };
  ask("first");
  ask("second");
  origins->accepts_late = true;
  ask("third");
  ask("fourth");
  Http2Peer& origin = *origins->peers[0];
  ASSERT_EQ(origin.messages.size(), 2U);
  origin.respond(*origin.messages[0], 200, "");
  sim.run();
  ASSERT_EQ(origin.messages.size(), 3U) << "while the second is still worked on";
  EXPECT_EQ(origin.messages[2]->request->path, "/third");
  // The connection that was dialled for it fails: the fourth goes on waiting for a stream of the one that works.
  sim.origins["10.0.0.1:80"][1]->reset();
  sim.run();
  EXPECT_EQ(sim.done.size(), 1U);
  origin.respond(*origin.messages[1], 200, "");
  sim.run();
  ASSERT_EQ(origin.messages.size(), 4U);
  EXPECT_EQ(origin.messages[3]->request->path, "/fourth");
  origins.reset();
}

TEST(Http2Origin, is_dialled_again_for_who_waits_when_its_connection_goes) {
  std::unique_ptr<Http2Origins> origins;
  Simulation sim(http2_origin);
  http::Limits one;
  one.streams = 1;
  origins = std::make_unique<Http2Origins>(sim, one);
  for (const char* path : {"first", "second"}) {
    sim.connect()->send("GET /" + std::string(path) + " HTTP/1.1\r\nHost: a\r\n\r\n");
    sim.run();
    origins->accepts_late = true;
  }
  auto& ends = sim.origins["10.0.0.1:80"];
  ASSERT_EQ(ends.size(), 2U);
  ends[1]->reset();  // the second goes on waiting for a stream of the first
  sim.run();
  EXPECT_EQ(sim.done.size(), 0U);
  origins->accepts_late = false;
  ends[0]->reset();
  sim.run();
  ASSERT_GE(origins->peers.size(), 3U);
  EXPECT_GE(origins->peers[2]->messages.size(), 1U);
  origins.reset();
}

// The probe is a download whose end may be far.
TEST(Http2Origin, that_answers_a_probe_is_given_requests_at_once) {
  std::unique_ptr<Http2Origins> origins;
  Simulation sim(R"(
upstreams:
  origin: {endpoints: ["10.0.0.1:80", {address: "10.0.0.2:80", backup: true}], protocol: h2, retry: {attempts: 0}}
routes: [{match: {}, upstream: origin}]
)");
  origins = std::make_unique<Http2Origins>(sim);
  const auto ask = [&] {
    sim.connect()->send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    sim.run();
  };
  for (int i = 0; i < 3; ++i) {
    ask();
    sim.origins["10.0.0.1:80"].back()->reset();
    sim.run();
  }
  ask();
  ASSERT_EQ(sim.origins["10.0.0.2:80"].size(), 1U) << "it is avoided";
  sim.advance(10s);
  ask();  // the probe
  Http2Peer& probed = *origins->peers.back();
  ASSERT_EQ(probed.messages.size(), 1U);
  ask();
  EXPECT_EQ(probed.messages.size(), 1U) << "nothing is known yet";
  probed.send_head(*probed.messages[0], 200, false);
  sim.run();
  ask();
  EXPECT_EQ(probed.messages.size(), 2U);
  origins.reset();
}

// As gRPC servers do with connections that are old.
void expect_that_a_lost_connection_counts_once(void (*end)(End&)) {
  std::unique_ptr<Http2Origins> origins;
  Simulation sim(R"(
upstreams:
  origin: {endpoints: ["10.0.0.1:80", {address: "10.0.0.2:80", backup: true}], protocol: h2, retry: {attempts: 0}}
routes: [{match: {}, upstream: origin}]
)");
  origins = std::make_unique<Http2Origins>(sim);
  for (std::size_t round = 1; round <= 2; ++round) {
    for (int i = 0; i < 5; ++i) sim.connect()->send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    sim.run();
    ASSERT_EQ(sim.origins["10.0.0.1:80"].size(), round);
    end(*sim.origins["10.0.0.1:80"].back());
    sim.run();
    EXPECT_EQ(sim.done.size(), 5 * round);
  }
  EXPECT_TRUE(sim.origins["10.0.0.2:80"].empty());
  origins.reset();
}

TEST(Http2Origin, that_cuts_all_requests_of_a_connection_has_failed_once) {
  expect_that_a_lost_connection_counts_once([](End& origin) { origin.reset(); });
  expect_that_a_lost_connection_counts_once([](End& origin) { origin.finish(); });
  expect_that_a_lost_connection_counts_once([](End& origin) { origin.send("no frame of HTTP/2 that makes sense"); });
}

TEST(Http2Origin, that_says_goodbye_gets_its_next_request_on_a_new_connection) {
  std::unique_ptr<Http2Origins> origins;
  Simulation sim(http2_origin);
  origins = std::make_unique<Http2Origins>(sim);
  End* const first = sim.connect();
  first->send("GET /first HTTP/1.1\r\nHost: a\r\n\r\n");
  sim.run();
  origins->peers[0]->shut_down();
  sim.run();
  End* const second = sim.connect();
  second->send("GET /second HTTP/1.1\r\nHost: a\r\n\r\n");
  sim.run();
  ASSERT_EQ(origins->peers.size(), 2U);
  origins->peers[0]->respond(*origins->peers[0]->messages[0], 200, "one");
  origins->peers[1]->respond(*origins->peers[1]->messages[0], 200, "two");
  sim.run();
  EXPECT_THAT(first->received(), HasSubstr("one"));
  EXPECT_THAT(second->received(), HasSubstr("two"));
  origins.reset();
}

TEST(Http2Origin, that_refuses_a_stream_is_asked_again) {
  std::unique_ptr<Http2Origins> origins;
  Simulation sim(http2_origin);
  origins = std::make_unique<Http2Origins>(sim);
  End* const client = sim.connect();
  client->send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  sim.run();
  origins->peers[0]->reset(*origins->peers[0]->messages[0], http::ResetCode::refused);
  sim.run();
  ASSERT_EQ(origins->requests(), 2U);
  Http2Peer& last = *origins->peers.back();
  last.respond(*last.messages.back(), 200, "at last");
  sim.run();
  EXPECT_THAT(client->received(), HasSubstr("at last"));
  origins.reset();
}

// That the connection was used before says nothing of an answer to this request alone.
TEST(Http2Origin, that_resets_requests_on_a_connection_that_lives_is_asked_no_more_than_allowed) {
  std::unique_ptr<Http2Origins> origins;
  Simulation sim(R"(
upstreams: {origin: {endpoints: ["10.0.0.1:80", "10.0.0.2:80"], protocol: h2, retry: {attempts: 0}}}
routes: [{match: {}, upstream: origin}]
)");
  origins = std::make_unique<Http2Origins>(sim);
  for (int i = 0; i < 2; ++i) {
    sim.connect()->send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    sim.run();
    origins->peers[i]->respond(*origins->peers[i]->messages[0], 200, "warm");
    sim.run();
  }
  Http2Peer& bad = *origins->peers[0];
  for (int i = 0; i < 10; ++i) {
    const std::size_t before = bad.messages.size();
    sim.connect()->send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    sim.run();
    if (bad.messages.size() > before) bad.reset(*bad.messages.back(), http::ResetCode::internal_error);
    sim.run();
  }
  EXPECT_EQ(origins->requests(), 12U);
  EXPECT_EQ(origins->peers.size(), 2U);
  EXPECT_EQ(bad.messages.size(), 4U) << "three failures, and it is avoided";
  origins.reset();
}

// Each connection serves one, and the next is begun when that is known.
TEST(Http2Origin, is_waited_for_no_longer_than_connect_timeout_whoever_is_served_first) {
  std::unique_ptr<Http2Peer> origin;
  Simulation sim(http2_origin);
  sim.on_origin = [](End& end, const std::string&) {
    end.transport().delay_accept();
    return true;
  };
  std::vector<End*> clients;
  for (int i = 0; i < 3; ++i) {
    clients.push_back(sim.connect());
    clients.back()->send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  }
  sim.run();
  sim.advance(2900ms);
  End& end = *sim.origins["10.0.0.1:80"][0];
  end.transport().accept();
  http::Limits one;
  one.streams = 1;
  origin = std::make_unique<Http2Peer>(sim.blocks(), end, Http2Peer::Role::server, one);
  sim.run();
  EXPECT_EQ(origin->messages.size(), 1U);
  sim.advance(200ms);
  std::size_t refused = 0;
  for (End* const client : clients) refused += client->received().starts_with("HTTP/1.1 504") ? 1 : 0;
  EXPECT_EQ(refused, 2U);
  origin.reset();
}

TEST(Http2Origin, that_falls_silent_gets_its_next_request_on_a_new_connection) {
  std::unique_ptr<Http2Origins> origins;
  Simulation sim(http2_origin);
  origins = std::make_unique<Http2Origins>(sim);
  End* const client = sim.connect();
  client->send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  sim.run();
  sim.advance(31s);
  EXPECT_THAT(client->take(), StartsWith("HTTP/1.1 504"));
  client->send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  sim.run();
  ASSERT_EQ(origins->peers.size(), 2U);
  origins->peers[1]->respond(*origins->peers[1]->messages[0], 200, "here");
  sim.run();
  EXPECT_THAT(client->received(), HasSubstr("here"));
  origins.reset();
}

TEST(Http2Origin, that_allows_no_streams_keeps_nobody_waiting) {
  Simulation sim(http2_origin);
  sim.on_origin = [](End& end, const std::string&) {
    end.send(frames::frame(frames::settings, frames::none, 0, frames::setting(3, 0)));
    return true;
  };
  End* const client = sim.connect();
  client->send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  sim.run();
  sim.advance(31s);
  EXPECT_THAT(client->received(), StartsWith("HTTP/1.1 50"));
}

TEST(Http2Origin, is_given_the_window_of_the_limits) {
  std::string seen;
  Simulation sim("limits: {stream_window: 256k}\n" + http2_origin);
  sim.on_origin = [&seen](End& end, const std::string&) {
    end.on_input = [&seen](End& from) { seen += from.take(); };
    return true;
  };
  End* const client = sim.connect();
  client->send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  sim.run();
  EXPECT_THAT(seen, HasSubstr(frames::setting(4, 256 * 1024)));
}

// What they share is the connection to the origin; what each may leave unread is a window of its own.
TEST(Http2Origin, answers_those_who_read_though_many_others_do_not) {
  std::unique_ptr<Http2Origins> origins;
  Simulation sim(http2_origin);
  origins = std::make_unique<Http2Origins>(sim);
  std::vector<End*> deaf;
  for (int i = 0; i < 40; ++i) {
    deaf.push_back(sim.connect());
    deaf.back()->stop_reading();
    deaf.back()->send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  }
  sim.run();
  ASSERT_EQ(origins->peers.size(), 1U);
  Http2Peer& origin = *origins->peers[0];
  const std::string page(4 << 20, 'x');
  for (const auto& message : origin.messages) origin.respond(*message, 200, page);
  sim.run();
  End* const client = sim.connect();
  client->send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  sim.run();
  origin.respond(*origin.messages.back(), 200, std::string(300'000, 'y'));
  sim.run();
  EXPECT_EQ(origins->peers.size(), 1U);
  EXPECT_GT(client->received().size(), 300'000U);
  for (End* const one : deaf) one->reset();
  sim.run();
  origins.reset();
}

// The trailers wait behind what is coded in later turns, when the stream they came on is long gone.
TEST(Http2Origin, gives_trailers_behind_a_body_that_is_being_coded) {
  std::unique_ptr<Http2Origins> origins;
  std::unique_ptr<Http2Peer> client;
  Simulation sim(http2_origin + "compression: {codings: [gzip], types: [text/plain]}\n");
  origins = std::make_unique<Http2Origins>(sim);
  client = std::make_unique<Http2Peer>(sim.blocks(), *sim.connect_http2(), Http2Peer::Role::client);
  Http2Message& page = client->ask({.fields = {{"accept-encoding", "gzip"}}});
  sim.run();
  Http2Peer& origin = *origins->peers.at(0);
  Http2Message& served = *origin.messages.at(0);
  origin.send_head(served, 200, false, {{"content-type", "text/plain"}});
  origin.send_body(served, std::string(60'000, 'a'), false);
  origin.send_trailers(served, {{"x-sum", "7"}});
  sim.run();
  ASSERT_NE(page.response, nullptr);
  EXPECT_EQ(page.response->fields.find("content-encoding"), "gzip");
  EXPECT_THAT(page.trailers, ElementsAre(Pair("x-sum", "7")));
  EXPECT_TRUE(page.is_over);
  client.reset();
  origins.reset();
}

TEST(Http2Origin, fails_all_who_wait_when_its_connection_is_not_made) {
  Simulation sim(http2_origin);
  sim.on_origin = [](End&, const std::string&) { return false; };
  std::vector<End*> clients;
  for (int i = 0; i < 5; ++i) {
    clients.push_back(sim.connect());
    clients.back()->send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  }
  sim.run();
  for (End* const client : clients) EXPECT_THAT(client->received(), StartsWith("HTTP/1.1 502"));
}

// RFC 9110 sections 6.4.1 and 9.3.2, whatever the client speaks.
TEST(Http2Origin, answers_without_a_body_where_there_is_none) {
  std::unique_ptr<Http2Origins> origins;
  std::unique_ptr<Http2Peer> client;
  Simulation sim(http2_origin);
  origins = std::make_unique<Http2Origins>(sim);
  client = std::make_unique<Http2Peer>(sim.blocks(), *sim.connect_http2(), Http2Peer::Role::client);
  End* const old = sim.connect();
  sim.run();
  const struct {
    std::string method;
    int status;
    std::vector<std::pair<std::string, std::string>> fields;
  } cases[] = {{"HEAD", 200, {{"etag", "\"x\""}}}, {"GET", 204, {}}, {"GET", 304, {{"etag", "\"x\""}}}};
  for (const auto& one : cases) {
    Http2Message& asked = client->ask({.method = one.method});
    old->send(one.method + " / HTTP/1.1\r\nHost: a\r\n\r\n");
    sim.run();
    Http2Peer& origin = *origins->peers[0];
    for (std::size_t i = origin.messages.size() - 2; i < origin.messages.size(); ++i)
      origin.send_head(*origin.messages[i], one.status, true, one.fields);
    sim.run();
    ASSERT_NE(asked.response, nullptr);
    EXPECT_EQ(asked.response->status, one.status);
    EXPECT_TRUE(asked.is_over);
    EXPECT_EQ(asked.body, "");
    for (const auto& [name, value] : one.fields) EXPECT_EQ(asked.response->fields.find(name), value);
    const std::string answer = old->take();
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 " + std::to_string(one.status)));
    EXPECT_THAT(answer, EndsWith("\r\n\r\n"));
    for (const auto& [name, value] : one.fields) EXPECT_THAT(answer, HasSubstr(name + ": " + value + "\r\n"));
  }
  EXPECT_FALSE(old->has_ended());
  client.reset();
  origins.reset();
}

TEST(Http2Origin, answers_a_client_of_http10_until_the_close) {
  std::unique_ptr<Http2Origins> origins;
  Simulation sim(http2_origin);
  origins = std::make_unique<Http2Origins>(sim);
  End* const client = sim.connect();
  client->send("GET / HTTP/1.0\r\nHost: a\r\n\r\n");
  sim.run();
  origins->peers[0]->respond(*origins->peers[0]->messages.at(0), 200, "answer");
  sim.run();
  EXPECT_THAT(client->received(), StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(client->received(), EndsWith("\r\n\r\nanswer"));
  EXPECT_TRUE(client->has_ended());
  EXPECT_EQ(client->transport().error().code, "");
  origins.reset();
}

TEST(Http2Origin, is_asked_by_a_client_of_http2_whether_it_wants_the_body) {
  std::unique_ptr<Http2Origins> origins;
  std::unique_ptr<Http2Peer> client;
  Simulation sim(http2_origin);
  origins = std::make_unique<Http2Origins>(sim);
  client = std::make_unique<Http2Peer>(sim.blocks(), *sim.connect_http2(), Http2Peer::Role::client);
  sim.run();
  Http2Message& upload = client->ask({.method = "PUT", .fields = {{"expect", "100-continue"}}, .has_body = true});
  sim.run();
  Http2Peer& origin = *origins->peers[0];
  Http2Message& served = *origin.messages.at(0);
  EXPECT_TRUE(served.request->expects_continue);
  EXPECT_TRUE(upload.interim.empty());
  origin.send_head(served, 100, false);
  sim.run();
  EXPECT_THAT(upload.interim, ElementsAre(100));
  client->send_body(upload, "body", true);
  sim.run();
  EXPECT_EQ(served.body, "body");
  origin.respond(served, 201, "");
  sim.run();
  EXPECT_EQ(upload.response->status, 201);
  client.reset();
  origins.reset();
}

// Streams of one connection would be those of one client to it.
TEST(Http2Origin, that_is_told_the_client_has_a_connection_for_each) {
  std::unique_ptr<Http2Origins> origins;
  Simulation sim(R"(
upstreams: {origin: {endpoints: ["10.0.0.1:80"], protocol: h2, proxy_protocol: v2}}
routes: [{match: {}, upstream: origin}]
)");
  origins = std::make_unique<Http2Origins>(sim);
  for (const char* const address : {"192.0.2.1:1", "192.0.2.2:1", "192.0.2.1:2"})
    sim.connect(address)->send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  sim.run();
  EXPECT_EQ(origins->peers.size(), 3U);
  origins.reset();
}

// What comes of the request behind its answer must not be sent to a connection that is gone.
TEST(Http2Origin, that_has_answered_early_and_gone_gets_no_more_of_the_body) {
  std::unique_ptr<Http2Origins> origins;
  Simulation sim(http2_origin);
  origins = std::make_unique<Http2Origins>(sim);
  End* const client = sim.connect_http2();
  client->send(
      frames::preface(frames::setting(4, 0)) +
      frames::request(1, frames::block({{":method", "POST"}, {":scheme", "http"}, {":authority", "a"}, {":path", "/"}}),
                      frames::none) +
      frames::body(1, "one"));
  sim.run();
  origins->peers[0]->respond(*origins->peers[0]->messages.at(0), 200, "answer");
  sim.run();
  origins->peers[0]->shut_down();
  sim.advance(3s);
  EXPECT_EQ(sim.pools().connections(), 0U);
  client->send(frames::body(1, "two", frames::end_stream));
  sim.run();
  client->send(frames::open_window(1, 100));
  sim.run();
  EXPECT_THAT(client->received(), HasSubstr("answer"));
  EXPECT_EQ(origins->peers[0]->messages[0]->body, "one");
  EXPECT_EQ(sim.done.at(0).reason, "");
  client->finish();
  sim.run();
  origins.reset();
}

TEST(Http2Origin, gets_bodies_and_trailers_and_gives_them) {
  std::unique_ptr<Http2Origins> origins;
  std::unique_ptr<Http2Peer> client;
  Simulation sim(http2_origin);
  origins = std::make_unique<Http2Origins>(sim);
  client = std::make_unique<Http2Peer>(sim.blocks(), *sim.connect_http2(), Http2Peer::Role::client);
  sim.run();
  Http2Message& call = client->ask(
      {.method = "POST", .fields = {{"content-type", "application/grpc"}, {"te", "trailers"}}, .has_body = true});
  client->send_body(call, "question", false);
  client->send_trailers(call, {{"x-sum", "1"}});
  sim.run();
  ASSERT_EQ(origins->requests(), 1U);
  Http2Peer& origin = *origins->peers[0];
  Http2Message& served = *origin.messages[0];
  EXPECT_EQ(served.body, "question");
  EXPECT_THAT(served.trailers, ElementsAre(Pair("x-sum", "1")));
  origin.send_head(served, 200, false, {{"content-type", "application/grpc"}});
  origin.send_body(served, "answer", false);
  origin.send_trailers(served, {{"grpc-status", "0"}});
  sim.run();
  EXPECT_EQ(call.body, "answer");
  EXPECT_THAT(call.trailers, ElementsAre(Pair("grpc-status", "0")));
  EXPECT_TRUE(call.is_over);
  client.reset();
  origins.reset();
}

TEST(Http2Origin, keeps_its_idle_connection_as_others_do) {
  std::unique_ptr<Http2Origins> origins;
  Simulation sim(R"(
upstreams: {origin: {endpoints: ["10.0.0.1:80"], protocol: h2, keepalive: 0}}
routes: [{match: {}, upstream: origin}]
)");
  origins = std::make_unique<Http2Origins>(sim);
  sim.connect()->send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  sim.run();
  origins->peers[0]->respond(*origins->peers[0]->messages[0], 200, "x");
  sim.run();
  EXPECT_EQ(sim.pools().connections(), 0U);
  origins.reset();
}

/// Calls are requests with a body to an origin of HTTP/2, by a client of HTTP/2.
class Calls : public ::testing::Test {
 protected:
  void SetUp() override {
    origins = std::make_unique<Http2Origins>(sim);
    client = std::make_unique<Http2Peer>(sim.blocks(), *sim.connect_http2(), Http2Peer::Role::client);
    sim.run();
  }
  void TearDown() override {
    client.reset();
    origins.reset();
    sim.run();
  }

  Http2Message& call(std::string_view body, bool is_end = true) {
    Http2Message& message =
        client->ask({.method = "POST", .fields = {{"content-type", "application/grpc"}}, .has_body = true});
    client->send_body(message, body, is_end);
    sim.run();
    return message;
  }
  Http2Peer& origin() { return *origins->peers.back(); }
  Http2Message& served() { return *origin().messages.back(); }

  Simulation sim{R"(
upstreams: {origin: {endpoints: ["10.0.0.1:80"], protocol: h2}}
routes: [{match: {}, upstream: origin, body_idle: 45s, body_min_rate: 0}]
)"};
  std::unique_ptr<Http2Origins> origins;
  std::unique_ptr<Http2Peer> client;
};

// RFC 9113 section 8.7: whatever the method.
TEST_F(Calls, that_the_origin_has_not_looked_at_are_made_again) {
  Http2Message& question = call("question");
  origin().reset(served(), http::ResetCode::refused);
  sim.run();
  ASSERT_EQ(origins->requests(), 2U);
  EXPECT_EQ(served().body, "question");
  EXPECT_TRUE(served().has_ended);
  origin().respond(served(), 200, "answer");
  sim.run();
  EXPECT_EQ(question.body, "answer");
}

TEST_F(Calls, that_are_made_again_go_on_where_they_are) {
  Http2Message& question = call("ques", false);
  origin().reset(served(), http::ResetCode::refused);
  sim.run();
  client->send_body(question, "tion", true);
  sim.run();
  EXPECT_EQ(served().body, "question");
  EXPECT_TRUE(served().has_ended);
}

TEST_F(Calls, that_the_origin_may_have_looked_at_are_not_made_again) {
  Http2Message& question = call("question");
  origin().reset(served(), http::ResetCode::internal_error);
  sim.run();
  EXPECT_EQ(origins->requests(), 1U);
  ASSERT_NE(question.response, nullptr);
  EXPECT_EQ(question.response->fields.find("grpc-status"), "14");
}

TEST_F(Calls, of_which_too_much_was_sent_are_not_made_again) {
  Http2Message& question = call(std::string(17 * 1024, 'x'));
  origin().reset(served(), http::ResetCode::refused);
  sim.run();
  EXPECT_EQ(origins->requests(), 1U);
  ASSERT_NE(question.response, nullptr);
}

TEST_F(Calls, may_be_silent_once_both_sides_speak) {
  Http2Message& question = call("one", false);
  origin().send_head(served(), 200, false);
  origin().send_body(served(), "first", false);
  sim.advance(50min);
  client->send_body(question, "two", false);
  sim.advance(50min);
  origin().send_body(served(), "second", false);
  sim.advance(50min);
  EXPECT_EQ(served().body, "onetwo");
  EXPECT_EQ(question.body, "firstsecond");
  EXPECT_TRUE(sim.done.empty());
  sim.advance(11min);
  ASSERT_EQ(sim.done.size(), 1U);
  EXPECT_EQ(sim.done[0].reason, "client:body_idle");
  EXPECT_EQ(served().reset, "client:reset");
}

// An end without a byte of its own begins the origin's time all the same.
TEST_F(Calls, that_the_client_ends_late_give_the_origin_its_time) {
  Http2Message& question = call("one", false);
  origin().send_head(served(), 200, false);
  origin().send_body(served(), "first", false);
  sim.advance(119s);
  client->send_body(question, "", true);
  sim.advance(58s);
  EXPECT_TRUE(sim.done.empty());
  origin().send_body(served(), "last", true);
  sim.run();
  EXPECT_EQ(question.body, "firstlast");
  ASSERT_EQ(sim.done.size(), 1U);
  EXPECT_EQ(sim.done[0].reason, "");
}

TEST_F(Calls, whose_origin_takes_nothing_are_not_waited_for) {
  Http2Message& question = call("one", false);
  origin().send_head(served(), 200, false);
  sim.run();
  served().takes_nothing = true;
  client->send_body(question, std::string(128 * 1024, 'x'), false);
  sim.advance(50s);
  EXPECT_TRUE(sim.done.empty());
  sim.advance(80s);
  ASSERT_EQ(sim.done.size(), 1U);
  EXPECT_EQ(sim.done[0].reason, "upstream:response_idle");
}

TEST_F(Calls, may_speak_as_slowly_as_their_route_allows) {
  call("1", false);
  sim.advance(44s);
  EXPECT_TRUE(sim.done.empty());
  sim.advance(2s);
  ASSERT_EQ(sim.done.size(), 1U);
  EXPECT_EQ(sim.done[0].reason, "client:body_idle");
}

TEST_F(Calls, with_too_large_a_head_are_told_in_their_own_terms) {
  Http2Message& large = client->ask(
      {.method = "POST", .fields = {{"x-large", std::string(40 * 1024, 'x')}, {"content-type", "application/grpc"}}});
  sim.run();
  ASSERT_NE(large.response, nullptr);
  EXPECT_EQ(large.response->status, 200);
  EXPECT_EQ(large.response->fields.find("grpc-status"), "8");
}

// gRPC's own clients take any status but 200 for a fault of the network.
TEST(Grpc, is_told_in_its_own_terms_what_failed_here) {
  std::unique_ptr<Http2Peer> client;
  Simulation sim(R"(
upstreams: {origin: {endpoints: ["10.0.0.1:80"], protocol: h2}}
routes: [{match: {path_prefix: /here/}, upstream: origin}]
)");
  sim.on_origin = [](End&, const std::string&) { return false; };
  client = std::make_unique<Http2Peer>(sim.blocks(), *sim.connect_http2(), Http2Peer::Role::client);
  Http2Message& lost =
      client->ask({.method = "POST", .path = "/here/call", .fields = {{"content-type", "application/grpc+proto"}}});
  Http2Message& unknown =
      client->ask({.method = "POST", .path = "/there/call", .fields = {{"content-type", "application/grpc"}}});
  Http2Message& web =
      client->ask({.method = "POST", .path = "/there/call", .fields = {{"content-type", "application/grpc-web"}}});
  sim.run();
  ASSERT_TRUE(lost.response != nullptr && unknown.response != nullptr && web.response != nullptr);
  EXPECT_EQ(lost.response->status, 200);
  EXPECT_EQ(lost.response->fields.find("grpc-status"), "14");
  EXPECT_EQ(lost.response->fields.find("content-type"), "application/grpc");
  EXPECT_THAT(std::string(*lost.response->fields.find("grpc-message")), HasSubstr("upstream"));
  EXPECT_TRUE(lost.has_ended);
  EXPECT_EQ(unknown.response->fields.find("grpc-status"), "12");
  EXPECT_EQ(unknown.response->fields.find("cache-control"), "no-store");
  EXPECT_EQ(web.response->status, 404);
  EXPECT_EQ(sim.done.back().reason, "upstream:connect_refused");
  client.reset();
  // Who only says so would have 200 for each refusal, which caches may keep.
  EXPECT_THAT(sim.ask("GET /there HTTP/1.1\r\nHost: a\r\nContent-Type: application/grpc\r\n\r\n"),
              StartsWith("HTTP/1.1 404"));
}

}  // namespace
}  // namespace ravelin::testing
