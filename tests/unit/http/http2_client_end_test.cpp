#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/http/http2_origin.h"

// How the streams and connections of HTTP/2's client role end.

namespace ravelin::http::test {
namespace {

using testing::EndsWith;
using testing::HasSubstr;

constexpr std::uint32_t no_error = 0, internal_error = 2, refused_stream = 7, cancel = 8;

TEST(Http2ClientEnd, tells_a_reset_by_the_origin_and_whether_a_retry_helps) {
  struct {
    std::string before;
    std::uint32_t code;
    bool is_retryable;
  } const cases[] = {
      {"", refused_stream, true},
      {"", internal_error, true},
      {"", no_error, true},
      {response(1, {{":status", "103"}}, 0), refused_stream, true},
      {response(1, {{":status", "103"}}, 0), internal_error, false},
      {frames::frame(frames::headers, 0, 1, frames::field(":status", "200")) +
           frames::frame(frames::continuation, frames::end_headers, 1),
       cancel, false},
      {ok(1, 0), refused_stream, false},
      {ok(1, 0) + frames::body(1, "abc"), no_error, false},
  };
  for (const auto& one : cases) {
    RawOrigin origin;
    Owner& owner = origin.request();
    Owner& other = origin.request();
    origin.greet();
    EXPECT_TRUE(origin.answer(one.before + frames::reset(1, one.code)));
    const bool is_refusal = one.is_retryable && one.code == refused_stream;
    EXPECT_THAT(owner.log, EndsWith(is_refusal ? "reset upstream:refused|" : "reset upstream:reset|"));
    EXPECT_EQ(owner.error.side, Side::upstream);
    EXPECT_EQ(owner.error.status, 502);
    EXPECT_EQ(owner.error.is_retryable, one.is_retryable) << one.code;
    EXPECT_TRUE(origin.answer(ok(3)));
    EXPECT_TRUE(other.is_closed);
    EXPECT_EQ(origin.codec->streams(), 0u);
  }
}

// An origin would end it, and with it the requests of others (CVE-2023-44487).
TEST(Http2ClientEnd, takes_no_more_requests_where_too_many_were_taken_back) {
  RawOrigin origin;
  origin.greet();
  std::uint32_t stream = 1;
  const auto cut = [&](int count) {
    for (; count > 0; --count, stream += 2) {
      Owner& owner = origin.request();
      origin.flush();
      owner.stream.reset(ResetCode::cancel);
      origin.flush();
    }
  };
  cut(99);
  EXPECT_TRUE(origin.codec->may_open());
  Owner& answered = origin.request();
  EXPECT_TRUE(origin.answer(ok(stream)));
  EXPECT_TRUE(answered.is_closed);
  stream += 2;
  Owner& others = origin.request();
  const std::uint32_t its = stream;
  stream += 2;
  cut(2);
  EXPECT_FALSE(origin.codec->may_open());
  EXPECT_TRUE(origin.codec->has_said_goodbye());
  EXPECT_TRUE(origin.answer(ok(its)));
  EXPECT_TRUE(others.is_closed);
  EXPECT_EQ(origin.last_code(frames::goaway), no_error);
}

// RFC 9113 section 8.1: a whole response is good, and the rest of the request nobody's concern.
TEST(Http2ClientEnd, takes_a_response_that_is_whole_before_its_request) {
  Link link;
  link.server.at_request = [](Exchange& exchange) { exchange.answer(413, "too large"); };
  Owner& owner = link.client.open();
  ClientRig::send_head(owner, "POST", BodyKind::streamed);
  link.client.send(owner, std::string(200'000, 'x'), false);
  link.run();
  EXPECT_EQ(owner.log, "413 sized 9 content-type=text/plain;|end|closed|");
  EXPECT_EQ(owner.body, "too large");
  EXPECT_LT(owner.sent, 200'000u);
  EXPECT_EQ(link.client.pool.in_use(), 0u);
  link.client.send(owner, "more", true);
  Owner& next = link.client.request();
  link.run();
  EXPECT_TRUE(next.is_closed);
  EXPECT_TRUE(link.is_client_alive && link.is_server_alive);
}

TEST(Http2ClientEnd, goes_on_sending_after_the_response_if_the_origin_lets_it) {
  RawOrigin origin;
  origin.greet();
  Owner& owner = origin.open();
  ClientRig::send_head(owner, "POST", BodyKind::streamed);
  ASSERT_TRUE(origin.answer(ok(1)));
  EXPECT_EQ(owner.log, "200 none |end|");
  EXPECT_EQ(origin.codec->streams(), 1u);
  origin.send(owner, "rest", true);
  origin.flush();
  EXPECT_EQ(owner.log, "200 none |end|closed|");
  EXPECT_EQ(owner.sent, 4u);
}

TEST(Http2ClientEnd, does_not_take_a_failure_for_the_end_of_a_whole_response) {
  RawOrigin origin;
  origin.greet();
  Owner& owner = origin.open();
  ClientRig::send_head(owner, "POST", BodyKind::streamed);
  ASSERT_TRUE(origin.answer(ok(1) + frames::reset(1, internal_error)));
  EXPECT_EQ(owner.log, "200 none |end|reset upstream:reset|");
  EXPECT_FALSE(owner.error.is_retryable);
}

TEST(Http2ClientEnd, gives_back_what_a_goodbye_leaves_out) {
  RawOrigin origin;
  origin.greet(frames::setting(3, 10));
  for (int i = 0; i < 3; ++i) origin.request();
  Owner& unsent = origin.open();
  ClientRig::send_head(unsent, "POST", BodyKind::streamed);
  Owner& headless = origin.open();
  // Received before the client has produced its latest request.
  ASSERT_TRUE(origin.receive(goaway(3)));
  ASSERT_TRUE(origin.answer(ok(1, 0)));
  for (const std::size_t i : {2, 3, 4}) {
    EXPECT_EQ(origin.owners[i]->log, "reset upstream:refused|") << i;
    EXPECT_TRUE(origin.owners[i]->error.is_retryable) << i;
  }
  EXPECT_FALSE(origin.codec->may_open());
  EXPECT_FALSE(origin.codec->wants_close());
  EXPECT_EQ(origin.codec->streams(), 2u);
  EXPECT_EQ(origin.sent(frames::headers).size(), 3u);
  headless.stream.reset(ResetCode::cancel);
  ASSERT_TRUE(origin.answer(ok(3)));
  EXPECT_FALSE(origin.codec->wants_close());
  ASSERT_TRUE(origin.answer(frames::body(1, "done", frames::end_stream)));
  EXPECT_EQ(origin.owners[0]->log, "200 streamed |end|closed|");
  EXPECT_EQ(origin.owners[1]->log, "200 none |end|closed|");
  EXPECT_TRUE(origin.codec->wants_close());
}

TEST(Http2ClientEnd, does_not_believe_that_what_was_answered_was_not_processed) {
  RawOrigin origin;
  origin.greet();
  Owner& owner = origin.open();
  ClientRig::send_head(owner, "POST", BodyKind::streamed);
  ASSERT_TRUE(origin.answer(ok(1) + goaway(0)));
  EXPECT_EQ(owner.log, "200 none |end|reset upstream:refused|");
  EXPECT_FALSE(owner.error.is_retryable);
}

TEST(Http2ClientEnd, leaves_nothing_waiting_for_a_turn_that_a_goodbye_has_cancelled) {
  RawOrigin origin;
  for (int i = 0; i < 3; ++i) origin.open();
  origin.greet(frames::setting(3, 0));
  for (auto& owner : origin.owners) origin.send_head(*owner, "GET", BodyKind::none);
  origin.owners[2]->stream.reset(ResetCode::cancel);
  ASSERT_TRUE(origin.answer(goaway(0)));
  EXPECT_EQ(origin.owners[0]->log, "reset upstream:refused|");
  EXPECT_EQ(origin.owners[1]->log, "reset upstream:refused|");
  EXPECT_EQ(origin.owners[2]->log, "");
  EXPECT_EQ(origin.codec->streams(), 0u);
  EXPECT_TRUE(origin.codec->wants_close());
}

TEST(Http2ClientEnd, finishes_what_runs_when_the_origin_says_goodbye_in_two_steps) {
  Link link;
  Owner& owner = link.client.request();
  link.run();
  link.server.codec->shut_down();
  link.run();
  EXPECT_FALSE(link.client.codec->may_open());
  EXPECT_FALSE(link.client.codec->wants_close());
  link.server[0].answer(200, "last");
  link.run();
  EXPECT_TRUE(owner.is_closed);
  EXPECT_TRUE(link.client.codec->wants_close());
  EXPECT_TRUE(link.server.codec->wants_close());
}

TEST(Http2ClientEnd, says_goodbye_when_what_was_opened_has_ended) {
  RawOrigin origin;
  origin.greet();
  Owner& owner = origin.request();
  origin.codec->shut_down();
  EXPECT_FALSE(origin.codec->may_open());
  EXPECT_TRUE(origin.sent(frames::goaway).empty());
  ASSERT_TRUE(origin.answer(ok(1)));
  EXPECT_TRUE(owner.is_closed);
  EXPECT_EQ(origin.last_code(frames::goaway), no_error);
  EXPECT_TRUE(origin.codec->wants_close());

  RawOrigin idle;
  idle.greet();
  const std::size_t wakes = idle.wakes;
  idle.codec->shut_down();
  idle.codec->shut_down();
  EXPECT_GT(idle.wakes, wakes);
  EXPECT_FALSE(idle.codec->wants_close());
  EXPECT_EQ(idle.sent(frames::goaway).size(), 1u);
  EXPECT_TRUE(idle.codec->wants_close());
}

TEST(Http2ClientEnd, tells_each_stream_what_the_end_of_the_connection_means_for_it) {
  RawOrigin origin;
  for (int i = 0; i < 3; ++i) origin.request();
  Owner& upload = origin.open();
  ClientRig::send_head(upload, "POST", BodyKind::streamed);
  origin.open();
  origin.greet();
  ASSERT_TRUE(origin.answer(ok(1, 0) + frames::body(1, "cut") + response(3, {{":status", "103"}}, 0) + ok(7)));
  origin.codec->receive_end();
  const auto& owners = origin.owners;
  EXPECT_EQ(owners[0]->log, "200 streamed |reset upstream:truncated|");
  EXPECT_EQ(owners[1]->log, "103 none |reset upstream:closed|");
  EXPECT_FALSE(owners[1]->error.is_retryable);
  EXPECT_EQ(owners[2]->log, "reset upstream:closed|");
  EXPECT_TRUE(owners[2]->error.is_retryable);
  EXPECT_EQ(owners[3]->log, "200 none |end|reset upstream:closed|");
  EXPECT_FALSE(owners[3]->error.is_retryable);
  EXPECT_TRUE(owners[4]->error.is_retryable);
  EXPECT_EQ(origin.codec->streams(), 0u);
  EXPECT_TRUE(origin.codec->wants_close());
  EXPECT_FALSE(origin.codec->may_open());
  EXPECT_EQ(origin.codec->read_budget(), 0u);
}

TEST(Http2ClientEnd, of_the_connection_reaches_every_stream_once) {
  RawOrigin origin;
  Owner& first = origin.request();
  Owner& second = origin.request();
  Owner& third = origin.request();
  Owner& fourth = origin.request();
  // Whoever is told first silences another; commands come to nothing.
  const auto silence = [&](Owner& of) {
    return [&](std::string_view) {
      of.stream.reset(ResetCode::cancel);
      origin.send(of, "late", true);
    };
  };
  first.at_event = silence(second);
  second.at_event = silence(first);
  third.at_event = silence(fourth);
  fourth.at_event = silence(third);
  origin.codec->abort({"upstream:request_idle", "deaf", Side::upstream, 504});
  origin.codec->abort({"upstream:other", "again", Side::upstream, 504});
  EXPECT_EQ(first.log + second.log, "reset upstream:request_idle|");
  EXPECT_EQ(third.log + fourth.log, "reset upstream:request_idle|");
  EXPECT_EQ(origin.codec->streams(), 0u);
  EXPECT_TRUE(origin.codec->wants_close());
  EXPECT_FALSE(origin.codec->receive(slice_of(origin.pool, ok(1))));
}

TEST(Http2ClientEnd, resets_a_request_whose_head_is_too_large_to_send) {
  RawOrigin origin;
  origin.greet();
  Owner& owner = origin.open();
  RequestHead head;
  head.method = "GET";
  head.authority = "a";
  head.path = "/";
  head.fields.add("x", std::string(70'000, 'x'));
  owner.stream.send_head(head, true);
  Owner& other = origin.request();
  ASSERT_TRUE(origin.answer(ok(3)));
  EXPECT_EQ(owner.log, "reset http2:head_not_sent|");
  EXPECT_TRUE(other.is_closed);
  EXPECT_TRUE(origin.sent(frames::rst_stream).empty()) << "the origin has never heard of it";
}

// From inside every event, on either side: what is reset hears nothing more, and nothing else is hurt.
TEST(Http2ClientEnd, lets_a_stream_be_reset_from_inside_every_event) {
  for (const std::string_view at : {"head", "body", "trailers", "end", "sent", "closed"}) {
    Link link;
    link.server.at_request = [](Exchange& exchange) {
      exchange.start(200);
      exchange.send(std::string(40'000, 'd'), false);
      exchange.stream.send_trailers(exchange.head->fields);
    };
    std::vector<Owner*> owners;
    for (int i = 0; i < 3; ++i) {
      Owner& owner = link.client.open();
      owners.push_back(&owner);
      RequestHead head;
      head.method = "POST";
      head.scheme = "http";
      head.authority = "a";
      head.path = "/";
      head.body = BodyKind::streamed;
      head.fields.add("x-t", "1");
      owner.stream.send_head(head, false);
      link.client.send(owner, std::string(50'000, 'u'), true);
    }
    Owner& victim = *owners[1];
    std::string log_at_reset;
    victim.at_event = [&](std::string_view event) {
      if (event != at || !log_at_reset.empty()) return;
      victim.stream.reset(ResetCode::cancel);
      log_at_reset = victim.log + "@";
    };
    link.run();
    EXPECT_EQ(victim.log + "@", log_at_reset) << at;
    EXPECT_THAT(owners[0]->log, EndsWith("trailers x-t=1;|end|closed|")) << at;
    EXPECT_THAT(owners[2]->log, EndsWith("trailers x-t=1;|end|closed|")) << at;
    EXPECT_EQ(link.client.codec->streams() + link.server.codec->streams(), 0u) << at;
    EXPECT_TRUE(link.is_client_alive && link.is_server_alive) << at;
    EXPECT_EQ(link.client.pool.in_use() + link.server.pool.in_use(), 0u) << at;
  }
}

TEST(Http2ClientEnd, lets_a_stream_reset_all_others_from_inside_every_event) {
  for (const std::string_view at : {"head", "body", "end", "closed"}) {
    Link link;
    link.server.at_request = [](Exchange& exchange) { exchange.answer(200, std::string(40'000, 'd')); };
    std::vector<Owner*> owners;
    for (int i = 0; i < 5; ++i) owners.push_back(&link.client.request());
    bool is_done = false;
    owners[2]->at_event = [&](std::string_view event) {
      if (event != at || std::exchange(is_done, true)) return;
      for (Owner* const owner : owners) {
        if (owner == owners[2]) continue;
        owner->stream.reset(ResetCode::cancel);
        owner->log += "@";
      }
      ClientRig::send_head(link.client.open(), "GET", BodyKind::none);
    };
    link.run();
    ASSERT_TRUE(is_done) << at;
    for (Owner* const owner : owners)
      EXPECT_THAT(owner->log, EndsWith(owner == owners[2] ? "|end|closed|" : "@")) << at;
    EXPECT_THAT(link.client.owners.back()->log, EndsWith("|end|closed|")) << at;
    EXPECT_EQ(link.client.codec->streams() + link.server.codec->streams(), 0u) << at;
  }
}

TEST(Http2ClientEnd, hears_of_a_reset_from_inside_every_event_at_the_origin) {
  for (const std::string_view at : {"request", "body", "end", "sent"}) {
    Link link;
    link.server.at_request = [&](Exchange& exchange) {
      exchange.at_event = [&, at](std::string_view event) {
        if (event == at) exchange.stream.reset(ResetCode::refused);
      };
      exchange.at_event("request");
      exchange.answer(200, "hello");
    };
    Owner& owner = link.client.open();
    ClientRig::send_head(owner, "POST", BodyKind::streamed);
    link.client.send(owner, "body", true);
    link.run();
    EXPECT_EQ(link.client.codec->streams() + link.server.codec->streams(), 0u) << at;
    EXPECT_THAT(owner.log, EndsWith(at == "sent"      ? "closed|"
                                    : at == "request" ? "reset upstream:refused|"
                                                      : "reset upstream:reset|"))
        << at;
    EXPECT_EQ(link.server[0].endings, 0) << at;
  }
}

}  // namespace
}  // namespace ravelin::http::test
