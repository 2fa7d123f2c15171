#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

#include "ravelin/module.h"
#include "support/simulation.h"

namespace ravelin::testing {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;
using namespace std::chrono_literals;

const std::string one_origin = R"(
upstreams: {origin: {endpoints: ["10.0.0.1:80"]}}
routes: [{match: {}, upstream: origin}]
)";

const std::string two_origins = R"(
upstreams: {origin: {balance: round_robin, endpoints: ["10.0.0.1:80", "10.0.0.2:80"]}}
routes: [{match: {}, upstream: origin}]
)";

TEST(Gateway, passes_a_request_to_the_origin_and_its_response_back) {
  Simulation sim(one_origin);
  std::string seen;
  sim.on_origin = [&](End& origin, const std::string&) {
    origin.on_input = [&](End& end) {
      if (end.received().empty()) return;
      seen = end.take();
      end.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: keep-alive\r\nX-App: 1\r\n\r\nhi");
    };
    return true;
  };
  const std::string response =
      sim.ask("GET /a/../b?q=1 HTTP/1.1\r\nHost: Shop.example.com\r\nConnection: x-hop\r\nX-Hop: 1\r\n\r\n");
  EXPECT_THAT(response, StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(response, HasSubstr("x-app: 1\r\n"));
  EXPECT_THAT(response, HasSubstr("\r\n\r\nhi"));
  EXPECT_THAT(seen, StartsWith("GET /b?q=1 HTTP/1.1\r\nhost: shop.example.com\r\n"));
  EXPECT_THAT(seen, HasSubstr("x-forwarded-for: 192.0.2.1\r\n"));
  EXPECT_THAT(seen, HasSubstr("x-forwarded-proto: http\r\n"));
  EXPECT_THAT(seen, HasSubstr("x-forwarded-host: shop.example.com\r\n"));
  EXPECT_THAT(seen, Not(HasSubstr("x-hop")));
  ASSERT_EQ(sim.done.size(), 1U);
  EXPECT_EQ(sim.done[0].status, 200);
  EXPECT_EQ(sim.done[0].ended_by, "done");
  EXPECT_THAT(response, HasSubstr("x-request-id: " + sim.done[0].id));
  EXPECT_THAT(seen, HasSubstr("x-request-id: " + sim.done[0].id));
}

// RFC 9110 section 6.6.1.
TEST(Gateway, dates_every_answer_that_has_no_date) {
  Simulation sim(one_origin);
  sim.loop.set_wall(WallTime(784111777s));
  sim.on_origin = [](End& origin, const std::string&) {
    origin.on_input = [](End& end) {
      const std::string request = end.take();
      if (request.empty()) return;
      const bool is_dated = request.starts_with("GET /dated");
      const std::string date = is_dated ? "Date: Mon, 07 Nov 1994 00:00:00 GMT\r\n" : "";
      end.send("HTTP/1.1 200 OK\r\n" + date + "Content-Length: 0\r\n\r\n");
    };
    return true;
  };
  const std::string ours = "date: Sun, 06 Nov 1994 08:49:37 GMT\r\n";
  EXPECT_THAT(sim.ask("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), HasSubstr(ours));
  EXPECT_THAT(sim.ask("GET / HTTP/1.1\r\n\r\n"), HasSubstr(ours)) << "a refusal of ours";
  const std::string theirs = sim.ask("GET /dated HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_THAT(theirs, HasSubstr("date: Mon, 07 Nov 1994 00:00:00 GMT\r\n"));
  EXPECT_THAT(theirs, Not(HasSubstr(ours)));
}

// RFC 9110 section 7.6.2.
TEST(Gateway, answers_options_that_may_go_no_further) {
  Simulation sim(one_origin);
  std::string seen;
  sim.on_origin = [&](End& origin, const std::string&) {
    origin.on_input = [&](End& end) {
      if (end.received().empty()) return;
      seen += end.take();
      end.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    };
    return true;
  };
  const std::string start = "OPTIONS * HTTP/1.1\r\nHost: a\r\n";
  EXPECT_THAT(sim.ask(start + "Max-Forwards: 0\r\n\r\n"), StartsWith("HTTP/1.1 204"));
  EXPECT_THAT(sim.ask(start + "Max-Forwards: x\r\n\r\n"), StartsWith("HTTP/1.1 400"));
  EXPECT_EQ(seen, "");
  EXPECT_THAT(sim.ask(start + "Max-Forwards: 5\r\n\r\n"), StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(seen, HasSubstr("max-forwards: 4\r\n"));
  EXPECT_THAT(sim.done, SizeIs(3));
  EXPECT_EQ(sim.done[0].reason, "");
  EXPECT_EQ(sim.done[1].reason, "http:max_forwards");
}

// RFC 9110 section 7.6.3, and section 7.6: no request goes in a circle for ever.
TEST(Gateway, adds_itself_to_via_unless_told_not_to) {
  for (const auto& [key, added] : {std::pair("", "via: 1.1 ravelin\r\n"),
                                   std::pair("via: edge-7\n", "via: 1.1 edge-7\r\n"), std::pair("via: off\n", "")}) {
    Simulation sim(key + one_origin);
    std::string seen;
    sim.on_origin = [&](End& origin, const std::string&) {
      origin.on_input = [&](End& end) {
        if (end.received().empty()) return;
        seen += end.take();
        end.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
      };
      return true;
    };
    sim.ask("GET / HTTP/1.1\r\nHost: a\r\nVia: 1.0 before\r\n\r\n");
    std::string vias;
    for (std::size_t at = seen.find("via: "); at != std::string::npos; at = seen.find("via: ", at + 1))
      vias += seen.substr(at, seen.find('\n', at) + 1 - at);
    EXPECT_EQ(vias, std::string("via: 1.0 before\r\n") + added);
  }
}

TEST(Gateway, refuses_a_request_that_has_come_through_it_again_and_again) {
  Simulation sim(one_origin);
  sim.on_origin = [](End&, const std::string&) { return false; };
  const std::string rounds = "1.1 ravelin, 1.1 ravelin, 1.1 ravelin, 1.1 ravelin";
  EXPECT_THAT(sim.ask("GET / HTTP/1.1\r\nHost: a\r\nVia: " + rounds + "\r\nVia: " + rounds + "\r\n\r\n"),
              StartsWith("HTTP/1.1 508 Loop Detected\r\n"));
  EXPECT_EQ(sim.done[0].reason, "http:loop");
}

// What an origin says of itself is the client's to read (RFC 9110 sections 5.1, 5.3, 7.7, 10.2.1, 11.6.1).
TEST(Gateway, passes_the_fields_of_a_response_as_they_are_and_speaks_its_own_version) {
  Simulation sim(one_origin);
  const std::string fields =
      "allow: GET, FROB\r\nwww-authenticate: Basic realm=\"a, b\"\r\nwww-authenticate: Digest x\r\n"
      "set-cookie: a=1\r\nset-cookie: b=2\r\nvia: 1.0 inner\r\nvary: *\r\netag: W/\"1\"\r\n"
      "last-modified: Sun, 06 Nov 1994 08:49:37 GMT\r\ncontent-encoding: br\r\ncache-control: no-transform\r\n"
      "accept-ranges: bytes\r\ncontent-range: bytes */7\r\nx-unheard-of: \"\\\"\"\r\n";
  sim.on_origin = [&](End& origin, const std::string&) {
    origin.on_input = [&](End& end) {
      if (end.take().empty()) return;
      end.send("HTTP/1.0 416 What You Like\r\n" + fields + "Content-Length: 2\r\n\r\nno");
    };
    return true;
  };
  const std::string response = sim.ask("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_THAT(response, StartsWith("HTTP/1.1 416 Range Not Satisfiable\r\n" + fields));
  EXPECT_THAT(response, EndsWith("\r\n\r\nno"));
}

TEST(Gateway, reuses_one_upstream_connection_for_many_requests) {
  Simulation sim(one_origin);
  End* const client = sim.connect();
  for (int i = 0; i < 5; ++i) {
    client->send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    sim.run();
    EXPECT_THAT(client->take(), HasSubstr("hello from 10.0.0.1:80"));
  }
  EXPECT_EQ(sim.origins["10.0.0.1:80"].size(), 1U);
}

// As the checks of load balancers come.
TEST(Gateway, passes_a_request_of_http10_that_names_no_host) {
  Simulation sim(one_origin);
  std::string seen;
  sim.on_origin = [&](End& origin, const std::string&) {
    origin.on_input = [&](End& end) {
      if (end.received().empty()) return;
      seen = end.take();
      end.send("HTTP/1.1 204 No Content\r\n\r\n");
    };
    return true;
  };
  EXPECT_THAT(sim.ask("OPTIONS / HTTP/1.0\r\n\r\n"), HasSubstr(" 204 "));
  EXPECT_THAT(seen, HasSubstr("\r\nhost: origin\r\n"));
  EXPECT_THAT(seen, Not(HasSubstr("x-forwarded-host")));
}

TEST(Gateway, answers_pipelined_requests_in_order) {
  Simulation sim(one_origin);
  std::string seen;
  sim.on_origin = [&](End& origin, const std::string&) {
    origin.on_input = [&](End& end) {
      const std::string request = end.take();
      if (request.empty()) return;
      const std::string path = request.substr(4, request.find(' ', 4) - 4);
      end.send("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(path.size()) + "\r\n\r\n" + path);
    };
    return true;
  };
  const std::string response =
      sim.ask("GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\nGET /3 HTTP/1.1\r\nHost: a\r\n\r\n");
  const auto first = response.find("\r\n\r\n/1");
  const auto second = response.find("\r\n\r\n/2");
  const auto third = response.find("\r\n\r\n/3");
  EXPECT_LT(first, second);
  EXPECT_LT(second, third);
  EXPECT_NE(third, std::string::npos);
}

TEST(Gateway, refuses_what_is_malformed_and_closes_without_an_origin) {
  Simulation sim(one_origin);
  End* const client = sim.connect();
  client->send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
  sim.run();
  EXPECT_THAT(client->received(), StartsWith("HTTP/1.1 400"));
  EXPECT_TRUE(client->has_ended());
  EXPECT_TRUE(sim.origins.empty());
  ASSERT_EQ(sim.done.size(), 1U);
  EXPECT_EQ(sim.done[0].status, 400);
  EXPECT_THAT(sim.done[0].reason, StartsWith("http:"));
}

TEST(Gateway, answers_404_when_no_route_matches) {
  Simulation sim(R"(
upstreams: {origin: {endpoints: ["10.0.0.1:80"]}}
routes: [{match: {host: shop.example.com}, upstream: origin}]
)");
  EXPECT_THAT(sim.ask("GET / HTTP/1.1\r\nHost: other\r\n\r\n"), StartsWith("HTTP/1.1 404"));
  EXPECT_EQ(sim.done[0].reason, "route:none");
}

TEST(Gateway, keeps_the_connection_after_a_refusal_whose_request_has_come_whole) {
  Simulation sim(R"(
upstreams: {origin: {endpoints: ["10.0.0.1:80"]}}
routes: [{match: {host: a}, upstream: origin}]
)");
  End* const client = sim.connect();
  client->send("POST / HTTP/1.1\r\nHost: other\r\nContent-Length: 1\r\n\r\nx");
  sim.run();
  EXPECT_THAT(client->take(), StartsWith("HTTP/1.1 404"));
  EXPECT_FALSE(client->has_ended());
  client->send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  sim.run();
  EXPECT_THAT(client->take(), StartsWith("HTTP/1.1 200"));
}

TEST(Gateway, tries_another_endpoint_when_one_refuses) {
  Simulation sim(two_origins);
  sim.on_origin = [](End& origin, const std::string& endpoint) {
    if (endpoint == "10.0.0.1:80") return false;
    answer_all(origin, "second");
    return true;
  };
  for (int i = 0; i < 4; ++i) {
    EXPECT_THAT(sim.ask("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), HasSubstr("second"));
  }
  EXPECT_EQ(sim.done[0].status, 200);
}

TEST(Gateway, repeats_a_post_only_if_nothing_was_sent) {
  Simulation sim(two_origins);
  int requests = 0;
  sim.on_origin = [&](End& origin, const std::string&) {
    origin.on_input = [&](End& end) {
      if (end.take().empty()) return;
      ++requests;
      end.reset();
    };
    return true;
  };
  const std::string response = sim.ask("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi");
  EXPECT_THAT(response, StartsWith("HTTP/1.1 502"));
  EXPECT_EQ(requests, 1);
}

TEST(Gateway, repeats_a_get_that_was_reset_before_its_response) {
  Simulation sim(two_origins);
  int requests = 0;
  sim.on_origin = [&](End& origin, const std::string&) {
    origin.on_input = [&](End& end) {
      if (end.take().empty()) return;
      if (++requests == 1) return end.reset();
      end.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    };
    return true;
  };
  EXPECT_THAT(sim.ask("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), StartsWith("HTTP/1.1 200"));
  EXPECT_EQ(requests, 2);
  EXPECT_EQ(sim.done[0].attempts, 2U);
}

TEST(Gateway, opens_a_new_connection_when_an_idle_one_turns_out_to_be_dead) {
  Simulation sim(one_origin);
  int requests = 0;
  sim.on_origin = [&](End& origin, const std::string&) {
    origin.on_input = [&](End& end) {
      if (end.take().empty()) return;
      if (++requests == 2) return end.reset();  // the first connection, on its second request
      end.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    };
    return true;
  };
  EXPECT_THAT(sim.ask("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(sim.ask("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), StartsWith("HTTP/1.1 200"));
  EXPECT_EQ(sim.origins["10.0.0.1:80"].size(), 2U);
}

TEST(Gateway, answers_504_when_the_origin_says_nothing_for_response_timeout) {
  Simulation sim(one_origin);
  sim.on_origin = [](End&, const std::string&) { return true; };
  End* const client = sim.connect();
  client->send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  sim.advance(29s);
  EXPECT_EQ(client->received(), "");
  sim.advance(2s);
  EXPECT_THAT(client->received(), StartsWith("HTTP/1.1 504"));
  EXPECT_EQ(sim.done[0].reason, "upstream:response_timeout");
}

TEST(Gateway, answers_502_to_garbage_from_the_origin) {
  Simulation sim(one_origin);
  sim.on_origin = [](End& origin, const std::string&) {
    origin.on_input = [](End& end) {
      if (!end.take().empty()) end.send("nonsense\r\n\r\n");
    };
    return true;
  };
  EXPECT_THAT(sim.ask("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), StartsWith("HTTP/1.1 502"));
}

TEST(Gateway, cuts_the_client_when_a_response_stops_half_way) {
  Simulation sim(one_origin);
  sim.on_origin = [](End& origin, const std::string&) {
    origin.on_input = [](End& end) {
      if (end.take().empty()) return;
      end.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
    };
    return true;
  };
  End* const client = sim.connect();
  client->send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  sim.run();
  sim.origins["10.0.0.1:80"][0]->finish();
  sim.run();
  EXPECT_THAT(client->received(), HasSubstr("abc"));
  EXPECT_THAT(client->received(), Not(HasSubstr("0\r\n\r\n")));
  EXPECT_TRUE(client->has_ended());
  EXPECT_EQ(sim.done[0].ended_by, "upstream");
}

// Also when the head, a part and the end come at once: the client is told what there was.
TEST(Gateway, shows_what_came_of_a_response_that_was_cut_at_once) {
  Simulation sim(one_origin);
  sim.on_origin = [](End& origin, const std::string&) {
    origin.on_input = [](End& end) {
      if (end.take().empty()) return;
      end.send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nabc");
      end.finish();
    };
    return true;
  };
  End* const client = sim.connect();
  client->send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  sim.run();
  EXPECT_THAT(client->received(), StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(client->received(), EndsWith("\r\n\r\nabc"));
  EXPECT_TRUE(client->has_ended());
  EXPECT_EQ(sim.done[0].ended_by, "upstream");
}

TEST(Gateway, passes_an_answer_that_came_before_the_end_of_the_request_and_then_a_close) {
  Simulation sim(one_origin);
  sim.on_origin = [](End& origin, const std::string&) {
    origin.on_input = [](End& end) {
      if (end.take().empty()) return;
      end.send("HTTP/1.1 401 Unauthorized\r\nContent-Length: 3\r\nConnection: close\r\n\r\nwho");
      end.finish();
    };
    return true;
  };
  End* const client = sim.connect();
  client->send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 500000\r\n\r\n" + std::string(1000, 'x'));
  sim.run();
  EXPECT_THAT(client->received(), StartsWith("HTTP/1.1 401"));
  EXPECT_THAT(client->received(), EndsWith("\r\n\r\nwho"));
  EXPECT_TRUE(client->has_ended());
  EXPECT_EQ(sim.done[0].status, 401);
}

// That it has answered and closed while there was more to be sent is no fault of the endpoint.
TEST(Gateway, goes_on_asking_an_origin_that_answers_early_and_closes) {
  Simulation sim(R"(
upstreams: {origin: {endpoints: ["10.0.0.1:80", {address: "10.0.0.2:80", backup: true}]}}
routes: [{match: {}, upstream: origin}]
)");
  sim.on_origin = [](End& origin, const std::string&) {
    origin.on_input = [](End& end) {
      if (end.take().empty()) return;
      end.send("HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno");
      end.finish();
    };
    return true;
  };
  for (int i = 0; i < 5; ++i) {
    End* const client = sim.connect();
    client->send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 500000\r\n\r\n" + std::string(1000, 'x'));
    sim.run();
    EXPECT_THAT(client->received(), StartsWith("HTTP/1.1 413"));
  }
  EXPECT_EQ(sim.origins["10.0.0.1:80"].size(), 5U);
  EXPECT_TRUE(sim.origins["10.0.0.2:80"].empty());
  for (const Done& done : sim.done) EXPECT_THAT(done.decisions, Not(Contains(HasSubstr("failed_closed"))));
}

// Such a body ends with its connection, so only a reset says that it is not whole.
TEST(Gateway, resets_a_client_of_http10_whose_response_is_cut) {
  for (const bool is_cut : {true, false}) {
    Simulation sim(one_origin);
    sim.on_origin = [=](End& origin, const std::string&) {
      origin.on_input = [=](End& end) {
        if (end.take().empty()) return;
        end.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
        is_cut ? end.finish() : end.send("0\r\n\r\n");
      };
      return true;
    };
    End* const client = sim.connect();
    client->send("GET / HTTP/1.0\r\nHost: a\r\n\r\n");
    sim.run();
    EXPECT_TRUE(client->has_ended());
    EXPECT_EQ(!client->transport().error().code.empty(), is_cut);
    EXPECT_EQ(sim.done[0].reason, is_cut ? "upstream:truncated" : "");
  }
}

TEST(Gateway, cuts_a_client_of_http10_without_a_reset_if_the_length_shows_it) {
  Simulation sim(one_origin);
  sim.on_origin = [](End& origin, const std::string&) {
    origin.on_input = [](End& end) {
      if (end.take().empty()) return;
      end.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc");
      end.finish();
    };
    return true;
  };
  End* const client = sim.connect();
  client->send("GET / HTTP/1.0\r\nHost: a\r\n\r\n");
  sim.run();
  EXPECT_TRUE(client->has_ended());
  EXPECT_THAT(client->received(), EndsWith("abc"));
  EXPECT_EQ(client->transport().error().code, "");
}

// The body that is still to come goes where the request went the second time.
TEST(Gateway, sends_the_body_to_the_connection_that_took_over_from_a_stale_one) {
  std::string seen;
  Simulation sim(one_origin);
  End* const client = sim.connect();
  client->send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  sim.run();
  EXPECT_THAT(client->take(), HasSubstr("hello"));
  End* const stale = sim.origins["10.0.0.1:80"][0];
  stale->on_input = [](End& end) {
    if (!end.take().empty()) end.finish();
  };
  sim.on_origin = [&](End& origin, const std::string&) {
    origin.on_input = [&](End& end) {
      seen += end.take();
      if (seen.ends_with("\r\n\r\n")) end.send("HTTP/1.1 100 Continue\r\n\r\n");
      if (seen.ends_with("body")) end.send("HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n");
    };
    return true;
  };
  client->send("PUT /x HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n");
  sim.run();
  ASSERT_EQ(sim.origins["10.0.0.1:80"].size(), 2U);
  EXPECT_THAT(client->take(), StartsWith("HTTP/1.1 100"));
  client->send("body");
  sim.run();
  EXPECT_THAT(seen, StartsWith("PUT /x "));
  EXPECT_THAT(client->take(), StartsWith("HTTP/1.1 201"));
}

// Of which no module is asked.
TEST(Gateway, keeps_what_it_decides_on_itself_out_of_interim_heads) {
  Simulation sim(one_origin);
  sim.on_origin = [](End& origin, const std::string&) {
    origin.on_input = [](End& end) {
      if (end.take().empty()) return;
      end.send("HTTP/1.1 103 Early Hints\r\nServer: nginx/1.22\r\nX-Request-ID: other\r\nLink: </a.css>\r\n\r\n");
    };
    return true;
  };
  End* const client = sim.connect();
  client->send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  sim.run();
  EXPECT_EQ(client->take(), "HTTP/1.1 103 Early Hints\r\nlink: </a.css>\r\n\r\n");
}

TEST(Gateway, keeps_what_rules_set_or_remove_out_of_trailers) {
  std::string seen;
  Simulation sim(R"(
upstreams: {origin: {endpoints: ["10.0.0.1:80"]}}
routes: [{match: {}, upstream: origin, request_headers: {set: {X-Checked: "yes"}, remove: [X-Internal]}}]
)");
  sim.on_origin = [&](End& origin, const std::string&) {
    origin.on_input = [&](End& end) { seen += end.take(); };
    return true;
  };
  sim.connect()->send(
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n"
      "X-Internal: 1\r\nX-Checked: no\r\nX-Sum: 7\r\n\r\n");
  sim.run();
  EXPECT_THAT(seen, HasSubstr("x-checked: yes\r\n"));
  EXPECT_THAT(seen, EndsWith("0\r\nx-sum: 7\r\n\r\n"));
}

// Holds 64 KiB of a response and lets the test say what becomes of it.
struct HeldResponse {
  struct Config final : Section {
    void bind(Binder&) override {}
  };
  struct Judge final : Inspector {
    std::size_t response_body_hold(const Exchange&) const override { return 64 * 1024; }
    Verdict on_response_body(Exchange&, const Chunk&) override {
      if (std::exchange(is_asked, true)) return Verdict::pass();
      return Verdict::later([](Resume resume) { waiting = std::make_unique<Resume>(std::move(resume)); });
    }
    bool is_asked = false;
  };
  struct JudgeModule final : Module {
    std::unique_ptr<Inspector> inspect(Exchange&) const override { return std::make_unique<Judge>(); }
  };
  static inline std::unique_ptr<Resume> waiting;
  static inline const Descriptor descriptor{
      .name = "judge",
      .needs = {},
      .provides = {},
      .make_section = []() -> std::unique_ptr<Section> { return std::make_unique<Config>(); },
      .make = [](const Section&, const Services&) -> Result<std::unique_ptr<Module>> {
        return std::unique_ptr<Module>(std::make_unique<JudgeModule>());
      }};
};

const std::string judged_origin = R"(
modules: [{judge: {timeout: 10s}}]
upstreams: {origin: {endpoints: ["10.0.0.1:80"]}}
routes: [{match: {}, upstream: origin}]
)";

TEST(Gateway, passes_a_held_response_whose_origin_is_gone) {
  Simulation sim(judged_origin, {&HeldResponse::descriptor});
  sim.on_origin = [](End& origin, const std::string&) {
    origin.on_input = [](End& end) {
      if (end.take().empty()) return;
      end.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello");
      end.finish();
    };
    return true;
  };
  End* const client = sim.connect();
  client->send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  sim.run();
  EXPECT_EQ(sim.pools().connections(), 0U);
  EXPECT_EQ(client->received(), "");
  (*std::exchange(HeldResponse::waiting, nullptr))(Verdict::pass());
  sim.run();
  EXPECT_THAT(client->received(), EndsWith("\r\n\r\nhello"));
}

// What is held has its credit back when it is passed on, not when the client has it.
TEST(Gateway, reads_on_behind_a_held_response_that_filled_the_backlog) {
  Simulation sim("limits: {stream_window: 16k, response_backlog: 4k}\n" + judged_origin, {&HeldResponse::descriptor});
  sim.on_origin = [](End& origin, const std::string&) {
    origin.on_input = [](End& end) {
      if (!end.take().empty())
        end.send("HTTP/1.1 200 OK\r\nContent-Length: 300000\r\n\r\n" + std::string(300'000, 'x'));
    };
    return true;
  };
  End* const client = sim.connect();
  client->send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  sim.run();
  EXPECT_EQ(sim.full_backlogs, 1U);
  (*std::exchange(HeldResponse::waiting, nullptr))(Verdict::pass());
  sim.run();
  ASSERT_EQ(sim.done.size(), 1U);
  EXPECT_EQ(sim.done[0].response_body_bytes, 300'000U);
}

TEST(Gateway, answers_502_when_the_origin_breaks_while_its_response_is_judged) {
  Simulation sim(judged_origin, {&HeldResponse::descriptor});
  sim.on_origin = [](End& origin, const std::string&) {
    origin.on_input = [](End& end) {
      if (!end.take().empty()) end.send("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nhello");
    };
    return true;
  };
  End* const client = sim.connect();
  client->send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  sim.run();
  sim.origins["10.0.0.1:80"][0]->reset();
  sim.run();
  EXPECT_THAT(client->take(), StartsWith("HTTP/1.1 502"));
  (*std::exchange(HeldResponse::waiting, nullptr))(Verdict::pass());
  sim.run();
  EXPECT_EQ(client->take(), "");
  EXPECT_EQ(sim.done.size(), 1U);
}

// Waits at the first piece of a request's body, and writes down all of them.
struct SlowReader {
  struct Config final : Section {
    void bind(Binder&) override {}
  };
  struct Reader final : Inspector {
    Verdict on_request_body(Exchange&, const Chunk& chunk) override {
      seen.push_back(std::string(chunk.text()) + (chunk.is_last ? "." : ""));
      if (seen.size() > 1) return Verdict::pass();
      return Verdict::later([](Resume resume) { waiting = std::make_unique<Resume>(std::move(resume)); });
    }
  };
  struct ReaderModule final : Module {
    std::unique_ptr<Inspector> inspect(Exchange&) const override { return std::make_unique<Reader>(); }
  };
  static inline std::vector<std::string> seen;
  static inline std::unique_ptr<Resume> waiting;
  static inline const Descriptor descriptor{
      .name = "reader",
      .needs = {},
      .provides = {},
      .make_section = []() -> std::unique_ptr<Section> { return std::make_unique<Config>(); },
      .make = [](const Section&, const Services&) -> Result<std::unique_ptr<Module>> {
        return std::unique_ptr<Module>(std::make_unique<ReaderModule>());
      }};
};

/// What a module is shown of a body that comes in two parts, the second while it waits.
std::vector<std::string> shown(const std::string& first, const std::string& second) {
  SlowReader::seen.clear();
  Simulation sim(R"(
modules: [{reader: {timeout: 10s}}]
upstreams: {origin: {endpoints: ["10.0.0.1:80"]}}
routes: [{match: {}, upstream: origin}]
)",
                 {&SlowReader::descriptor});
  End* const client = sim.connect();
  client->send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(first.size() + second.size()) +
               "\r\n\r\n" + first);
  sim.run();
  client->send(second);
  sim.run();
  (*std::exchange(SlowReader::waiting, nullptr))(Verdict::pass());
  sim.run();
  EXPECT_THAT(client->received(), StartsWith("HTTP/1.1 200"));
  return SlowReader::seen;
}

TEST(Gateway, shows_a_module_the_end_that_came_while_it_waited) {
  EXPECT_THAT(shown("body", ""), ElementsAre("body", "."));
}

TEST(Gateway, shows_a_module_what_came_while_it_waited) {
  const std::string much(20'000, 'x');
  EXPECT_THAT(shown("body", "more"), ElementsAre("body", "more."));
  EXPECT_THAT(shown(much, "more"), ElementsAre(much, "more."));
}

// Writes down what it is shown behind the reader.
struct SecondReader {
  struct Config final : Section {
    void bind(Binder&) override {}
  };
  struct Reader final : Inspector {
    Verdict on_request_body(Exchange&, const Chunk& chunk) override {
      seen.emplace_back(chunk.text());
      return Verdict::pass();
    }
  };
  struct ReaderModule final : Module {
    std::unique_ptr<Inspector> inspect(Exchange&) const override { return std::make_unique<Reader>(); }
  };
  static inline std::vector<std::string> seen;
  static inline const Descriptor descriptor{
      .name = "second",
      .needs = {},
      .provides = {},
      .make_section = []() -> std::unique_ptr<Section> { return std::make_unique<Config>(); },
      .make = [](const Section&, const Services&) -> Result<std::unique_ptr<Module>> {
        return std::unique_ptr<Module>(std::make_unique<ReaderModule>());
      }};
};

// The piece that a module is looking at stays where it is, though nobody will send it on.
TEST(Gateway, keeps_what_a_module_looks_at_when_the_origin_has_answered_and_gone) {
  SlowReader::seen.clear();
  SecondReader::seen.clear();
  Simulation sim(R"(
modules: [{reader: {timeout: 10s}}, {second: {}}]
upstreams: {origin: {endpoints: ["10.0.0.1:80"]}}
routes: [{match: {}, upstream: origin}]
)",
                 {&SlowReader::descriptor, &SecondReader::descriptor});
  sim.on_origin = [](End& origin, const std::string&) {
    origin.on_input = [](End& end) {
      if (end.take().empty()) return;
      end.send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok");
      end.finish();
    };
    return true;
  };
  const std::string piece(5000, 'p');
  End* const client = sim.connect();
  client->send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 6000\r\n\r\n" + piece);
  sim.run();
  ASSERT_NE(SlowReader::waiting, nullptr);
  (*std::exchange(SlowReader::waiting, nullptr))(Verdict::pass());
  sim.run();
  EXPECT_THAT(SecondReader::seen, ElementsAre(piece));
  EXPECT_THAT(client->received(), StartsWith("HTTP/1.1 200"));
}

// Answers every OPTIONS itself.
struct AnswersOptions {
  struct Config final : Section {
    void bind(Binder&) override {}
  };
  struct Answerer final : Inspector {
    Verdict on_request_head(Exchange& exchange) override {
      if (exchange.request().method != "OPTIONS") return Verdict::pass();
      return Verdict::answer(204, "answerer:options", {{"allow", "GET, OPTIONS"}});
    }
  };
  struct AnswererModule final : Module {
    std::unique_ptr<Inspector> inspect(Exchange&) const override { return std::make_unique<Answerer>(); }
  };
  static inline const Descriptor descriptor{
      .name = "answerer",
      .needs = {},
      .provides = {},
      .make_section = []() -> std::unique_ptr<Section> { return std::make_unique<Config>(); },
      .make = [](const Section&, const Services&) -> Result<std::unique_ptr<Module>> {
        return std::unique_ptr<Module>(std::make_unique<AnswererModule>());
      }};
};

const std::string answered_here = R"(
modules: [{answerer: {}}]
upstreams: {origin: {endpoints: ["10.0.0.1:80"]}}
routes: [{match: {}, upstream: origin}]
)";

TEST(Gateway, sends_what_a_module_answers_and_keeps_the_connection) {
  Simulation sim(answered_here, {&AnswersOptions::descriptor});
  End* const client = sim.connect();
  client->send("OPTIONS / HTTP/1.1\r\nHost: a\r\n\r\n");
  sim.run();
  const std::string answer = client->take();
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 204 No Content\r\n"));
  EXPECT_THAT(answer, HasSubstr("\r\nallow: GET, OPTIONS\r\n"));
  EXPECT_THAT(answer, Not(HasSubstr("content-")));
  EXPECT_THAT(answer, EndsWith("\r\n\r\n"));
  EXPECT_TRUE(sim.origins.empty());
  ASSERT_EQ(sim.done.size(), 1U);
  EXPECT_EQ(sim.done[0].status, 204);
  EXPECT_EQ(sim.done[0].reason, "");
  EXPECT_EQ(sim.done[0].ended_by, "done");
  EXPECT_THAT(sim.done[0].decisions, Contains("answerer answer answerer:options"));
  client->send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  sim.run();
  EXPECT_THAT(client->take(), HasSubstr("hello from 10.0.0.1:80"));
}

TEST(Gateway, reads_the_body_of_a_request_that_a_module_answers) {
  Simulation sim(answered_here, {&AnswersOptions::descriptor});
  End* const client = sim.connect();
  client->send("OPTIONS / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello");
  sim.run();
  EXPECT_THAT(client->take(), StartsWith("HTTP/1.1 204"));
  client->send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  sim.run();
  EXPECT_THAT(client->take(), HasSubstr("hello from 10.0.0.1:80"));
}

// Nothing may be read while a further request waits, so the client's end must be seen without reading.
TEST(Gateway, frees_the_origin_when_a_client_that_has_sent_ahead_vanishes) {
  Simulation sim(one_origin);
  sim.on_origin = [](End&, const std::string&) { return true; };
  End* const client = sim.connect();
  client->send("GET / HTTP/1.1\r\nHost: a\r\n\r\nG");
  sim.run();
  ASSERT_EQ(sim.pools().connections(), 1U);
  client->finish();
  sim.run();
  EXPECT_EQ(sim.pools().connections(), 0U);
  ASSERT_EQ(sim.done.size(), 1U);
  EXPECT_EQ(sim.done[0].ended_by, "client");
}

TEST(Gateway, sees_the_end_of_a_client_that_came_with_its_first_bytes) {
  Simulation sim(one_origin);
  sim.on_origin = [](End&, const std::string&) { return true; };
  End* const client = sim.connect();
  client->send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  client->finish();
  sim.run();
  ASSERT_EQ(sim.done.size(), 1U);
  EXPECT_EQ(sim.done[0].ended_by, "client");
  EXPECT_EQ(sim.origins["10.0.0.1:80"][0]->received(), "") << "what nobody waits for is not asked for";
}

TEST(Gateway, frees_the_origin_when_the_client_vanishes) {
  Simulation sim(one_origin);
  sim.on_origin = [](End&, const std::string&) { return true; };
  End* const client = sim.connect();
  client->send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  sim.run();
  ASSERT_EQ(sim.pools().connections(), 1U);
  client->reset();
  sim.run();
  EXPECT_EQ(sim.pools().connections(), 0U);
  EXPECT_EQ(sim.done[0].ended_by, "client");
}

TEST(Gateway, holds_back_an_origin_whose_client_does_not_read) {
  Simulation sim(one_origin);
  const std::string megabyte(1024 * 1024, 'x');
  sim.on_origin = [&](End& origin, const std::string&) {
    origin.on_input = [&](End& end) {
      if (end.take().empty()) return;
      end.send("HTTP/1.1 200 OK\r\nContent-Length: 16777216\r\n\r\n");
      for (int i = 0; i < 16; ++i) end.send(megabyte);
    };
    return true;
  };
  End* const client = sim.connect();
  client->stop_reading();
  client->send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  sim.run();
  // Two windows, the pipes and what the gateway has in its hands; not 16 MiB. The origin's own queue
  // is in blocks too.
  client->read_on();
  for (int i = 0; i < 10000 && client->received().size() < 16777216; ++i) sim.advance(1ms);
  EXPECT_GT(client->received().size(), 16777216U);
  EXPECT_EQ(sim.done.size(), 1U);
  EXPECT_EQ(sim.done[0].response_body_bytes, 16777216U);
}

TEST(Gateway, lets_a_client_go_that_reads_nothing_for_response_idle) {
  Simulation sim(one_origin);
  sim.on_origin = [](End& origin, const std::string&) {
    origin.on_input = [](End& end) {
      if (end.take().empty()) return;
      end.send("HTTP/1.1 200 OK\r\nContent-Length: 4194304\r\n\r\n" + std::string(4194304, 'x'));
    };
    return true;
  };
  End* const client = sim.connect();
  client->stop_reading();
  client->send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  sim.advance(61s);
  ASSERT_EQ(sim.done.size(), 1U);
  EXPECT_EQ(sim.done[0].reason, "client:response_idle");
}

// Nor would one that takes a byte a minute have it for hours.
TEST(Gateway, frees_an_origin_at_once_that_does_not_read_an_upload_that_was_taken_back) {
  Simulation sim(one_origin);
  End* origin = nullptr;
  sim.on_origin = [&](End& end, const std::string&) {
    origin = &end;
    end.stop_reading();
    return true;
  };
  End* const client = sim.connect();
  client->send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1048576\r\n\r\n" + std::string(512 * 1024, 'x'));
  sim.run();
  ASSERT_NE(origin, nullptr);
  EXPECT_FALSE(origin->transport().is_peer_gone());
  client->reset();
  sim.run();
  EXPECT_TRUE(origin->transport().is_peer_gone());
  EXPECT_EQ(sim.pools().connections(), 0U);
}

TEST(Gateway, answers_408_to_a_head_that_takes_too_long) {
  Simulation sim(one_origin);
  End* const client = sim.connect();
  client->send("GET / HTTP/1.1\r\nHo");
  for (int i = 0; i < 9; ++i) {
    sim.advance(1s);
    client->send("s");
  }
  EXPECT_EQ(client->received(), "");
  sim.advance(2s);
  EXPECT_THAT(client->received(), StartsWith("HTTP/1.1 408"));
  EXPECT_TRUE(client->has_ended());
}

TEST(Gateway, answers_408_to_a_body_that_stops) {
  Simulation sim("limits: {body_min_rate: 0}\n" + one_origin);
  sim.on_origin = [](End&, const std::string&) { return true; };
  End* const client = sim.connect();
  client->send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc");
  sim.advance(31s);
  EXPECT_THAT(client->received(), StartsWith("HTTP/1.1 408"));
  EXPECT_EQ(sim.done[0].reason, "client:body_idle");
}

TEST(Gateway, answers_408_to_a_body_slower_than_the_minimum_rate) {
  Simulation sim(one_origin);
  sim.on_origin = [](End&, const std::string&) { return true; };
  End* const client = sim.connect();
  client->send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n");
  for (int i = 0; i < 25; ++i) {
    client->send(std::string(100, 'x'));  // 100 bytes a second, 500 are asked for
    sim.advance(1s);
  }
  EXPECT_THAT(client->received(), StartsWith("HTTP/1.1 408"));
  EXPECT_EQ(sim.done[0].reason, "client:body_rate");
}

TEST(Gateway, closes_an_idle_connection_after_keepalive_idle) {
  Simulation sim(one_origin);
  End* const client = sim.connect();
  client->send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  sim.advance(59s);
  EXPECT_FALSE(client->has_ended());
  sim.advance(2s);
  EXPECT_TRUE(client->has_ended());
}

TEST(Gateway, refuses_a_body_above_the_limit_known_or_not) {
  Simulation sim("limits: {request_body: 10}\n" + one_origin);
  EXPECT_THAT(sim.ask("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n12345678901"),
              StartsWith("HTTP/1.1 413"));
  EXPECT_THAT(sim.ask("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nb\r\n12345678901\r\n0\r\n\r\n"),
              StartsWith("HTTP/1.1 413"));
  EXPECT_THAT(sim.ask("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n1234567890"),
              StartsWith("HTTP/1.1 200"));
}

TEST(Gateway, takes_forwarding_headers_from_trusted_proxies_only) {
  Simulation sim(R"(
client_identity: {trusted_proxies: [10.9.0.0/16], headers: [X-Forwarded-For]}
)" + one_origin);
  std::string seen;
  sim.on_origin = [&](End& origin, const std::string&) {
    origin.on_input = [&](End& end) {
      if (end.received().empty()) return;
      seen = end.take();
      end.send("HTTP/1.1 204 No Content\r\n\r\n");
    };
    return true;
  };
  sim.ask("GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 203.0.113.9, 10.9.1.1\r\nX-Forwarded-Proto: https\r\n\r\n",
          "10.9.0.1:5000");
  EXPECT_EQ(sim.done[0].client, "203.0.113.9");
  EXPECT_THAT(seen, HasSubstr("x-forwarded-for: 203.0.113.9, 10.9.1.1, 10.9.0.1\r\n"));
  EXPECT_THAT(seen, HasSubstr("x-forwarded-proto: https\r\n"));
  for (const auto& [given, told] :
       {std::pair("wss", "https"), std::pair("ws", "http"), std::pair("HTTPS", "https"), std::pair("gopher", "http"),
        std::pair("https, http", "http"), std::pair("http\r\nX-Forwarded-Proto: https", "https"),
        std::pair("https, http\r\nX-Forwarded-For: 203.0.113.9, 10.9.1.1", "https"),
        std::pair("https\r\nX-Forwarded-For: 203.0.113.9, 10.9.1.1", "https"),
        std::pair("https, http, http\r\nX-Forwarded-For: 203.0.113.9, 10.9.1.1", "http")}) {
    sim.ask("GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-Proto: " + std::string(given) + "\r\n\r\n", "10.9.0.1:5000");
    EXPECT_THAT(seen, HasSubstr("x-forwarded-proto: " + std::string(told) + "\r\n")) << given;
    sim.done.pop_back();
  }
  sim.ask("GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 203.0.113.9\r\nX-Real-IP: 1.1.1.1\r\n\r\n", "192.0.2.7:5000");
  EXPECT_EQ(sim.done[1].client, "192.0.2.7");
  EXPECT_THAT(seen, HasSubstr("x-forwarded-for: 192.0.2.7\r\n"));
  EXPECT_THAT(seen, Not(HasSubstr("203.0.113.9")));
  EXPECT_THAT(seen, Not(HasSubstr("1.1.1.1")));
}

// Also in trailers.
TEST(Gateway, lets_nobody_else_say_what_a_configured_header_names) {
  std::string seen;
  Simulation sim(R"(
client_identity: {trusted_proxies: [10.9.0.0/16], headers: [X-Edge-Client]}
)" + one_origin);
  sim.on_origin = [&](End& origin, const std::string&) {
    origin.on_input = [&](End& end) {
      seen += end.take();
      if (seen.find("\r\n\r\n0\r\n") != std::string::npos) end.send("HTTP/1.1 204 No Content\r\n\r\n");
    };
    return true;
  };
  sim.ask(
      "POST / HTTP/1.1\r\nHost: a\r\nX-Edge-Client: 1.1.1.1\r\nFly-Client-IP: 1.1.1.3\r\n"
      "Transfer-Encoding: chunked\r\n\r\n0\r\nX-Edge-Client: 1.1.1.4\r\nX-Sum: 5\r\n\r\n",
      "192.0.2.7:5000");
  EXPECT_THAT(seen, HasSubstr("x-sum: 5"));
  EXPECT_THAT(seen, Not(HasSubstr("1.1.1.")));
}

TEST(Gateway, caps_connections_per_client) {
  Simulation sim("limits: {connections_per_client: 2}\n" + one_origin);
  EXPECT_NE(sim.connect("192.0.2.1:1"), nullptr);
  EXPECT_NE(sim.connect("192.0.2.1:2"), nullptr);
  EXPECT_EQ(sim.connect("192.0.2.1:3"), nullptr);
  EXPECT_NE(sim.connect("192.0.2.2:1"), nullptr);
  EXPECT_THAT(sim.refused, ElementsAre("core limit:connections_per_client"));
}

TEST(Gateway, caps_connections_in_all_and_has_room_again_when_one_has_gone) {
  Simulation sim("limits: {client_connections: 2}\n" + one_origin);
  End* const first = sim.connect("192.0.2.1:1");
  EXPECT_NE(sim.connect("192.0.2.2:1"), nullptr);
  EXPECT_FALSE(sim.intake().has_room());
  EXPECT_EQ(sim.connect("192.0.2.3:1"), nullptr);
  EXPECT_THAT(sim.refused, ElementsAre("core limit:client_connections"));
  first->finish();
  sim.run();
  EXPECT_TRUE(sim.intake().has_room());
  EXPECT_NE(sim.connect("192.0.2.3:1"), nullptr);
}

TEST(Gateway, says_which_methods_there_are_to_who_asks_for_a_tunnel) {
  Simulation sim(one_origin);
  const std::string answer = sim.ask("CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 405"));
  EXPECT_THAT(answer, HasSubstr("\r\nallow: GET, HEAD, "));
}

TEST(Gateway, gives_the_place_of_a_connection_that_rests_to_another_client_at_the_cap) {
  Simulation sim("limits: {client_connections: 4}\n" + one_origin);
  const std::string request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  sim.on_origin = [](End& origin, const std::string&) {
    origin.on_input = [](End& end) {
      const std::string asked = end.take();
      if (!asked.empty() && asked.find("/slow") == std::string::npos)
        end.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi");
    };
    return true;
  };
  End* const busy = sim.connect("192.0.2.1:1");
  busy->send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n");
  End* const resting = sim.connect("192.0.2.2:1");
  resting->send(request);
  End* const reading = sim.connect("192.0.2.3:1");
  reading->stop_reading();
  reading->send(request);
  End* const asking = sim.connect("192.0.2.4:1");
  asking->send("GET / HTT");
  sim.advance(900ms);
  EXPECT_EQ(sim.connect("192.0.2.5:1"), nullptr);
  sim.advance(200ms);
  EXPECT_TRUE(sim.intake().has_room());
  EXPECT_NE(sim.connect("192.0.2.5:1"), nullptr);
  EXPECT_EQ(sim.connect("192.0.2.6:1"), nullptr) << "who is being answered or asks keeps its place";
  sim.advance(4s);
  EXPECT_NE(sim.connect("192.0.2.6:1"), nullptr) << "but a head does not take so long";
  sim.run();
  EXPECT_TRUE(resting->has_ended());
  EXPECT_TRUE(asking->has_ended());
  EXPECT_FALSE(busy->has_ended());
  EXPECT_FALSE(reading->has_ended());
  EXPECT_THAT(sim.refused, ElementsAre("core limit:client_connections", "core limit:idle_evicted",
                                       "core limit:client_connections", "core limit:idle_evicted"));
}

TEST(Gateway, lets_running_requests_finish_on_the_configuration_they_began_with) {
  Simulation sim(one_origin);
  End* waiting = nullptr;
  sim.on_origin = [&](End& origin, const std::string& endpoint) {
    if (endpoint == "10.0.0.1:80")
      waiting = &origin;
    else
      answer_all(origin, "new");
    return true;
  };
  End* const client = sim.connect();
  client->send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  sim.run();
  sim.reload(R"(
upstreams: {other: {endpoints: ["10.0.0.2:80"]}}
routes: [{match: {}, upstream: other}]
)");
  EXPECT_THAT(sim.ask("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), HasSubstr("new"));
  waiting->send("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nold");
  sim.run();
  EXPECT_THAT(client->take(), HasSubstr("old"));
  client->send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  sim.run();
  EXPECT_THAT(client->take(), HasSubstr("new"));
}

TEST(Gateway, finishes_the_running_request_and_closes_when_draining) {
  Simulation sim(one_origin);
  End* origin_end = nullptr;
  sim.on_origin = [&](End& origin, const std::string&) {
    origin_end = &origin;
    return true;
  };
  End* const busy = sim.connect();
  End* const idle = sim.connect();
  busy->send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  sim.run();
  sim.local().is_draining = true;
  sim.intake().shut_down();
  sim.run();
  EXPECT_TRUE(idle->has_ended());
  EXPECT_FALSE(busy->has_ended());
  origin_end->send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  sim.run();
  EXPECT_THAT(busy->received(), HasSubstr("connection: close"));
  EXPECT_THAT(busy->received(), HasSubstr("ok"));
  EXPECT_TRUE(busy->has_ended());
}

TEST(Gateway, serves_one_request_of_a_connection_that_opens_during_a_drain) {
  Simulation sim(one_origin);
  End* const opening = sim.connect();
  End* const silent = sim.connect();
  sim.local().is_draining = true;
  sim.intake().shut_down();
  sim.run();
  EXPECT_FALSE(opening->has_ended());
  opening->send("GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n");
  sim.run();
  EXPECT_THAT(opening->received(), StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(opening->received(), HasSubstr("connection: close"));
  EXPECT_TRUE(opening->has_ended());
  EXPECT_EQ(sim.done.size(), 1U);
  sim.advance(10s);  // head_timeout
  sim.run();
  EXPECT_TRUE(silent->has_ended());
}

TEST(Gateway, answers_problem_json_to_a_client_that_prefers_it) {
  Simulation sim(R"(
upstreams: {origin: {endpoints: ["10.0.0.1:80"]}}
routes: [{match: {host: only.example}, upstream: origin}]
)");
  const std::string response = sim.ask("GET / HTTP/1.1\r\nHost: a\r\nAccept: application/json\r\n\r\n");
  EXPECT_THAT(response, HasSubstr("content-type: application/problem+json"));
  EXPECT_THAT(response, HasSubstr("\"status\":404"));
  EXPECT_THAT(response, HasSubstr("\"request_id\":\"" + sim.done[0].id));
}

}  // namespace
}  // namespace ravelin::testing
