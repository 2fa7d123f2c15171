#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "net/proxy_protocol.h"
#include "ravelin/module.h"
#include "support/frames.h"
#include "support/simulation.h"

namespace ravelin::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;
using namespace std::chrono_literals;

std::string behind(const std::string& proxies) {
  return "listeners: [{name: sim, bind: [\"127.0.0.1:1\", \"unix:/run/sim.sock\"], proxy_protocol: {from: [" + proxies +
         "]}}]\nupstreams: {origin: {endpoints: [\"10.0.0.1:80\"]}}\nroutes: [{match: {}, upstream: origin}]\n";
}
const std::string proxied = behind("10.9.0.0/16");
const std::string proxy = "10.9.0.1:5000";
const std::string request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

std::string header(net::ProxyVersion version, const std::string& source = "203.0.113.7:4711") {
  return net::write_proxy_header(version, *SocketAddress::parse(source), *SocketAddress::parse("198.51.100.1:443"));
}
std::string v1(const std::string& source = "203.0.113.7:4711") { return header(net::ProxyVersion::v1, source); }

/// Keeps what the origin was sent, and answers it.
void keep_request(Simulation& sim, std::string& seen) {
  sim.on_origin = [&seen](End& origin, const std::string&) {
    origin.on_input = [&seen](End& end) {
      if (end.received().empty()) return;
      seen = end.take();
      end.send("HTTP/1.1 204 No Content\r\n\r\n");
    };
    return true;
  };
}

TEST(ProxyProtocol, names_the_client_wherever_its_header_is_split) {
  for (const net::ProxyVersion version : {net::ProxyVersion::v1, net::ProxyVersion::v2}) {
    const std::string all = header(version) + request;
    for (std::size_t first = 0; first <= all.size(); ++first) {
      Simulation sim(proxied);
      std::string seen;
      keep_request(sim, seen);
      End* const client = sim.connect(proxy);
      client->send(all.substr(0, first));
      sim.run();
      client->send(all.substr(first));
      sim.run();
      ASSERT_THAT(client->received(), StartsWith("HTTP/1.1 204")) << first;
      ASSERT_EQ(sim.done.size(), 1U);
      EXPECT_EQ(sim.done[0].client, "203.0.113.7");
      EXPECT_THAT(seen, HasSubstr("x-forwarded-for: 203.0.113.7\r\n"));
    }
  }
}

TEST(ProxyProtocol, is_read_once_for_all_requests_of_a_connection_that_comes_byte_by_byte) {
  Simulation sim(proxied);
  End* const client = sim.connect(proxy);
  for (const char c : v1() + request + request) {
    client->send(std::string(1, c));
    sim.run();
  }
  ASSERT_EQ(sim.done.size(), 2U);
  EXPECT_EQ(sim.done[1].client, "203.0.113.7");
  client->send(v1() + request);
  sim.run();
  EXPECT_THAT(client->received(), HasSubstr("HTTP/1.1 400"));
}

TEST(ProxyProtocol, is_before_http2_too) {
  Simulation sim(proxied);
  End* const client = sim.connect_http2(proxy);
  client->send(v1() + frames::preface() +
               frames::request(
                   1, frames::block({{":method", "GET"}, {":scheme", "http"}, {":authority", "a"}, {":path", "/"}})));
  sim.run();
  ASSERT_EQ(sim.done.size(), 1U);
  EXPECT_EQ(sim.done[0].client, "203.0.113.7");
  EXPECT_EQ(sim.done[0].status, 200);
  client->finish();
  sim.run();
}

TEST(ProxyProtocol, from_others_is_refused_as_bad_http) {
  for (const std::string& text : {v1(), header(net::ProxyVersion::v2)}) {
    Simulation sim(proxied);
    EXPECT_THAT(sim.ask(text + request, "192.0.2.1:40000"), StartsWith("HTTP/1.1 400"));
    ASSERT_EQ(sim.done.size(), 1U);
    EXPECT_EQ(sim.done[0].client, "192.0.2.1");
    EXPECT_TRUE(sim.origins.empty());
  }
  Simulation sim(proxied);
  EXPECT_THAT(sim.ask(request, "192.0.2.1:40000"), StartsWith("HTTP/1.1 200"));
}

struct Bad {
  const char* name;
  std::string bytes;
  std::string counted;
  friend void PrintTo(const Bad& row, std::ostream* out) { *out << row.name; }
};

class ProxyProtocolBad : public ::testing::TestWithParam<Bad> {};

TEST_P(ProxyProtocolBad, closes_the_connection_and_is_counted_once) {
  Simulation sim(proxied);
  End* const client = sim.connect(proxy);
  client->send(GetParam().bytes);
  sim.run();
  EXPECT_TRUE(client->has_ended());
  EXPECT_EQ(client->received(), "");
  EXPECT_THAT(sim.refused, ElementsAre(GetParam().counted));
  EXPECT_THAT(sim.done, IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(
    Headers, ProxyProtocolBad,
    ::testing::Values(Bad{"http", request, "core proxy:missing"},
                      Bad{"post", "POST / HTTP/1.1\r\n\r\n", "core proxy:missing"},
                      Bad{"tls", "\x16\x03\x01", "core proxy:missing"},
                      Bad{"http2", std::string(frames::magic), "core proxy:missing"},
                      Bad{"address", "PROXY TCP4 203.0.113.300 1.1.1.1 1 2\r\n", "core proxy:malformed"},
                      Bad{"endless", "PROXY UNKNOWN " + std::string(2000, 'x'), "core proxy:malformed"},
                      Bad{"large_v2", std::string("\r\n\r\n\0\r\nQUIT\n\x21\x11\xff\xff", 16), "core proxy:malformed"}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(ProxyProtocol, that_does_not_come_is_awaited_for_handshake_timeout) {
  for (const std::string& start : {std::string(), std::string("PROXY TCP4 203.")}) {
    Simulation sim("limits: {handshake_timeout: 5s}\n" + proxied);
    End* const client = sim.connect(proxy);
    client->send(start);
    sim.advance(4900ms);
    EXPECT_FALSE(client->has_ended());
    sim.advance(200ms);
    EXPECT_TRUE(client->has_ended());
    EXPECT_THAT(sim.refused, ElementsAre("core proxy:missing"));
  }
}

TEST(ProxyProtocol, cut_off_is_malformed_and_a_mere_look_is_nothing) {
  Simulation sim(proxied);
  End* const looking = sim.connect(proxy);
  looking->finish();
  sim.run();
  EXPECT_TRUE(looking->has_ended());
  EXPECT_THAT(sim.refused, IsEmpty());
  End* const cut = sim.connect(proxy);
  cut->send("PROXY TCP4 203.");
  cut->finish();
  sim.run();
  EXPECT_TRUE(cut->has_ended());
  EXPECT_THAT(sim.refused, ElementsAre("core proxy:malformed"));
}

TEST(ProxyProtocol, without_addresses_is_about_the_proxy_itself) {
  for (const std::string& text :
       {std::string("PROXY UNKNOWN\r\n"), std::string("\r\n\r\n\0\r\nQUIT\n\x20\0\0\0", 16)}) {
    Simulation sim("limits: {connections_per_client: 1}\n" + proxied);
    for (int i = 0; i < 3; ++i) {
      End* const client = sim.connect(proxy);
      client->send(text + request);
      sim.run();
      EXPECT_THAT(client->received(), StartsWith("HTTP/1.1 200"));
      EXPECT_EQ(sim.done.back().client, "10.9.0.1");
    }
    EXPECT_THAT(sim.refused, IsEmpty());
  }
}

TEST(ProxyProtocol, counts_connections_for_the_client_behind) {
  Simulation sim("limits: {connections_per_client: 2}\n" + proxied);
  std::vector<End*> clients;
  for (const char* source : {"203.0.113.7:1", "203.0.113.7:2", "203.0.113.7:3", "203.0.113.8:1"}) {
    clients.push_back(sim.connect(proxy));
    clients.back()->send(v1(source) + request);
    sim.run();
  }
  EXPECT_THAT(clients[1]->received(), StartsWith("HTTP/1.1 200"));
  EXPECT_TRUE(clients[2]->has_ended());
  EXPECT_EQ(clients[2]->received(), "");
  EXPECT_THAT(clients[3]->received(), StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(sim.refused, ElementsAre("core limit:connections_per_client"));
  EXPECT_EQ(sim.caps.total(), 3U);
  clients[0]->finish();
  sim.run();
  End* const again = sim.connect(proxy);
  again->send(v1("203.0.113.7:4") + request);
  sim.run();
  EXPECT_THAT(again->received(), StartsWith("HTTP/1.1 200"));
}

TEST(ProxyProtocol, counts_the_total_at_accept) {
  Simulation sim("limits: {client_connections: 2, connections_per_client: 1}\n" + proxied);
  EXPECT_NE(sim.connect(proxy), nullptr);
  EXPECT_NE(sim.connect(proxy), nullptr);
  EXPECT_EQ(sim.connect(proxy), nullptr);
  EXPECT_THAT(sim.refused, ElementsAre("core limit:client_connections"));
}

// Turns 203.0.113.66 away, and tells whom it was asked about.
struct Doorman {
  struct Config final : Section {
    void bind(Binder&) override {}
  };
  struct DoormanModule final : Module {
    std::unique_ptr<Inspector> inspect(Exchange&) const override { return nullptr; }
    Verdict on_connect(Loop&, const Peer& peer) const override {
      asked.push_back(peer.address.address.to_string());
      if (asked.back() == "203.0.113.66") return Verdict::reject(403, "door:closed");
      return Verdict::pass();
    }
  };
  static inline std::vector<std::string> asked;
  static inline const Descriptor descriptor{
      .name = "doorman",
      .needs = {},
      .provides = {},
      .make_section = []() -> std::unique_ptr<Section> { return std::make_unique<Config>(); },
      .make = [](const Section&, const Services&) -> Result<std::unique_ptr<Module>> {
        return std::unique_ptr<Module>(std::make_unique<DoormanModule>());
      }};
};

TEST(ProxyProtocol, lets_modules_judge_the_client_behind_once_it_is_known) {
  Doorman::asked.clear();
  Simulation sim("modules: [{doorman: {}}]\n" + proxied, {&Doorman::descriptor});
  End* const client = sim.connect(proxy);
  sim.run();
  EXPECT_THAT(Doorman::asked, IsEmpty());
  client->send(v1("203.0.113.66:1") + request);
  sim.run();
  EXPECT_TRUE(client->has_ended());
  EXPECT_EQ(client->received(), "");
  EXPECT_THAT(Doorman::asked, ElementsAre("203.0.113.66"));
  EXPECT_THAT(sim.refused, ElementsAre("doorman door:closed"));
}

TEST(ProxyProtocol, has_its_source_compared_with_the_trusted_proxies) {
  const auto client_of = [](const std::string& trusted) {
    Simulation sim("client_identity: {trusted_proxies: [" + trusted + "], headers: [X-Forwarded-For]}\n" + proxied);
    sim.ask(v1() + "GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 198.51.100.99\r\n\r\n", proxy);
    return sim.done.at(0).client;
  };
  EXPECT_EQ(client_of("203.0.113.0/24"), "198.51.100.99");
  EXPECT_EQ(client_of("10.9.0.0/16"), "203.0.113.7");
}

TEST(ProxyProtocol, can_come_from_whoever_connects_to_a_unix_socket) {
  Simulation sim(behind("unix"));
  sim.ask(v1() + request, "unix:/run/sim.sock");
  sim.ask(request, "192.0.2.1:40000");
  ASSERT_EQ(sim.done.size(), 2U);
  EXPECT_EQ(sim.done[0].client, "203.0.113.7");
  EXPECT_EQ(sim.done[1].client, "192.0.2.1");
  sim.ask(request, "unix:/run/sim.sock");
  EXPECT_THAT(sim.refused, ElementsAre("core proxy:missing"));
}

}  // namespace
}  // namespace ravelin::testing
