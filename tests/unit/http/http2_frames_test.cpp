// One frame at a time: what RFC 9113 section 6 asks of each type, and section 5.5 of those nobody knows.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/http/http2_harness.h"

namespace ravelin::http {
namespace {

constexpr std::int64_t protocol_error = 1, flow_control_error = 3, frame_size_error = 6, compression_error = 9;
constexpr int reserved_flags = 0xd2;  // defined for no frame type

struct Fault {
  const char* name;
  std::string bytes;
  std::int64_t code;
};
void PrintTo(const Fault& fault, std::ostream* out) { *out << fault.name; }

class Http2Fault : public testing::TestWithParam<Fault> {};

// Stream 1 is open and has sent a part of its body.
TEST_P(Http2Fault, ends_the_connection) {
  for (const std::size_t piece : {std::size_t{16384}, std::size_t{1}}) {
    Http2Harness server;
    ASSERT_TRUE(server.receive(frames::preface() + frames::request(1, frames::post(), 0) + frames::body(1, "part")));
    EXPECT_FALSE(server.receive(GetParam().bytes + frames::request(9, frames::get("/after")), piece));
    EXPECT_EQ(server.last_code(frames::goaway), GetParam().code);
    EXPECT_EQ(server.exchanges.size(), 1u);
    EXPECT_EQ(server[0].endings, 1);
    EXPECT_TRUE(server.codec->wants_close());
  }
}

std::string with_reserved_bit(std::string frame) {
  frame[5] = static_cast<char>(0x80);
  return frame;
}

INSTANTIATE_TEST_SUITE_P(
    Frames, Http2Fault,
    testing::Values(
        // 6.2 HEADERS
        Fault{"headers_without_stream", frames::request(0, frames::get()), protocol_error},
        Fault{"headers_padding_too_long",
              frames::frame(frames::headers, frames::padded | frames::end_headers, 3, "\x7f" + frames::get()),
              protocol_error},
        Fault{"headers_within_headers_of_another_stream",
              frames::frame(frames::headers, 0, 3, frames::get()) + frames::request(5, frames::get()), protocol_error},
        // 6.3 PRIORITY, 6.4 RST_STREAM
        Fault{"short_priority", frames::frame(frames::priority, 0, 1, "1234"), frame_size_error},
        Fault{"reset_without_stream", frames::reset(0), protocol_error},
        Fault{"short_reset", frames::frame(frames::rst_stream, 0, 1, "123"), frame_size_error},
        Fault{"long_reset", frames::frame(frames::rst_stream, 0, 1, "12345"), frame_size_error},
        // 6.5 SETTINGS
        Fault{"settings_of_a_stream", frames::frame(frames::settings, 0, 1, frames::setting(4, 70'000)),
              protocol_error},
        Fault{"settings_ack_with_payload", frames::frame(frames::settings, frames::ack, 0, frames::setting(4, 70'000)),
              frame_size_error},
        Fault{"settings_push_of_two", frames::frame(frames::settings, 0, 0, frames::setting(2, 2)), protocol_error},
        Fault{"settings_small_frames", frames::frame(frames::settings, 0, 0, frames::setting(5, 16383)),
              protocol_error},
        Fault{"settings_huge_frames", frames::frame(frames::settings, 0, 0, frames::setting(5, 1 << 24)),
              protocol_error},
        // 6.7 PING, 6.8 GOAWAY
        Fault{"ping_of_a_stream", frames::frame(frames::ping, 0, 1, "12345678"), protocol_error},
        Fault{"long_ping", frames::frame(frames::ping, 0, 0, "123456789"), frame_size_error},
        Fault{"goaway_of_a_stream", frames::frame(frames::goaway, 0, 1, std::string(8, '\0')), protocol_error},
        // 6.9 WINDOW_UPDATE
        Fault{"window_opened_by_nothing", frames::open_window(1, 0), protocol_error},
        Fault{"short_window", frames::frame(frames::window_update, 0, 1, "123"), frame_size_error},
        Fault{"long_window", frames::frame(frames::window_update, 0, 0, "12345"), frame_size_error},
        Fault{"settings_overflow_a_window_that_was_opened",
              frames::open_window(1, 0x7fffffff - 65535) +
                  frames::frame(frames::settings, 0, 0, frames::setting(4, 65536)),
              flow_control_error},
        // 6.10 CONTINUATION
        Fault{"continuation_without_stream",
              frames::frame(frames::headers, 0, 3, frames::get()) +
                  frames::frame(frames::continuation, frames::end_headers, 0),
              protocol_error},
        Fault{"continuation_of_another_stream",
              frames::frame(frames::headers, 0, 3, frames::get()) +
                  frames::frame(frames::continuation, frames::end_headers, 1),
              protocol_error},
        Fault{"continuation_after_the_end_of_its_head", frames::frame(frames::continuation, frames::end_headers, 1),
              protocol_error},
        // 4.3 and RFC 7541
        Fault{"hpack_index_zero", frames::request(3, frames::get() + "\x80"), compression_error},
        Fault{"hpack_index_beyond_the_tables", frames::request(3, frames::get() + frames::indexed(70)),
              compression_error},
        Fault{"hpack_table_larger_than_allowed", frames::request(3, "\x3f\xe2\x1f" + frames::get()), compression_error},
        Fault{"hpack_table_size_behind_a_field", frames::request(3, frames::get() + "\x20"), compression_error},
        Fault{"hpack_text_cut_short", frames::request(3, frames::get() + std::string("\0\x05xy", 4)),
              compression_error},
        Fault{"hpack_huffman_padded_by_a_byte",
              frames::request(3, frames::get() + std::string("\0\x01x\x82\xf1\xff", 6)), compression_error},
        Fault{"hpack_huffman_padded_with_zeros", frames::request(3, frames::get() + std::string("\0\x01x\x81\xf0", 5)),
              compression_error},
        Fault{"hpack_huffman_end_of_string",
              frames::request(3, frames::get() + std::string("\0\x01x\x84\xff\xff\xff\xff", 8)), compression_error},
        Fault{"hpack_integer_that_overflows",
              frames::request(3, frames::get() + "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f"),
              compression_error}),
    [](const auto& test) { return test.param.name; });

// A stream error leaves the connection as it is.
class Http2StreamFault : public testing::TestWithParam<Fault> {};

TEST_P(Http2StreamFault, resets_its_stream_only) {
  for (const std::size_t piece : {std::size_t{16384}, std::size_t{1}}) {
    Http2Harness server;
    ASSERT_TRUE(server.receive(frames::preface() + frames::request(1, frames::post(), 0)));
    ASSERT_TRUE(server.receive(GetParam().bytes + frames::request(9, frames::get("/after")), piece));
    ASSERT_EQ(server.last_code(frames::rst_stream), GetParam().code);
    EXPECT_EQ(server.sent(frames::rst_stream).back().stream, 1u);
    EXPECT_TRUE(server.sent(frames::goaway).empty());
    EXPECT_EQ(server.log(), "request POST /|reset http2:malformed\nrequest GET /after|end 0\n");
  }
}

INSTANTIATE_TEST_SUITE_P(Frames, Http2StreamFault,
                         testing::Values(Fault{"window_overflow", frames::open_window(1, 0x7fffffff),
                                               flow_control_error}),
                         [](const auto& test) { return test.param.name; });

TEST(Http2Frames, of_unknown_types_and_with_unknown_flags_are_ignored) {
  Http2Harness server;
  ASSERT_TRUE(server.receive(
      frames::preface() + frames::frame(0x42, 0xff, 0, "x") + with_reserved_bit(frames::frame(0xfe, 0, 5, "y")) +
      with_reserved_bit(
          frames::frame(frames::headers, reserved_flags | frames::end_headers | frames::end_stream, 1, frames::get())) +
      frames::frame(frames::ping, reserved_flags, 0, "12345678")));
  EXPECT_EQ(server.log(), "request GET /|end 0\n");
  EXPECT_TRUE(server.sent(frames::goaway).empty());
}

TEST(Http2Frames, of_the_largest_allowed_size_are_taken) {
  Http2Harness server;
  ASSERT_TRUE(server.receive(frames::preface() + frames::request(1, frames::post(), 0) +
                             frames::body(1, std::string(16384, 'x'), frames::end_stream)));
  EXPECT_EQ(server.log(), "request POST /|end 16384\n");
}

TEST(Http2Frames, sent_are_no_larger_than_the_peer_has_allowed_and_have_no_flags_of_their_own) {
  Http2Harness server;
  ASSERT_TRUE(server.receive(frames::preface(frames::setting(4, 1 << 20)) + frames::open_window(0, 1 << 20) +
                             frames::request(1, frames::get())));
  server[0].answer(200, std::string(100'000, 'x'));
  server.produce();
  for (const auto& frame : server.sent()) {
    EXPECT_LE(frame.payload.size(), 16384u);
    EXPECT_EQ(frame.flags & (reserved_flags | frames::padded | frames::with_priority), 0) << frame.type;
  }
  EXPECT_TRUE(server.sent(frames::data).back().is_end());
}

TEST(Http2Settings, are_sent_first_and_acknowledged_in_turn) {
  Http2Harness server;
  ASSERT_TRUE(server.receive(frames::preface() + frames::frame(frames::settings, 0, 0, frames::setting(4, 70'000))));
  const auto sent = server.sent();
  ASSERT_FALSE(sent.empty());
  EXPECT_EQ(sent.front().type, frames::settings);
  EXPECT_EQ(sent.front().flags, 0);
  int acknowledged = 0;
  for (const auto& frame : server.sent(frames::settings)) acknowledged += frame.flags == frames::ack ? 1 : 0;
  EXPECT_EQ(acknowledged, 2);
}

TEST(Http2Settings, that_are_unknown_are_ignored_and_the_last_of_one_counts) {
  Http2Harness server;
  ASSERT_TRUE(
      server.receive(frames::preface(frames::setting(0x7a7a, 5) + frames::setting(4, 1) + frames::setting(4, 10)) +
                     frames::request(1, frames::get())));
  server[0].answer(200, std::string(30, 'x'));
  server.produce();
  EXPECT_EQ(server[0].sent, 10u);
}

// The window may become negative: all that was sent counts (RFC 9113 section 6.9.2).
TEST(Http2Settings, move_the_windows_of_open_streams) {
  Http2Harness server;
  ASSERT_TRUE(server.receive(frames::preface(frames::setting(4, 100)) + frames::request(1, frames::get())));
  server[0].answer(200, std::string(200, 'x'));
  server.produce();
  EXPECT_EQ(server[0].sent, 100u);
  ASSERT_TRUE(server.receive(frames::frame(frames::settings, 0, 0, frames::setting(4, 40))));
  ASSERT_TRUE(server.receive(frames::open_window(1, 60)));
  EXPECT_EQ(server[0].sent, 100u) << "the window is 0";
  ASSERT_TRUE(server.receive(frames::open_window(1, 1)));
  EXPECT_EQ(server[0].sent, 101u);
  ASSERT_TRUE(server.receive(frames::frame(frames::settings, 0, 0, frames::setting(4, 139))));
  EXPECT_EQ(server[0].sent, 200u);
}

TEST(Http2Ping, is_answered_with_what_it_said_and_an_answer_is_not) {
  Http2Harness server;
  ASSERT_TRUE(server.receive(frames::preface() + frames::frame(frames::ping, 0, 0, "8 bytes!") +
                             frames::frame(frames::ping, frames::ack, 0, "answered")));
  const auto pings = server.sent(frames::ping);
  ASSERT_EQ(pings.size(), 1u);
  EXPECT_EQ(pings[0].flags, frames::ack);
  EXPECT_EQ(pings[0].payload, "8 bytes!");
}

// RFC 9113 sections 5.1, 5.4.2 and 6.4.
TEST(Http2Reset, is_not_answered_by_another_and_nothing_follows_it) {
  Http2Harness server;
  ASSERT_TRUE(
      server.receive(frames::preface() + frames::request(1, frames::get()) + frames::request(3, frames::get())));
  server[0].start(200);
  ASSERT_TRUE(server.receive(frames::reset(1) + frames::reset(1)));
  server[0].send("late", true);
  server[1].answer(200, "in time");
  server.produce();
  EXPECT_TRUE(server.sent(frames::rst_stream).empty());
  for (const auto& frame : server.sent(frames::data)) EXPECT_EQ(frame.stream, 3u);
}

TEST(Http2Reset, with_an_unknown_code_is_a_reset) {
  Http2Harness server;
  ASSERT_TRUE(server.receive(frames::preface() + frames::request(1, frames::get()) + frames::reset(1, 0xabcdef) +
                             frames::request(3, frames::get())));
  EXPECT_EQ(server.log(), "request GET /|end 0|reset client:reset\nrequest GET /|end 0\n");
}

// What a client sent before it saw our reset is no fault, and counts for the connection's window.
TEST(Http2Reset, of_ours_bears_what_was_under_way) {
  Http2Harness server;
  ASSERT_TRUE(server.receive(frames::preface() + frames::request(1, frames::post(), 0)));
  server[0].stream.reset(ResetCode::cancel);
  server.produce();
  ASSERT_TRUE(server.receive(frames::body(1, std::string(1000, 'x')) + frames::open_window(1, 1) +
                             frames::request(1, frames::block({{"x-trailer", "1"}})) +
                             frames::request(3, frames::get())));
  EXPECT_TRUE(server.sent(frames::goaway).empty());
  EXPECT_EQ(server.exchanges.size(), 2u);
}

// The decoder goes through what is refused, or the next head would be read with the wrong table.
TEST(Http2Hpack, keeps_its_state_over_heads_that_are_dropped) {
  Http2Harness server;
  ASSERT_TRUE(server.receive(frames::preface() +
                             frames::request(1, frames::get("x") + frames::indexing_field("x-kept", "value")) +
                             frames::request(3, frames::get() + frames::indexed(62))));
  ASSERT_EQ(server.exchanges.size(), 1u) << "the first was malformed";
  EXPECT_EQ(server[0].field("x-kept"), "value");
}

TEST(Http2Hpack, takes_a_smaller_table_and_forgets_what_was_in_it) {
  Http2Harness server;
  ASSERT_TRUE(server.receive(frames::preface() + frames::request(1, frames::get() + frames::indexing_field("x", "y")) +
                             frames::request(3, "\x20" + frames::get())));
  EXPECT_EQ(server.exchanges.size(), 2u);
  EXPECT_FALSE(server.receive(frames::request(5, frames::get() + frames::indexed(62))));
  EXPECT_EQ(server.last_code(frames::goaway), compression_error);
}

// RFC 9113 section 4.3.1: our encoder says at once that it uses no table larger than the peer's.
TEST(Http2Hpack, shrinks_our_table_when_the_peer_asks_for_it) {
  Http2Harness server;
  ASSERT_TRUE(server.receive(frames::preface(frames::setting(1, 0)) + frames::request(1, frames::get()) +
                             frames::request(3, frames::get())));
  server[0].answer(200);
  server[1].answer(200);
  server.produce();
  const auto heads = server.sent(frames::headers);
  ASSERT_EQ(heads.size(), 2u);
  EXPECT_EQ(heads[0].payload.front(), '\x20') << "a table of no bytes";
  EXPECT_EQ(heads[0].payload.substr(1), heads[1].payload) << "nothing is kept in it";
}

// RFC 9113 section 8.7: what was refused as not processed was not.
TEST(Http2Refusal, says_unprocessed_only_of_streams_that_nobody_has_seen) {
  Limits limits;
  limits.streams = 2;
  Http2Harness server(limits);
  ASSERT_TRUE(server.receive(frames::preface() + frames::request(1, frames::post(), 0) +
                             frames::request(3, frames::post(), 0) + frames::request(5, frames::get("/third"))));
  constexpr std::int64_t refused_stream = 7;
  EXPECT_EQ(server.last_code(frames::rst_stream), refused_stream);
  EXPECT_EQ(server.sent(frames::rst_stream).back().stream, 5u);
  EXPECT_EQ(server.exchanges.size(), 2u);
}

}  // namespace
}  // namespace ravelin::http
