#include "modules/waf/body.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "support/waf_bench.h"

namespace ravelin::waf {
namespace {

using ::testing::HasSubstr;

constexpr std::string_view find_evil =
    "SecRule ARGS|REQUEST_BODY \"@contains evil\" \"id:1,phase:2,deny,msg:'Evil',severity:CRITICAL\"\n";
constexpr std::string_view form = "application/x-www-form-urlencoded";

// The verdict on `request` with its body in pieces of `size` bytes, the last one maybe empty.
Verdict in_pieces(testing::BenchExchange& exchange, std::string_view body, std::size_t size) {
  Verdict verdict = exchange.request_head();
  while (verdict.kind() == Verdict::Kind::pass && !body.empty()) {
    const std::string_view piece = body.substr(0, size);
    body.remove_prefix(piece.size());
    verdict = exchange.request_body(piece, false);
  }
  return verdict.kind() == Verdict::Kind::pass ? exchange.request_body({}, true) : std::move(verdict);
}

TEST(RequestBody, gets_the_same_verdict_however_it_is_split) {
  WafBench waf;
  ASSERT_TRUE(waf.load());
  const std::string parts =
      "--edge\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n<script>alert(1)</script>\r\n--edge--\r\n";
  const testing::BenchRequest requests[] = {
      post(form, "a=b&c=<script>alert(1)</script>"), post("application/json", R"({"c":["<script>alert(1)</script>"]})"),
      post("multipart/form-data; boundary=edge", parts), post("text/xml", "<a>&lt;script>alert(1)&lt;/script></a>")};
  for (const testing::BenchRequest& request : requests) {
    for (const std::size_t size : {1u, 7u, 1000u}) {
      auto exchange = waf.bench.open(request);
      const Verdict verdict = in_pieces(exchange, request.body, size);
      ASSERT_EQ(verdict.kind(), Verdict::Kind::reject) << request.body << " by " << size;
      EXPECT_EQ(verdict.rejection().reason, "waf:941100");
      EXPECT_EQ(exchange.record().incidents.size(), 1u);
    }
  }
}

std::string part(std::string_view disposition) {
  return "--edge\r\nContent-Disposition: form-data; " + std::string(disposition) + "\r\n\r\nx\r\n--edge--\r\n";
}

// libmodsecurity 3.0.9 looks for the end of such a value in whatever follows it in memory, so that it was refused by
// chance.
TEST(RequestBody, with_a_quote_that_is_not_closed_is_refused_before_the_library_sees_it) {
  WafBench waf;
  ASSERT_TRUE(waf.load_rules(find_evil));
  for (const char* open :
       {"name=\"a", "name=\"a\"; filename=\"b", "name=\"a; filename=b", "name='a", "name= 'a\"", "name=\"a\\\"",
        "name=\"a\"; filename=\"b\r\n c", "name=\"a\"; filename=\"", "name=\"a\"; filename*=utf-8'\"'abc; filename=\"x",
        "name=\"a\"\r\n\v; filename=\"x", "name=\"a\"\r\n\f; filename=\"x", "name=\"a\"\r\n\r ; filename=\"x"}) {
    const std::string body = part(open);
    EXPECT_TRUE(has_open_quote(body)) << body;
    const auto outcome = waf.bench.run(post("multipart/form-data; boundary=edge", body));
    EXPECT_EQ(outcome.status, 400) << body;
    EXPECT_EQ(outcome.reason, "waf:malformed_body") << body;
    EXPECT_EQ(waf.bench.run(post("text/plain", body)).status, 200) << body;
  }
  EXPECT_TRUE(has_open_quote("content-DISPOSITION:\""));
  EXPECT_TRUE(has_open_quote(part(std::string_view("name=\"a\0\"", 9))));
  EXPECT_TRUE(has_open_quote("x\nContent-Disposition: form-data; name=\"a\r\nX: \"\r\n"));
}

// Linear in its length: a hundred times the body that took a second.
TEST(RequestBody, of_nothing_but_extended_values_is_looked_through_once) {
  std::string body = "Content-Disposition: ";
  while (body.size() < 10'000'000) body += "*=";
  EXPECT_FALSE(has_open_quote(body));
  EXPECT_TRUE(has_open_quote(body + '"'));
  EXPECT_EQ(count_arguments(BodyFormat::multipart, std::string(1'000'000, '-'),
                            "multipart/form-data; boundary=" + std::string(7000, '-') + "x"),
            0u);
}

TEST(RequestBody, with_closed_quotes_is_judged) {
  WafBench waf;
  ASSERT_TRUE(waf.load_rules(find_evil));
  for (const char* closed :
       {"name=\"a\"", "name=\"a\"; filename=\"b's.png\"", "name=\"a\\\"b\"", "name=a", "name=\"it's\"",
        "name=\"a\"; filename=\"\"", "name=\"a\"; filename=\"b\"; filename*=UTF-8''caf%C3%A9.png",
        "name=\"a\"; filename*=UTF-8'fr'b.png; filename=\"b\""}) {
    EXPECT_FALSE(has_open_quote(part(closed))) << closed;
    EXPECT_EQ(waf.bench.run(post("multipart/form-data; boundary=edge", part(closed))).status, 200) << closed;
  }
  EXPECT_FALSE(has_open_quote("Content-Disposition: form-data; name=\"a\r\n b\"\r\n")) << "folded";
  EXPECT_FALSE(has_open_quote("say \"Content-Disposition"));
  EXPECT_FALSE(has_open_quote(""));
}

TEST(RequestBody, beyond_the_limit_is_refused_before_it_is_sent) {
  WafBench waf;
  waf.config.body_limit = ByteSize{1000};
  ASSERT_TRUE(waf.load_rules(find_evil));
  const std::string body = "a=" + std::string(1000, 'x');
  const auto outcome = waf.bench.run(post(form, body));
  EXPECT_EQ(outcome.status, 413);
  EXPECT_EQ(outcome.reason, "waf:body_limit");
}

TEST(RequestBody, of_unknown_length_is_refused_at_the_byte_beyond_the_limit) {
  WafBench waf;
  waf.config.body_limit = ByteSize{1000};
  ASSERT_TRUE(waf.load_rules(find_evil));
  const std::string body = "a=" + std::string(998, 'x');
  auto exchange = waf.bench.open(post(form, body));
  exchange.record().request().body = BodyKind::streamed;
  EXPECT_EQ(exchange.request_head().kind(), Verdict::Kind::pass);
  EXPECT_EQ(exchange.request_body(body, false).kind(), Verdict::Kind::pass);
  const Verdict verdict = exchange.request_body("y", false);
  ASSERT_EQ(verdict.kind(), Verdict::Kind::reject);
  EXPECT_EQ(verdict.rejection().reason, "waf:body_limit");
}

TEST(RequestBody, beyond_the_limit_is_judged_by_its_beginning_where_nothing_is_refused) {
  WafBench waf;
  waf.bench.mode = Mode::detect;
  waf.config.body_limit = ByteSize{1000};
  ASSERT_TRUE(waf.load_rules(find_evil));
  const std::string body = "a=evil" + std::string(2000, 'x');
  auto exchange = waf.bench.open(post(form, body));
  EXPECT_EQ(exchange.request_head().rejection().reason, "waf:body_limit");
  EXPECT_EQ(exchange.request_body(body, false).kind(), Verdict::Kind::pass);
  EXPECT_EQ(exchange.request_body({}, true).rejection().reason, "waf:1");
  ASSERT_EQ(exchange.record().incidents.size(), 1u);
  EXPECT_THAT(exchange.record().incidents[0].detail, HasSubstr("only the first 1000 bytes"));
}

TEST(RequestBody, beyond_the_limit_is_not_called_malformed_for_being_cut) {
  WafBench waf;
  waf.bench.mode = Mode::detect;
  waf.config.body_limit = ByteSize{1000};
  ASSERT_TRUE(waf.load_rules(find_evil));
  const std::string body =
      "--edge\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n" + std::string(2000, 'x') + "\r\n--edge--\r\n";
  for (const char* type : {"multipart/form-data; boundary=edge", "application/json"}) {
    const std::string sent = type[0] == 'm' ? body : "{\"a\":\"" + std::string(2000, 'x') + "\"}";
    auto exchange = waf.bench.open(post(type, sent));
    EXPECT_EQ(exchange.request_head().rejection().reason, "waf:body_limit");
    EXPECT_EQ(exchange.request_body(sent, false).kind(), Verdict::Kind::pass);
    EXPECT_EQ(exchange.request_body({}, true).kind(), Verdict::Kind::pass) << type;
    EXPECT_TRUE(exchange.record().incidents.empty()) << type;
  }
}

TEST(RequestBody, that_is_malformed_is_refused) {
  WafBench waf;
  ASSERT_TRUE(waf.load_rules(find_evil));
  const testing::BenchRequest requests[] = {
      post("application/json", R"({"a":[1)"),
      post("application/json", std::string_view("{\"a\":1}x")),
      post("text/xml", "<a><b></a>"),
      post("multipart/form-data; boundary=edge", "--edge\r\nno header\r\n--edge--\r\n"),
      post("multipart/form-data", "--edge\r\n\r\n--edge--\r\n"),
      post("multipart/form-data; boundary=edge",
           "--edge\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nx\r\n--edge\r\n")};
  for (const testing::BenchRequest& request : requests) {
    const auto outcome = waf.bench.run(request);
    EXPECT_EQ(outcome.status, 400) << request.body;
    EXPECT_EQ(outcome.reason, "waf:malformed_body") << request.body;
  }
}

TEST(RequestBody, that_is_malformed_is_looked_through_all_the_same) {
  WafBench waf;
  ASSERT_TRUE(waf.load_rules(find_evil));
  const auto outcome = waf.bench.run(post("application/json", R"({"a":"evil)"));
  EXPECT_EQ(outcome.status, 400);
  EXPECT_EQ(outcome.reason, "waf:malformed_body");
  ASSERT_EQ(outcome.incidents.size(), 1u);
  EXPECT_THAT(outcome.incidents[0].rules, ::testing::ElementsAre("450010", "1"));
}

TEST(RequestBody, nested_too_deep_is_refused) {
  WafBench waf;
  waf.config.json_depth = 8;
  ASSERT_TRUE(waf.load_rules(find_evil));
  EXPECT_EQ(waf.bench.run(post("application/json", "[[[[[[1]]]]]]")).status, 200);
  EXPECT_EQ(waf.bench.run(post("application/json", "[[[[[[[[[[1]]]]]]]]]]")).reason, "waf:malformed_body");
}

TEST(RequestArguments, beyond_the_limit_are_refused_wherever_they_are) {
  WafBench waf;
  waf.config.argument_limit = 4;
  ASSERT_TRUE(waf.load_rules(find_evil));
  const auto reason = [&](testing::BenchRequest request) {
    std::erase_if(request.fields, [&](const auto& field) { return field.second == browser().back().second; });
    return waf.bench.run(request).reason;
  };
  EXPECT_EQ(reason(get("/", "a&b&c&d")), "");
  EXPECT_EQ(reason(get("/", "a&b&c&d&e")), "waf:argument_limit");
  EXPECT_EQ(reason(post(form, "a&b&c&d&e")), "waf:argument_limit");
  EXPECT_EQ(reason(post("application/json", R"([1,2,3,4])")), "");
  EXPECT_EQ(reason(post("application/json", R"(["a,b,c,d,e,\",f",2,3])")), "");
  EXPECT_EQ(reason(post("application/json", R"([1,2,3,{"a":[4,5]}])")), "waf:argument_limit");
  testing::BenchRequest both = post(form, "a&b&c");
  both.query = "d&e";
  EXPECT_EQ(reason(both), "waf:argument_limit");
  testing::BenchRequest cookies = get("/");
  cookies.fields = {{"cookie", "a=1; b=2; c=3"}, {"cookie", "d=4; e=5"}};
  EXPECT_EQ(reason(cookies), "waf:argument_limit");
}

TEST(RequestArguments, of_a_multipart_body_are_its_parts) {
  const std::string part = "--edge\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nx\n--y\r\n";
  const std::string body = part + part + "--edge--\r\n";
  EXPECT_EQ(count_parts(body, "multipart/form-data; boundary=edge"), 3u);
  EXPECT_EQ(count_parts(body, "multipart/form-data; Boundary=\"edge\"; x=y"), 3u);
}

TEST(BlindSpots, of_the_library_are_refused) {
  WafBench waf;
  ASSERT_TRUE(waf.load_rules(find_evil));
  EXPECT_EQ(waf.bench.run(get("/x%3F/.htaccess")).reason, "waf:encoded_question_mark");
  EXPECT_EQ(waf.bench.run(get("/x", "a=1#b")).reason, "waf:fragment");
  testing::BenchRequest twice = post(form, "a=1");
  twice.fields.emplace_back("content-type", "application/json");
  EXPECT_EQ(waf.bench.run(twice).reason, "waf:content_type");
}

TEST(OffloadedEvaluation, judges_as_one_in_place) {
  WafBench waf;
  ASSERT_TRUE(waf.load_rules(find_evil));
  std::string body = "b=1";
  for (int i = 0; i < 100; ++i) body += "&a" + std::to_string(i) + "=harmless";
  EXPECT_EQ(waf.bench.run(post(form, body)).status, 200);
  const auto outcome = waf.bench.run(post(form, body + "&z=evil"));
  EXPECT_EQ(outcome.reason, "waf:1");
  EXPECT_EQ(outcome.incidents.size(), 1u);
}

TEST(OffloadedEvaluation, fails_when_the_queue_is_full) {
  WafBench waf;
  ASSERT_TRUE(waf.load_rules(find_evil));
  waf.bench.loop.set_offload_full(true);
  const std::string body = "a=" + std::string(5000, 'x');
  const auto outcome = waf.bench.run(post(form, body));
  EXPECT_EQ(outcome.reason, "bench:failed");
  EXPECT_THAT(outcome.detail, HasSubstr("queue of evaluations is full"));
}

// With the queue full, what would be offloaded fails and what is judged in place does not.
TEST(OffloadedEvaluation, is_for_large_heads_too_but_not_for_those_of_browsers) {
  WafBench waf;
  ASSERT_TRUE(waf.load_rules(find_evil));
  waf.bench.loop.set_offload_full(true);
  const std::string cookie = "session=" + std::string(700, 'x');
  const std::string large(8000, 'x');
  auto usual = get("/catalogue/shoes", "page=3&sort=price");
  usual.fields.emplace_back("cookie", cookie);
  EXPECT_EQ(waf.bench.run(usual).status, 200);
  EXPECT_EQ(waf.bench.run(get("/" + large)).reason, "bench:failed");
  for (const char* name : {"user-agent", "referer", "x-anything"}) {
    auto request = get("/");
    request.fields.emplace_back(name, large);
    EXPECT_EQ(waf.bench.run(request).reason, "bench:failed") << name;
  }
}

// The client leaves while its request waits for the pool: nothing is evaluated, nothing is touched.
TEST(OffloadedEvaluation, is_not_started_for_an_exchange_that_is_gone) {
  class NoAnswer final : public Resume::Answer {
   public:
    void begin() override {}
    void answer(Verdict) override { ADD_FAILURE() << "answered"; }
    void fail(std::string) override {}
  };
  WafBench waf;
  ASSERT_TRUE(waf.load_rules(find_evil));
  const Peer peer = testing::peer_from("192.0.2.1");
  const TlsSession tls;
  {
    Exchange exchange(waf.bench.loop, peer, tls);
    auto head = std::make_unique<RequestHead>();
    head->method = "POST";
    head->path = "/";
    head->authority = "example.com";
    head->body = BodyKind::streamed;
    exchange.set_request(std::move(head));
    const auto inspector = waf.bench.module().inspect(exchange);
    EXPECT_EQ(inspector->on_request_head(exchange).kind(), Verdict::Kind::pass);
    EXPECT_EQ(inspector->request_body_hold(exchange), waf.config.body_limit.bytes);
    const std::string body(5000, 'x');
    Verdict verdict = inspector->on_request_body(exchange, {std::as_bytes(std::span(body)), true});
    ASSERT_EQ(verdict.kind(), Verdict::Kind::later);
    verdict.take_start()(Resume(std::make_shared<NoAnswer>()));
  }
  waf.bench.loop.run();
  EXPECT_EQ(waf.bench.metrics.count("waf_evaluation_seconds{route=bench}"), 0u);
}

TEST(Attributes, are_counted_in_the_element_that_has_most) {
  EXPECT_EQ(count_attributes("<a x='1' y=\"2\"><b z='>'/>\"'\"'</a>"), 2u);
  EXPECT_EQ(count_attributes("<a><!-- <b x='1'> --><![CDATA[<c x='1'>]]><?d x='1'?></a>"), 0u);
  EXPECT_EQ(count_attributes("<!DOCTYPE a [<!-- ' -->]><a x='1' y='2' z='3'/>"), 3u);
  EXPECT_EQ(count_attributes("<!DOCTYPE a SYSTEM \"<b x='\"><a>" + std::string(400, '"') + "</a>"), 102u);
  EXPECT_EQ(count_arguments(BodyFormat::raw, "1 < 2\n\"a\" \"b\" \"c\"", "text/plain"), 1u);
  EXPECT_EQ(count_arguments(BodyFormat::xml, "<a x='1' y='2'/>", "text/xml"), 2u);
  EXPECT_EQ(count_attributes("text"), 0u);
}

}  // namespace
}  // namespace ravelin::waf
