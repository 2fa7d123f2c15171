#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "http/http2/fields_out.h"
#include "http/http2/stream_state.h"
#include "unit/http/http2_harness.h"

namespace ravelin::http {
namespace {

using frames::block;

constexpr std::int64_t protocol_error = 1, flow_control_error = 3, stream_closed = 5, frame_size_error = 6,
                       refused_stream = 7, compression_error = 9, enhance_your_calm = 11;

struct Case {
  const char* name;
  std::string head;
};
void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }

std::string with(frames::Fields more) { return frames::get("/", more); }

// RFC 9113 section 8.1.1: each is a stream error before anybody has seen a request.
class Http2Malformed : public testing::TestWithParam<Case> {};

TEST_P(Http2Malformed, head_is_reset_and_the_connection_goes_on) {
  Http2Harness server;
  (void)server.receive(frames::preface());
  for (const std::size_t piece : {std::size_t{16384}, std::size_t{1}}) {
    const std::uint32_t id = piece == 1 ? 5 : 1;
    EXPECT_TRUE(server.receive(frames::request(id, GetParam().head), piece));
    EXPECT_TRUE(server.exchanges.empty()) << server.log();
    ASSERT_EQ(server.last_code(frames::rst_stream), protocol_error);
    EXPECT_EQ(server.sent(frames::rst_stream).back().stream, id);
  }
  EXPECT_TRUE(server.receive(frames::request(7, frames::get())));
  EXPECT_EQ(server.log(), "request GET /|end 0\n");
  EXPECT_TRUE(server.sent(frames::goaway).empty());
}

INSTANTIATE_TEST_SUITE_P(
    Heads, Http2Malformed,
    testing::Values(
        Case{"no_method", block({{":scheme", "https"}, {":authority", "a"}, {":path", "/"}})},
        Case{"no_scheme", block({{":method", "GET"}, {":authority", "a"}, {":path", "/"}})},
        Case{"no_path", block({{":method", "GET"}, {":scheme", "https"}, {":authority", "a"}})},
        Case{"no_authority", block({{":method", "GET"}, {":scheme", "https"}, {":path", "/"}})},
        Case{"empty_path", block({{":method", "GET"}, {":scheme", "https"}, {":authority", "a"}, {":path", ""}})},
        Case{"empty_authority", block({{":method", "GET"}, {":scheme", "https"}, {":authority", ""}, {":path", "/"}})},
        Case{"two_paths", frames::get() + block({{":path", "/2"}})},
        Case{"two_schemes", frames::get() + block({{":scheme", "https"}})},
        Case{"two_authorities", frames::get() + block({{":authority", "b"}})},
        Case{"empty_method", block({{":method", ""}, {":scheme", "https"}, {":authority", "a"}, {":path", "/"}})},
        Case{"empty_scheme", block({{":method", "GET"}, {":scheme", ""}, {":authority", "a"}, {":path", "/"}})},
        Case{"blank_authority", block({{":method", "GET"}, {":scheme", "https"}, {":authority", " "}, {":path", "/"}})},
        Case{"connect_without_authority", block({{":method", "CONNECT"}})},
        Case{"connect_with_scheme", block({{":method", "CONNECT"}, {":authority", "a:1"}, {":scheme", "https"}})},
        Case{"connect_said_last", block({{":scheme", "https"}, {":authority", "a:1"}, {":method", "CONNECT"}})},
        Case{"asterisk_and_more", frames::get("*x")},
        Case{"pseudo_field_of_one_colon", block({{":", "x"}}) + frames::get()},
        Case{"upper_case_pseudo_field", block({{":Path", "/"}}) + frames::get()},
        Case{"two_methods", block({{":method", "GET"}}) + frames::get()}, Case{"status", with({{":status", "200"}})},
        Case{"unknown_pseudo", block({{":x", "1"}}) + frames::get()},
        Case{"protocol_without_connect", block({{":protocol", "websocket"}}) + frames::get()},
        Case{"two_protocols", block({{":method", "CONNECT"},
                                     {":protocol", "websocket"},
                                     {":protocol", "websocket"},
                                     {":scheme", "https"},
                                     {":authority", "a"},
                                     {":path", "/"}})},
        Case{"extended_connect_without_authority", block({{":method", "CONNECT"},
                                                          {":protocol", "websocket"},
                                                          {":scheme", "https"},
                                                          {":path", "/"},
                                                          {"host", "a"}})},
        Case{"extended_connect_without_path",
             block({{":method", "CONNECT"}, {":protocol", "websocket"}, {":scheme", "https"}, {":authority", "a"}})},
        Case{"pseudo_after_field",
             block({{":method", "GET"}, {":scheme", "https"}, {"x", "y"}, {":path", "/"}, {":authority", "a"}})},
        Case{"asterisk_for_get", frames::get("*")}, Case{"path_without_slash", frames::get("x")},
        Case{"connect_with_path", block({{":method", "CONNECT"}, {":authority", "a:1"}, {":path", "/"}})},
        Case{"upper_case_name", with({{"X-Upper", "1"}})}, Case{"blank_in_name", with({{"a b", "1"}})},
        Case{"byte_above_ascii_in_name", with({{"na\xc3\xafve", "1"}})},
        Case{"control_in_name", with({{"a\x01", "1"}})}, Case{"colon_in_name", with({{"a:b", "1"}})},
        Case{"empty_name", with({{"", "1"}})}, Case{"line_end_in_value", with({{"x", "1\r\ny: 2"}})},
        Case{"nul_in_name", with({{std::string_view("a\0b", 3), "1"}})},
        Case{"letter_of_8_bits_in_name", with({{"a\xe4", "1"}})}, Case{"delete_in_value", with({{"x", "a\x7f"}})},
        Case{"escape_in_value", with({{"x", "12345678\x1b"}})}, Case{"delete_in_path", frames::get("/\x7f")},
        Case{"empty_host", block({{":method", "GET"}, {":scheme", "https"}, {":path", "/"}, {"host", ""}})},
        Case{"nul_in_value", with({{"x", std::string_view("1\0", 2)}})},
        Case{"blank_before_value", with({{"x", " 1"}})}, Case{"blank_after_value", with({{"x", "1\t"}})},
        Case{"line_end_in_method",
             block({{":method", "GET / HTTP/1.1\r\nx: y"}, {":scheme", "https"}, {":authority", "a"}, {":path", "/"}})},
        Case{"blank_in_path", frames::get("/a b")}, Case{"line_end_in_path", frames::get("/\r\nx:y")},
        Case{"connection", with({{"connection", "close"}})}, Case{"keep_alive", with({{"keep-alive", "1"}})},
        Case{"proxy_connection", with({{"proxy-connection", "close"}})}, Case{"upgrade", with({{"upgrade", "h2c"}})},
        Case{"transfer_encoding", with({{"transfer-encoding", "chunked"}})},
        Case{"te_other", with({{"te", "trailers, deflate"}})}, Case{"te_empty", with({{"te", ""}})},
        Case{"malformed_behind_what_is_too_large", with({{"x", std::string(16200, 'x')}, {"connection", "close"}})},
        Case{"two_hosts", with({{"host", "example.com"}, {"host", "example.com"}})},
        Case{"other_host", with({{"host", "evil.example"}})}, Case{"other_port", with({{"host", "example.com:8443"}})},
        Case{"length_without_body", with({{"content-length", "1"}})},
        Case{"length_sign", with({{"content-length", "+0"}})},
        Case{"two_lengths", with({{"content-length", "0"}, {"content-length", "0"}})},
        Case{"length_list", with({{"content-length", "0, 0"}})}, Case{"length_empty", with({{"content-length", ""}})},
        Case{"length_overflow", with({{"content-length", "18446744073709551616"}})}),
    [](const auto& test) { return test.param.name; });

struct Refusal {
  const char* name;
  std::string head;
  int status;
  const char* code;
};
void PrintTo(const Refusal& c, std::ostream* out) { *out << c.name; }

// Well-formed, but not to be let in: answered on its stream.
class Http2Refused : public testing::TestWithParam<Refusal> {};

TEST_P(Http2Refused, request_is_answered_and_the_connection_goes_on) {
  Http2Harness server;
  server.at_request = [](Exchange& exchange) { exchange.answer(exchange.status == 0 ? 200 : exchange.status, "why"); };
  EXPECT_TRUE(server.receive(frames::preface() + frames::request(1, GetParam().head, 0)));
  ASSERT_EQ(server.exchanges.size(), 1u);
  EXPECT_EQ(server[0].status, GetParam().status);
  EXPECT_EQ(server[0].code, GetParam().code);
  EXPECT_TRUE(server[0].head->fields.is_empty());
  EXPECT_EQ(server.sent(frames::data).front().payload, "why");
  // Its body is of no interest, but the window stays open.
  EXPECT_TRUE(server.receive(frames::body(1, std::string(10'000, 'x'), frames::end_stream)));
  EXPECT_EQ(server[0].body, "");
  EXPECT_TRUE(server.receive(frames::request(3, frames::get())));
  EXPECT_EQ(server[1].log, "request GET /|end 0|closed");
}

std::string authority(std::string_view text) {
  return block({{":method", "GET"}, {":scheme", "https"}, {":authority", text}, {":path", "/"}});
}

INSTANTIATE_TEST_SUITE_P(
    Heads, Http2Refused,
    testing::Values(Refusal{"traversal", frames::get("/a/../../etc"), 400, "http:path_above_root"},
                    Refusal{"encoded_backslash", frames::get("/a%5cb"), 400, "http:path_encoded_backslash"},
                    Refusal{"user_information", authority("u@example.com"), 400, "http:bad_authority"},
                    Refusal{"comma_in_authority", authority("a.example,b.example"), 400, "http:bad_authority"},
                    Refusal{"connect", block({{":method", "CONNECT"}, {":authority", "a.example:443"}}), 405,
                            "http:method_connect"},
                    Refusal{"file_scheme",
                            block({{":method", "GET"}, {":scheme", "file"}, {":authority", "a"}, {":path", "x"}}), 400,
                            "http:wrong_scheme"},
                    Refusal{"expectation", with({{"expect", "200-ok"}}), 417, "http:expectation"},
                    Refusal{"underscore_twin", with({{"x_forwarded_for", "::1"}}), 400, "http:odd_field_name"},
                    Refusal{"long_uri", frames::get("/" + std::string(8192, 'a')), 414, "http:uri_too_long"},
                    Refusal{"large_field", with({{"x", std::string(16200, 'x')}}), 431, "http:head_too_large"}),
    [](const auto& test) { return test.param.name; });

TEST(Http2Head, refuses_too_many_fields_and_too_many_crumbs) {
  for (const auto& [name, most] : {std::pair("x", 100), std::pair("cookie", 200)}) {
    Http2Harness server;
    std::string head = frames::get();
    for (int i = 0; i < most; ++i) head += frames::field(name, "");
    EXPECT_TRUE(server.receive(frames::preface() + frames::request(1, head) +
                               frames::request(3, head + frames::field(name, ""))));
    EXPECT_EQ(server.log(), "request GET /|end 0\nrefused http:too_many_fields|end 0\n");
    EXPECT_EQ(server[1].status, 431);
  }
}

TEST(Http2Head, refuses_a_large_head_that_comes_in_many_frames) {
  Http2Harness server;
  const std::string head = frames::get("/", {{"x", std::string(50'000, 'x')}});
  std::string bytes = frames::preface() + frames::frame(frames::headers, frames::end_stream, 1, head.substr(0, 16'000));
  bytes += frames::frame(frames::continuation, 0, 1, head.substr(16'000, 16'000));
  bytes += frames::frame(frames::continuation, 0, 1, head.substr(32'000, 16'000));
  bytes += frames::frame(frames::continuation, frames::end_headers, 1, head.substr(48'000));
  EXPECT_TRUE(server.receive(bytes));
  EXPECT_EQ(server.log(), "refused http:head_too_large|end 0\n");
  EXPECT_EQ(server[0].head->method, "GET");
}

TEST(Http2Head, knows_the_method_of_a_refused_request_wherever_it_stands) {
  Http2Harness server;
  (void)server.receive(
      frames::preface() +
      frames::request(1, block({{":path", "/%00"}, {":method", "HEAD"}, {":scheme", "https"}, {":authority", "a"}})));
  EXPECT_EQ(server.log(), "refused http:path_encoded_nul|end 0\n");
  EXPECT_EQ(server[0].head->method, "HEAD");
}

TEST(Http2Head, stores_nothing_more_once_a_head_is_too_large) {
  Http2Harness server;
  std::string head = frames::get() + frames::indexing_field("x", std::string(3900, 'x'));
  for (int i = 0; i < 25; ++i) head += frames::indexed(62);
  EXPECT_TRUE(server.receive(frames::preface() + frames::request(1, head)));
  EXPECT_EQ(server.log(), "refused http:head_too_large|end 0\n");
  EXPECT_LE(server[0].head->arena.used(), Limits().head + 2048);
}

TEST(Http2Head, stops_decoding_a_bomb) {
  Http2Harness server;
  std::string head = frames::get() + frames::indexing_field("x", std::string(3900, 'x'));
  for (int i = 0; i < 5000; ++i) head += frames::indexed(62);  // 20 MB
  EXPECT_TRUE(server.receive(frames::preface() + frames::request(1, head)));
  EXPECT_TRUE(server.exchanges.empty());
  EXPECT_EQ(server.last_code(frames::rst_stream), enhance_your_calm);
}

// One byte of HPACK stands for 3.9 KiB: 100 streams may not hold 100 times what was sent.
TEST(Http2Head, refuses_streams_when_the_heads_held_outgrow_what_was_sent) {
  Http2Harness server;
  (void)server.receive(frames::preface() +
                       frames::request(1, frames::get() + frames::indexing_field("x", std::string(3900, 'x'))));
  const std::string bomb = frames::indexed(2) + frames::indexed(7) + frames::indexed(4) + frames::field("host", "a") +
                           frames::indexed(62) + frames::indexed(62) + frames::indexed(62) + frames::indexed(62);
  std::size_t bytes = 4100;
  for (std::uint32_t id = 3; id < 200; id += 2) {
    const std::string request = frames::request(id, bomb);
    bytes += request.size();
    if (!server.receive(request)) break;
    std::size_t held = 0;
    for (const auto& exchange : server.exchanges) held += exchange->head->arena.used();
    EXPECT_LE(held, 64 * bytes + 80 * 1024);
  }
  EXPECT_EQ(server.last_code(frames::rst_stream), refused_stream);
  EXPECT_LT(server.exchanges.size(), 40u);
}

TEST(Http2Head, refuses_trailers_when_what_is_held_outgrows_what_was_sent) {
  Http2Harness server;
  (void)server.receive(frames::preface() +
                       frames::request(1, frames::get() + frames::indexing_field("x", std::string(3900, 'x'))));
  const std::string bomb = frames::indexed(62) + frames::indexed(62) + frames::indexed(62) + frames::indexed(62);
  std::size_t bytes = 4100;
  for (std::uint32_t id = 3; id < 200; id += 2) {
    const std::string request = frames::request(id, frames::post(), 0) +
                                frames::frame(frames::headers, frames::end_stream | frames::end_headers, id, bomb);
    bytes += request.size();
    if (!server.receive(request)) break;
    std::size_t held = 0;
    for (const auto& exchange : server.exchanges)
      if (exchange->log.find("reset") == std::string::npos) held += exchange->head->arena.used();
    EXPECT_LE(held, 64 * bytes + 80 * 1024 + server.exchanges.size() * 1024);
  }
  EXPECT_THAT(server.log(), ::testing::HasSubstr("reset http:trailers_too_large"));
}

// Nor may the next hop index it (RFC 7541 section 7.1.3).
TEST(Http2Head, of_which_a_value_is_never_to_be_indexed_keeps_that) {
  Http2Harness server;
  ASSERT_TRUE(server.receive(
      frames::preface() +
      frames::request(1, frames::get() + frames::field("x-open", "1") + frames::never_indexed_field("x-key", "secret") +
                             frames::field("cookie", "a=1") + frames::never_indexed_field("cookie", "b=2"))));
  const http2::FieldsOut out(*server[0].head);
  for (std::size_t i = 0; i < out.size(); ++i) {
    const nghttp2_nv& field = out.data()[i];
    const std::string name(reinterpret_cast<const char*>(field.name), field.namelen);
    EXPECT_EQ((field.flags & NGHTTP2_NV_FLAG_NO_INDEX) != 0, name == "x-key" || name == "cookie") << name;
  }
  const http2::TrailersOut trailers(server[0].head->fields);
  for (const Field& field : trailers.fields)
    EXPECT_EQ(field.is_never_indexed, field.name == "x-key" || field.name == "cookie") << field.name;
}

// The fields of trailers live with the request's head, which goes with its owner.
TEST(Http2Head, drops_trailers_that_go_on_after_the_owner_has_gone) {
  Http2Harness server;
  const std::string first = frames::field("x-first", "1");
  ASSERT_TRUE(server.receive(frames::preface() + frames::request(1, frames::post(), 0) +
                             frames::frame(frames::headers, frames::end_stream, 1, first)));
  server[0].stream.reset(ResetCode::cancel);
  server[0].head.reset();
  ASSERT_TRUE(server.receive(frames::frame(frames::continuation, frames::end_headers, 1, frames::field("x", "y"))));
  EXPECT_EQ(server.log(), "request POST /\n");
}

TEST(Http2Head, resets_a_stream_with_too_many_trailers) {
  Http2Harness server;
  std::string trailers;
  for (int i = 0; i < 101; ++i) trailers += frames::field("x", "y");
  EXPECT_TRUE(server.receive(frames::preface() + frames::request(1, frames::post(), 0) + frames::request(1, trailers)));
  EXPECT_EQ(server.log(), "request POST /|reset http:trailers_too_large\n");
  EXPECT_EQ(server.last_code(frames::rst_stream), enhance_your_calm);
}

TEST(Http2Body, must_be_as_long_as_its_length_says) {
  struct {
    const char* length;
    std::string body;
  } const cases[] = {{"3", frames::body(1, "abcd", frames::end_stream)},
                     {"5", frames::body(1, "abcd", frames::end_stream)},
                     {"5", frames::body(1, "abcd") + frames::request(1, block({{"x", "trailer"}}))},
                     {"0", frames::body(1, "a")},
                     {"4", frames::body(1, "abcd") + frames::body(1, "e", frames::end_stream)}};
  for (const auto& test : cases) {
    Http2Harness server;
    EXPECT_TRUE(server.receive(frames::preface() +
                               frames::request(1, frames::post({{"content-length", test.length}}), 0) + test.body));
    ASSERT_EQ(server.exchanges.size(), 1u);
    EXPECT_EQ(server[0].log, "request POST /|reset http2:malformed") << test.length;
    EXPECT_EQ(server.last_code(frames::rst_stream), protocol_error);
    EXPECT_EQ(server.codec->streams(), 0u);
  }
}

TEST(Http2Body, may_not_be_followed_by_malformed_trailers) {
  for (const std::string& trailers :
       {frames::request(1, block({{":path", "/"}})), frames::request(1, block({{"x", "y"}}), 0),
        frames::request(1, block({{"X", "y"}})), frames::request(1, block({{"connection", "x"}})),
        frames::request(1, block({{"te", "gzip"}})), frames::request(1, block({{"", "y"}})),
        frames::request(1, block({{"x", "a\nb"}})), frames::request(1, block({{"x", " y"}}))}) {
    Http2Harness server;
    EXPECT_TRUE(
        server.receive(frames::preface() + frames::request(1, frames::post(), 0) + frames::body(1, "abc") + trailers));
    EXPECT_EQ(server.log(), "request POST /|reset http2:malformed\n");
    EXPECT_EQ(server.last_code(frames::rst_stream), protocol_error);
  }
}

struct Violation {
  const char* name;
  std::string bytes;
  std::int64_t goaway;
};
void PrintTo(const Violation& c, std::ostream* out) { *out << c.name; }

// What ends the connection: one GOAWAY, every stream reset once, and not a byte read after it.
class Http2Violation : public testing::TestWithParam<Violation> {};

TEST_P(Http2Violation, ends_the_connection) {
  for (const std::size_t piece : {std::size_t{16384}, std::size_t{1}, std::size_t{5}}) {
    Http2Harness server;
    (void)server.receive(frames::preface() + frames::request(1, frames::get()) + frames::request(3, frames::post(), 0));
    EXPECT_FALSE(server.receive(GetParam().bytes + frames::request(9, frames::get("/after")), piece));
    EXPECT_EQ(server.last_code(frames::goaway), GetParam().goaway);
    EXPECT_EQ(server.sent(frames::goaway).size(), 1u);
    for (std::size_t i = 0; i < 2; ++i) EXPECT_EQ(server[i].endings, 1) << server[i].log;
    EXPECT_EQ(server.exchanges.size(), 2u);
    EXPECT_TRUE(server.codec->wants_close());
    EXPECT_EQ(server.codec->streams(), 0u);
    EXPECT_EQ(server.codec->read_budget(), 0u);
    EXPECT_FALSE(server.receive(frames::request(11, frames::get())));
    server.produce();
    EXPECT_EQ(server.sent().back().type, frames::goaway);
    EXPECT_THAT(server.failure, testing::StartsWith("http2:"));
  }
}

INSTANTIATE_TEST_SUITE_P(
    Frames, Http2Violation,
    testing::Values(
        Violation{"data_on_idle_stream", frames::body(5, "x"), protocol_error},
        Violation{"data_without_stream", frames::body(0, "x"), protocol_error},
        Violation{"data_after_end", frames::body(1, "x"), stream_closed},
        Violation{"head_after_end", frames::request(1, frames::get()), stream_closed},
        Violation{"data_after_reset", frames::reset(3) + frames::body(3, "x"), stream_closed},
        Violation{"head_after_reset", frames::reset(3) + frames::request(3, frames::get()), stream_closed},
        Violation{"even_stream", frames::request(4, frames::get()), protocol_error},
        Violation{"smaller_stream", frames::request(7, frames::get("X")) + frames::request(5, frames::get()),
                  protocol_error},
        Violation{"reset_of_idle_stream", frames::reset(5), protocol_error},
        Violation{"window_of_idle_stream", frames::open_window(5, 1), protocol_error},
        Violation{"window_zero", frames::open_window(0, 0), protocol_error},
        Violation{"window_overflow", frames::open_window(0, 0x7fffffff), flow_control_error},
        Violation{"push_promise", frames::frame(frames::push_promise, 4, 1, frames::number(2, 4)), protocol_error},
        Violation{"priority_without_stream", frames::frame(frames::priority, 0, 0, frames::number(1, 5)),
                  protocol_error},
        Violation{"priority_in_circle", frames::frame(frames::priority, 0, 5, frames::number(5, 4) + "\x01"),
                  protocol_error},
        Violation{"continuation_alone", frames::frame(frames::continuation, 4, 1, "x"), protocol_error},
        Violation{"interrupted_head", frames::frame(frames::headers, 1, 5, frames::get()) + frames::body(3, "x"),
                  protocol_error},
        Violation{"unknown_frame_in_head",
                  frames::frame(frames::headers, 1, 5, frames::get()) + frames::frame(99, 0, 5, "x"), protocol_error},
        Violation{"bad_hpack", frames::request(5, "\xff\xff\xff\xff\xff"), compression_error},
        Violation{"large_frame", frames::number(16385, 3) + frames::number(0, 6), frame_size_error},
        Violation{"short_ping", frames::frame(frames::ping, 0, 0, "x"), frame_size_error},
        Violation{"odd_settings", frames::frame(frames::settings, 0, 0, "x"), frame_size_error},
        Violation{"settings_window_overflow", frames::frame(frames::settings, 0, 0, frames::setting(4, 0x80000000)),
                  flow_control_error},
        Violation{"padding_longer_than_frame",
                  frames::frame(frames::data, frames::padded, 3,
                                "\x09"
                                "abc"),
                  protocol_error}),
    [](const auto& test) { return test.param.name; });

TEST(Http2Preface, must_come_first) {
  for (const std::string& bytes :
       {std::string("GET / HTTP/1.1\r\n\r\n"), std::string(frames::magic) + frames::request(1, frames::get()),
        std::string(frames::magic) + frames::settings_ack()}) {
    Http2Harness server;
    EXPECT_FALSE(server.receive(bytes));
    EXPECT_EQ(server.last_code(frames::goaway), protocol_error);
    EXPECT_TRUE(server.exchanges.empty());
  }
}

}  // namespace
}  // namespace ravelin::http
