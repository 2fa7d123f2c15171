#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "support/frames.h"
#include "support/simulation.h"

namespace ravelin::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using namespace std::chrono_literals;

const std::string one_origin = R"(
upstreams: {origin: {endpoints: ["10.0.0.1:80"]}}
routes: [{match: {}, upstream: origin}]
)";

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

// RFC 9110 section 5.3: several lines of a list are one list.
TEST(Clients, are_found_and_passed_on_when_the_hops_stand_on_several_lines) {
  Simulation sim(R"(
client_identity: {trusted_proxies: [10.9.0.0/16], headers: [X-Forwarded-For]}
)" + one_origin);
  std::string seen;
  keep_request(sim, seen);
  sim.ask(
      "GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 198.51.100.7\r\nX-Forwarded-For:\r\n"
      "X-Forwarded-For: 203.0.113.9, 10.9.1.1\r\nX-Forwarded-For: 10.9.2.2\r\n\r\n",
      "10.9.0.1:5000");
  EXPECT_EQ(sim.done[0].client, "203.0.113.9");
  EXPECT_THAT(seen, HasSubstr("x-forwarded-for: 198.51.100.7, 203.0.113.9, 10.9.1.1, 10.9.2.2, 10.9.0.1\r\n"));
}

TEST(Clients, of_a_unix_socket_are_not_counted_as_one) {
  Simulation sim("limits: {connections_per_client: 2}\n" + one_origin);
  for (int i = 0; i < 3; ++i) EXPECT_NE(sim.connect("unix:/run/ravelin.sock"), nullptr);
  EXPECT_THAT(sim.refused, IsEmpty());
}

TEST(Clients, whose_http2_is_a_flood_are_counted_once) {
  Simulation sim(one_origin);
  End* const flooding = sim.connect_http2();
  std::string flood = frames::preface();
  for (int i = 0; i < 50'000; ++i) flood += frames::frame(frames::ping, frames::none, 0, "12345678");
  flooding->send(flood);
  sim.advance(3s);  // more than the linger after a close
  EXPECT_TRUE(flooding->has_ended());
  End* const honest = sim.connect_http2();
  honest->send(frames::preface());
  sim.run();
  honest->finish();
  sim.run();
  EXPECT_TRUE(honest->has_ended());
  EXPECT_THAT(sim.refused, ElementsAre("core http2:flood"));
}

}  // namespace
}  // namespace ravelin::testing
