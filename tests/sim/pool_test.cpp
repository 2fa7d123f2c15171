#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <string>
#include <vector>

#include "support/frames.h"
#include "support/simulation.h"

namespace ravelin::testing {
namespace {

using ::testing::EndsWith;
using ::testing::StartsWith;
using namespace std::chrono_literals;

const std::string one_origin = R"(
upstreams: {origin: {endpoints: ["10.0.0.1:80"]}}
routes: [{match: {}, upstream: origin}]
)";

// An address and a name of it: two endpoints with one pool.
const std::string same_origin_twice = R"(
upstreams: {origin: {endpoints: ["127.0.0.1:80", "localhost:80"], retry: {attempts: 2}}}
routes: [{match: {}, upstream: origin}]
)";

const std::string with_backup = R"(
upstreams: {origin: {endpoints: ["10.0.0.1:80", {address: "10.0.0.2:80", backup: true}], retry: {attempts: 0}}}
routes: [{match: {}, upstream: origin}]
)";

const std::string request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

/// Holding is an origin that answers when told to.
class Holding {
 public:
  explicit Holding(Simulation& sim) {
    sim.on_origin = [this](End& end, const std::string&) {
      ends.push_back(&end);
      if (accepts_late) end.transport().delay_accept();
      return true;
    };
  }
  /// Answers one request on connection `index`.
  void answer(std::size_t index, const std::string& body) {
    ends[index]->take();
    ends[index]->send("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
  }

  std::vector<End*> ends;
  bool accepts_late = false;  // from now on, connections come when accept() is called
};

// What an origin sends behind its response would be taken for the next one by who waits for a connection. That nothing
// is there is known once it has been read, also if the response ends where a read does.
TEST(Pool, reads_all_of_a_connection_before_it_is_used_again) {
  for (std::size_t size = 65'440; size < 65'500; ++size) {
    Simulation sim(one_origin);
    std::vector<End*> others;
    sim.on_origin = [&](End& origin, const std::string&) {
      if (!sim.origins["10.0.0.1:80"].empty()) {
        origin.transport().delay_accept();
        return true;
      }
      origin.on_input = [&](End& end) {
        if (end.take().empty()) return;
        constexpr std::size_t size_of_head = 43;
        const std::string rest(size - size_of_head, 'x');
        end.send("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(rest.size()) + "\r\n\r\n" + rest +
                 "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nstale");
        for (End* const other : others) other->send("G");  // so many that none reads twice
      };
      return true;
    };
    for (int i = 0; i < 12; ++i) others.push_back(sim.connect("192.0.2.9:1"));
    End* const served = sim.connect();
    End* const waiting = sim.connect();
    served->send(request);
    waiting->send(request);
    sim.run();
    ASSERT_EQ(waiting->received(), "") << size;
    ASSERT_GT(served->received().size(), 65'000U);
  }
}

TEST(Pool, does_not_use_a_connection_on_which_something_has_come) {
  Simulation sim(one_origin);
  Holding origin(sim);
  End* const client = sim.connect();
  client->send(request);
  sim.run();
  origin.answer(0, "one");
  sim.run();
  client->send(request);
  origin.answer(0, "stale");
  sim.run();
  ASSERT_EQ(origin.ends.size(), 2U);
  origin.answer(1, "two");
  sim.run();
  EXPECT_THAT(client->received(), EndsWith("two"));
  EXPECT_EQ(sim.done.at(1).attempts, 1U);
}

const std::string plain_get =
    frames::block({{":method", "GET"}, {":scheme", "http"}, {":authority", "a"}, {":path", "/"}});

// A client of HTTP/2 that takes its requests back in the same breath.
std::string taken_back(std::uint32_t count) {
  std::string bytes;
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::uint32_t id = 2 * i + 1;
    bytes += frames::request(id, plain_get) + frames::reset(id);
  }
  return bytes;
}

// A connection is there again at the end of the turn; until then a few are made, of which not all are kept.
TEST(Pool, keeps_connections_of_which_requests_were_taken_back_before_they_were_sent) {
  Simulation sim(one_origin);
  EXPECT_THAT(sim.ask(request), StartsWith("HTTP/1.1 200"));
  for (std::size_t round = 1; round <= 10; ++round) {
    sim.connect_http2()->send(frames::preface() + taken_back(50));
    sim.run();
    EXPECT_EQ(sim.done.size(), 50 * round + 1);
  }
  EXPECT_LE(sim.origins["10.0.0.1:80"].size(), 100U) << "of 500";
  EXPECT_THAT(sim.ask(request), StartsWith("HTTP/1.1 200"));
}

TEST(Pool, makes_no_connection_for_each_request_that_is_taken_back) {
  Simulation sim(one_origin);
  Holding origin(sim);
  origin.accepts_late = true;
  sim.connect_http2()->send(frames::preface() + taken_back(50));
  sim.run();
  EXPECT_EQ(sim.done.size(), 50U);
  EXPECT_LE(origin.ends.size(), 10U);
}

TEST(Pool, bears_retries_of_dials_that_fail_at_once) {
  Simulation sim(same_origin_twice);
  sim.on_origin = [](End&, const std::string&) { return false; };
  End* const first = sim.connect();
  End* const second = sim.connect();
  first->send(request);
  second->send(request);
  sim.run();
  EXPECT_THAT(first->received(), StartsWith("HTTP/1.1 502"));
  EXPECT_THAT(second->received(), StartsWith("HTTP/1.1 502"));
  ASSERT_EQ(sim.done.size(), 2U);
  EXPECT_GE(sim.done[0].attempts, 2U);
  EXPECT_GE(sim.done[1].attempts, 2U);
}

TEST(Pool, does_not_fail_who_waits_for_another_connection_than_the_one_that_failed) {
  Simulation sim(one_origin);
  Holding origin(sim);
  End* const first = sim.connect();
  End* const second = sim.connect();
  End* const third = sim.connect();
  first->send(request);
  sim.run();
  origin.accepts_late = true;
  second->send(request);
  sim.run();
  origin.answer(0, "one");  // and the connection goes on to the second client
  sim.run();
  third->send(request);
  sim.run();
  ASSERT_EQ(origin.ends.size(), 3U);
  origin.ends[1]->reset();  // the one that the second client does not wait for any more
  sim.run();
  EXPECT_EQ(third->received(), "");
  origin.ends[2]->transport().accept();
  sim.run();
  origin.answer(0, "two");
  origin.answer(2, "three");
  sim.run();
  EXPECT_THAT(second->received(), EndsWith("two"));
  EXPECT_THAT(third->received(), EndsWith("three"));
}

TEST(Pool, fails_each_who_waits_when_all_connections_fail) {
  Simulation sim(one_origin);
  Holding origin(sim);
  origin.accepts_late = true;
  End* const first = sim.connect();
  End* const second = sim.connect();
  first->send(request);
  second->send(request);
  sim.run();
  origin.ends[1]->reset();
  sim.run();
  EXPECT_EQ(sim.done.size(), 1U);
  origin.ends[0]->reset();
  sim.run();
  EXPECT_THAT(first->received(), StartsWith("HTTP/1.1 502"));
  EXPECT_THAT(second->received(), StartsWith("HTTP/1.1 502"));
}

TEST(Pool, fails_who_waits_for_a_connection_that_ends_as_it_opens) {
  Simulation sim(one_origin);
  Holding origin(sim);
  origin.accepts_late = true;
  End* const client = sim.connect();
  client->send(request);
  sim.run();
  origin.ends[0]->send("SSH-2.0-OpenSSH\r\n");
  origin.ends[0]->transport().accept();
  sim.run();
  EXPECT_THAT(client->received(), StartsWith("HTTP/1.1 502"));
}

// A connection that came back while a new one was coming may be as stale as an idle one.
TEST(Pool, forgives_a_used_connection_that_came_to_who_waited) {
  Simulation sim(one_origin);
  Holding origin(sim);
  End* const first = sim.connect();
  End* const second = sim.connect();
  first->send(request);
  sim.run();
  origin.accepts_late = true;
  second->send(request);
  sim.run();
  origin.answer(0, "one");
  sim.run();
  ASSERT_THAT(origin.ends[0]->received(), StartsWith("GET"));
  origin.ends[0]->reset();
  sim.run();
  ASSERT_EQ(origin.ends.size(), 3U);
  origin.ends[1]->transport().accept();
  sim.run();
  origin.answer(1, "two");
  sim.run();
  EXPECT_THAT(second->received(), EndsWith("two"));
  origin.ends[2]->reset();
  sim.run();
}

TEST(Pool, gives_who_wants_a_new_connection_no_used_one) {
  Simulation sim(one_origin);
  Holding origin(sim);
  End* const first = sim.connect();
  End* const second = sim.connect();
  End* const third = sim.connect();
  for (End* const client : {first, second}) client->send(request);
  sim.run();
  origin.answer(0, "one");
  sim.run();
  first->send(request);  // on connection 0, which turns out to be stale
  sim.run();
  origin.accepts_late = true;
  origin.ends[0]->reset();
  sim.run();
  ASSERT_EQ(origin.ends.size(), 3U);
  third->send(request);
  sim.run();
  origin.answer(1, "two");  // comes back: for the third client, though the first has waited longer
  sim.run();
  origin.answer(1, "three");
  sim.run();
  EXPECT_THAT(third->received(), EndsWith("three"));
  first->take();
  origin.ends[2]->transport().accept();
  sim.run();
  origin.answer(2, "four");
  sim.run();
  EXPECT_THAT(first->received(), EndsWith("four"));
  origin.ends[3]->reset();
  sim.run();
}

// An endpoint that has restarted: many kept connections turn out to be dead at once.
TEST(Pool, does_not_avoid_an_endpoint_for_its_stale_connections) {
  Simulation sim(R"(
upstreams: {origin: {balance: round_robin, endpoints: ["10.0.0.1:80", "10.0.0.2:80"]}}
routes: [{match: {}, upstream: origin}]
)");
  Holding origin(sim);
  const auto answer_all_that_wait = [&] {
    for (std::size_t i = 0; i < origin.ends.size(); ++i)
      if (!origin.ends[i]->received().empty() && !origin.ends[i]->has_ended()) origin.answer(i, "done");
    sim.run();
  };
  std::vector<End*> clients;
  for (int i = 0; i < 6; ++i) clients.push_back(sim.connect());
  const auto ask_on_all = [&] {
    for (End* const client : clients) client->send(request);
    sim.run();
  };
  ask_on_all();
  answer_all_that_wait();
  ask_on_all();
  const std::vector<End*> stale = sim.origins["10.0.0.1:80"];
  ASSERT_EQ(stale.size(), 3U);
  for (End* const end : stale) end->reset();
  sim.run();
  answer_all_that_wait();
  sim.done.clear();
  ask_on_all();
  answer_all_that_wait();
  ASSERT_EQ(sim.done.size(), 6U);
  EXPECT_EQ(
      std::count_if(sim.done.begin(), sim.done.end(), [](const Done& done) { return done.endpoint == "10.0.0.1:80"; }),
      3);
}

// The primary has died with its idle connection: the standby answers, though there is one retry only.
TEST(Pool, takes_no_retry_for_a_stale_connection) {
  Simulation sim(R"(
upstreams: {origin: {endpoints: ["10.0.0.1:80", {address: "10.0.0.2:80", backup: true}], retry: {attempts: 1}}}
routes: [{match: {}, upstream: origin}]
)");
  Holding origin(sim);
  End* const client = sim.connect();
  client->send(request);
  sim.run();
  origin.answer(0, "one");
  sim.run();
  const auto hold = sim.on_origin;
  sim.on_origin = [&](End& end, const std::string& endpoint) {
    return endpoint != "10.0.0.1:80" && hold(end, endpoint);
  };
  client->send(request);
  sim.run();
  origin.ends[0]->reset();
  sim.run();
  ASSERT_EQ(origin.ends.size(), 2U);
  origin.answer(1, "two");
  sim.run();
  EXPECT_THAT(client->received(), EndsWith("two"));
  EXPECT_EQ(sim.done.at(1).attempts, 3U);
}

/// Asks on a connection that has served before, and of which nothing is heard any more but its end.
class UsedConnection : public ::testing::Test {
 protected:
  UsedConnection() {
    client->send(request);
    sim.run();
    origin.answer(0, "one");
    sim.run();
    client->take();
  }
  void ask(const std::string& method) {
    client->send(method + " / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
    sim.run();
  }

  Simulation sim{R"(
upstreams: {origin: {endpoints: ["10.0.0.1:80", "10.0.0.2:80"], retry: {attempts: 0}}}
routes: [{match: {}, upstream: origin}]
)"};
  Holding origin{sim};
  End* client = sim.connect("192.0.2.1:1");
};

TEST_F(UsedConnection, that_ends_when_it_has_been_worked_on_is_not_stale) {
  client->send(request);  // by turns: the other endpoint's first
  sim.run();
  origin.answer(1, "two");
  sim.run();
  client->take();
  ask("GET");
  sim.advance(2s);
  origin.ends[0]->reset();
  sim.run();
  EXPECT_THAT(client->received(), StartsWith("HTTP/1.1 502"));
  EXPECT_EQ(origin.ends.size(), 2U);
}

// What may have been done once is not done again, stale or not.
TEST_F(UsedConnection, that_ends_is_sent_no_post_again) {
  client->send(request);
  sim.run();
  origin.answer(1, "two");
  sim.run();
  for (const bool is_reset : {true, false}) {
    client->take();
    const std::size_t before = origin.ends.size();
    End& used = *origin.ends[is_reset ? 0 : 1];
    ask("POST");
    ASSERT_THAT(used.received(), ::testing::HasSubstr("POST / HTTP/1.1"));
    is_reset ? used.reset() : used.finish();
    sim.run();
    EXPECT_THAT(client->received(), StartsWith("HTTP/1.1 502"));
    EXPECT_EQ(origin.ends.size(), before);
  }
}

// An origin that refuses uploads without reading them works.
TEST(Pool, takes_a_whole_answer_for_a_good_one_though_the_request_is_not_whole) {
  Simulation sim(with_backup);
  Holding origin(sim);
  const auto fail = [&] {
    sim.connect()->send(request);
    sim.run();
    origin.ends.back()->reset();
    sim.run();
  };
  fail();
  fail();
  sim.connect()->send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 50\r\n\r\nhalf");
  sim.run();
  origin.ends.back()->send("HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\r\nno");
  sim.run();
  fail();
  sim.connect()->send(request);
  sim.run();
  EXPECT_TRUE(sim.origins["10.0.0.2:80"].empty());
}

// Those who wait for it have others coming all the time, none of which is ever there.
TEST(Pool, avoids_an_endpoint_that_does_not_answer_though_its_clients_do_not_wait_for_long) {
  Simulation sim(with_backup);
  Holding origin(sim);
  origin.accepts_late = true;
  std::deque<End*> impatient;
  for (int i = 0; i < 100; ++i) {
    impatient.push_back(sim.connect());
    impatient.back()->send(request);
    sim.advance(100ms);
    if (impatient.size() < 10) continue;
    impatient.front()->reset();
    impatient.pop_front();
  }
  EXPECT_FALSE(sim.origins["10.0.0.2:80"].empty());
}

// A connection that is not made though others are shows nothing of who waits for those.
TEST(Pool, does_not_avoid_an_endpoint_for_dials_that_nobody_needs) {
  Simulation sim(with_backup);
  Holding origin(sim);
  origin.accepts_late = true;
  std::vector<End*> taken_back;
  for (int i = 0; i < 4; ++i) {
    taken_back.push_back(sim.connect());
    taken_back.back()->send(request);
  }
  sim.run();
  ASSERT_EQ(origin.ends.size(), 4U);
  for (int i = 0; i < 3; ++i) taken_back[i]->reset();
  sim.run();
  for (int i = 0; i < 3; ++i) origin.ends[i]->reset();
  sim.run();
  sim.connect()->send(request);
  sim.run();
  EXPECT_EQ(sim.origins["10.0.0.1:80"].size(), 5U);
  EXPECT_TRUE(sim.origins["10.0.0.2:80"].empty());
}

// What is kept belongs to the upstream: two endpoints have half of it each.
TEST(Pool, divides_the_connections_kept_idle_among_the_endpoints) {
  const auto with_keepalive = [](int keepalive) {
    return "upstreams: {origin: {balance: round_robin, endpoints: [\"10.0.0.1:80\", \"10.0.0.2:80\"], keepalive: " +
           std::to_string(keepalive) + "}}\nroutes: [{match: {}, upstream: origin}]\n";
  };
  Simulation sim(with_keepalive(4));
  Holding origin(sim);
  std::vector<End*> clients;
  for (int i = 0; i < 10; ++i) clients.push_back(sim.connect());
  for (End* const client : clients) client->send(request);
  sim.run();
  ASSERT_EQ(origin.ends.size(), 10U);
  for (std::size_t i = 0; i < 10; ++i) origin.answer(i, "done");
  sim.run();
  EXPECT_EQ(sim.pools().connections(), 4U);
  sim.reload(with_keepalive(2));  // the same pools
  sim.run();
  EXPECT_EQ(sim.pools().connections(), 2U);
  sim.reload(with_keepalive(1));
  sim.run();
  EXPECT_EQ(sim.pools().connections(), 2U);
}

}  // namespace
}  // namespace ravelin::testing
