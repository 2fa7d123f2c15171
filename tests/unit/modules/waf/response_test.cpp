#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <span>
#include <string>

#include "support/waf_bench.h"

namespace ravelin::waf {
namespace {

// One exchange through an inspector by hand: responses with a body need more than the bench gives.
class Responses : public ::testing::Test {
 protected:
  void load() {
    waf.config.response_body = Inspect::on;
    waf.config.response_limit = ByteSize{1000};
    ASSERT_TRUE(
        waf.load_rules("SecRule RESPONSE_BODY \"@contains leaked\" \"id:1,phase:4,deny,msg:'Leak'\"\n"
                       "SecRule RESPONSE_HEADERS:x-leak \"@streq 1\" \"id:2,phase:3,deny,msg:'Leak'\"\n"));
  }

  void request() {
    auto head = std::make_unique<RequestHead>();
    head->method = "GET";
    head->path = "/";
    head->authority = "example.com";
    head->fields.add("accept-encoding", "gzip");
    exchange.set_request(std::move(head));
    inspector = waf.bench.module().inspect(exchange);
    ASSERT_EQ(inspector->on_request_head(exchange).kind(), Verdict::Kind::pass);
  }

  Verdict response(std::string_view type, std::string_view field = {}, std::string_view value = {}) {
    auto head = std::make_unique<ResponseHead>();
    head->status = 200;
    head->body = BodyKind::streamed;
    head->fields.add("content-type", type);
    if (!field.empty()) head->fields.add(field, value);
    exchange.set_response(std::move(head));
    return inspector->on_response_head(exchange);
  }

  Verdict body(const std::string& text, bool is_last) {
    return inspector->on_response_body(exchange, {std::as_bytes(std::span(text)), is_last});
  }

  WafBench waf;
  Peer peer = testing::peer_from("192.0.2.1");
  TlsSession tls;
  Exchange exchange{waf.bench.loop, peer, tls};
  std::unique_ptr<Inspector> inspector;
};

TEST_F(Responses, are_held_and_judged_when_asked_for) {
  load();
  request();
  EXPECT_EQ(exchange.request().fields.find("accept-encoding"), "identity");
  EXPECT_EQ(response("text/html; charset=utf-8").kind(), Verdict::Kind::pass);
  EXPECT_EQ(inspector->response_body_hold(exchange), 1000u);
  EXPECT_EQ(body("all of it lea", false).kind(), Verdict::Kind::pass);
  const Verdict verdict = body("ked", true);
  ASSERT_EQ(verdict.kind(), Verdict::Kind::reject);
  EXPECT_EQ(verdict.rejection().reason, "waf:1");
}

TEST_F(Responses, are_judged_by_their_head) {
  load();
  request();
  EXPECT_EQ(response("text/html", "x-leak", "1").rejection().reason, "waf:2");
}

TEST_F(Responses, beyond_the_limit_pass_once_their_beginning_has) {
  load();
  request();
  EXPECT_EQ(response("text/plain").kind(), Verdict::Kind::pass);
  EXPECT_EQ(body(std::string(2000, 'x'), false).kind(), Verdict::Kind::pass);
  EXPECT_EQ(body("leaked", true).kind(), Verdict::Kind::skip);
}

TEST_F(Responses, have_types_and_codings_in_any_case) {
  load();
  request();
  EXPECT_EQ(response("Text/HTML; Charset=UTF-8", "content-encoding", "Identity").kind(), Verdict::Kind::pass);
  EXPECT_EQ(body("leaked", true).rejection().reason, "waf:1");
}

// Which would keep its transaction for as long as it lives.
TEST_F(Responses, that_open_a_tunnel_are_done_with) {
  load();
  request();
  auto head = std::make_unique<ResponseHead>();
  head->status = 101;
  exchange.set_response(std::move(head));
  EXPECT_EQ(inspector->on_response_head(exchange).kind(), Verdict::Kind::skip);
}

TEST_F(Responses, that_stream_or_are_coded_or_are_not_text_are_not_held) {
  load();
  for (const std::string_view type : {"text/event-stream", "application/grpc", "image/png"}) {
    request();
    EXPECT_EQ(response(type).kind(), Verdict::Kind::skip) << type;
    EXPECT_EQ(inspector->response_body_hold(exchange), 0u);
  }
  request();
  EXPECT_EQ(response("text/html", "content-encoding", "gzip").kind(), Verdict::Kind::skip);
}

TEST_F(Responses, are_left_alone_by_default) {
  ASSERT_TRUE(waf.load_rules("SecRule RESPONSE_BODY \"@contains leaked\" \"id:1,phase:4,deny\"\n"));
  request();
  EXPECT_EQ(exchange.request().fields.find("accept-encoding"), "gzip");
  EXPECT_EQ(response("text/html").kind(), Verdict::Kind::pass);
  EXPECT_EQ(inspector->response_body_hold(exchange), 0u);
}

}  // namespace
}  // namespace ravelin::waf
