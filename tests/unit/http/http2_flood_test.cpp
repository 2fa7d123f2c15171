#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "http/http2/flood_budget.h"
#include "unit/http/http2_harness.h"

namespace ravelin::http {
namespace {

using http2::FloodBudget;
using http2::Waste;

constexpr std::int64_t enhance_your_calm = 11;

// A flood: `next` makes the bytes of its n-th round. It must end the connection after at most `most`.
struct Flood {
  const char* name;
  std::function<std::string(std::uint32_t)> next;
  std::uint32_t most;
};
void PrintTo(const Flood& flood, std::ostream* out) { *out << flood.name; }

std::uint32_t id(std::uint32_t round) { return 2 * round + 1; }

class Http2Flood : public testing::TestWithParam<Flood> {};

TEST_P(Http2Flood, ends_the_connection_within_its_budget) {
  for (const std::size_t piece : {std::size_t{1}, std::size_t{16384}}) {
    Http2Harness server;
    (void)server.receive(frames::preface() + frames::settings_ack() + frames::request(1, frames::post(), 0));
    std::uint32_t round = 1;
    while (round <= GetParam().most && server.receive(GetParam().next(round), piece)) ++round;
    EXPECT_LE(round, GetParam().most);
    EXPECT_GE(round, GetParam().most / 2) << "too strict for honest clients";
    EXPECT_EQ(server.failure, "http2:flood") << "in pieces of " << piece;
    EXPECT_EQ(server.last_code(frames::goaway), enhance_your_calm);
    EXPECT_EQ(server.codec->streams(), 0u);
    EXPECT_LE(server.most_running, Limits().streams);
    for (const auto& exchange : server.exchanges) EXPECT_EQ(exchange->endings, 1);
    EXPECT_TRUE(server.codec->wants_close());
  }
}

std::string rapid_reset(std::uint32_t round) {
  return frames::request(id(round), frames::get()) + frames::reset(id(round));
}
std::string overflow_window(std::uint32_t round) {
  return frames::request(id(round), frames::get()) + frames::open_window(id(round), 0x7fffffff);
}
std::string break_length(std::uint32_t round) {
  return frames::request(id(round), frames::post({{"content-length", "1"}}), 0) + frames::body(id(round), "ab");
}
std::string empty_fragments(std::uint32_t round) {
  std::string bytes = frames::frame(frames::headers, frames::end_stream, id(round), frames::get());
  for (int i = 0; i < 7; ++i) bytes += frames::frame(frames::continuation, 0, id(round));
  return bytes + frames::frame(frames::continuation, frames::end_headers, id(round)) + frames::reset(id(round));
}
std::string oversized_head(std::uint32_t round) {
  return frames::request(id(round), frames::get("/", {{"x", std::string(16200, 'x')}})) + frames::reset(id(round));
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, Http2Flood,
    testing::Values(
        Flood{"rapid_reset", rapid_reset, 251}, Flood{"made_you_reset_by_window", overflow_window, 101},
        Flood{"made_you_reset_by_length", break_length, 101},
        Flood{"malformed_heads", [](auto n) { return frames::request(id(n), frames::get("x")); }, 101},
        Flood{"ping", [](auto) { return frames::frame(frames::ping, 0, 0, "12345678"); }, 501},
        Flood{"ping_answers", [](auto) { return frames::frame(frames::ping, frames::ack, 0, "12345678"); }, 501},
        Flood{"settings", [](auto) { return frames::frame(frames::settings, 0, 0, frames::setting(4, 70'000)); }, 101},
        Flood{"empty_settings", [](auto) { return frames::frame(frames::settings, 0, 0); }, 101},
        Flood{"empty_data", [](auto) { return frames::body(1, ""); }, 201},
        Flood{"padding", [](auto) { return frames::frame(frames::data, frames::padded, 1, std::string(9, '\x08')); },
              201},
        Flood{"priority", [](auto n) { return frames::frame(frames::priority, 0, id(n), frames::number(0, 5)); }, 501},
        Flood{"window_of_the_connection", [](auto) { return frames::open_window(0, 1); }, 501},
        Flood{"window_of_a_stream", [](auto) { return frames::open_window(1, 1); }, 501},
        Flood{"unknown_frames", [](auto) { return frames::frame(0xbb, 0, 0, "x"); }, 501},
        Flood{"priority_updates", [](auto) { return frames::frame(0x10, 0, 0, frames::number(1, 4) + "u=1"); }, 501},
        Flood{"goaway", [](auto) { return frames::frame(frames::goaway, 0, 0, frames::number(0, 8)); }, 501},
        Flood{"empty_continuations", empty_fragments, 84}, Flood{"oversized_heads", oversized_head, 42}),
    [](const auto& test) { return test.param.name; });

// 64 KiB may be under way, in small frames as calls of gRPC have them; of smaller ones and more nobody knows.
TEST(Http2Flood, is_no_body_that_was_under_way_when_its_stream_was_cut) {
  Http2Harness server;
  (void)server.receive(frames::preface() + frames::settings_ack() + frames::request(1, frames::post(), 0));
  server[0].answer(200);
  std::uint32_t cut = 0;  // what the end of the request is waited for
  while (server.last_code(frames::rst_stream) < 0 && cut < 1000 &&
         server.receive(frames::body(1, std::string(100, 'x'))))
    ++cut;
  ASSERT_LT(cut, 1000u);
  std::uint32_t late = 0;
  while (late < 3000 && server.receive(frames::body(1, std::string(100, 'x')))) ++late;
  EXPECT_GT(late, 655u + 900u);
  EXPECT_LT(late, 655u + 1100u);
  EXPECT_EQ(server.failure, "http2:flood");
}

TEST(Http2Floods, of_continuation_in_one_head_end_the_connection) {
  Http2Harness server;
  (void)server.receive(frames::preface() + frames::frame(frames::headers, 0, 1, frames::get()));
  int sent = 0;
  while (sent < 20 && server.receive(frames::frame(frames::continuation, 0, 1, frames::field("x", "y")))) ++sent;
  EXPECT_EQ(sent, 8);
  EXPECT_EQ(server.last_code(frames::goaway), enhance_your_calm);
}

TEST(Http2Floods, of_streams_beyond_the_limit_are_refused_then_end_the_connection) {
  Http2Harness server;
  (void)server.receive(frames::preface());
  std::uint32_t round = 0;
  while (round < 1000 && server.receive(frames::request(id(round), frames::get()))) ++round;
  EXPECT_EQ(server.most_running, 100u);
  EXPECT_LT(round, 352u);
  EXPECT_EQ(server.failure, "http2:flood");
}

// Data dribble: a window opened byte by byte pays nothing back.
TEST(Http2Floods, of_tiny_windows_end_the_connection) {
  Http2Harness server;
  server.at_request = [](Exchange& exchange) { exchange.answer(200, std::string(100'000, 'x')); };
  (void)server.receive(frames::preface(frames::setting(4, 0)) + frames::request(1, frames::get()));
  int sent = 0;
  while (sent < 2000 && server.receive(frames::open_window(1, 1))) ++sent;
  EXPECT_LE(sent, 500);
  EXPECT_EQ(server.last_code(frames::goaway), enhance_your_calm);
}

// Whatever a peer resets, an owner knows before the next request arrives.
TEST(Http2Floods, never_run_more_requests_than_the_limit_on_streams) {
  Limits limits;
  limits.streams = 10;
  Http2Harness server(limits);
  (void)server.receive(frames::preface() + frames::settings_ack());
  std::string bytes;
  for (std::uint32_t i = 0; i < 100; ++i) bytes += rapid_reset(i);
  (void)server.receive(bytes, Block::size);
  EXPECT_EQ(server.exchanges.size(), 100u);
  EXPECT_EQ(server.most_running, 1u);
  EXPECT_EQ(server.codec->streams(), 0u);
}

TEST(Http2Floods, stop_the_reading_when_nobody_takes_the_answers) {
  Limits limits;
  limits.requests = 1'000'000;
  Http2Harness server(limits);
  server.is_producing = false;
  server.at_request = [](Exchange& exchange) { exchange.answer(404); };
  (void)server.receive(frames::preface());
  std::uint32_t round = 0;
  while (round < 10'000 && server.codec->read_budget() > 0)
    (void)server.receive(frames::request(id(round++), frames::get()));
  EXPECT_LT(round, 10'000u);
  const int wakes = server.wakes;
  server.produce();
  EXPECT_LT(server.output.size(), 100'000u);
  EXPECT_GT(server.wakes, wakes);
  EXPECT_GT(server.codec->read_budget(), 0u);
}

TEST(Http2Floods, are_not_seen_in_what_busy_clients_do) {
  Limits limits;
  limits.requests = 1'000'000;
  Http2Harness server(limits);
  server.at_request = [](Exchange& exchange) { exchange.answer(200, std::string(1000, 'x')); };
  (void)server.receive(frames::preface() + frames::open_window(0, 0x7fff0000 - 65535));
  for (std::uint32_t i = 0; i < 5000; ++i) {
    // Each request with a window of its own, a priority update and an acknowledgement by the byte.
    ASSERT_TRUE(server.receive(frames::request(id(i), frames::get()))) << i;
    ASSERT_TRUE(server.receive(frames::open_window(0, 1000) + frames::open_window(id(i), 1000) +
                               frames::frame(0x10, 0, 0, "xxxxx")))
        << i;
  }
  EXPECT_EQ(server.exchanges.size(), 5000u);
  for (std::uint32_t i = 5000; i < 8000; ++i) {  // every second one is thrown away
    server.at_request = [i](Exchange& exchange) {
      if (i % 2 == 0) exchange.answer(200, "x");
    };
    ASSERT_TRUE(server.receive(frames::request(id(i), frames::get()) + (i % 2 == 0 ? "" : frames::reset(id(i))))) << i;
  }
}

// Clients in Go read 4 KiB at a time and acknowledge each for the stream and the connection, all at once after a pause.
TEST(Http2Floods, are_not_seen_in_who_acknowledges_a_download_by_four_kib) {
  constexpr std::uint32_t window = 4 * 1024 * 1024;
  Http2Harness server;
  server.at_request = [](Exchange& exchange) { exchange.answer(200, std::string(4 * window, 'x')); };
  (void)server.receive(frames::preface(frames::setting(4, window)) + frames::open_window(0, window) +
                       frames::request(1, frames::get()));
  for (std::uint32_t i = 0; i < 4 * window / 4096; ++i)
    ASSERT_TRUE(server.receive(frames::open_window(0, 4096) + frames::open_window(1, 4096))) << i;
  EXPECT_EQ(server.exchanges[0]->sent, 4 * window);
}

const std::string measuring = frames::frame(frames::ping, 0, 0, "12345678");

// gRPC acknowledges each message, and measures its way.
TEST(Http2Floods, are_not_seen_in_who_acknowledges_each_of_many_small_messages) {
  for (const std::size_t size : {1U, 25U, 100U}) {
    Http2Harness server;
    server.at_request = [](Exchange& exchange) { exchange.start(200); };
    (void)server.receive(frames::preface() + frames::request(1, frames::post(), 0));
    for (int i = 0; i < 5000; ++i) {
      server.exchanges[0]->send(std::string(size, 'x'), false);
      server.produce();
      const auto all = static_cast<std::uint32_t>(size);
      const std::string of_stream = i % 100 == 0 ? frames::open_window(1, 100 * all) : "";
      ASSERT_TRUE(server.receive(frames::open_window(0, all) + measuring + of_stream)) << size << ", " << i;
    }
  }
}

TEST(Http2Floods, are_not_seen_in_pings_that_keep_a_silent_connection_alive) {
  Limits limits;
  limits.flood_points = 100;
  Http2Harness server(limits);
  (void)server.receive(frames::preface());
  for (int i = 0; i < 1000; ++i) {
    server.codec->pass_seconds(5);
    ASSERT_TRUE(server.receive(measuring)) << i;
  }
  server.codec->pass_seconds(100'000);
  int pings = 0;
  while (pings < 200 && server.receive(measuring)) ++pings;
  EXPECT_EQ(pings, 60 / 5 + 49);
}

// Calls that outlive their deadline, and maps that are moved about.
TEST(Http2Floods, are_not_seen_in_ten_resets_per_second) {
  Limits limits;
  limits.requests = 1'000'000;
  Http2Harness server(limits);
  (void)server.receive(frames::preface());
  std::uint32_t round = 0;
  for (int second = 0; second < 500; ++second) {
    server.codec->pass_seconds(1);
    for (int i = 0; i < 10; ++i) ASSERT_TRUE(server.receive(rapid_reset(round++))) << second;
  }
  server.codec->pass_seconds(100'000);
  const std::uint32_t before = round;
  while (round < 20'000 && server.receive(rapid_reset(round))) ++round;
  EXPECT_EQ(round - before, 100U + 250 - 1);
}

TEST(Http2Floods, have_the_budget_that_the_limits_give) {
  Limits limits;
  limits.flood_points = 200;
  Http2Harness server(limits);
  (void)server.receive(frames::preface() + frames::settings_ack());
  int pings = 0;
  while (pings < 200 && server.receive(frames::frame(frames::ping, frames::none, 0, "12345678"))) ++pings;
  EXPECT_EQ(pings, 99);
  EXPECT_EQ(server.failure, "http2:flood");
}

TEST(Http2FloodBudget, is_paid_back_by_work_but_not_beyond_its_capacity) {
  constexpr std::int32_t capacity = 1000;
  FloodBudget budget(capacity);
  budget.credit_received(1 << 20);
  EXPECT_EQ(budget.points(), capacity);
  for (int i = 0; i < 100; ++i) (void)budget.charge(Waste::ping);
  EXPECT_EQ(budget.points(), capacity - 200);
  for (int i = 0; i < 1023; ++i) budget.credit_received(1);
  EXPECT_EQ(budget.points(), capacity - 200);
  budget.credit_received(1);
  budget.credit_sent(15, false);
  budget.credit_sent(20'000, false);
  budget.credit_sent(1, true);
  budget.credit_exchange();
  EXPECT_EQ(budget.points(), capacity - 200 + 1 + 4 + 5 + 4);
  while (budget.charge(Waste::settings)) {
  }
  budget.credit_exchange();  // too late
  EXPECT_TRUE(budget.is_used_up());
  EXPECT_FALSE(budget.charge(Waste::ping));
  EXPECT_EQ(budget.cause(), "SETTINGS frames");
}

}  // namespace
}  // namespace ravelin::http
