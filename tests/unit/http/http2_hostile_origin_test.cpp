#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "http/http2/flood_budget.h"
#include "unit/http/http2_origin.h"

// HTTP/2's client role against origins that break the rules, waste, or send too much.

namespace ravelin::http::test {
namespace {

using frames::block;
using testing::EndsWith;
using testing::StartsWith;

constexpr std::int64_t protocol_error = 1, flow_control_error = 3, stream_closed = 5, frame_size_error = 6,
                       compression_error = 9, enhance_your_calm = 11;

struct Case {
  const char* name;
  std::string bytes;
  const char* method = "GET";
};
void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }

std::string with(frames::Fields more, int flags = frames::end_stream) {
  return frames::request(1, block({{":status", "200"}}) + block(more), flags);
}
std::string interim(const char* status, frames::Fields more = {}) {
  return frames::request(1, block({{":status", status}}) + block(more), 0);
}
std::string repeated(int times, const std::string& text) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

// RFC 9113 section 8.1.1: each ends its stream, and the connection goes on.
class Http2BadResponse : public testing::TestWithParam<Case> {};

TEST_P(Http2BadResponse, ends_its_stream_and_the_connection_goes_on) {
  for (const std::size_t piece : {16384, 1, 7}) {
    RawOrigin origin;
    origin.greet();
    Owner& owner = origin.request(GetParam().method);
    Owner& other = origin.request();
    EXPECT_TRUE(origin.answer(GetParam().bytes, piece));
    EXPECT_THAT(owner.log, EndsWith("reset upstream:bad_response|")) << "in pieces of " << piece;
    EXPECT_THAT(owner.log, testing::Not(testing::HasSubstr("end|")));
    EXPECT_EQ(owner.error.side, Side::upstream);
    EXPECT_EQ(owner.error.status, 502);
    EXPECT_FALSE(owner.error.is_retryable);
    EXPECT_FALSE(owner.error.message.empty());
    ASSERT_EQ(origin.sent(frames::rst_stream).size(), 1u);
    EXPECT_EQ(origin.sent(frames::rst_stream)[0].stream, 1u);
    EXPECT_TRUE(origin.answer(ok(3)));
    EXPECT_EQ(other.log, "200 none |end|closed|");
    EXPECT_TRUE(origin.sent(frames::goaway).empty());
    EXPECT_EQ(origin.codec->streams(), 0u);
    EXPECT_EQ(origin.pool.in_use(), 0u);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Responses, Http2BadResponse,
    testing::Values(
        Case{"no_status", response(1, {{"x", "y"}})}, Case{"empty_head", frames::request(1, "")},
        Case{"status_of_two_digits", response(1, {{":status", "20"}})},
        Case{"status_of_four_digits", response(1, {{":status", "2000"}})},
        Case{"status_with_sign", response(1, {{":status", "-20"}})},
        Case{"status_below_100", response(1, {{":status", "099"}})},
        Case{"status_above_599", response(1, {{":status", "600"}})},
        Case{"status_of_zeros", response(1, {{":status", "000"}})},
        Case{"two_statuses", response(1, {{":status", "200"}, {":status", "200"}})},
        Case{"status_after_field", response(1, {{"x", "y"}, {":status", "200"}})},
        Case{"request_pseudo_field", response(1, {{":status", "200"}, {":path", "/"}})},
        Case{"unknown_pseudo_field", response(1, {{":status", "200"}, {":x", "y"}})},
        Case{"switching_protocols", interim("101")}, Case{"interim_that_ends", response(1, {{":status", "103"}})},
        Case{"interim_with_length", interim("103", {{"content-length", "0"}})},
        Case{"body_after_interim", interim("103") + frames::body(1, "x")},
        Case{"endless_interim", repeated(11, interim("103"))},
        Case{"much_of_interim", repeated(5, interim("103", {{"x", std::string(15'000, 'x')}}))},
        Case{"upper_case_name", with({{"Upper", "1"}})}, Case{"blank_in_name", with({{"a b", "1"}})},
        Case{"empty_name", with({{"", "1"}})}, Case{"colon_in_name", with({{"a:b", "1"}})},
        Case{"line_end_in_value", with({{"x", "1\r\ny: 2"}})},
        Case{"nul_in_value", with({{"x", std::string_view("1\0", 2)}})},
        Case{"connection", with({{"connection", "close"}})}, Case{"keep_alive", with({{"keep-alive", "1"}})},
        Case{"upgrade", with({{"upgrade", "h2c"}})}, Case{"proxy_connection", with({{"proxy-connection", "close"}})},
        Case{"transfer_encoding", with({{"transfer-encoding", "chunked"}})}, Case{"te_other", with({{"te", "gzip"}})},
        Case{"two_lengths", with({{"content-length", "0"}, {"content-length", "0"}})},
        Case{"length_list", with({{"content-length", "0, 0"}})}, Case{"length_sign", with({{"content-length", "+0"}})},
        Case{"length_overflow", with({{"content-length", "18446744073709551616"}}, 0)},
        Case{"length_without_body", with({{"content-length", "1"}})},
        Case{"length_of_no_content", response(1, {{":status", "204"}, {"content-length", "1"}})},
        Case{"body_of_no_content", response(1, {{":status", "204"}}, 0) + frames::body(1, "x")},
        Case{"body_of_not_modified", response(1, {{":status", "304"}}, 0) + frames::body(1, "x")},
        Case{"body_for_head", with({{"content-length", "1"}}, 0) + frames::body(1, "x"), "HEAD"},
        Case{"body_too_long", with({{"content-length", "2"}}, 0) + frames::body(1, "abc")},
        Case{"body_too_short", with({{"content-length", "2"}}, 0) + frames::body(1, "a", frames::end_stream)},
        Case{"body_too_short_before_trailers",
             with({{"content-length", "2"}}, 0) + frames::body(1, "a") + response(1, {{"x", "y"}})},
        Case{"status_in_trailers", ok(1, 0) + response(1, {{":status", "200"}})},
        Case{"trailers_that_do_not_end", ok(1, 0) + response(1, {{"x", "y"}}, 0)},
        Case{"connection_in_trailers", ok(1, 0) + response(1, {{"connection", "x"}})},
        Case{"head_too_large", with({{"x", std::string(16'350, 'x')}})},
        Case{"too_many_fields",
             frames::request(1, block({{":status", "200"}}) + repeated(101, frames::field("x", "")))},
        Case{"too_many_fields_in_interim",
             frames::request(1, block({{":status", "103"}}) + repeated(101, frames::field("x", "")), 0)},
        Case{"too_many_trailers", ok(1, 0) + frames::request(1, repeated(101, frames::field("x", "")))},
        Case{"window_overflow", frames::open_window(1, 0x7fffffff)},
        Case{"bomb",
             frames::request(1, block({{":status", "200"}}) + frames::indexing_field("x", std::string(3900, 'x')) +
                                    repeated(5000, frames::indexed(62)))}),
    [](const auto& test) { return test.param.name; });

TEST(Http2HostileOrigin, may_fill_a_head_up_to_the_limit) {
  RawOrigin origin;
  origin.greet();
  Owner& owner = origin.request();
  ASSERT_TRUE(origin.answer(frames::request(1, block({{":status", "200"}}) + repeated(100, frames::field("x", "")))));
  EXPECT_TRUE(owner.is_closed);
  EXPECT_EQ(owner.response->fields.size(), 100u);
}

class Http2BadOrigin : public testing::TestWithParam<std::tuple<const char*, std::string, std::int64_t>> {};

// What ends the connection: one GOAWAY, every stream reset once, and not a byte read after it.
TEST_P(Http2BadOrigin, ends_the_connection) {
  const auto& [name, bytes, code] = GetParam();
  for (const std::size_t piece : {16384, 1, 5}) {
    RawOrigin origin;
    origin.greet();
    Owner& done = origin.request();
    Owner& running = origin.request();
    Owner& waiting = origin.request();
    Owner& headless = origin.open();
    ASSERT_TRUE(origin.answer(ok(1) + ok(3, 0)));
    (void)origin.answer(bytes + ok(5), piece);
    EXPECT_TRUE(done.is_closed);
    EXPECT_EQ(running.log, "200 streamed |reset upstream:bad_response|");
    EXPECT_EQ(waiting.log, "reset upstream:bad_response|");
    EXPECT_EQ(headless.log, "reset upstream:bad_response|");
    EXPECT_EQ(running.error.side, Side::upstream);
    EXPECT_EQ(origin.last_code(frames::goaway), code);
    EXPECT_EQ(origin.sent(frames::goaway).size(), 1u);
    EXPECT_TRUE(origin.codec->wants_close());
    EXPECT_FALSE(origin.codec->may_open());
    EXPECT_EQ(origin.codec->streams(), 0u);
    EXPECT_EQ(origin.codec->read_budget(), 0u);
    EXPECT_FALSE(origin.codec->receive(slice_of(origin.pool, ok(5))));
  }
}

INSTANTIATE_TEST_SUITE_P(
    Frames, Http2BadOrigin,
    testing::Values(
        std::tuple("push_promise", frames::frame(frames::push_promise, 4, 3, frames::number(2, 4)), protocol_error),
        std::tuple("head_of_a_stream_of_its_own", ok(2), protocol_error),
        std::tuple("head_of_an_idle_stream", ok(99), protocol_error),
        std::tuple("head_without_stream", ok(0), protocol_error), std::tuple("head_after_end", ok(1), stream_closed),
        std::tuple("data_after_end", frames::body(1, "x"), stream_closed),
        std::tuple("data_before_head", frames::body(5, "x"), protocol_error),
        std::tuple("end_before_head", frames::body(5, "", frames::end_stream), protocol_error),
        std::tuple("window_of_a_stream_of_zero", frames::open_window(5, 0), protocol_error),
        std::tuple("data_of_an_idle_stream", frames::body(99, "x"), protocol_error),
        std::tuple("data_without_stream", frames::body(0, "x"), protocol_error),
        std::tuple("reset_of_an_idle_stream", frames::reset(99), protocol_error),
        std::tuple("window_of_an_idle_stream", frames::open_window(99, 1), protocol_error),
        std::tuple("window_of_zero", frames::open_window(0, 0), protocol_error),
        std::tuple("window_overflow", frames::open_window(0, 0x7fffffff), flow_control_error),
        std::tuple("settings_that_allow_push", frames::frame(frames::settings, 0, 0, frames::setting(2, 1)),
                   protocol_error),
        std::tuple("settings_window_overflow", frames::frame(frames::settings, 0, 0, frames::setting(4, 0x80000000)),
                   flow_control_error),
        std::tuple("settings_overflow_a_window_that_was_opened",
                   frames::open_window(5, 0x7fffffff - 65535) +
                       frames::frame(frames::settings, 0, 0, frames::setting(4, 65536)),
                   flow_control_error),
        std::tuple("odd_settings", frames::frame(frames::settings, 0, 0, "x"), frame_size_error),
        std::tuple("short_ping", frames::frame(frames::ping, 0, 0, "x"), frame_size_error),
        std::tuple("goaway_of_its_own_stream", goaway(2), protocol_error),
        std::tuple("large_frame", frames::number(16385, 3) + frames::number(0, 6), frame_size_error),
        std::tuple("bad_hpack", frames::request(5, "\xff\xff\xff\xff\xff"), compression_error),
        std::tuple("continuation_alone", frames::frame(frames::continuation, 4, 5, "x"), protocol_error),
        std::tuple("interrupted_head", frames::frame(frames::headers, 0, 5, "") + frames::body(3, "x"), protocol_error),
        std::tuple("priority_without_stream", frames::frame(frames::priority, 0, 0, frames::number(1, 5)),
                   protocol_error),
        std::tuple("padding_longer_than_frame", frames::frame(frames::data, frames::padded, 3, "\x09xyz"),
                   protocol_error),
        std::tuple("client_preface", std::string(frames::magic), frame_size_error)),
    [](const auto& test) { return std::string(std::get<0>(test.param)); });

TEST(Http2HostileOrigin, must_begin_with_settings) {
  for (const std::string& bytes : {std::string("HTTP/1.1 400 Bad Request\r\n\r\n"), ok(1), frames::settings_ack(),
                                   frames::frame(frames::ping, 0, 0, "12345678")}) {
    RawOrigin origin;
    Owner& owner = origin.request();
    EXPECT_FALSE(origin.answer(bytes));
    EXPECT_EQ(owner.log, "reset upstream:bad_response|");
  }
}

TEST(Http2HostileOrigin, may_not_promise_before_it_has_acknowledged_that_it_may_not) {
  RawOrigin origin;
  Owner& owner = origin.request();
  EXPECT_FALSE(origin.answer(frames::frame(frames::settings, 0, 0) +
                             frames::frame(frames::push_promise, 4, 1, frames::number(2, 4))));
  EXPECT_EQ(owner.log, "reset upstream:bad_response|");
  EXPECT_EQ(origin.last_code(frames::goaway), protocol_error);
}

TEST(Http2HostileOrigin, may_not_use_a_stream_that_it_has_reset) {
  for (const std::string& bytes : {frames::body(1, "x"), ok(1)}) {
    RawOrigin origin;
    origin.greet();
    origin.request();
    EXPECT_FALSE(origin.answer(frames::reset(1) + bytes));
    EXPECT_EQ(origin.last_code(frames::goaway), stream_closed);
  }
}

TEST(Http2HostileOrigin, may_not_go_on_after_the_end_of_a_response) {
  for (const std::string& bytes : {frames::body(1, "x"), response(1, {{"x", "y"}})}) {
    RawOrigin origin;
    origin.greet();
    Owner& owner = origin.open();
    ClientRig::send_head(owner, "POST", BodyKind::streamed);
    EXPECT_FALSE(origin.answer(ok(1) + bytes));
    EXPECT_EQ(owner.log, "200 none |end|reset upstream:bad_response|");
    EXPECT_EQ(origin.last_code(frames::goaway), stream_closed);
  }
}

TEST(Http2HostileOrigin, may_not_take_its_goodbye_back) {
  RawOrigin origin;
  origin.greet();
  Owner& owner = origin.request();
  EXPECT_FALSE(origin.answer(goaway(1) + goaway(3)));
  EXPECT_EQ(origin.last_code(frames::goaway), protocol_error);
  EXPECT_EQ(owner.log, "reset upstream:bad_response|");
}

// A flood: `next` makes the bytes of its n-th round. It must end the connection after at most `most`.
struct Flood {
  const char* name;
  std::function<std::string(std::uint32_t)> next;
  std::uint32_t most;
};
void PrintTo(const Flood& flood, std::ostream* out) { *out << flood.name; }

class Http2FloodByOrigin : public testing::TestWithParam<Flood> {};

TEST_P(Http2FloodByOrigin, ends_the_connection_within_its_budget) {
  for (const std::size_t piece : {1, 16384}) {
    RawOrigin origin;
    origin.greet();
    Owner& owner = origin.request();
    ASSERT_TRUE(origin.answer(ok(1, 0)));
    std::uint32_t round = 1;
    while (round <= GetParam().most && origin.answer(GetParam().next(round), piece)) ++round;
    EXPECT_LE(round, GetParam().most);
    EXPECT_GE(round, GetParam().most / 2) << "too strict for honest origins";
    EXPECT_THAT(owner.log, EndsWith("|reset upstream:bad_response|")) << "in pieces of " << piece;
    EXPECT_THAT(owner.error.message, testing::HasSubstr("the upstream sent too many"));
    EXPECT_EQ(origin.last_code(frames::goaway), enhance_your_calm);
    EXPECT_TRUE(origin.codec->wants_close());
  }
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, Http2FloodByOrigin,
    testing::Values(
        Flood{"ping", [](auto) { return frames::frame(frames::ping, 0, 0, "12345678"); }, 501},
        Flood{"ping_answers", [](auto) { return frames::frame(frames::ping, frames::ack, 0, "12345678"); }, 501},
        Flood{"settings", [](auto) { return frames::frame(frames::settings, 0, 0, frames::setting(4, 70'000)); }, 101},
        Flood{"empty_data", [](auto) { return frames::body(1, ""); }, 201},
        Flood{"padding", [](auto) { return frames::frame(frames::data, frames::padded, 1, std::string(9, '\x08')); },
              201},
        Flood{"priority", [](auto) { return frames::frame(frames::priority, 0, 1, frames::number(0, 5)); }, 501},
        Flood{"window_of_the_connection", [](auto) { return frames::open_window(0, 1); }, 501},
        Flood{"window_of_a_stream", [](auto) { return frames::open_window(1, 1); }, 501},
        Flood{"unknown_frames", [](auto) { return frames::frame(0xbb, 0, 0, "x"); }, 501},
        Flood{"goaway", [](auto) { return goaway(1); }, 501}),
    [](const auto& test) { return test.param.name; });

TEST(Http2HostileOrigin, floods_with_continuation_in_vain) {
  RawOrigin origin;
  origin.greet();
  Owner& owner = origin.request();
  ASSERT_TRUE(origin.answer(frames::frame(frames::headers, 0, 1, block({{":status", "200"}}))));
  EXPECT_TRUE(origin.codec->is_reading_head());
  int sent = 0;
  while (sent < 20 && origin.answer(frames::frame(frames::continuation, 0, 1, frames::field("x", "y")))) ++sent;
  EXPECT_EQ(sent, 8);
  EXPECT_EQ(origin.last_code(frames::goaway), enhance_your_calm);
  EXPECT_EQ(owner.log, "reset upstream:bad_response|");
}

// Each bad response costs us a request: the connection is not worth keeping.
TEST(Http2HostileOrigin, is_left_when_it_answers_nothing_but_rubbish) {
  RawOrigin origin;
  origin.greet();
  std::uint32_t round = 0;
  while (round < 200 && origin.codec->may_open()) {
    origin.request();
    (void)origin.answer(response(2 * round++ + 1, {{":status", "600"}}));
  }
  EXPECT_EQ(round, 100u);
  EXPECT_EQ(origin.last_code(frames::goaway), enhance_your_calm);
}

TEST(Http2HostileOrigin, may_refuse_every_request_but_not_reset_what_is_gone) {
  RawOrigin origin;
  origin.greet();
  for (std::uint32_t i = 0; i < 2000; ++i) {
    Owner& owner = origin.request();
    ASSERT_TRUE(origin.answer(frames::reset(2 * i + 1, 7))) << i;
    EXPECT_TRUE(owner.error.is_retryable);
  }
  std::uint32_t round = 0;
  while (round < 2000 && origin.answer(frames::reset(1, 7))) ++round;
  EXPECT_LE(round, 1000u);
}

// A client that leaves is not the origin's fault: what was under way costs nothing, up to the windows.
TEST(Http2HostileOrigin, does_not_pay_for_what_was_under_way_when_we_left) {
  RawOrigin origin;
  origin.greet();
  for (std::uint32_t i = 0; i < 200; ++i) {
    const std::uint32_t id = 4 * i + 1;
    Owner& owner = origin.request();
    origin.request();  // or the connection would be given up for all that is taken back
    ASSERT_TRUE(origin.answer(ok(id, 0) + ok(id + 2)));
    owner.stream.reset(ResetCode::cancel);
    origin.flush();
    std::string late = frames::open_window(id, 1) + response(id, {{"x", "y"}});
    for (int n = 0; n < 640; ++n) late = frames::body(id, std::string(100, 'x')) + late;
    ASSERT_TRUE(origin.answer(late)) << i;
    EXPECT_EQ(owner.log, "200 streamed |");
  }
  int round = 0;
  while (round < 80'000 && origin.answer(frames::body(1, std::string(100, 'x')))) ++round;
  EXPECT_LE(round, 100 * 65535 / 100 + 1000) << "no more than the windows of all streams can be under way";
}

TEST(Http2HostileOrigin, costs_other_requests_no_more_than_its_going_away_would) {
  RawOrigin origin;
  origin.greet();
  Owner& unanswered = origin.request();
  Owner& begun = origin.request();
  ASSERT_TRUE(origin.answer(ok(3, 0)));
  origin.request();
  ASSERT_TRUE(origin.answer(ok(5)));
  EXPECT_FALSE(origin.answer(frames::body(5, "more")));
  EXPECT_EQ(unanswered.error.code, "upstream:bad_response");
  EXPECT_TRUE(unanswered.error.is_retryable);
  EXPECT_FALSE(begun.error.is_retryable);
}

// A client that goes away leaves as many.
TEST(Http2HostileOrigin, does_not_pay_for_what_was_under_way_on_many_streams_at_once) {
  RawOrigin origin;
  origin.greet();
  std::vector<Owner*> owners;
  for (std::uint32_t i = 0; i < 100; ++i) {
    owners.push_back(&origin.request());
    ASSERT_TRUE(origin.answer(ok(2 * i + 1, 0)));
  }
  for (Owner* const owner : owners) owner->stream.reset(ResetCode::cancel);
  origin.flush();
  for (int n = 0; n < 64; ++n)
    for (std::uint32_t i = 0; i < 100; ++i)
      ASSERT_TRUE(origin.answer(frames::body(2 * i + 1, std::string(1000, 'x')))) << n << ' ' << i;
}

TEST(Http2HostileOrigin, is_let_do_for_ever_what_busy_origins_do) {
  RawOrigin origin;
  origin.greet();
  for (std::uint32_t i = 0; i < 3000; ++i) {
    const std::uint32_t id = 2 * i + 1;
    Owner& owner = origin.open();
    ClientRig::send_head(owner, "POST", BodyKind::streamed);
    origin.send(owner, std::string(1000, 'x'), true);
    ASSERT_TRUE(origin.answer(frames::open_window(0, 1000) + frames::open_window(id, 1000) + ok(id, 0) +
                              frames::body(id, "abc", frames::end_stream)))
        << i;
    ASSERT_TRUE(owner.is_closed);
  }
}

// Which it must not send (RFC 9113 section 8.2.1), and many do.
TEST(Http2HostileOrigin, has_the_blanks_around_its_values_taken_away) {
  RawOrigin origin;
  Owner& owner = origin.request();
  ASSERT_TRUE(origin.answer(frames::frame(frames::settings, 0, 0) +
                            response(1, {{":status", "200"}, {"x", " 1 2\t"}, {"y", " "}}, 0) +
                            response(1, {{"grpc-status", " 0 "}})));
  EXPECT_EQ(owner.log, "200 streamed x=1 2;y=;|trailers grpc-status=0;|end|closed|");
}

TEST(Http2HostileOrigin, may_acknowledge_an_upload_bit_by_bit_but_not_more_than_was_sent) {
  RawOrigin origin;
  origin.greet();
  Owner& owner = origin.open();
  ClientRig::send_head(owner, "POST", BodyKind::streamed);
  origin.send(owner, std::string(8'000'000, 'x'), false);
  for (int i = 0; i < 1900; ++i)
    ASSERT_TRUE(origin.answer(frames::open_window(1, 4096) + frames::open_window(0, 4096))) << i;
  EXPECT_GT(owner.sent, 7'500'000u);
  int round = 0;
  while (round < 5000 && origin.answer(frames::open_window(0, 1))) ++round;
  EXPECT_LE(round, 8'000'000 / 1024 - 2 * 1900 + 500);
}

TEST(Http2HostileOrigin, cannot_make_the_heads_held_outgrow_what_it_sent) {
  RawOrigin origin;
  origin.greet();
  for (int i = 0; i < 99; ++i) origin.request();
  const std::string large = frames::indexing_field("x", std::string(3900, 'x'));
  std::string bytes = frames::request(1, block({{":status", "200"}}) + large, 0);
  for (std::uint32_t id = 3; id < 199; id += 2)
    bytes += frames::request(id, frames::indexed(8) + repeated(4, frames::indexed(62)), 0);
  ASSERT_TRUE(origin.answer(bytes));
  std::size_t held = 0;
  for (const auto& owner : origin.owners)
    if (!owner->is_gone()) held += owner->response->arena.used();
  EXPECT_LE(held, 64 * (bytes.size() + 4096));
  EXPECT_THAT(origin.owners.back()->log, EndsWith("reset upstream:bad_response|"));
}

}  // namespace
}  // namespace ravelin::http::test
