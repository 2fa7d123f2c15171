#include "observe/decision_ring.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "observe/explain.h"
#include "tests/unit/observe/sample.h"

namespace ravelin::observe {
namespace {

using namespace std::chrono_literals;

constexpr WallTime now{1'709'164'800s};

void fill(Sample& sample) {
  sample.peer.client = *Address::parse("2001:db8::7");
  sample.peer.known_by = ClientSource::header;
  sample.peer.hops = {*Address::parse("203.0.113.9")};
  sample.peer.listener = "https";
  sample.tls.version = "1.3";
  sample.tls.server_name = "shop.example.com";
  sample.request().method = "POST";
  sample.request().host = "shop.example.com";
  sample.request().path = "/login";
  sample.request().query = "next=/&token=abc";
  sample.request().version = Version::http2;
  sample.answer(403);
  Exchange& e = sample.exchange;
  e.route = "shop";
  e.reason = "waf:942100";
  e.ended_by = "gateway";
  e.request_body_bytes = 44;
  e.response_body_bytes = 512;
  e.times.started = Time(1h);
  e.times.inspected = Time(1h + 1262us);
  e.times.finished = Time(1h + 2s);
  e.decisions.push_back({"route", DecisionKind::pass, {}, {}, {"ravelin.yaml", 80, 5}});
  e.decisions.push_back({"ban", DecisionKind::skip, {}, {}, {"ravelin.yaml", 40, 5}});
  e.decisions.push_back(
      {"waf", DecisionKind::reject, "waf:942100", "password=hunter2 or 1=1", {"ravelin.yaml", 52, 5}});
  e.incidents.push_back({"waf", "waf:942100", {"942100", "942190"}, "SQL Injection", 10, {}, Action::detected});
}

TEST(DecisionRing, explains_the_whole_chain_with_the_lines_behind_it) {
  Sample sample;
  fill(sample);
  DecisionRing ring;
  ring.record(sample.exchange, now);
  const auto json = ring.find_json("id-1");
  ASSERT_TRUE(json);
  EXPECT_EQ(explain_text(*json),
            "Request id-1 at 2024-02-29T00:00:00.000000Z: 403, waf:942100\n"
            "  peer       203.0.113.9:51234 on listener https, TLS 1.3 for shop.example.com\n"
            "  client     2001:db8::7, known by header, behind 203.0.113.9\n"
            "  request    POST shop.example.com/login?next=/&token=*** HTTP/2, body 44 bytes\n"
            "  route      shop\n"
            "  route      pass  at ravelin.yaml:80\n"
            "  ban        skip  at ravelin.yaml:40\n"
            "  waf        reject  waf:942100  at ravelin.yaml:52\n"
            "             password=*** or 1=1\n"
            "  incident   waf detected  waf:942100  SQL Injection, score 10\n"
            "             rules 942100 942190\n"
            "  upstream   not asked\n"
            "  response   403, body 512 bytes, ended by gateway\n"
            "  time       2 s, inspect 1.26 ms, transfer 2 s\n");
}

TEST(DecisionRing, tells_by_which_engine_a_module_has_judged) {
  Sample sample;
  sample.exchange.decisions.push_back({"ban", DecisionKind::pass, {}, {}, {"ravelin.yaml", 40, 5}});
  sample.exchange.decisions.push_back(
      {"waf", DecisionKind::pass, {}, {}, {"ravelin.yaml", 52, 5}, Judged{"plan", true}});
  DecisionRing ring;
  ring.record(sample.exchange, now);
  const auto json = nlohmann::json::parse(*ring.find_json("id-1"));
  EXPECT_FALSE(json["decisions"][0].contains("engine"));
  EXPECT_EQ(json["decisions"][1]["engine"], "plan");
  EXPECT_EQ(json["decisions"][1]["rechecked"], true);
  EXPECT_NE(explain_text(json.dump())
                .find("  waf        pass  at ravelin.yaml:52\n"
                      "             judged by plan, rechecked\n"),
            std::string::npos);
}

TEST(DecisionRing, keeps_what_the_upstream_did) {
  Sample sample;
  sample.answer(502);
  sample.exchange.upstream = "k3s";
  sample.exchange.endpoint = "10.0.1.10:80";
  sample.exchange.attempts = 2;
  DecisionRing ring;
  ring.record(sample.exchange, now);
  const auto json = nlohmann::json::parse(*ring.find_json("id-1"));
  EXPECT_EQ(json["upstream"], "k3s");
  EXPECT_EQ(json["endpoint"], "10.0.1.10:80");
  EXPECT_EQ(json["attempts"], 2);
  EXPECT_NE(explain_text(json.dump()).find("k3s, endpoint 10.0.1.10:80, 2 attempts"), std::string::npos);
}

TEST(DecisionRing, finds_the_latest_of_an_id_and_nothing_else) {
  DecisionRing ring;
  Sample sample;
  EXPECT_FALSE(ring.find_json("id-1"));
  sample.exchange.route = "first";
  ring.record(sample.exchange, now);
  sample.exchange.route = "second";
  ring.record(sample.exchange, now);
  EXPECT_NE(ring.find_json("id-1")->find("second"), std::string::npos);
  EXPECT_FALSE(ring.find_json("id-"));
  EXPECT_FALSE(ring.find_json(""));
}

// Records of many sizes, wrapping around many times: each one still there reads back as it was.
TEST(DecisionRing, keeps_the_latest_whole_within_both_bounds) {
  for (const std::size_t records : {std::size_t{5}, std::size_t{100'000}}) {
    DecisionRing ring(records, 80 * 1024);
    std::uint64_t random = 5;
    std::vector<std::string> details;
    for (std::size_t i = 0; i < 3000; ++i) {
      random = random * 6364136223846793005U + 1442695040888963407U;
      Sample sample;
      sample.exchange.set_id(std::to_string(i));
      details.push_back(std::string((random >> 33) % 512, static_cast<char>('a' + i % 26)));
      const std::size_t decisions = (random >> 50) % 20;
      for (std::size_t d = 0; d <= decisions; ++d) {
        sample.exchange.decisions.push_back({"waf", DecisionKind::pass, {}, details.back(), {}});
      }
      ring.record(sample.exchange, now);
      ASSERT_LE(ring.size(), records);
      ASSERT_GE(ring.size(), std::min<std::size_t>({records, i + 1, 2}));
      for (std::size_t back = 0; i % 61 == 0 && back < ring.size(); back += 5) {
        const auto json = ring.find_json(std::to_string(i - back));
        ASSERT_TRUE(json);
        ASSERT_EQ(nlohmann::json::parse(*json)["decisions"].back().value("detail", ""), details[i - back]);
      }
    }
  }
}

TEST(DecisionRing, bounds_what_a_peer_can_make_it_hold) {
  Sample sample;
  const std::string huge(60'000, '\x01');
  fill(sample);
  sample.request().method = sample.request().host = sample.request().path = sample.request().query = sample.keep(huge);
  sample.exchange.reason = huge;
  for (int i = 0; i < 300; ++i) {
    sample.peer.hops.push_back(Address::v4({1, 2, 3, 4}));
    sample.exchange.decisions.push_back({"waf", DecisionKind::reject, huge, huge, {huge, 1, 1}});
    sample.exchange.incidents.push_back(
        {"waf", huge, std::vector<std::string>(300, std::string(40, '9')), huge, 1, huge, {}});
  }
  DecisionRing ring(4096, 64 * 1024);
  for (int i = 0; i < 10; ++i) ring.record(sample.exchange, now);
  EXPECT_GE(ring.size(), 1U);
  EXPECT_TRUE(nlohmann::json::accept(*ring.find_json("id-1")));
}

TEST(Explain, gives_back_what_it_cannot_read) {
  EXPECT_EQ(explain_text("no json"), "no json");
  EXPECT_EQ(explain_text("[]"), "[]");
  EXPECT_EQ(explain_text(R"({"status":"x"})"), R"({"status":"x"})");
}

}  // namespace
}  // namespace ravelin::observe
