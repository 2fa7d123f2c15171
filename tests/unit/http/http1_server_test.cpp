#include <gtest/gtest.h>

#include <string>

#include "unit/http/http1_rig.h"

namespace ravelin::http::test {

namespace {

constexpr std::string_view get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

std::string post(std::size_t size) {
  return "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(size) + "\r\n\r\n";
}

}  // namespace

TEST(Http1Server, answers_a_request_and_waits_for_the_next) {
  ServerRig rig;
  EXPECT_TRUE(rig.codec->is_idle());
  ASSERT_TRUE(rig.receive(get));
  EXPECT_EQ(rig.codec->streams(), 1U);
  EXPECT_EQ(rig.last().log, "end|");
  rig.respond(rig.last(), 200, BodyKind::sized, 5, false);
  rig.send(rig.last(), "hello", true);
  EXPECT_EQ(rig.last().sent, 0U) << "no event from inside a command";
  EXPECT_EQ(rig.take_output(), "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello");
  EXPECT_EQ(rig.last().sent, 5U);
  EXPECT_EQ(rig.last().log, "end|closed|");
  EXPECT_TRUE(rig.codec->is_idle());
  EXPECT_FALSE(rig.codec->wants_close());
}

TEST(Http1Server, frames_a_streamed_response_in_chunks_with_trailers) {
  ServerRig rig;
  ASSERT_TRUE(rig.receive(get));
  rig.respond(rig.last(), 200, BodyKind::streamed, 0, false);
  rig.send(rig.last(), "hello, ", false);
  EXPECT_EQ(rig.take_output(), "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n7\r\nhello, \r\n");
  rig.send(rig.last(), "world of chunks", false);
  RequestHead holder;
  HeaderList trailers(holder.arena);
  trailers.add("x-sum", "1");
  trailers.add("content-length", "9");
  rig.last().stream.send_trailers(trailers);
  EXPECT_EQ(rig.take_output(), "f\r\nworld of chunks\r\n0\r\nx-sum: 1\r\n\r\n");
  EXPECT_TRUE(rig.last().is_closed);
}

TEST(Http1Server, produces_no_more_body_than_its_budget) {
  ServerRig rig;
  ASSERT_TRUE(rig.receive(get));
  rig.respond(rig.last(), 200, BodyKind::sized, 10, false);
  rig.send(rig.last(), "0123456789", true);
  EXPECT_TRUE(rig.codec->produce(rig.out, 4));
  EXPECT_EQ(rig.last().sent, 4U);
  EXPECT_TRUE(rig.codec->produce(rig.out, 4));
  EXPECT_FALSE(rig.codec->produce(rig.out, 4));
  EXPECT_EQ(rig.last().sent, 10U);
  EXPECT_EQ(rig.take_output().substr(39), "0123456789");
}

TEST(Http1Server, a_body_until_close_is_chunked_for_1_1_and_ends_the_connection_for_1_0) {
  ServerRig modern;
  ASSERT_TRUE(modern.receive(get));
  modern.respond(modern.last(), 200, BodyKind::until_close, 0, false);
  modern.send(modern.last(), "x", true);
  EXPECT_EQ(modern.take_output(), "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n");
  EXPECT_FALSE(modern.codec->wants_close());

  ServerRig old;
  ASSERT_TRUE(old.receive("GET / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n"));
  old.respond(old.last(), 200, BodyKind::streamed, 0, false);
  old.send(old.last(), "x", true);
  EXPECT_EQ(old.take_output(), "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nx");
  EXPECT_TRUE(old.codec->wants_close());
}

TEST(Http1Server, keeps_an_http_1_0_connection_that_asks_for_it) {
  ServerRig rig;
  ASSERT_TRUE(rig.receive("GET / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n"));
  rig.respond(rig.last(), 200, BodyKind::none, 0, true);
  EXPECT_EQ(rig.take_output(), "HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: keep-alive\r\n\r\n");
  EXPECT_TRUE(rig.codec->is_idle());
}

TEST(Http1Server, responses_without_a_body_send_none_whatever_they_are_given) {
  struct Case {
    std::string_view method;
    int status;
    BodyKind kind;
    std::string_view lines;
  };
  const Case cases[] = {{"HEAD", 200, BodyKind::sized, "content-length: 4\r\n"},
                        {"HEAD", 200, BodyKind::streamed, ""},
                        {"HEAD", 200, BodyKind::none, ""},
                        {"GET", 304, BodyKind::sized, "content-length: 4\r\n"},
                        {"GET", 204, BodyKind::sized, ""},
                        {"GET", 204, BodyKind::streamed, ""}};
  for (const Case& one : cases) {
    ServerRig rig;
    ASSERT_TRUE(rig.receive(std::string(one.method) + " / HTTP/1.1\r\nHost: a\r\n\r\n"));
    rig.respond(rig.last(), one.status, one.kind, 4, false);
    rig.send(rig.last(), "body", true);
    const std::string text = rig.take_output();
    EXPECT_EQ(text.substr(text.find("\r\n") + 2), std::string(one.lines) + "\r\n") << one.method << one.status;
    EXPECT_EQ(rig.last().sent, 4U) << "or the other side would wait for its credit";
    EXPECT_TRUE(rig.codec->is_idle());
  }
}

TEST(Http1Server, delivers_body_bytes_of_the_received_block_without_copying) {
  ServerRig rig;
  Slice slice = slice_of(rig.pool, post(4) + "body");
  const std::byte* const body = slice.data() + slice.size() - 4;
  const std::size_t blocks = rig.pool.in_use();
  ASSERT_TRUE(rig.codec->receive(std::move(slice)));
  EXPECT_EQ(rig.last().body, "body");
  EXPECT_EQ(rig.last().first_body, body);
  EXPECT_EQ(rig.pool.in_use(), blocks - 1) << "nothing keeps the block";
}

TEST(Http1Server, never_delivers_more_than_the_window_ahead_of_consumption) {
  Limits limits;
  limits.window = 1000;
  ServerRig rig(limits);
  rig.on_head = [](Owner& owner) { owner.keeps_credit = true; };
  const std::string body(5000, 'b');
  std::string wire =
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1388\r\n" + body + "\r\n0\r\n\r\n";
  std::size_t at = 0;
  while (at < wire.size()) {
    const std::size_t budget = rig.codec->read_budget();
    if (budget == 0) {
      ASSERT_EQ(rig.last().owed, limits.window);
      const std::size_t wakes = rig.wakes;
      rig.last().stream.consume(std::exchange(rig.last().owed, 0));
      EXPECT_GT(rig.wakes, wakes) << "reading may go on";
      continue;
    }
    ASSERT_LE(budget, limits.window);
    ASSERT_TRUE(rig.codec->receive(slice_of(rig.pool, std::string_view(wire).substr(at, budget))));
    at += std::min(budget, wire.size() - at);
  }
  EXPECT_EQ(rig.last().most_owed, limits.window);
  EXPECT_EQ(rig.last().body, body);
  EXPECT_EQ(rig.last().log, "end|");
}

TEST(Http1Server, wants_to_read_two_blocks_of_a_long_body_and_no_little_of_a_third) {
  ServerRig rig;
  ASSERT_TRUE(rig.receive("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n"));
  EXPECT_EQ(rig.codec->read_budget(), 2 * Block::size);
}

TEST(Http1Server, a_body_in_tiny_chunks_does_not_cost_an_event_for_each) {
  ServerRig rig;
  std::string wire = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (int i = 0; i < 5000; ++i) wire += "1\r\nx\r\n";
  ASSERT_TRUE(rig.receive(wire + "0\r\n\r\n"));
  EXPECT_EQ(rig.last().body, std::string(5000, 'x'));
  EXPECT_LE(rig.last().pieces, 4U);
}

TEST(Http1Server, credit_given_back_late_does_not_count_for_the_next_request) {
  Limits limits;
  limits.window = 100;
  ServerRig rig(limits);
  rig.on_head = [](Owner& owner) { owner.keeps_credit = true; };
  ASSERT_TRUE(rig.receive(post(10) + "0123456789"));
  rig.respond(rig.last(), 200, BodyKind::none, 0, true);
  rig.flush();
  ASSERT_TRUE(rig.receive(post(50) + "0123456789"));
  rig.owners[0]->stream.consume(10);
  EXPECT_EQ(rig.codec->read_budget(), 90U);
}

TEST(Http1Server, holds_what_a_client_sends_ahead_until_its_turn) {
  ServerRig rig;
  std::string wire;
  for (int i = 0; i < 50; ++i)
    wire += "POST /" + std::to_string(i) + " HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nab";
  ASSERT_TRUE(rig.receive(wire));
  for (int i = 0; i < 50; ++i) {
    ASSERT_EQ(rig.owners.size(), static_cast<std::size_t>(i) + 1) << "one exchange at a time";
    EXPECT_EQ(rig.last().request->path, "/" + std::to_string(i));
    EXPECT_EQ(rig.last().body, "ab");
    if (i < 49) {
      EXPECT_EQ(rig.codec->read_budget(), 0U) << "no more while something is held";
    }
    rig.respond(rig.last(), 200, BodyKind::none, 0, true);
    rig.flush();
  }
  EXPECT_TRUE(rig.codec->is_idle());
}

// A copy may lie in several blocks, as it begins where another left room.
TEST(Http1Server, gives_all_of_a_body_that_was_sent_ahead) {
  ServerRig rig;
  Chain other(rig.pool);
  other.append(std::string(Block::size - 5000, 'o'));
  ASSERT_TRUE(
      rig.receive("GET / HTTP/1.1\r\nHost: a\r\n\r\nPOST / HTTP/1.1\r\nHost: a\r\nContent-Length: 20000\r\n\r\n" +
                  std::string(20'000, 'b')));
  rig.respond(rig.last(), 200, BodyKind::none, 0, true);
  rig.flush();
  ASSERT_EQ(rig.owners.size(), 2U);
  EXPECT_EQ(rig.last().body, std::string(20'000, 'b'));
}

TEST(Http1Server, a_slow_head_or_a_request_sent_ahead_keeps_no_block) {
  ServerRig rig;
  ASSERT_TRUE(rig.receive("GET / HTTP/1.1\r\nHost"));
  EXPECT_EQ(rig.pool.in_use(), 0U);
  EXPECT_TRUE(rig.codec->is_reading_head());
  EXPECT_FALSE(rig.codec->is_idle());
  ASSERT_TRUE(rig.receive(": a\r\n\r\nGET /2"));
  EXPECT_EQ(rig.pool.in_use(), 0U);
  EXPECT_FALSE(rig.codec->is_reading_head());
  rig.respond(rig.last(), 200, BodyKind::none, 0, true);
  rig.take_output();
  EXPECT_TRUE(rig.codec->is_reading_head()) << "the next request has begun";
  ASSERT_TRUE(rig.receive(" HTTP/1.1\r\nHost: a\r\n\r\n"));
  EXPECT_EQ(rig.last().request->path, "/2");
}

TEST(Http1Server, bounds_the_target_the_head_and_its_lines) {
  Limits limits;
  limits.head = 2000;
  limits.uri = 100;
  limits.fields = 10;
  const std::string start = "GET / HTTP/1.1\r\nHost: a\r\n";
  std::string lines;
  for (int i = 0; i < 10; ++i) lines += "x: y\r\n";
  const std::string largest = start + "x: " + std::string(limits.head - start.size() - 7, 'y') + "\r\n\r\n";
  ASSERT_EQ(largest.size(), limits.head);
  const std::pair<std::string, std::string> cases[] = {
      {"GET /" + std::string(100, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n", "bad 414 http:uri_too_long|end|"},
      {"GET /" + std::string(3000, 'a'), "bad 414 http:uri_too_long|end|"},
      {start + lines + "\r\n", "bad 431 http:too_many_fields|end|"},
      {start + lines.substr(6) + "\r\n", "end|"},
      {largest, "end|"},
      {"GET / HTTP/1.1\r\nHost: a\r\nx: " + std::string(2000, 'y'), "bad 431 http:head_too_large|end|"},
      {std::string(largest).replace(largest.size() - 4, 4, "y\r\n\r\n"), "bad 431 http:head_too_large|end|"}};
  for (const auto& [wire, expected] : cases) {
    for (const std::size_t piece : {std::size_t{10000}, std::size_t{7}, std::size_t{1}}) {
      ServerRig rig(limits);
      ASSERT_TRUE(rig.receive(wire, piece));
      ASSERT_EQ(rig.owners.size(), 1U);
      EXPECT_EQ(rig.last().log, expected) << wire.substr(0, 40) << " by " << piece;
    }
  }
}

TEST(Http1Server, bounds_chunk_extensions_and_trailers) {
  Limits limits;
  limits.head = 500;
  limits.fields = 5;
  const std::string start = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
  std::string extensions;
  for (int i = 0; i < 10; ++i) extensions += "1;" + std::string(60, 'e') + "\r\na\r\n";
  std::string lines;
  for (int i = 0; i < 6; ++i) lines += "x: y\r\n";
  const std::pair<std::string, std::string_view> cases[] = {
      {start + extensions, "http:chunk_extensions_too_large"},
      {start + "0\r\nx: " + std::string(600, 'y') + "\r\n\r\n", "http:trailers_too_large"},
      {start + "0\r\n" + lines + "\r\n", "http:too_many_fields"}};
  for (const auto& [wire, code] : cases) {
    ServerRig rig(limits);
    const auto received = rig.receive(wire, 50);
    ASSERT_FALSE(received);
    EXPECT_EQ(received.error().code, code);
    EXPECT_EQ(rig.last().error.code, code);
    EXPECT_TRUE(rig.codec->wants_close());
  }
}

TEST(Http1Server, a_refused_request_is_answered_and_then_the_connection_closes) {
  ServerRig rig;
  ASSERT_TRUE(rig.receive("GET /known HTTP/1.1\r\nHost: a\r\nX: 1\r\nHost: b\r\n\r\n" + std::string(get)));
  ASSERT_EQ(rig.owners.size(), 1U);
  EXPECT_EQ(rig.last().log, "bad 400 http:host_repeated|end|");
  EXPECT_EQ(rig.last().request->method, "GET");
  EXPECT_EQ(rig.last().request->path, "/known");
  EXPECT_TRUE(rig.last().request->fields.is_empty());
  EXPECT_FALSE(rig.codec->wants_close());
  EXPECT_EQ(rig.codec->read_budget(), 0U);
  rig.respond(rig.last(), 400, BodyKind::sized, 2, false);
  rig.send(rig.last(), "no", true);
  EXPECT_EQ(rig.take_output(), "HTTP/1.1 400 Bad Request\r\ncontent-length: 2\r\nconnection: close\r\n\r\nno");
  EXPECT_TRUE(rig.last().is_closed);
  EXPECT_TRUE(rig.codec->wants_close());
}

TEST(Http1Server, a_head_that_takes_too_long_can_be_answered) {
  ServerRig rig;
  const Error slow{"client:head_timeout", "", Side::client, 408};
  EXPECT_FALSE(rig.codec->refuse_head(slow)) << "nothing has come";
  ASSERT_TRUE(rig.receive("GET / HTTP/1.1\r\nHos"));
  EXPECT_TRUE(rig.codec->refuse_head(slow));
  EXPECT_EQ(rig.last().log, "bad 408 client:head_timeout|end|");
  rig.respond(rig.last(), 408, BodyKind::none, 0, true);
  EXPECT_NE(rig.take_output().find("connection: close"), std::string::npos);
  EXPECT_TRUE(rig.codec->wants_close());
}

TEST(Http1Server, sends_100_when_the_owner_wants_the_body_but_none_to_http_1_0) {
  ServerRig rig;
  ASSERT_TRUE(rig.receive("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\n"));
  EXPECT_TRUE(rig.last().request->expects_continue);
  EXPECT_FALSE(rig.last().request->fields.has("expect"));
  rig.respond(rig.last(), 100, BodyKind::none, 0, false);
  EXPECT_EQ(rig.take_output(), "HTTP/1.1 100 Continue\r\n\r\n");
  ASSERT_TRUE(rig.receive("x"));
  rig.respond(rig.last(), 200, BodyKind::none, 0, true);
  EXPECT_EQ(rig.take_output(), "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
  EXPECT_TRUE(rig.codec->is_idle());

  ServerRig old;
  ASSERT_TRUE(old.receive("POST / HTTP/1.0\r\nHost: a\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\n"));
  EXPECT_FALSE(old.last().request->expects_continue);
  old.respond(old.last(), 100, BodyKind::none, 0, false);
  EXPECT_EQ(old.take_output(), "");
}

TEST(Http1Server, a_client_that_was_told_no_instead_of_100_is_not_heard_again) {
  ServerRig rig;
  ASSERT_TRUE(rig.receive("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 50\r\nExpect: 100-continue\r\n\r\n"));
  rig.respond(rig.last(), 200, BodyKind::sized, 1, false);
  rig.send(rig.last(), "x", true);
  EXPECT_EQ(rig.take_output(), "HTTP/1.1 200 OK\r\ncontent-length: 1\r\nconnection: close\r\n\r\nx");
  EXPECT_EQ(rig.last().log, "closed|");
  EXPECT_TRUE(rig.codec->wants_close()) << "what comes may be the body or a request";
  ASSERT_TRUE(rig.codec->receive(slice_of(rig.pool, get)));
  EXPECT_EQ(rig.owners.size(), 1U);
}

TEST(Http1Server, an_early_response_ends_the_connection_unless_the_body_still_comes_whole) {
  ServerRig cut;
  ASSERT_TRUE(cut.receive(post(10) + "0123"));
  cut.respond(cut.last(), 413, BodyKind::sized, 2, false);
  cut.send(cut.last(), "no", true);
  EXPECT_NE(cut.take_output().find("connection: close\r\n"), std::string::npos);
  EXPECT_EQ(cut.last().log, "closed|");
  EXPECT_TRUE(cut.codec->wants_close());

  ServerRig whole;
  ASSERT_TRUE(whole.receive(post(10) + "0123"));
  whole.respond(whole.last(), 200, BodyKind::sized, 2, false);
  EXPECT_NE(whole.take_output().find("connection: close\r\n"), std::string::npos) << "its end may come first";

  ServerRig echo;
  ASSERT_TRUE(echo.receive(post(10) + "0123"));
  echo.respond(echo.last(), 200, BodyKind::streamed, 0, false);
  echo.send(echo.last(), "0123", false);
  EXPECT_EQ(echo.take_output().find("connection: close"), std::string::npos);
  ASSERT_TRUE(echo.receive("456789"));
  echo.send(echo.last(), "456789", true);
  echo.flush();
  EXPECT_EQ(echo.last().log, "end|closed|");
  EXPECT_TRUE(echo.codec->is_idle());
}

TEST(Http1Server, a_reset_cuts_the_response_so_that_it_does_not_look_whole) {
  ServerRig rig;
  ASSERT_TRUE(rig.receive(get));
  rig.respond(rig.last(), 200, BodyKind::streamed, 0, false);
  rig.send(rig.last(), "part", false);
  EXPECT_NE(rig.take_output(), "");
  rig.send(rig.last(), "more", false);
  rig.last().stream.reset(ResetCode::cancel);
  EXPECT_EQ(rig.take_output(), "4\r\nmore\r\n") << "what was given goes out, without an end";
  EXPECT_TRUE(rig.codec->wants_close());
  EXPECT_EQ(rig.last().log, "end|") << "no event follows";
  rig.send(rig.last(), "more", true);
  EXPECT_EQ(rig.take_output(), "") << "commands on a stream that is gone do nothing";
}

TEST(Http1Server, an_owner_may_reset_or_answer_from_inside_any_event) {
  ServerRig rig;
  rig.on_head = [](Owner& owner) { owner.stream.reset(ResetCode::refused); };
  ASSERT_TRUE(rig.receive(post(4) + "body" + std::string(get)));
  EXPECT_EQ(rig.last().log, "");
  EXPECT_EQ(rig.last().body, "");
  EXPECT_TRUE(rig.codec->wants_close());

  ServerRig quick;
  quick.on_head = [&](Owner& owner) { quick.respond(owner, 200, BodyKind::none, 0, true); };
  ASSERT_TRUE(quick.receive(std::string(get) + std::string(get) + std::string(get)));
  quick.flush();
  EXPECT_EQ(quick.owners.size(), 3U);
  EXPECT_EQ(quick.last().log, "end|closed|");
}

TEST(Http1Server, a_body_of_another_size_than_its_head_says_is_cut) {
  for (const std::string_view body : {"1234", "123456"}) {
    ServerRig rig;
    ASSERT_TRUE(rig.receive(get));
    rig.respond(rig.last(), 200, BodyKind::sized, 5, false);
    rig.send(rig.last(), body, true);
    EXPECT_FALSE(rig.last().is_reset) << "no event from inside a command";
    rig.flush();
    EXPECT_EQ(rig.last().error.code, "gateway:body_size");
    EXPECT_TRUE(rig.codec->wants_close());
  }
}

TEST(Http1Server, closes_after_as_many_requests_as_allowed) {
  Limits limits;
  limits.requests = 2;
  ServerRig rig(limits);
  rig.answers = true;
  ASSERT_TRUE(rig.receive(get));
  EXPECT_EQ(rig.take_output().find("connection"), std::string::npos);
  ASSERT_TRUE(rig.receive(std::string(get) + std::string(get)));
  EXPECT_NE(rig.take_output().find("connection: close"), std::string::npos);
  EXPECT_EQ(rig.owners.size(), 2U);
  EXPECT_TRUE(rig.codec->wants_close());
}

TEST(Http1Server, shutting_down_finishes_what_runs_and_nothing_else) {
  ServerRig idle;
  idle.codec->shut_down();
  EXPECT_TRUE(idle.codec->wants_close());

  ServerRig busy;
  ASSERT_TRUE(busy.receive(std::string(get) + std::string(get)));
  busy.codec->shut_down();
  EXPECT_FALSE(busy.codec->wants_close());
  busy.respond(busy.last(), 200, BodyKind::none, 0, true);
  EXPECT_NE(busy.take_output().find("connection: close"), std::string::npos);
  EXPECT_EQ(busy.owners.size(), 1U);
  EXPECT_TRUE(busy.codec->wants_close());

  ServerRig begun;
  ASSERT_TRUE(begun.receive("GET / HTTP/1.1\r\n"));
  begun.codec->shut_down();
  EXPECT_FALSE(begun.codec->wants_close()) << "a request under way is not lost";
  begun.answers = true;
  ASSERT_TRUE(begun.receive("Host: a\r\n\r\n"));
  EXPECT_NE(begun.take_output().find("connection: close"), std::string::npos);
}

TEST(Http1Server, a_client_that_goes_away_resets_what_is_not_answered) {
  ServerRig waiting;
  ASSERT_TRUE(waiting.receive(get));
  EXPECT_GT(waiting.codec->read_budget(), 0U) << "or its going would not be seen";
  waiting.codec->receive_end();
  EXPECT_EQ(waiting.last().log, "end|reset client:closed|");
  EXPECT_TRUE(waiting.codec->wants_close());

  ServerRig sending;
  ASSERT_TRUE(sending.receive(post(10) + "12345"));
  sending.codec->receive_end();
  EXPECT_EQ(sending.last().log, "reset client:closed|");

  ServerRig answered;
  ASSERT_TRUE(answered.receive(get));
  answered.respond(answered.last(), 200, BodyKind::none, 0, true);
  answered.codec->receive_end();
  EXPECT_NE(answered.take_output(), "");
  EXPECT_EQ(answered.last().log, "end|closed|");
  EXPECT_TRUE(answered.codec->wants_close());
}

TEST(Http1Server, abort_tells_the_open_stream_and_nobody_else) {
  ServerRig rig;
  ASSERT_TRUE(rig.receive(get));
  rig.codec->abort(Error{"client:idle", "", Side::client});
  EXPECT_EQ(rig.last().log, "end|reset client:idle|");
  rig.codec->abort(Error{"client:idle", "", Side::client});
  EXPECT_EQ(rig.last().log, "end|reset client:idle|");
}

TEST(Http1Server, no_switch_of_protocols_leaves_it) {
  ServerRig rig;
  ASSERT_TRUE(rig.receive(get));
  rig.respond(rig.last(), 101, BodyKind::none, 0, false);
  EXPECT_EQ(rig.take_output(), "");
  EXPECT_TRUE(rig.last().is_reset);
}

TEST(Http1Server, fields_set_by_mistake_do_not_reach_the_wire) {
  ServerRig rig;
  ASSERT_TRUE(rig.receive(get));
  ResponseHead head;
  head.status = 299;
  head.fields.add("content-length", "99");
  head.fields.add("transfer-encoding", "chunked");
  head.fields.add("connection", "upgrade");
  head.fields.add("x", "y");
  rig.last().stream.send_head(head, true);
  EXPECT_EQ(rig.take_output(), "HTTP/1.1 299 \r\nx: y\r\ncontent-length: 0\r\n\r\n");
}

TEST(Http1Server, a_head_larger_than_a_block_is_sent_whole) {
  ServerRig rig;
  ASSERT_TRUE(rig.receive(get));
  ResponseHead head;
  head.status = 200;
  const std::string value(3 * Block::size, 'v');
  head.fields.add("x", value);
  rig.last().stream.send_head(head, true);
  EXPECT_EQ(rig.take_output(), "HTTP/1.1 200 OK\r\nx: " + value + "\r\ncontent-length: 0\r\n\r\n");
}

}  // namespace ravelin::http::test
