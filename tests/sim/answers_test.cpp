#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <utility>

#include "modules/builtin.h"
#include "support/simulation.h"

// What the gateway answers from its configuration, and what it asks an upstream in the place of what it was asked.
namespace ravelin::testing {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

const std::string origin = "upstreams: {origin: {endpoints: [\"10.0.0.1:80\"]}}\n";
const std::string https = R"(
listeners: [{name: sim, bind: "127.0.0.1:1", redirect_to_https: true}, {name: x, bind: "127.0.0.1:2"}]
client_identity: {trusted_proxies: [10.9.0.0/16], headers: [X-Forwarded-For]}
)";

std::string get(std::string_view target, std::string_view host = "shop.example.com") {
  return "GET " + std::string(target) + " HTTP/1.1\r\nHost: " + std::string(host) + "\r\n\r\n";
}

// As a trusted proxy asks; only the hooks of requests know whom it asks for.
std::string of_client(const std::string& address) {
  return "GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: " + address + "\r\n\r\n";
}

std::string field(const std::string& response, const std::string& name) {
  const std::size_t start = response.find("\r\n" + name + ": ");
  if (start == std::string::npos || start > response.find("\r\n\r\n")) return "none";
  const std::size_t value = start + name.size() + 4;
  return response.substr(value, response.find("\r\n", value) - value);
}

std::string body_of(const std::string& response) { return response.substr(response.find("\r\n\r\n") + 4); }

// A file for one test.
class File {
 public:
  File(const std::string& name, const std::string& content)
      : path_(::testing::TempDir() + "answers_" + std::to_string(::getpid()) + "_" + name) {
    std::ofstream(path_) << content;
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() { std::filesystem::remove(path_); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

std::string problems_of(const std::string& yaml) {
  try {
    Simulation sim(yaml);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "none";
}

TEST(HttpsRedirect, sends_what_would_reach_a_route_to_the_same_url) {
  Simulation sim(https + origin + "routes: [{match: {host: shop.example.com}, upstream: origin}]");
  const std::string response = sim.ask(get("/a/../b%7e?q=%20x&y", "Shop.example.com:80"));
  EXPECT_THAT(response, StartsWith("HTTP/1.1 308 Permanent Redirect\r\n"));
  EXPECT_EQ(field(response, "location"), "https://shop.example.com/b~?q=%20x&y");
  EXPECT_EQ(field(response, "content-length"), "0");
  EXPECT_NE(field(response, "x-request-id"), "none");
  EXPECT_THAT(sim.ask(get("/", "other")), StartsWith("HTTP/1.1 404"));
  EXPECT_THAT(sim.origins, IsEmpty());
  EXPECT_EQ(sim.done[0].reason, "");
  EXPECT_EQ(sim.done[0].ended_by, "done");
  EXPECT_THAT(sim.done[0].decisions, ElementsAre("route pass ", "core answer route:https"));
}

TEST(HttpsRedirect, names_another_port_and_takes_another_status) {
  Simulation sim(R"(
listeners: [{name: sim, bind: "127.0.0.1:1", redirect_to_https: {port: 8443, status: 301}}]
)" + origin + "routes: [{match: {}, upstream: origin}]");
  const std::string response = sim.ask(get("/", "[2001:db8::1]:8080"));
  EXPECT_THAT(response, StartsWith("HTTP/1.1 301"));
  EXPECT_EQ(field(response, "location"), "https://[2001:db8::1]:8443/");
}

TEST(HttpsRedirect, is_in_words_that_http10_knows) {
  Simulation sim(https + origin + "routes: [{match: {}, upstream: origin}]");
  EXPECT_THAT(sim.ask("GET / HTTP/1.0\r\nHost: a\r\n\r\n"), StartsWith("HTTP/1.1 301"));
}

TEST(HttpsRedirect, makes_a_path_of_the_asterisk) {
  Simulation sim(https + origin + "routes: [{match: {}, upstream: origin}]");
  EXPECT_EQ(field(sim.ask("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n"), "location"), "https://a/");
}

TEST(HttpsRedirect, never_redirects_what_came_by_https_to_a_trusted_proxy) {
  Simulation sim(https + origin + "routes: [{match: {}, upstream: origin}]");
  const std::string request = "GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-Proto: https\r\n\r\n";
  EXPECT_THAT(sim.ask(request, "10.9.1.1:4000"), StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(sim.ask(request, "192.0.2.1:4000"), StartsWith("HTTP/1.1 308")) << "nobody else is believed";
  EXPECT_THAT(sim.ask(get("/"), "10.9.1.1:4000"), StartsWith("HTTP/1.1 308"));
}

TEST(HttpsRedirect, leaves_the_route_of_acme_challenges_alone) {
  Simulation sim(https + origin + R"(
routes:
  - {match: {path_prefix: /.well-known/acme-challenge/}, upstream: origin}
  - {match: {}, upstream: origin}
)");
  EXPECT_THAT(sim.ask(get("/.well-known/acme-challenge/token")), StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(sim.ask(get("/.well-known/other")), StartsWith("HTTP/1.1 308"));
}

TEST(HttpsRedirect, redirects_challenges_that_no_route_is_for) {
  Simulation sim(https + origin + "routes: [{match: {}, upstream: origin}]");
  EXPECT_THAT(sim.ask(get("/.well-known/acme-challenge/token")), StartsWith("HTTP/1.1 308"));
}

TEST(HttpsRedirect, comes_behind_the_modules) {
  Simulation sim(https + origin + R"(
modules: [{access: {deny: [192.0.2.0/24]}}]
routes: [{match: {}, upstream: origin}]
)",
                 {builtin_modules().begin(), builtin_modules().end()});
  EXPECT_THAT(sim.ask(of_client("192.0.2.1"), "10.9.1.1:1"), StartsWith("HTTP/1.1 403"));
  EXPECT_THAT(sim.ask(of_client("198.51.100.1"), "10.9.1.1:1"), StartsWith("HTTP/1.1 308"));
}

TEST(CanonicalHost, sends_other_hosts_to_the_same_target) {
  Simulation sim(origin + "routes: [{match: {}, upstream: origin, canonical_host: WWW.example.com}]");
  EXPECT_EQ(field(sim.ask(get("/a?b", "example.com")), "location"), "http://www.example.com/a?b");
  EXPECT_EQ(field(sim.ask(get("/", "example.com.:8080")), "location"), "http://www.example.com:8080/");
  EXPECT_EQ(field(sim.ask(get("/", "[::1]:8080")), "location"), "http://www.example.com:8080/");
  EXPECT_THAT(sim.ask(get("/", "www.example.com:8080")), StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(sim.done[0].decisions, Contains("core answer route:canonical_host"));
}

TEST(CanonicalHost, comes_behind_https) {
  Simulation sim(https + origin + "routes: [{match: {}, upstream: origin, canonical_host: www.example.com}]");
  EXPECT_EQ(field(sim.ask(get("/", "example.com")), "location"), "https://example.com/");
  const std::string by_https = "GET / HTTP/1.1\r\nHost: example.com\r\nX-Forwarded-Proto: https\r\n\r\n";
  EXPECT_EQ(field(sim.ask(by_https, "10.9.1.1:1"), "location"), "https://www.example.com/");
}

TEST(RouteRedirect, fills_in_what_was_asked_for) {
  Simulation sim(R"(
routes:
  - {match: {path_prefix: /all/}, redirect: "https://new.example.com${path}?${query}"}
  - {match: {path_prefix: /host/}, redirect: {to: "${scheme}://${host}:81${path}", status: 307}}
  - {match: {path: /fixed}, redirect: {to: "/new?a=1#top", status: 303}}
  - {match: {path_prefix: /in/}, redirect: "/x${path}/y"}
)");
  EXPECT_EQ(field(sim.ask(get("/all/b?c=1")), "location"), "https://new.example.com/all/b?c=1");
  EXPECT_EQ(field(sim.ask(get("/all/b")), "location"), "https://new.example.com/all/b") << "no '?' without a query";
  EXPECT_EQ(field(sim.ask(get("/all/b?")), "location"), "https://new.example.com/all/b?");
  const std::string moved = sim.ask(get("/host/?q"));
  EXPECT_THAT(moved, StartsWith("HTTP/1.1 307"));
  EXPECT_EQ(field(moved, "location"), "http://shop.example.com:81/host/");
  EXPECT_EQ(field(sim.ask(get("/fixed?b")), "location"), "/new?a=1#top");
  EXPECT_EQ(field(sim.ask(get("/in/")), "location"), "/x/in/y") << "canonical, whatever meets";
  EXPECT_THAT(sim.done[0].decisions, ElementsAre("route pass ", "core answer route:redirect"));
}

TEST(RouteRedirect, lets_a_path_bring_no_parameters_into_its_query) {
  Simulation sim(
      "routes: [{match: {}, redirect: \"https://login.example/?next=${scheme}://${host}${path}&${query}\"}]");
  EXPECT_EQ(field(sim.ask(get("/a&next=https:evil.example;b+c?d=e")), "location"),
            "https://login.example/?next=http://shop.example.com/a%26next%3Dhttps:evil.example%3Bb%2Bc&d=e");
}

TEST(RouteRedirect, keeps_the_scheme_by_which_the_client_came) {
  Simulation sim(https + "routes: [{match: {}, redirect: \"${scheme}://www.example.com${path}\"}]");
  const std::string by_https = "GET /a HTTP/1.1\r\nHost: a\r\nX-Forwarded-Proto: https\r\n\r\n";
  EXPECT_EQ(field(sim.ask(by_https, "10.9.1.1:1"), "location"), "https://www.example.com/a");
}

TEST(RouteRedirect, never_makes_another_host_of_a_path) {
  Simulation sim("routes: [{match: {}, redirect: \"${path}?${query}\"}]");
  EXPECT_EQ(field(sim.ask(get("//evil.example/x")), "location"), "/evil.example/x");
  EXPECT_EQ(field(sim.ask(get("http://a//evil.example")), "location"), "/evil.example");
  EXPECT_THAT(sim.ask(get("/%0d%0aSet-Cookie:%20a=b")), StartsWith("HTTP/1.1 400"));
  EXPECT_EQ(field(sim.ask(get("/?%0d%0aX:1")), "location"), "/?%0d%0aX:1");
}

TEST(RouteRedirect, does_not_wait_for_a_body_nor_ask_for_it) {
  Simulation sim("routes: [{match: {}, redirect: /new}]");
  End* const client = sim.connect();
  client->send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\nExpect: 100-continue\r\n\r\n");
  sim.run();
  EXPECT_THAT(client->received(), StartsWith("HTTP/1.1 302"));
}

TEST(RouteRedirect, keeps_the_connection_when_the_body_came_along) {
  Simulation sim("routes: [{match: {}, redirect: /new}]");
  End* const client = sim.connect();
  client->send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello" + get("/"));
  sim.run();
  EXPECT_THAT(client->received(), StartsWith("HTTP/1.1 302"));
  EXPECT_EQ(sim.done.size(), 2U);
  EXPECT_FALSE(client->has_ended());
}

TEST(Respond, gives_the_configured_answer) {
  Simulation sim(R"(
routes:
  - match: {}
    respond: {status: 410, body: "It is gone.\n", headers: {X-Who: "${client.ip}", Cache-Control: max-age=60}}
)");
  const std::string response = sim.ask(get("/x"));
  EXPECT_THAT(response, StartsWith("HTTP/1.1 410 Gone\r\n"));
  EXPECT_EQ(field(response, "content-type"), "text/plain; charset=utf-8");
  EXPECT_EQ(field(response, "content-length"), "12");
  EXPECT_EQ(field(response, "x-who"), "192.0.2.1");
  EXPECT_EQ(field(response, "cache-control"), "max-age=60");
  EXPECT_EQ(field(response, "etag"), "none");
  EXPECT_EQ(body_of(response), "It is gone.\n");
  EXPECT_EQ(sim.done[0].status, 410);
  EXPECT_EQ(sim.done[0].reason, "");
  EXPECT_EQ(sim.done[0].upstream, "");
  EXPECT_EQ(sim.done[0].response_body_bytes, 12U);
  EXPECT_THAT(sim.done[0].decisions, ElementsAre("route pass ", "core answer route:respond"));
}

TEST(Respond, gives_a_file_with_its_type_and_an_etag) {
  const File file("security.html", "<p>hello</p>");
  Simulation sim("routes: [{match: {}, respond: {file: " + file.path() + "}}]");
  const std::string response = sim.ask(get("/"));
  EXPECT_THAT(response, StartsWith("HTTP/1.1 200"));
  EXPECT_EQ(field(response, "content-type"), "text/html; charset=utf-8");
  EXPECT_EQ(body_of(response), "<p>hello</p>");
  const std::string etag = field(response, "etag");
  ASSERT_EQ(etag.size(), 34U);

  const auto ask_if = [&](const std::string& method, const std::string& tags) {
    return sim.ask(method + " / HTTP/1.1\r\nHost: a\r\nIf-None-Match: " + tags + "\r\n\r\n");
  };
  for (const std::string& tags : {etag, "\"x\", W/" + etag, std::string("*")}) {
    const std::string unchanged = ask_if("GET", tags);
    EXPECT_THAT(unchanged, StartsWith("HTTP/1.1 304 Not Modified\r\n"));
    EXPECT_EQ(field(unchanged, "etag"), etag);
    EXPECT_EQ(field(unchanged, "content-type"), "none");
    EXPECT_EQ(body_of(unchanged), "");
  }
  EXPECT_THAT(ask_if("HEAD", etag), StartsWith("HTTP/1.1 304"));
  EXPECT_THAT(ask_if("GET", "\"x\""), StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(ask_if("POST", etag), StartsWith("HTTP/1.1 200"));
}

TEST(Respond, answers_head_with_the_length_and_no_content) {
  Simulation sim("routes: [{match: {}, respond: {body: hello, content_type: text/css}}]");
  End* const client = sim.connect();
  client->send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
  sim.run();
  const std::string response = client->take();
  EXPECT_EQ(field(response, "content-length"), "5");
  EXPECT_EQ(field(response, "content-type"), "text/css");
  EXPECT_EQ(body_of(response), "");
  client->send(get("/"));
  sim.run();
  EXPECT_EQ(body_of(client->take()), "hello") << "the connection goes on";
}

TEST(Respond, sends_nothing_with_204) {
  Simulation sim("routes: [{match: {}, respond: {status: 204}}]");
  const std::string response = sim.ask(get("/"));
  EXPECT_THAT(response, StartsWith("HTTP/1.1 204"));
  EXPECT_EQ(field(response, "content-length"), "none");
  EXPECT_EQ(field(response, "content-type"), "none");
}

TEST(Respond, comes_behind_the_request_head_hooks_and_before_the_response_hooks) {
  Simulation sim(R"(
client_identity: {trusted_proxies: [10.9.0.0/16], headers: [X-Forwarded-For]}
modules: [{headers: {profile: strict}}, {access: {deny: [192.0.2.0/24]}}]
response_headers: {set: {X-Site: shop}}
routes: [{match: {}, respond: {body: hello}}]
)",
                 {builtin_modules().begin(), builtin_modules().end()});
  EXPECT_THAT(sim.ask(of_client("192.0.2.1"), "10.9.1.1:1"), StartsWith("HTTP/1.1 403"));
  const std::string response = sim.ask(of_client("198.51.100.1"), "10.9.1.1:1");
  EXPECT_THAT(response, StartsWith("HTTP/1.1 200"));
  EXPECT_EQ(field(response, "x-content-type-options"), "nosniff");
  EXPECT_EQ(field(response, "x-site"), "shop");
}

TEST(Respond, gives_a_large_file_whole_and_a_window_of_it_to_those_who_do_not_read) {
  std::string content;
  for (int i = 0; content.size() < 1024 * 1024 - 8; ++i) content += std::to_string(i) + "\n";
  const File file("large.bin", content);
  Simulation sim("routes: [{match: {}, respond: {file: " + file.path() + "}}]");
  EXPECT_EQ(body_of(sim.ask(get("/"))), content);

  End* const client = sim.connect();
  client->stop_reading();
  client->send(get("/"));
  sim.run();
  EXPECT_LE(sim.blocks().in_use() * Block::size, 512U * 1024) << "of 1 MiB";
  client->read_on();
  sim.run();
  EXPECT_EQ(body_of(client->received()), content);
  EXPECT_EQ(sim.done.back().response_body_bytes, content.size());
}

TEST(Respond, lets_go_of_those_who_do_not_read) {
  const File file("unread.bin", std::string(1024 * 1024, 'x'));
  Simulation sim("routes: [{match: {}, respond: {file: " + file.path() + "}}]");
  End* const client = sim.connect();
  client->stop_reading();
  client->send(get("/"));
  sim.run();
  sim.advance(std::chrono::minutes(3));
  ASSERT_EQ(sim.done.size(), 1U);
  EXPECT_EQ(sim.done[0].ended_by, "client");
}

TEST(Respond, answers_an_upload_without_reading_it) {
  Simulation sim("routes: [{match: {path: /r}, redirect: /new}, {match: {}, respond: {body: hello}}]");
  for (const std::string path : {"/r", "/x"}) {
    End* const client = sim.connect();
    client->send("POST " + path + " HTTP/1.1\r\nHost: a\r\nContent-Length: 300000\r\n\r\n" + std::string(200'000, 'x'));
    sim.run();
    EXPECT_THAT(client->received(), StartsWith(path == "/r" ? "HTTP/1.1 302" : "HTTP/1.1 200"));
    client->send(std::string(100'000, 'x') + get("/"));
    sim.run();
    sim.advance(std::chrono::minutes(2));
    EXPECT_TRUE(client->has_ended());
    EXPECT_LE(sim.done.back().request_body_bytes, 64U * 1024U) << "more than one window";
  }
  for (const Done& done : sim.done) EXPECT_EQ(done.reason, "");
}

TEST(Respond, tells_which_file_cannot_be_read_and_where_it_is_named) {
  EXPECT_THAT(problems_of("routes: [{match: {}, respond: {file: /nowhere/x.txt}}]"),
              HasSubstr("ravelin.yaml:2:38: error: routes[0].respond.file: cannot read /nowhere/x.txt: No such file"));
  const File file("too_large.bin", std::string(1024 * 1024 + 1, 'x'));
  EXPECT_THAT(problems_of("routes: [{match: {}, respond: {file: " + file.path() + "}}]"),
              HasSubstr("it is larger than 1048576 bytes"));
}

std::string asked_of_origin(Simulation& sim, const std::string& request) {
  std::string seen;
  sim.on_origin = [&](End& end, const std::string&) {
    end.on_input = [&](End& from) {
      const std::string text = from.take();
      if (text.empty()) return;
      seen += text;
      from.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    };
    return true;
  };
  const std::string response = sim.ask(request);
  return seen.empty() ? response : seen.substr(0, seen.find("\r\n"));
}

TEST(RewritingRoute, asks_the_upstream_for_another_path_and_records_what_was_asked) {
  Simulation sim(origin + R"(
routes:
  - {match: {path_prefix: /old/}, upstream: origin, rewrite: {prefix: /new/},
     request_headers: {set: {X-Path: "${path}"}}}
  - {match: {path_prefix: /item/}, upstream: origin, rewrite: {regex: '^/item/(.*)$', to: '/items?id=$1'}}
)");
  EXPECT_EQ(asked_of_origin(sim, get("/old/./a?q=1")), "GET /new/a?q=1 HTTP/1.1");
  EXPECT_EQ(asked_of_origin(sim, get("/item/7&x=1")), "GET /items?id=7%26x%3D1 HTTP/1.1");
  EXPECT_EQ(sim.done[0].route, "/old/*");
}

TEST(RewritingRoute, changes_fields_for_the_origin_alone) {
  Simulation sim(origin + R"(
modules: [{cors: {allow_origins: ["https://a.example"]}}]
routes: [{match: {}, upstream: origin, request_headers: {remove: [Origin], set: {X-Via: "${path}"}}}]
)",
                 {builtin_modules().begin(), builtin_modules().end()});
  std::string seen;
  sim.on_origin = [&](End& end, const std::string&) {
    end.on_input = [&](End& from) {
      seen += from.take();
      from.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    };
    return true;
  };
  EXPECT_THAT(sim.ask("GET / HTTP/1.1\r\nHost: a\r\nOrigin: https://a.example\r\n\r\n"),
              HasSubstr("access-control-allow-origin: https://a.example\r\n"));
  EXPECT_THAT(seen, Not(HasSubstr("origin:")));
  EXPECT_THAT(seen, HasSubstr("x-via: /\r\n"));
  EXPECT_THAT(seen, HasSubstr("x-request-id: "));
}

TEST(RewritingRoute, is_shown_to_modules_as_it_came) {
  Simulation sim(origin + R"(
modules: [{ratelimit: {limits: {old: {rate: 1/h, burst: 0, match: {path_prefix: /old/}}}}}]
routes: [{match: {}, upstream: origin, rewrite: {regex: '^/old/(.*)$', to: '/new/$1'}}]
)",
                 {builtin_modules().begin(), builtin_modules().end()});
  EXPECT_EQ(asked_of_origin(sim, get("/old/a")), "GET /new/a HTTP/1.1");
  EXPECT_THAT(asked_of_origin(sim, get("/old/a")), StartsWith("HTTP/1.1 429"));
  EXPECT_EQ(asked_of_origin(sim, get("/new/a")), "GET /new/a HTTP/1.1");
}

TEST(RewritingRoute, refuses_what_would_not_be_canonical_or_costs_too_much) {
  Simulation sim(origin + R"(
routes:
  - {match: {path_prefix: /static}, upstream: origin, rewrite: {prefix: /files/}}
  - {match: {path_prefix: /slow/}, upstream: origin, rewrite: {regex: '^/slow/(a+)+[0-9]$', to: /x}}
)");
  EXPECT_THAT(sim.ask(get("/static../secret")), StartsWith("HTTP/1.1 400"));
  EXPECT_EQ(sim.done[0].reason, "route:rewrite");
  EXPECT_EQ(sim.done[0].ended_by, "client");
  EXPECT_THAT(sim.ask(get("/slow/" + std::string(500, 'a'))), StartsWith("HTTP/1.1 500"));
  EXPECT_EQ(sim.done[1].reason, "route:rewrite_limit");
  EXPECT_EQ(sim.done[1].ended_by, "gateway");
  EXPECT_THAT(sim.origins, IsEmpty());
}

TEST(RewritingRoute, is_asked_again_with_the_same_path_after_a_failure) {
  Simulation sim(R"(
upstreams: {origin: {balance: round_robin, endpoints: ["10.0.0.1:80", "10.0.0.2:80"]}}
routes: [{match: {path_prefix: /old/}, upstream: origin, rewrite: {prefix: /new/}}]
)");
  std::string seen;
  sim.on_origin = [&](End& end, const std::string& endpoint) {
    if (endpoint == "10.0.0.1:80") return false;
    end.on_input = [&](End& from) {
      if (const std::string text = from.take(); !text.empty()) seen = text;
      from.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    };
    return true;
  };
  for (int i = 0; i < 2; ++i) EXPECT_THAT(sim.ask(get("/old/a")), StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(seen, StartsWith("GET /new/a HTTP/1.1"));
}

TEST(RewritingRoute, tells_where_an_expression_is_wrong) {
  EXPECT_THAT(problems_of(origin + "routes: [{match: {}, upstream: origin, rewrite: {regex: '(', to: /x}}]"),
              HasSubstr("ravelin.yaml:3:57: error: routes[0].rewrite.regex: is no regular expression: missing closing "
                        "parenthesis, at character 2"));
}

class Pages : public ::testing::Test {
 protected:
  const File exact{"404.html", "<p>${status} ${reason} ${request.id} ${other} `${x}`</p>"};
  const File any{"4xx.txt", "sorry: ${status}"};
  const File own{"own.html", "ours ${status}"};
  const std::string yaml = origin + "error_pages: {404: " + exact.path() + ", 4xx: " + any.path() + "}\n" +
                           "routes:\n  - {match: {host: own}, upstream: origin, error_pages: {4xx: " + own.path() +
                           "}, request_body: 1}\n  - {match: {host: a}, upstream: origin, request_body: 1}\n";

  static std::string post(const std::string& host) {
    return "POST / HTTP/1.1\r\nHost: " + host + "\r\nContent-Length: 5\r\n\r\nhello";
  }
};

TEST_F(Pages, stand_in_the_place_of_our_own) {
  Simulation sim(yaml);
  const std::string response = sim.ask(get("/", "nobody"));
  EXPECT_THAT(response, StartsWith("HTTP/1.1 404"));
  EXPECT_EQ(field(response, "content-type"), "text/html; charset=utf-8");
  EXPECT_EQ(body_of(response), "<p>404 route " + sim.done[0].id + " ${other} `${x}`</p>");
  EXPECT_EQ(field(response, "content-length"), std::to_string(body_of(response).size()));
  EXPECT_EQ(sim.done[0].reason, "route:none");
}

TEST_F(Pages, are_chosen_by_route_then_by_status_then_by_class) {
  Simulation sim(yaml);
  const std::string of_class = sim.ask(post("a"));
  EXPECT_THAT(of_class, StartsWith("HTTP/1.1 413"));
  EXPECT_EQ(field(of_class, "content-type"), "text/plain; charset=utf-8");
  EXPECT_EQ(body_of(of_class), "sorry: 413");
  EXPECT_EQ(body_of(sim.ask(post("own"))), "ours 413");
}

TEST_F(Pages, are_for_malformed_requests_too) {
  Simulation sim(yaml);
  EXPECT_EQ(body_of(sim.ask("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n")), "sorry: 400");
}

TEST_F(Pages, are_not_for_those_who_prefer_json) {
  Simulation sim(yaml);
  const std::string response = sim.ask("GET / HTTP/1.1\r\nHost: nobody\r\nAccept: application/json\r\n\r\n");
  EXPECT_EQ(field(response, "content-type"), "application/problem+json");
  EXPECT_THAT(body_of(response), HasSubstr("\"status\":404"));
}

TEST_F(Pages, are_for_those_whose_wish_for_json_is_malformed_or_smaller) {
  Simulation sim(yaml);
  for (const std::string accept :
       {"application/json;q=inf", "application/json;q=1e300", "application/json;q=nan",
        "application/json;q=0.5, text/html", "application/json;q=0.5\r\nAccept: text/html"}) {
    const std::string response = sim.ask("GET / HTTP/1.1\r\nHost: nobody\r\nAccept: " + accept + "\r\n\r\n");
    EXPECT_THAT(body_of(response), StartsWith("<p>404 route")) << accept;
  }
}

TEST_F(Pages, leave_what_an_origin_answers_alone) {
  Simulation sim(yaml);
  sim.on_origin = [](End& end, const std::string&) {
    end.on_input = [](End& from) {
      if (!from.take().empty()) from.send("HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\norig");
    };
    return true;
  };
  EXPECT_EQ(body_of(sim.ask(get("/", "a"))), "orig");
}

TEST_F(Pages, answer_head_with_the_length_alone) {
  Simulation sim(yaml);
  const std::string response = sim.ask("HEAD / HTTP/1.1\r\nHost: nobody\r\n\r\n");
  EXPECT_EQ(body_of(response), "");
  EXPECT_NE(field(response, "content-length"), "0");
}

TEST_F(Pages, have_a_bound) {
  const File large("large.html", std::string(64 * 1024 + 1, 'x'));
  EXPECT_THAT(
      problems_of(origin + "error_pages: {5xx: " + large.path() + "}\n" + "routes: [{match: {}, upstream: origin}]"),
      HasSubstr("error: error_pages.5xx: cannot read"));
}

TEST(ReloadedAnswers, are_those_of_the_new_configuration) {
  Simulation sim("routes: [{match: {}, respond: {body: old}}]");
  End* const client = sim.connect();
  client->send(get("/"));
  sim.run();
  EXPECT_EQ(body_of(client->take()), "old");
  sim.reload("routes: [{match: {}, respond: {body: new}}]");
  client->send(get("/"));
  sim.run();
  EXPECT_EQ(body_of(client->take()), "new");
  sim.reload(https + "routes: [{match: {}, respond: {body: new}}]");
  client->send(get("/"));
  sim.run();
  EXPECT_THAT(client->take(), StartsWith("HTTP/1.1 308"));
}

}  // namespace
}  // namespace ravelin::testing
