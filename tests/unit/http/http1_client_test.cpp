#include <gtest/gtest.h>

#include <string>

#include "unit/http/http1_rig.h"

namespace ravelin::http::test {

TEST(Http1Client, sends_a_request_and_reads_its_response) {
  ClientRig rig;
  ASSERT_TRUE(rig.codec->may_open());
  Owner& owner = rig.open();
  EXPECT_FALSE(rig.codec->may_open()) << "one at a time";
  RequestHead head;
  head.method = "POST";
  head.authority = "shop.example:81";
  head.path = "/a";
  head.query = "b";
  head.has_query = true;
  head.body = BodyKind::sized;
  head.body_size = 4;
  head.fields.add("accept", "*/*");
  owner.stream.send_head(head, false);
  Chain body(rig.pool);
  body.append(std::string_view("body"));
  owner.stream.send_body(std::move(body), true);
  EXPECT_EQ(owner.sent, 0U);
  EXPECT_EQ(rig.take_output(),
            "POST /a?b HTTP/1.1\r\nhost: shop.example:81\r\naccept: */*\r\ncontent-length: 4\r\n\r\nbody");
  EXPECT_EQ(owner.sent, 4U);
  ASSERT_TRUE(rig.receive("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-Name_1: v\r\n\r\nhello"));
  EXPECT_EQ(owner.log, "200 sized 5 x-name_1=v;|end|closed|");
  EXPECT_EQ(owner.body, "hello");
  EXPECT_TRUE(rig.codec->may_open());
  EXPECT_TRUE(rig.codec->is_idle());
}

TEST(Http1Client, asks_for_the_rewritten_target_and_not_for_the_one_that_came) {
  ClientRig rig;
  Owner& owner = rig.open();
  RequestHead head;
  head.method = "GET";
  head.authority = "shop.example";
  head.path = "/old";
  head.query = "a";
  head.has_query = true;
  head.rewritten = Target{"/new", "b=1", true};
  owner.stream.send_head(head, true);
  EXPECT_EQ(rig.take_output(), "GET /new?b=1 HTTP/1.1\r\nhost: shop.example\r\n\r\n");
}

TEST(Http1Client, methods_whose_content_matters_say_that_there_is_none) {
  for (const std::string_view method : {"POST", "PUT", "PATCH"}) {
    ClientRig rig;
    rig.request(method);
    EXPECT_NE(rig.sent_text.find("content-length: 0\r\n"), std::string::npos);
  }
  ClientRig rig;
  rig.request("DELETE");
  EXPECT_EQ(rig.sent_text, "DELETE / HTTP/1.1\r\nhost: origin\r\n\r\n");
}

TEST(Http1Client, reads_every_framing_however_it_is_split) {
  struct Case {
    std::string_view method;
    std::string_view wire;
    std::string_view log;
    std::string_view body;
    bool is_reusable;
  };
  const Case cases[] = {
      {"GET", "HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nabc", "200 sized 3 |end|closed|", "abc", true},
      {"GET", "HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n", "200 none |end|closed|", "", true},
      {"GET", "HTTP/1.1 404 \r\ncontent-length: 0\r\nconnection: close\r\n\r\n", "404 none |end|closed|", "", false},
      {"GET",
       "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n2;x\r\nde\r\n0\r\nGrpc-Status: 0\r\nHost: "
       "x\r\n\r\n",
       "200 streamed |trailers grpc-status=0;|end|closed|", "abcde", true},
      {"GET", "HTTP/1.0 200 OK\r\ncontent-length: 1\r\n\r\na", "200 sized 1 |end|closed|", "a", false},
      {"GET", "HTTP/1.0 200 OK\r\nconnection: keep-alive\r\ncontent-length: 1\r\n\r\na", "200 sized 1 |end|closed|",
       "a", true},
      {"HEAD", "HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\n", "200 sized 3 |end|closed|", "", true},
      {"HEAD", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", "200 none |end|closed|", "", true},
      {"GET", "HTTP/1.1 304 Not Modified\r\ncontent-length: 3\r\n\r\n", "304 sized 3 |end|closed|", "", true},
      {"GET", "HTTP/1.1 204 No Content\r\n\r\n", "204 none |end|closed|", "", true},
      {"GET",
       "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: "
       "1\r\n\r\na",
       "100 none |103 none link=x;|200 sized 1 |end|closed|", "a", true},
      {"GET", "HTTP/1.1 200 OK\r\nConnection: x-hop\r\nX-Hop: 1\r\nKeep-Alive: 3\r\nX: 2\r\nContent-Length: 0\r\n\r\n",
       "200 none x=2;|end|closed|", "", true},
      {"GET",
       "HTTP/1.1 200 OK\r\nConnection: x-hop\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX-Hop: 1\r\nX: "
       "2\r\n\r\n",
       "200 streamed |trailers x=2;|end|closed|", "a", true},
  };
  for (const Case& one : cases) {
    for (std::size_t piece = 1; piece <= one.wire.size(); ++piece) {
      ClientRig rig;
      Owner& owner = rig.request(one.method);
      ASSERT_TRUE(rig.receive(one.wire, piece)) << one.wire;
      EXPECT_EQ(owner.log, one.log) << one.wire << " by " << piece;
      EXPECT_EQ(owner.body, one.body);
      EXPECT_EQ(rig.codec->may_open(), one.is_reusable) << one.wire;
      EXPECT_EQ(rig.codec->wants_close(), !one.is_reusable);
    }
  }
}

// The origin may take whoever comes next over the connection for the one who has said who he is.
TEST(Http1Client, a_connection_on_which_a_client_has_authenticated_is_not_used_again) {
  const auto may_go_on = [](std::string_view authorization, std::string_view answer) {
    ClientRig rig;
    Owner& owner = rig.open();
    RequestHead head;
    head.method = "GET";
    head.authority = "a";
    head.path = "/";
    if (!authorization.empty()) head.fields.add("authorization", authorization);
    owner.stream.send_head(head, true);
    rig.take_output();
    EXPECT_TRUE(rig.receive(std::string(answer) + "Content-Length: 0\r\n\r\n"));
    return rig.codec->may_open();
  };
  EXPECT_FALSE(may_go_on("", "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: NTLM TlRM\r\n"));
  EXPECT_FALSE(may_go_on("Negotiate YII", "HTTP/1.1 200 OK\r\n"));
  EXPECT_TRUE(may_go_on("Basic YTpi", "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=a\r\n"));
}

TEST(Http1Client, a_body_without_a_length_ends_when_the_origin_closes) {
  ClientRig rig;
  Owner& owner = rig.request();
  ASSERT_TRUE(rig.receive("HTTP/1.1 200 OK\r\n\r\nabc"));
  EXPECT_EQ(owner.log, "200 until_close |");
  rig.codec->receive_end();
  EXPECT_EQ(owner.log, "200 until_close |end|closed|");
  EXPECT_TRUE(rig.codec->wants_close());
}

TEST(Http1Client, garbage_is_the_upstreams_fault_however_it_is_split) {
  const std::string many(11, 'x');
  std::string interim;
  for (const char c : many) interim += std::string("HTTP/1.1 10") + (c == 'x' ? "2" : "0") + " \r\n\r\n";
  std::string much_interim;
  for (int i = 0; i < 5; ++i) much_interim += "HTTP/1.1 103 \r\nX: " + std::string(6000, 'x') + "\r\n\r\n";
  const std::pair<std::string, std::string_view> cases[] = {
      {"garbage\r\n\r\n", "upstream:bad_response"},
      {"HTTP/2.0 200 OK\r\n\r\n", "upstream:bad_response"},
      {"HTTP/1.2 200 OK\r\n\r\n", "upstream:bad_response"},
      {"HTTP/1.1  200 OK\r\n\r\n", "upstream:bad_response"},
      {"HTTP/1.1 20 OK\r\n\r\n", "upstream:bad_response"},
      {"HTTP/1.1 2000 OK\r\n\r\n", "upstream:bad_response"},
      {"HTTP/1.1 099 OK\r\n\r\n", "upstream:bad_response"},
      {"HTTP/1.1 600 OK\r\n\r\n", "upstream:bad_response"},
      {"HTTP/1.1 -20 OK\r\n\r\n", "upstream:bad_response"},
      {std::string("HTTP/1.1 200 O\0K\r\n\r\n", 20), "upstream:bad_response"},
      {"HTTP/1.1 200 OK\nContent-Length: 0\n\n", "upstream:bad_response"},
      {"HTTP/1.1 200 OK\r\nX : y\r\n\r\n", "upstream:bad_response"},
      {"HTTP/1.1 200 OK\r\nX: a\r\n b\r\n\r\n", "upstream:bad_response"},
      {std::string("HTTP/1.1 200 OK\r\nX: a\0\r\n\r\n", 26), "upstream:bad_response"},
      {"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\na", "upstream:bad_response"},
      {"HTTP/1.1 200 OK\r\nContent-Length: 1, 1\r\n\r\na", "upstream:bad_response"},
      {"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", "upstream:bad_response"},
      {"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", "upstream:bad_response"},
      {"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "upstream:bad_response"},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", "upstream:bad_response"},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "upstream:bad_response"},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n", "upstream:bad_response"},
      {"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n", "upstream:unexpected_101"},
      {"HTTP/1.1 200 OK\r\nX: " + std::string(20000, 'x'), "upstream:bad_response"},
      {interim, "upstream:bad_response"},
      {much_interim, "upstream:bad_response"}};
  for (const auto& [wire, code] : cases) {
    for (const std::size_t piece : {std::size_t{30000}, std::size_t{5}, std::size_t{1}}) {
      ClientRig rig;
      Owner& owner = rig.request();
      const auto received = rig.receive(wire, piece);
      ASSERT_FALSE(received) << wire;
      EXPECT_EQ(received.error().code, code) << wire;
      EXPECT_EQ(owner.error.code, code);
      EXPECT_EQ(owner.error.side, Side::upstream);
      EXPECT_EQ(owner.error.status, 502);
      EXPECT_FALSE(owner.error.is_retryable);
      EXPECT_FALSE(rig.codec->may_open());
      EXPECT_TRUE(rig.codec->wants_close());
    }
  }
}

TEST(Http1Client, bytes_behind_a_response_reach_nobody) {
  for (const std::string_view wire :
       {"HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\naHTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nevil",
        "HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nevil"}) {
    ClientRig rig;
    Owner& owner = rig.request();
    ASSERT_TRUE(rig.receive(wire));
    EXPECT_TRUE(owner.is_closed);
    EXPECT_FALSE(rig.codec->may_open());
    EXPECT_TRUE(rig.codec->wants_close());
  }
}

TEST(Http1Client, surplus_is_noticed_before_the_end_is_told) {
  struct Reuser : Owner {
    explicit Reuser(Codec& of) : codec(of) {}
    void on_end() override { may_open = codec.may_open(); }
    void on_closed() override { may_open |= codec.may_open(); }
    Codec& codec;
    bool may_open = false;
  };
  ClientRig rig;
  Reuser owner(*rig.codec);
  owner.stream = rig.codec->open(owner);
  RequestHead head;
  head.method = "GET";
  head.authority = "a";
  head.path = "/";
  owner.stream.send_head(head, true);
  rig.take_output();
  ASSERT_TRUE(rig.receive("HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\nab"));
  EXPECT_FALSE(owner.may_open);
}

TEST(Http1Client, bytes_on_an_idle_connection_end_it) {
  ClientRig rig;
  const auto received = rig.receive("HTTP/1.1 408 Request Timeout\r\n\r\n");
  ASSERT_FALSE(received);
  EXPECT_EQ(received.error().code, "upstream:unsolicited");
  EXPECT_FALSE(rig.codec->may_open());
  EXPECT_TRUE(rig.codec->wants_close());
}

TEST(Http1Client, a_response_before_the_request_was_sent_is_not_its_response) {
  ClientRig rig;
  Owner& owner = rig.open();
  RequestHead head;
  head.method = "GET";
  head.authority = "a";
  head.path = "/";
  owner.stream.send_head(head, true);
  ASSERT_FALSE(rig.receive("HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nevil"));
  EXPECT_EQ(owner.error.code, "upstream:unsolicited");
  EXPECT_TRUE(owner.error.is_retryable);
  EXPECT_EQ(owner.log, "reset upstream:unsolicited|");
}

TEST(Http1Client, a_closed_connection_may_be_retried_only_if_nothing_came) {
  struct Case {
    std::string_view wire;
    std::string_view code;
    bool is_retryable;
  };
  for (const Case& one :
       {Case{"", "upstream:closed", true}, Case{"H", "upstream:closed", false},
        Case{"HTTP/1.1 100 Continue\r\n\r\n", "upstream:closed", false},
        Case{"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nab", "upstream:truncated", false},
        Case{"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nab\r\n", "upstream:truncated", false}}) {
    ClientRig rig;
    Owner& owner = rig.request();
    ASSERT_TRUE(rig.receive(one.wire));
    rig.codec->receive_end();
    EXPECT_EQ(owner.error.code, one.code) << one.wire;
    EXPECT_EQ(owner.error.is_retryable, one.is_retryable) << one.wire;
    EXPECT_FALSE(owner.is_ended);
    EXPECT_TRUE(rig.codec->wants_close());
  }
}

TEST(Http1Client, an_early_response_leaves_the_request_to_its_owner_and_the_connection_unused) {
  ClientRig rig;
  Owner& owner = rig.open();
  RequestHead head;
  head.method = "PUT";
  head.authority = "a";
  head.path = "/";
  head.body = BodyKind::streamed;
  owner.stream.send_head(head, false);
  EXPECT_EQ(rig.take_output(), "PUT / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n");
  ASSERT_TRUE(rig.receive("HTTP/1.1 413 Too Large\r\ncontent-length: 0\r\n\r\n"));
  EXPECT_EQ(owner.log, "413 none |end|");
  EXPECT_EQ(rig.codec->streams(), 1U);
  Chain rest(rig.pool);
  rest.append(std::string_view("rest"));
  owner.stream.send_body(std::move(rest), true);
  EXPECT_EQ(rig.take_output(), "4\r\nrest\r\n0\r\n\r\n");
  EXPECT_EQ(owner.log, "413 none |end|closed|");
  EXPECT_FALSE(rig.codec->may_open());
}

TEST(Http1Client, a_reset_closes_the_connection_and_delivers_nothing_more) {
  ClientRig rig;
  Owner& owner = rig.request();
  ASSERT_TRUE(rig.receive("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nab"));
  owner.stream.reset(ResetCode::cancel);
  EXPECT_TRUE(rig.codec->wants_close());
  EXPECT_EQ(rig.codec->read_budget(), 0U);
  ASSERT_TRUE(rig.codec->receive(slice_of(rig.pool, "cde")));
  EXPECT_EQ(owner.log, "200 sized 5 |");
  EXPECT_EQ(owner.body, "ab");
}

TEST(Http1Client, never_delivers_more_than_the_window_ahead_of_consumption) {
  Limits limits;
  limits.window = 500;
  ClientRig rig(limits);
  Owner& owner = rig.request();
  owner.keeps_credit = true;
  ASSERT_TRUE(rig.receive("HTTP/1.1 200 OK\r\ncontent-length: 10000\r\n\r\n"));
  for (std::size_t left = 10000; left > 0;) {
    std::size_t budget = std::min(rig.codec->read_budget(), left);
    if (budget == 0) {
      owner.stream.consume(std::exchange(owner.owed, 0));
      continue;
    }
    ASSERT_TRUE(rig.receive(std::string(budget, 'x')));
    left -= budget;
  }
  EXPECT_EQ(owner.most_owed, limits.window);
  EXPECT_EQ(owner.body.size(), 10000U);
  EXPECT_TRUE(owner.is_closed);
}

TEST(Http1Client, wants_to_read_two_blocks_of_a_long_body_and_no_little_of_a_third) {
  ClientRig rig;
  rig.request();
  ASSERT_TRUE(rig.receive("HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n"));
  EXPECT_EQ(rig.codec->read_budget(), 2 * Block::size);
}

TEST(Http1Client, shutting_down_lets_the_exchange_finish) {
  ClientRig idle;
  idle.codec->shut_down();
  EXPECT_FALSE(idle.codec->may_open());
  EXPECT_TRUE(idle.codec->wants_close());

  ClientRig busy;
  Owner& owner = busy.request();
  busy.codec->shut_down();
  ASSERT_TRUE(busy.receive("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"));
  EXPECT_TRUE(owner.is_closed);
  EXPECT_FALSE(busy.codec->may_open());
}

}  // namespace ravelin::http::test
