#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "modules/cors/config.h"
#include "modules/cors/module.h"
#include "ravelin/testing/module_bench.h"
#include "ravelin/testing/section_check.h"
#include "unit/modules/test_store.h"

namespace ravelin::cors {
namespace {

using testing::BenchFields;
using testing::BenchOutcome;
using testing::BenchRequest;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::ModuleBench;
using testing::SectionCheck;
using namespace std::chrono_literals;

constexpr std::string_view app = "https://app.example.com";
constexpr std::string_view other = "https://evil.example.net";

class Cors : public ::testing::Test {
 protected:
  Cors() { allow({"https://app.example.com", "https://*.apps.example.com"}); }

  void allow(const std::vector<std::string>& origins) {
    config.allow_origins.clear();
    for (const std::string& origin : origins) config.allow_origins.push_back(OriginPattern::parse(origin).value());
  }

  // Loads on the way, so that a test has but to say what is different.
  BenchOutcome run(BenchRequest request, const BenchFields& answered = {}) {
    EXPECT_TRUE(bench.load(config));
    return bench.run(request, 200, answered);
  }
  BenchOutcome get(std::string_view origin, const BenchFields& answered = {}) {
    return run({.fields = {{"origin", origin}}}, answered);
  }
  BenchOutcome preflight(std::string_view origin, std::string_view headers = {}) {
    BenchFields fields{{"origin", origin}, {"access-control-request-method", "PUT"}};
    if (!headers.empty()) fields.emplace_back("access-control-request-headers", headers);
    return run({.method = "OPTIONS", .fields = fields});
  }
  std::vector<std::string> problems() { return SectionCheck(config).problems(); }

  static std::size_t count(const BenchOutcome& outcome, std::string_view start) {
    return static_cast<std::size_t>(std::count_if(outcome.fields.begin(), outcome.fields.end(),
                                                  [&](const auto& field) { return field.first.starts_with(start); }));
  }

  TestStore store;
  ModuleBench bench{descriptor, store.memory};
  Config config;
};

TEST_F(Cors, answers_a_preflight_without_the_origin_server) {
  config.allow_methods = {"GET", "PUT"};
  config.allow_headers = {"Content-Type", "X-Cart"};
  config.expose_headers = {"X-Total"};
  const BenchOutcome outcome = preflight(app, "content-type");
  EXPECT_EQ(outcome.status, 204);
  EXPECT_EQ(outcome.reason, "") << "it is no refusal";
  EXPECT_EQ(outcome.field("access-control-allow-origin"), app);
  EXPECT_EQ(outcome.field("access-control-allow-methods"), "GET, PUT");
  EXPECT_EQ(outcome.field("access-control-allow-headers"), "Content-Type, X-Cart");
  EXPECT_EQ(outcome.field("access-control-max-age"), "600");
  EXPECT_EQ(outcome.field("vary"), "Origin, Access-Control-Request-Method, Access-Control-Request-Headers");
  EXPECT_EQ(outcome.fields.size(), 5u) << "neither credentials nor exposed fields";
  ASSERT_EQ(outcome.decisions.size(), 1u);
  EXPECT_EQ(outcome.decisions[0].kind, DecisionKind::answer);
  EXPECT_EQ(outcome.decisions[0].reason, "cors:preflight");
}

TEST_F(Cors, allows_get_head_and_post_for_ten_minutes_by_default) {
  const BenchOutcome outcome = preflight(app, "x-cart");
  EXPECT_EQ(outcome.status, 204) << "the browser judges the method and the fields";
  EXPECT_EQ(outcome.field("access-control-allow-methods"), "GET, HEAD, POST");
  EXPECT_EQ(outcome.field("access-control-max-age"), "600");
  EXPECT_FALSE(outcome.field("access-control-allow-headers"));
}

TEST_F(Cors, refuses_a_preflight_from_elsewhere) {
  for (const std::string_view origin :
       {other, std::string_view("null"), std::string_view("https://apps.example.com")}) {
    const BenchOutcome outcome = preflight(origin);
    EXPECT_EQ(outcome.status, 403) << origin;
    EXPECT_EQ(outcome.reason, "cors:origin");
    EXPECT_THAT(outcome.detail, HasSubstr("'" + std::string(origin) + "'"));
    EXPECT_EQ(count(outcome, "access-control-"), 0u);
    EXPECT_EQ(outcome.field("vary"), "Origin, Access-Control-Request-Method, Access-Control-Request-Headers");
  }
}

TEST_F(Cors, does_not_tell_more_of_a_long_origin_than_helps) {
  EXPECT_LT(preflight("https://" + std::string(9000, 'a')).detail.size(), 300u);
}

TEST_F(Cors, passes_what_is_no_preflight) {
  EXPECT_EQ(run({.method = "OPTIONS"}).status, 200);
  EXPECT_EQ(run({.method = "OPTIONS", .fields = {{"origin", app}}}).status, 200);
  EXPECT_EQ(run({.method = "OPTIONS", .fields = {{"access-control-request-method", "PUT"}}}).status, 200);
  EXPECT_EQ(run({.method = "GET", .fields = {{"origin", other}, {"access-control-request-method", "PUT"}}}).status,
            200);
}

TEST_F(Cors, lets_an_allowed_origin_read_the_answer) {
  config.expose_headers = {"X-Total", "ETag"};
  for (const std::string_view origin : {app, std::string_view("https://a.b.apps.example.com")}) {
    const BenchOutcome outcome = get(origin);
    EXPECT_EQ(outcome.status, 200);
    EXPECT_EQ(outcome.field("access-control-allow-origin"), origin);
    EXPECT_EQ(outcome.field("access-control-expose-headers"), "X-Total, ETag");
    EXPECT_EQ(outcome.field("vary"), "Origin");
    EXPECT_EQ(outcome.fields.size(), 3u);
  }
}

TEST_F(Cors, echoes_the_origin_as_the_browser_wrote_it) {
  EXPECT_EQ(get("https://APP.example.com").field("access-control-allow-origin"), "https://APP.example.com");
}

TEST_F(Cors, passes_the_request_of_another_origin_but_allows_it_nothing) {
  for (const std::string_view origin : {other, std::string_view("null"), std::string_view("*")}) {
    const BenchOutcome outcome = get(origin);
    EXPECT_EQ(outcome.status, 200) << origin;
    EXPECT_EQ(count(outcome, "access-control-"), 0u);
    EXPECT_EQ(outcome.field("vary"), "Origin");
  }
}

TEST_F(Cors, says_that_every_answer_depends_on_the_origin) {
  EXPECT_EQ(run({}).field("vary"), "Origin") << "a cache may hold it for a request with an origin";
  const BenchOutcome added = get(app, {{"vary", "Accept-Encoding"}});
  EXPECT_EQ(count(added, "vary"), 2u);
  for (const std::string_view there : {"Origin", "accept-encoding,\tORIGIN ,x", "*"}) {
    const BenchOutcome outcome = get(app, {{"vary", there}});
    EXPECT_EQ(count(outcome, "vary"), 1u) << there;
    EXPECT_EQ(outcome.field("vary"), there);
  }
  EXPECT_EQ(count(get(app, {{"vary", "X-Origin"}}), "vary"), 2u);
}

TEST_F(Cors, replaces_what_the_origin_server_says) {
  const BenchFields own{{"access-control-allow-origin", "*"},
                        {"access-control-allow-credentials", "true"},
                        {"access-control-expose-headers", "*"},
                        {"access-control-allow-private-network", "true"},
                        {"x-app", "1"}};
  const BenchOutcome allowed = get(app, own);
  EXPECT_EQ(count(allowed, "access-control-"), 1u);
  EXPECT_EQ(allowed.field("access-control-allow-origin"), app);
  EXPECT_EQ(allowed.field("x-app"), "1");
  EXPECT_EQ(count(get(other, own), "access-control-"), 0u);
  EXPECT_EQ(count(run({}, own), "access-control-"), 0u);
}

TEST_F(Cors, takes_two_origins_for_none) {
  const BenchFields two{{"origin", app}, {"origin", app}, {"access-control-request-method", "PUT"}};
  EXPECT_EQ(run({.method = "OPTIONS", .fields = two}).status, 403);
  EXPECT_EQ(count(run({.fields = two}), "access-control-"), 0u);
}

TEST_F(Cors, a_star_answers_everybody_the_same) {
  allow({"*"});
  for (const BenchRequest& request :
       {BenchRequest{}, BenchRequest{.fields = {{"origin", other}}}, BenchRequest{.fields = {{"origin", "null"}}}}) {
    const BenchOutcome outcome = run(request);
    EXPECT_EQ(outcome.field("access-control-allow-origin"), "*");
    EXPECT_FALSE(outcome.field("vary")) << "one answer for all may be cached for all";
  }
  const BenchOutcome outcome = preflight(other);
  EXPECT_EQ(outcome.status, 204);
  EXPECT_EQ(outcome.field("access-control-allow-origin"), "*");
  EXPECT_TRUE(outcome.field("vary"));
}

TEST_F(Cors, null_is_allowed_where_it_is_listed) {
  allow({"null"});
  EXPECT_EQ(preflight("null").status, 204);
  EXPECT_EQ(get("null").field("access-control-allow-origin"), "null");
  EXPECT_FALSE(get(app).field("access-control-allow-origin"));
}

TEST_F(Cors, nobody_is_allowed_by_an_empty_list) {
  allow({});
  EXPECT_EQ(preflight(app).status, 403);
  EXPECT_EQ(count(get(app, {{"access-control-allow-origin", "*"}}), "access-control-"), 0u);
}

TEST_F(Cors, credentials_are_allowed_in_both_answers) {
  config.allow_credentials = true;
  EXPECT_EQ(preflight(app).field("access-control-allow-credentials"), "true");
  EXPECT_EQ(get(app).field("access-control-allow-credentials"), "true");
  EXPECT_FALSE(get(other).field("access-control-allow-credentials"));
}

TEST_F(Cors, all_headers_are_a_star_or_with_credentials_those_asked_for) {
  config.allow_headers = {"*"};
  EXPECT_EQ(preflight(app, "x-a").field("access-control-allow-headers"), "*");
  config.allow_credentials = true;
  EXPECT_EQ(preflight(app, "x-a,authorization, X-B ,,b@d,x c").field("access-control-allow-headers"), "x-a, X-B");
  EXPECT_FALSE(preflight(app).field("access-control-allow-headers"));
  config.allow_headers = {"*", "Authorization"};
  EXPECT_EQ(preflight(app, "x-a,authorization").field("access-control-allow-headers"), "x-a, authorization");
}

TEST_F(Cors, is_only_about_the_paths_that_match) {
  config.match.path_prefix = {"/api/"};
  const BenchFields asked{{"origin", other}, {"access-control-request-method", "PUT"}};
  EXPECT_EQ(run({.method = "OPTIONS", .path = "/api/x", .fields = asked}).status, 403);
  EXPECT_EQ(run({.method = "OPTIONS", .path = "/page", .fields = asked}).status, 200);
  const BenchOutcome page = run({.path = "/page", .fields = asked}, {{"access-control-allow-origin", "*"}});
  EXPECT_EQ(page.field("access-control-allow-origin"), "*");
  EXPECT_FALSE(page.field("vary"));
}

TEST_F(Cors, leaves_the_head_of_another_protocols_handshake_alone) {
  ASSERT_TRUE(bench.load(config));
  EXPECT_THAT(bench.run({.fields = {{"origin", app}}}, 101).fields, IsEmpty());
}

TEST_F(Cors, detect_mode_changes_nothing_and_records_what_it_would_refuse) {
  bench.mode = Mode::detect;
  const BenchOutcome refused = preflight(other);
  EXPECT_EQ(refused.status, 200);
  EXPECT_THAT(refused.fields, IsEmpty());
  ASSERT_EQ(refused.decisions.size(), 1u);
  EXPECT_EQ(refused.decisions[0].kind, DecisionKind::detected);
  EXPECT_EQ(refused.decisions[0].reason, "cors:origin");
  const BenchOutcome allowed = preflight(app);
  EXPECT_EQ(allowed.status, 200);
  EXPECT_THAT(allowed.fields, IsEmpty());
  EXPECT_THAT(allowed.decisions, IsEmpty());
  EXPECT_EQ(get(app, {{"access-control-allow-origin", "*"}}).field("access-control-allow-origin"), "*");
}

TEST_F(Cors, a_reload_brings_another_policy) {
  EXPECT_EQ(preflight(app).status, 204);
  allow({"https://new.example.com"});
  EXPECT_EQ(preflight(app).status, 403);
  EXPECT_EQ(preflight("https://new.example.com").status, 204);
}

TEST_F(Cors, a_section_that_is_in_order_has_no_complaints) {
  config.allow_headers = {"Content-Type", "*"};
  config.expose_headers = {"ETag"};
  config.allow_credentials = true;
  EXPECT_THAT(problems(), IsEmpty());
  config.max_age = 24h;
  EXPECT_THAT(problems(), IsEmpty());
}

TEST_F(Cors, credentials_for_everybody_are_refused) {
  config.allow_credentials = true;
  allow({"*"});
  EXPECT_THAT(problems(), ElementsAre("allow_credentials: '*' cannot be allowed with credentials, browsers refuse it: "
                                      "list the origins"));
  allow({"null", "https://app.example.com"});
  EXPECT_THAT(problems(), ElementsAre(HasSubstr("every site can make a page whose origin is 'null'")));
}

TEST_F(Cors, what_could_have_no_effect_is_refused) {
  allow({"*", "https://app.example.com"});
  config.allow_methods = {"put", "", "TRACE", "CONNECT", "*", "DELETE"};
  config.allow_headers = {"X Y", "X-Fine"};
  config.expose_headers = {"", "*"};
  config.max_age = 24h + 1s;
  config.match.method = {"POST"};
  EXPECT_THAT(
      problems(),
      ElementsAre("max_age: 86401s is out of range",
                  "allow_origins: '*' allows all: nothing can "
                  "stand beside it",
                  HasSubstr("allow_methods: 'put' is not a method in capitals"), HasSubstr("allow_methods: '' is not"),
                  "allow_methods: scripts can never send TRACE", "allow_methods: scripts can never send CONNECT",
                  HasSubstr("allow_methods: '*' is not"), HasSubstr("allow_headers: 'X Y'"),
                  HasSubstr("expose_headers: ''"), HasSubstr("match: a preflight is always OPTIONS")));
  config = Config();
  allow({"https://app.example.com"});
  config.allow_credentials = true;
  config.expose_headers = {"*"};
  EXPECT_THAT(problems(), ElementsAre(HasSubstr("expose_headers: with credentials browsers take '*'")));
}

}  // namespace
}  // namespace ravelin::cors
