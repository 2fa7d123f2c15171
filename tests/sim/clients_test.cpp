#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "support/frames.h"
#include "support/simulation.h"

namespace ravelin::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using namespace std::chrono_literals;

const std::string one_origin = R"(
upstreams: {origin: {endpoints: ["10.0.0.1:80"]}}
routes: [{match: {}, upstream: origin}]
)";

// Heads of HTTP/2 without TLS.
const std::string plain_get =
    frames::block({{":method", "GET"}, {":scheme", "http"}, {":authority", "a"}, {":path", "/"}});
const std::string plain_post =
    frames::block({{":method", "POST"}, {":scheme", "http"}, {":authority", "a"}, {":path", "/"}});

/// Keeps what the origin was sent, and answers it.
void keep_request(Simulation& sim, std::string& seen) {
  sim.on_origin = [&seen](End& origin, const std::string&) {
    origin.on_input = [&seen](End& end) {
      if (end.received().empty()) return;
      seen = end.take();
      end.send("HTTP/1.1 204 No Content\r\n\r\n");
    };
    return true;
  };
}

// RFC 9110 section 5.3: several lines of a list are one list.
TEST(Clients, are_found_and_passed_on_when_the_hops_stand_on_several_lines) {
  Simulation sim(R"(
client_identity: {trusted_proxies: [10.9.0.0/16], headers: [X-Forwarded-For]}
)" + one_origin);
  std::string seen;
  keep_request(sim, seen);
  sim.ask(
      "GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 198.51.100.7\r\nX-Forwarded-For:\r\n"
      "X-Forwarded-For: 203.0.113.9, 10.9.1.1\r\nX-Forwarded-For: 10.9.2.2\r\n\r\n",
      "10.9.0.1:5000");
  EXPECT_EQ(sim.done[0].client, "203.0.113.9");
  EXPECT_THAT(seen, HasSubstr("x-forwarded-for: 198.51.100.7, 203.0.113.9, 10.9.1.1, 10.9.2.2, 10.9.0.1\r\n"));
}

TEST(Clients, of_a_unix_socket_are_not_counted_as_one) {
  Simulation sim("limits: {connections_per_client: 2}\n" + one_origin);
  for (int i = 0; i < 3; ++i) EXPECT_NE(sim.connect("unix:/run/ravelin.sock"), nullptr);
  EXPECT_THAT(sim.refused, IsEmpty());
}

TEST(Clients, whose_http2_is_a_flood_are_counted_once) {
  Simulation sim(one_origin);
  End* const flooding = sim.connect_http2();
  std::string flood = frames::preface();
  for (int i = 0; i < 50'000; ++i) flood += frames::frame(frames::ping, frames::none, 0, "12345678");
  flooding->send(flood);
  sim.advance(3s);  // more than the linger after a close
  EXPECT_TRUE(flooding->has_ended());
  End* const honest = sim.connect_http2();
  honest->send(frames::preface());
  sim.run();
  honest->finish();
  sim.run();
  EXPECT_TRUE(honest->has_ended());
  EXPECT_THAT(sim.refused, ElementsAre("core http2:flood"));
}

TEST(Clients, whose_http2_requests_are_malformed_are_counted) {
  Simulation sim(one_origin);
  End* const client = sim.connect_http2();
  client->send(frames::preface() + frames::request(1, frames::get("/", {{"Upper", "x"}})) +
               frames::request(3, frames::get("/", {{"connection", "close"}})));
  sim.run();
  EXPECT_THAT(sim.refused, ElementsAre("core http2:malformed", "core http2:malformed"));
  client->finish();
  sim.run();
}

// What the gateway sent, frame by frame.
std::vector<frames::Frame> frames_for(End& client, int type) {
  std::vector<frames::Frame> found = frames::parse(client.received());
  std::erase_if(found, [&](const frames::Frame& frame) { return frame.type != type; });
  return found;
}

TEST(Clients, that_keep_their_windows_shut_are_let_go) {
  Simulation sim(one_origin);
  End* const client = sim.connect_http2();
  client->send(frames::preface(frames::setting(4, 0)) + frames::request(1, plain_get));
  sim.advance(14s);
  EXPECT_THAT(sim.done, IsEmpty());
  sim.advance(2s);
  ASSERT_THAT(sim.done, SizeIs(1));
  EXPECT_EQ(sim.done[0].reason, "client:response_idle");
  EXPECT_THAT(frames_for(*client, frames::rst_stream), SizeIs(1));
  EXPECT_THAT(frames_for(*client, frames::data), IsEmpty());
}

// An origin that sends 2 MB for each request.
void send_much(Simulation& sim) {
  sim.on_origin = [](End& origin, const std::string&) {
    origin.on_input = [](End& end) {
      if (!end.take().empty())
        end.send("HTTP/1.1 200 OK\r\nContent-Length: 2000000\r\n\r\n" + std::string(2'000'000, 'x'));
    };
    return true;
  };
}

// What has come to them they owe a window for, however slowly they take what is behind it.
TEST(Clients, that_keep_one_window_shut_are_let_go_though_they_read_another_response) {
  Simulation sim(one_origin);
  send_much(sim);
  End* const client = sim.connect_http2();
  client->send(frames::preface(frames::setting(4, 1000)) + frames::open_window(0, 4'000'000) +
               frames::request(1, plain_get));
  sim.run();
  client->stop_reading();
  client->send(frames::request(3, plain_get) + frames::open_window(3, 2'000'000));
  for (int i = 0; i < 4; ++i) {
    sim.advance(4s);
    client->read_on();
    client->stop_reading();
  }
  ASSERT_THAT(sim.done, SizeIs(1));
  EXPECT_EQ(sim.done[0].reason, "client:response_idle");
  EXPECT_EQ(sim.done[0].response_body_bytes, 1000u);
}

TEST(Clients, that_wait_for_a_more_urgent_response_are_borne) {
  Simulation sim(one_origin);
  send_much(sim);
  End* const client = sim.connect_http2();
  client->stop_reading();
  client->send(frames::preface(frames::setting(4, 4'000'000)) + frames::open_window(0, 4'000'000) +
               frames::request(1, plain_get + frames::field("priority", "u=0")) +
               frames::request(3, plain_get + frames::field("priority", "u=5")));
  for (int i = 0; i < 45; ++i) {
    sim.advance(4s);
    client->read_some(1000);
  }
  EXPECT_THAT(sim.done, IsEmpty());
}

// All is in the kernel, and both windows are shut until it has been read.
TEST(Clients, that_take_slowly_what_is_under_way_are_borne_until_they_stop) {
  Simulation sim(one_origin);
  send_much(sim);
  End* const client = sim.connect_http2();
  client->stop_reading();
  client->send(frames::preface(frames::setting(4, 30'000)) + frames::request(1, plain_get) +
               frames::request(3, plain_get));
  for (int i = 0; i < 25; ++i) {  // 10 s are longer than half of response_idle
    sim.advance(i % 2 == 0 ? 10s : 2s);
    client->read_some(1000);
  }
  EXPECT_THAT(sim.done, IsEmpty());
  sim.advance(7s);
  EXPECT_THAT(sim.done, IsEmpty());
  sim.advance(16s);
  ASSERT_THAT(sim.done, SizeIs(2));
  EXPECT_EQ(sim.done[0].reason, "client:response_idle");
}

TEST(Clients, that_read_the_end_of_a_response_slowly_get_it_before_their_connection_is_gone) {
  Simulation sim(one_origin);
  sim.on_origin = [](End& origin, const std::string&) {
    origin.on_input = [](End& end) {
      if (!end.take().empty()) end.send("HTTP/1.1 200 OK\r\nContent-Length: 50000\r\n\r\n" + std::string(50'000, 'x'));
    };
    return true;
  };
  const auto ask = [&] {
    End* const client = sim.connect();
    client->stop_reading();
    client->send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    return client;
  };
  End* const slow = ask();
  for (int i = 0; i < 20; ++i) {
    sim.advance(1s);
    EXPECT_EQ(sim.caps.total(), 1u) << i;
    slow->read_some(3000);
    if (slow->received().size() > 50'000) break;
  }
  EXPECT_THAT(slow->received(), EndsWith(std::string(50'000, 'x')));
  sim.advance(4s);
  EXPECT_EQ(sim.caps.total(), 0u);
  ask();  // and reads nothing
  sim.advance(7s);
  EXPECT_EQ(sim.caps.total(), 0u);
}

TEST(Clients, that_go_on_to_ask_for_what_they_do_not_read_lose_their_connection) {
  Simulation sim("limits: {flood_points: 200}\n" + one_origin);
  End* const client = sim.connect_http2();
  client->send(frames::preface(frames::setting(4, 0)));
  for (std::uint32_t i = 0; i < 4; ++i) {
    EXPECT_FALSE(client->has_ended());
    client->send(frames::request(2 * i + 1, plain_get));
    sim.advance(61s);
  }
  EXPECT_THAT(frames_for(*client, frames::goaway), SizeIs(1));
  sim.advance(3s);
  EXPECT_TRUE(client->has_ended());
  EXPECT_THAT(sim.refused, ElementsAre("core http2:flood"));
}

// What was taken back has gone from the origin before anything follows it.
TEST(Clients, that_take_back_all_they_asked_for_never_have_more_at_the_origin_than_they_may) {
  constexpr std::uint32_t most = 20;
  Simulation sim("limits: {streams_per_connection: 20}\n" + one_origin);
  std::vector<End*> asked;
  long most_at_once = 0;
  sim.on_origin = [&](End& origin, const std::string&) {
    origin.on_input = [&](End& end) {
      if (end.take().empty()) return;
      asked.push_back(&end);
      most_at_once = std::max(
          most_at_once, std::count_if(asked.begin(), asked.end(), [](const End* one) { return !one->has_ended(); }));
    };
    return true;
  };
  End* const client = sim.connect_http2();
  client->send(frames::preface());
  std::uint32_t stream = 1;
  for (int round = 0; round < 3; ++round) {
    std::string text;
    if (round > 0)
      for (std::uint32_t i = 0; i < most; ++i) text += frames::reset(stream - 2 * most + 2 * i);
    for (std::uint32_t i = 0; i < most; ++i, stream += 2) text += frames::request(stream, plain_get);
    client->send(text);
    sim.run();
  }
  EXPECT_EQ(asked.size(), 3 * most);
  EXPECT_EQ(most_at_once, most);
}

// Beyond limits.response_backlog there are 4 KiB for each stream, and what is taken still moves on.
TEST(Clients, that_read_none_of_many_responses_do_not_fill_a_window_for_each) {
  constexpr std::size_t length = 100'000, streams = 100, most = 256 * 1024;
  Simulation sim(one_origin);
  sim.on_origin = [](End& origin, const std::string&) {
    origin.on_input = [](End& end) {
      if (!end.take().empty()) end.send("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + std::string(length, 'x'));
    };
    return true;
  };
  End* const client = sim.connect_http2();
  client->send(frames::preface(frames::setting(4, 0)));
  for (std::uint32_t i = 0; i < streams; ++i) client->send(frames::request(2 * i + 1, plain_get));
  sim.run();
  const auto taken = [&] {
    std::size_t bytes = 0;
    for (const auto& [name, ends] : sim.origins)
      for (const End* const end : ends) bytes += length - std::min(length, end->unread());
    return bytes;
  };
  EXPECT_GT(taken(), most);
  EXPECT_LT(taken(), most + 64 * 1024 + streams * 4 * 1024);
  EXPECT_EQ(sim.full_backlogs, 1u);

  client->send(frames::open_window(199, length));
  client->send(frames::open_window(0, streams * length));
  sim.run();
  EXPECT_EQ(sim.done.size(), 1u);
  for (std::uint32_t i = 0; i < streams - 1; ++i) client->send(frames::open_window(2 * i + 1, length));
  sim.run();
  ASSERT_EQ(sim.done.size(), streams);
  for (const auto& done : sim.done) EXPECT_EQ(done.response_body_bytes, length);
}

/// An HTTP/2 client with a window of nothing, which takes `bytes` of a large response every ten seconds.
void read_slowly(Simulation& sim, std::uint32_t bytes, int times) {
  sim.on_origin = [](End& origin, const std::string&) {
    origin.on_input = [](End& end) {
      if (!end.take().empty()) end.send("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + std::string(100000, 'x'));
    };
    return true;
  };
  End* const client = sim.connect_http2();
  client->send(frames::preface(frames::setting(4, 0)) + frames::request(1, plain_get));
  for (int i = 0; i < times; ++i) {
    client->send(frames::open_window(1, bytes));
    sim.advance(10s);
  }
}

TEST(Clients, that_read_slower_than_response_min_rate_are_let_go) {
  Simulation sim("limits: {response_idle: 60s}\n" + one_origin);
  read_slowly(sim, 400, 11);
  EXPECT_THAT(sim.done, IsEmpty());
  sim.advance(11s);
  ASSERT_THAT(sim.done, SizeIs(1));
  EXPECT_EQ(sim.done[0].reason, "client:response_rate");
  EXPECT_EQ(sim.done[0].ended_by, "client");
}

TEST(Clients, that_read_slowly_but_fast_enough_are_served) {
  Simulation sim(one_origin);
  read_slowly(sim, 600, 60);
  EXPECT_THAT(sim.done, IsEmpty());
}

TEST(Clients, may_read_as_slowly_as_they_like_without_response_min_rate) {
  Simulation sim("limits: {response_min_rate: 0}\n" + one_origin);
  read_slowly(sim, 1, 60);
  EXPECT_THAT(sim.done, IsEmpty());
}

TEST(Clients, whose_http2_head_does_not_end_are_let_go) {
  Simulation sim(one_origin);
  End* const client = sim.connect_http2();
  client->send(frames::preface() + frames::frame(frames::headers, frames::none, 1, plain_get));
  for (int i = 0; i < 5; ++i) {
    sim.advance(2s);
    client->send(frames::frame(frames::continuation, frames::none, 1));
  }
  sim.advance(3s);
  EXPECT_THAT(frames_for(*client, frames::goaway), SizeIs(1));
  EXPECT_TRUE(client->has_ended());
  EXPECT_THAT(sim.done, IsEmpty());
}

TEST(Clients, whose_http2_body_is_too_slow_are_told_so) {
  Simulation sim(one_origin);
  End* const client = sim.connect_http2();
  client->send(frames::preface() +
               frames::request(1, plain_post + frames::field("content-length", "10"), frames::none) +
               frames::body(1, "some"));
  sim.advance(31s);
  ASSERT_THAT(sim.done, SizeIs(1));
  EXPECT_EQ(sim.done[0].reason, "client:body_rate");
  EXPECT_EQ(sim.done[0].status, 408);
}

// What the gateway says in answer does not make them busy.
TEST(Clients, that_only_ping_are_idle) {
  Simulation sim(one_origin);
  End* const client = sim.connect_http2();
  const auto ping = [&] {
    sim.advance(5s);
    client->send(frames::frame(frames::ping, frames::none, 0, "12345678"));
    sim.run();
  };
  client->send(frames::preface());
  ping();
  EXPECT_THAT(frames_for(*client, frames::goaway), SizeIs(0));
  ping();
  EXPECT_THAT(frames_for(*client, frames::goaway), SizeIs(1)) << "the first head is awaited for ten seconds";

  End* const other = sim.connect_http2();
  other->send(frames::preface() + frames::request(1, plain_get));
  sim.run();
  client->take();
  const auto ping_other = [&] {
    sim.advance(5s);
    other->send(frames::frame(frames::ping, frames::none, 0, "12345678"));
    sim.run();
  };
  for (int i = 0; i < 11; ++i) ping_other();
  EXPECT_THAT(frames_for(*other, frames::goaway), SizeIs(0));
  for (int i = 0; i < 2; ++i) ping_other();
  EXPECT_THAT(frames_for(*other, frames::goaway), SizeIs(1));
}

}  // namespace
}  // namespace ravelin::testing
