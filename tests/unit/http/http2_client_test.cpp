#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/http/http2_origin.h"

namespace ravelin::http::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

void answer_with_trailers(Exchange& exchange, std::string_view body) {
  exchange.start(200);
  exchange.send(body, false);
  Arena arena;
  HeaderList trailers(arena);
  trailers.add("grpc-status", "0");
  exchange.stream.send_trailers(trailers);
}

TEST(Http2Client, sends_a_request_and_reads_its_response) {
  Link link;
  Owner& owner = link.client.request();
  link.run();
  EXPECT_EQ(link.server.log(), "request GET /|end 0\n");
  EXPECT_EQ(link.server[0].head->authority, "origin");
  EXPECT_EQ(link.server[0].head->body, BodyKind::none);
  link.server[0].answer(200, "hello");
  link.run();
  EXPECT_EQ(owner.log, "200 sized 5 content-type=text/plain;|end|closed|");
  EXPECT_EQ(owner.response->version, Version::http2);
  EXPECT_EQ(owner.body, "hello");
  EXPECT_TRUE(link.client.codec->is_idle());
  EXPECT_TRUE(link.client.codec->may_open());
  EXPECT_EQ(link.client.codec->protocol(), "h2");
}

TEST(Http2Client, begins_with_the_preface_and_settings_from_the_limits) {
  Limits limits;
  limits.window = 20'000;
  limits.head = 9000;
  RawOrigin origin(limits);
  const auto settings = origin.sent(frames::settings);
  EXPECT_THAT(origin.output, StartsWith(frames::magic));
  ASSERT_EQ(settings.size(), 1u);
  EXPECT_EQ(settings[0].payload, frames::setting(2, 0) + frames::setting(4, 20'000) + frames::setting(6, 9000));
  ASSERT_EQ(origin.sent(frames::window_update).size(), 1u);
  EXPECT_EQ(origin.sent(frames::window_update)[0].number_at(0), 0x7fffffffu - 65535);
  EXPECT_TRUE(origin.codec->is_idle());
  EXPECT_FALSE(origin.codec->is_reading_head());
}

TEST(Http2Client, sends_what_the_head_says_and_nothing_of_the_connection) {
  RawOrigin origin;
  Owner& owner = origin.open();
  RequestHead head;
  head.method = "POST";
  head.scheme = "https";
  head.authority = "shop.example:81";
  head.path = "/a";
  head.query = "";
  head.has_query = true;
  head.body = BodyKind::sized;
  head.body_size = 4;
  for (const char* name :
       {"connection", "keep-alive", "upgrade", "transfer-encoding", "host", "content-length", "expect"})
    head.fields.add(name, "1");
  head.fields.add("te", "trailers");
  head.fields.add("accept", "*/*");
  owner.stream.send_head(head, false);
  origin.send(owner, "body", true);
  EXPECT_EQ(owner.sent, 0u);
  const auto heads = origin.sent(frames::headers);
  ASSERT_EQ(heads.size(), 1u);
  EXPECT_EQ(HeadDecoder().decode(heads[0].payload),
            ":method: POST\n:scheme: https\n:authority: shop.example:81\n:path: /a?\naccept: */*\nte: trailers\n"
            "content-length: 4\n");
  EXPECT_FALSE(heads[0].is_end());
  ASSERT_EQ(origin.sent(frames::data).size(), 1u);
  EXPECT_TRUE(origin.sent(frames::data)[0].is_end());
  EXPECT_EQ(owner.sent, 4u);
}

TEST(Http2Client, asks_for_the_rewritten_target_and_not_for_the_one_that_came) {
  RawOrigin origin;
  Owner& owner = origin.open();
  RequestHead head;
  head.method = "GET";
  head.scheme = "http";
  head.authority = "a.example";
  head.path = "/old";
  head.query = "a";
  head.has_query = true;
  head.rewritten = Target{"/new", {}, false};
  owner.stream.send_head(head, true);
  const auto heads = origin.sent(frames::headers);
  ASSERT_EQ(heads.size(), 1u);
  EXPECT_EQ(HeadDecoder().decode(heads[0].payload),
            ":method: GET\n:scheme: http\n:authority: a.example\n:path: /new\nte: trailers\n");
}

TEST(Http2Client, takes_the_host_where_there_is_no_authority_and_drops_other_te) {
  RawOrigin origin;
  Owner& owner = origin.open();
  RequestHead head;
  head.method = "GET";
  head.scheme = "http";
  head.host = "a.example";
  head.path = "/";
  head.fields.add("te", "deflate");
  owner.stream.send_head(head, true);
  const auto heads = origin.sent(frames::headers);
  ASSERT_EQ(heads.size(), 1u);
  EXPECT_TRUE(heads[0].is_end());
  EXPECT_EQ(HeadDecoder().decode(heads[0].payload),
            ":method: GET\n:scheme: http\n:authority: a.example\n:path: /\nte: trailers\n");
}

// nghttp2 keeps it until the origin has room, and says nothing of a reset until then.
TEST(Http2Client, has_no_stream_left_if_one_is_reset_before_it_could_be_sent) {
  RequestHead head;
  head.method = "GET";
  head.scheme = "https";
  head.authority = "a";
  head.path = "/chat";
  head.protocol = "websocket";
  RawOrigin origin;
  Owner& chat = origin.open();
  chat.stream.send_head(head, false);
  origin.flush();
  origin.greet(frames::setting(8, 1) + frames::setting(3, 0));
  origin.flush();
  EXPECT_EQ(origin.codec->streams(), 1u);
  chat.stream.reset(ResetCode::cancel);
  EXPECT_EQ(origin.codec->streams(), 0u);
  EXPECT_TRUE(origin.codec->is_idle());
  (void)origin.answer(frames::frame(frames::settings, frames::none, 0, frames::setting(3, 10)));
  origin.flush();
  EXPECT_TRUE(origin.sent(frames::headers).empty());
  Owner& next = origin.open();
  next.stream.send_head(head, false);
  origin.flush();
  EXPECT_EQ(origin.sent(frames::headers).size(), 1u);
}

TEST(Http2Client, opens_tunnels_only_where_the_origin_offers_them) {
  RequestHead head;
  head.method = "GET";
  head.scheme = "https";
  head.authority = "a";
  head.path = "/chat";
  head.protocol = "websocket";
  RawOrigin origin;
  Owner& early = origin.open();
  early.stream.send_head(head, false);
  EXPECT_EQ(early.log, "") << "no event from inside a command";
  origin.flush();
  EXPECT_EQ(early.log, "") << "the origin may yet say that it does";
  origin.greet();
  origin.flush();
  EXPECT_EQ(early.log, "reset upstream:no_extended_connect|");
  Owner& refused = origin.open();
  refused.stream.send_head(head, false);
  origin.flush();
  EXPECT_FALSE(refused.error.is_retryable);
  EXPECT_TRUE(origin.sent(frames::headers).empty());
  EXPECT_EQ(origin.codec->streams(), 0u);

  RawOrigin willing;
  willing.greet(frames::setting(8, 1));
  Owner& owner = willing.open();
  owner.stream.send_head(head, false);
  EXPECT_EQ(HeadDecoder().decode(willing.sent(frames::headers).at(0).payload),
            ":method: CONNECT\n:protocol: websocket\n:scheme: https\n:authority: a\n:path: /chat\nte: trailers\n");
  ASSERT_TRUE(willing.answer(ok(1, 0) + frames::body(1, "ping")));
  willing.send(owner, "pong", false);
  EXPECT_EQ(willing.sent(frames::data).at(0).payload, "pong");
  EXPECT_EQ(owner.log, "101 none |");
  EXPECT_EQ(owner.body, "ping");

  RawOrigin slow;
  Owner& waiting = slow.open();
  waiting.stream.send_head(head, true);
  slow.flush();
  EXPECT_TRUE(slow.sent(frames::headers).empty());
  slow.greet(frames::setting(8, 1));
  EXPECT_EQ(slow.sent(frames::headers).size(), 1u);
  ASSERT_TRUE(slow.answer(ok(1, 0)));
  EXPECT_EQ(waiting.log, "101 none |");
}

TEST(Http2Client, carries_bodies_and_trailers_both_ways) {
  Link link;
  const std::string upload(300'000, 'u'), download(400'000, 'd');
  Owner& owner = link.client.open();
  ClientRig::send_head(owner, "POST", BodyKind::streamed);
  link.client.send(owner, upload, false);
  Arena arena;
  HeaderList trailers(arena);
  trailers.add("x-checksum", "7");
  owner.stream.send_trailers(trailers);
  link.run();
  ASSERT_EQ(link.server.exchanges.size(), 1u);
  EXPECT_EQ(link.server[0].log, "request POST /|trailers x-checksum=7|end 300000");
  EXPECT_EQ(link.server[0].body, upload);
  EXPECT_EQ(owner.sent, upload.size());
  ResponseHead hints;
  hints.status = 103;
  hints.fields.add("link", "</a.css>");
  link.server[0].stream.send_head(hints, false);
  answer_with_trailers(link.server[0], download);
  link.run();
  EXPECT_EQ(owner.log, "103 none link=</a.css>;|200 streamed |trailers grpc-status=0;|end|closed|");
  EXPECT_EQ(owner.body, download);
  EXPECT_THAT(link.server[0].log, HasSubstr("|closed"));
}

TEST(Http2Client, delivers_bodies_without_copying_them) {
  RawOrigin origin;
  Owner& owner = origin.request();
  origin.greet();
  Slice bytes = slice_of(origin.pool, ok(1, 0) + frames::body(1, std::string(3000, 'x')));
  const std::byte* const start = bytes.data();
  const std::size_t size = bytes.size();
  ASSERT_TRUE(origin.codec->receive(std::move(bytes)));
  EXPECT_EQ(owner.first_body, start + size - 3000);
}

TEST(Http2Client, runs_many_streams_at_once) {
  Link link;
  link.server.at_request = [](Exchange& exchange) { exchange.is_consuming = true; };
  std::vector<Owner*> owners;
  for (std::size_t i = 0; i < 60; ++i) {
    Owner& owner = link.client.open();
    owners.push_back(&owner);
    ClientRig::send_head(owner, "POST", BodyKind::sized, 10'000 + i);
    link.client.send(owner, std::string(10'000 + i, static_cast<char>('A' + i)), true);
  }
  link.run(777);
  ASSERT_EQ(link.server.exchanges.size(), 60u);
  for (std::size_t i = 60; i-- > 0;) {
    EXPECT_EQ(link.server[i].body, std::string(10'000 + i, static_cast<char>('A' + i)));
    answer_with_trailers(link.server[i], std::string(20'000 + i, static_cast<char>('A' + i)));
  }
  link.run(777);
  for (std::size_t i = 0; i < 60; ++i) {
    EXPECT_EQ(owners[i]->log, "200 streamed |trailers grpc-status=0;|end|closed|");
    EXPECT_EQ(owners[i]->body, std::string(20'000 + i, static_cast<char>('A' + i)));
  }
  EXPECT_EQ(link.client.codec->streams(), 0u);
  EXPECT_EQ(link.server.codec->streams(), 0u);
}

TEST(Http2Client, shares_the_connection_among_uploads) {
  RawOrigin origin;
  origin.greet();
  for (int i = 0; i < 2; ++i) {
    Owner& owner = origin.open();
    ClientRig::send_head(owner, "POST", BodyKind::streamed);
    origin.send(owner, std::string(60'000, 'x'), true);
  }
  const auto data = origin.sent(frames::data);  // the origin's connection window is 64 KiB
  ASSERT_GE(data.size(), 4u);
  EXPECT_NE(data[0].stream, data[1].stream);
}

// The handle is there first; HTTP/2 counts streams in the order of their heads.
TEST(Http2Client, names_a_stream_before_its_head_is_sent) {
  RawOrigin origin;
  origin.greet();
  Owner& first = origin.open();
  Owner& second = origin.open();
  Owner& never = origin.open();
  EXPECT_EQ(origin.codec->streams(), 3u);
  const StreamId handle = first.stream.id();
  origin.send_head(second, "GET", BodyKind::none);
  origin.send(first, "too early", false);
  origin.send_head(first, "HEAD", BodyKind::none);
  origin.send_head(first, "GET", BodyKind::none);  // once is enough
  never.stream.consume(1);
  never.stream.reset(ResetCode::cancel);
  EXPECT_EQ(origin.codec->streams(), 2u);
  ASSERT_TRUE(origin.answer(response(3, {{":status", "200"}, {"content-length", "5"}}) + ok(1)));
  EXPECT_EQ(first.stream.id(), handle);
  EXPECT_EQ(first.log, "200 sized 5 |end|closed|");
  EXPECT_EQ(second.log, "200 none |end|closed|");
  EXPECT_EQ(never.log, "");
  EXPECT_EQ(origin.sent(frames::headers).size(), 2u);
  EXPECT_TRUE(origin.sent(frames::rst_stream).empty());
  EXPECT_TRUE(origin.sent(frames::data).empty());
}

TEST(Http2Client, opens_as_many_streams_as_both_sides_allow) {
  Limits limits;
  limits.streams = 5;
  RawOrigin origin(limits);
  for (int i = 0; i < 3; ++i) origin.request();
  EXPECT_TRUE(origin.codec->may_open());
  origin.greet(frames::setting(3, 3));
  EXPECT_FALSE(origin.codec->may_open()) << "the origin's limit";
  ASSERT_TRUE(origin.answer(ok(3)));
  EXPECT_TRUE(origin.codec->may_open());
  ASSERT_TRUE(origin.answer(frames::frame(frames::settings, 0, 0, frames::setting(3, 100))));
  for (int i = 0; i < 3; ++i) origin.open();
  EXPECT_FALSE(origin.codec->may_open()) << "our own limit";
  origin.owners.back()->stream.reset(ResetCode::cancel);
  EXPECT_TRUE(origin.codec->may_open());
}

TEST(Http2Client, keeps_requests_that_the_origin_does_not_allow_yet) {
  RawOrigin origin;
  for (int i = 0; i < 3; ++i) origin.open();
  origin.greet(frames::setting(3, 1));
  for (auto& owner : origin.owners) origin.send_head(*owner, "GET", BodyKind::none);
  EXPECT_EQ(origin.sent(frames::headers).size(), 1u);
  origin.owners[1]->stream.reset(ResetCode::cancel);
  ASSERT_TRUE(origin.answer(ok(1)));
  ASSERT_TRUE(origin.answer(ok(5)));
  EXPECT_EQ(origin.owners[0]->log, "200 none |end|closed|");
  EXPECT_EQ(origin.owners[1]->log, "");
  EXPECT_EQ(origin.owners[2]->log, "200 none |end|closed|");
  EXPECT_EQ(origin.codec->streams(), 0u);
}

TEST(Http2Client, tells_bodies_that_are_there_from_those_that_are_announced) {
  struct {
    const char* method;
    std::string bytes;
    const char* log;
  } const cases[] = {
      {"GET", ok(1), "200 none |end|closed|"},
      {"GET", ok(1, 0) + frames::body(1, "", frames::end_stream), "200 streamed |end|closed|"},
      {"GET", response(1, {{":status", "200"}, {"content-length", "0"}}), "200 none |end|closed|"},
      {"GET", response(1, {{":status", "200"}, {"content-length", "2"}}, 0) + frames::body(1, "ab", frames::end_stream),
       "200 sized 2 |end|closed|"},
      {"HEAD", response(1, {{":status", "200"}, {"content-length", "9"}}), "200 sized 9 |end|closed|"},
      {"HEAD", ok(1, 0) + frames::body(1, "", frames::end_stream), "200 none |end|closed|"},
      {"GET", response(1, {{":status", "304"}, {"content-length", "9"}}), "304 sized 9 |end|closed|"},
      {"GET", response(1, {{":status", "204"}}), "204 none |end|closed|"},
      {"GET", response(1, {{":status", "204"}, {"content-length", "0"}}), "204 none |end|closed|"},
      {"GET", response(1, {{":status", "599"}, {"te", "trailers"}, {"trailer", "x"}, {"x-name_1", "v"}, {"host", "h"}}),
       "599 none x-name_1=v;|end|closed|"},
      {"GET", response(1, {{":status", "100"}}, 0) + response(1, {{":status", "103"}, {"link", "x"}}, 0) + ok(1),
       "100 none |103 none link=x;|200 none |end|closed|"},
      {"GET",
       ok(1, 0) + response(1, {{"grpc-status", "0"}, {"set-cookie", "no"}, {"x-forwarded-for", "::1"}, {"x_y", "z"}}),
       "200 streamed |trailers grpc-status=0;x_y=z;|end|closed|"},
  };
  for (const auto& one : cases) {
    for (const std::size_t piece : {16384, 1, 2, 5}) {
      RawOrigin origin;
      Owner& owner = origin.request(one.method);
      origin.greet();
      EXPECT_TRUE(origin.answer(one.bytes, piece));
      EXPECT_EQ(owner.log, one.log) << "in pieces of " << piece;
      EXPECT_TRUE(origin.sent(frames::rst_stream).empty());
    }
  }
}

TEST(Http2Client, passes_the_longest_row_of_interim_responses) {
  RawOrigin origin;
  Owner& owner = origin.request();
  origin.greet();
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(origin.answer(response(1, {{":status", "102"}}, 0)));
  EXPECT_FALSE(owner.is_gone());
  ASSERT_TRUE(origin.answer(ok(1)));
  EXPECT_TRUE(owner.is_closed);
}

// The same bytes make the same events wherever they are cut.
TEST(Http2Client, does_not_depend_on_how_bytes_arrive) {
  const std::string bytes =
      frames::frame(frames::settings, 0, 0, frames::setting(4, 100'000)) + frames::settings_ack() +
      response(1, {{":status", "103"}, {"link", "x"}}, 0) +
      frames::frame(frames::headers, 0, 1, frames::block({{":status", "200"}})) +
      frames::frame(frames::continuation, frames::end_headers, 1, frames::field("x", "y")) + ok(3, 0) +
      frames::frame(frames::data, frames::padded, 1, std::string("\x02", 1) + "01234" + std::string(2, '\0')) +
      frames::frame(frames::ping, 0, 0, "12345678") + frames::frame(0xfa, 0x55, 1, "unknown") +
      frames::body(1, "56789", frames::end_stream) + response(5, {{":status", "200"}, {"Upper", "case"}}) +
      frames::reset(7) + frames::body(3, "abc") + response(3, {{"x-t", "1"}}) + ok(9, 0) + frames::body(9, "cut") +
      goaway(11) + ok(11, 0) + frames::body(0, "no stream");
  const auto run = [&](std::size_t cut) {
    RawOrigin origin;
    for (int i = 0; i < 7; ++i) origin.request();
    (void)origin.answer(std::string_view(bytes).substr(0, cut));
    (void)origin.answer(std::string_view(bytes).substr(cut));
    std::string log;
    for (const auto& owner : origin.owners) log += owner->log + " " + owner->body + "\n";
    return log + std::to_string(origin.last_code(frames::goaway));
  };
  const std::string whole = run(bytes.size());
  EXPECT_EQ(whole,
            "103 none link=x;|200 streamed x=y;|end|closed| 0123456789\n"
            "200 streamed |trailers x-t=1;|end|closed| abc\n"
            "reset upstream:bad_response| \n"
            "reset upstream:reset| \n"
            "200 streamed |reset upstream:bad_response| cut\n"
            "200 streamed |reset upstream:bad_response| \n"
            "reset upstream:refused| \n"
            "1");
  for (std::size_t cut = 0; cut < bytes.size(); ++cut) ASSERT_EQ(run(cut), whole) << "cut at " << cut;
}

}  // namespace
}  // namespace ravelin::http::test
