#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "modules/waf/policy.h"
#include "support/waf_bench.h"

namespace ravelin::waf {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

// The installed core rule set at paranoia 1, loaded once: it takes longer than the requests.
class CoreRules : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    waf = new WafBench;
    ASSERT_TRUE(waf->load());
  }
  static void TearDownTestSuite() { delete std::exchange(waf, nullptr); }

  static testing::BenchOutcome run(const testing::BenchRequest& request) { return waf->bench.run(request); }

  static WafBench* waf;
};
WafBench* CoreRules::waf = nullptr;

constexpr std::string_view injection =
    "id=1%27%20OR%20%271%27%3D%271%27%20UNION%20SELECT%20name,password%20FROM%20users--%20";

TEST_F(CoreRules, refuse_sql_injection_in_a_query_and_say_by_which_rules_and_score) {
  const auto outcome = run(get("/catalogue/shoes", injection));
  EXPECT_EQ(outcome.status, 403);
  EXPECT_EQ(outcome.reason, "waf:942100");
  ASSERT_EQ(outcome.incidents.size(), 1u);
  const Incident& incident = outcome.incidents[0];
  EXPECT_EQ(incident.module, "waf");
  EXPECT_EQ(incident.reason, "waf:942100");
  EXPECT_THAT(incident.rules, ::testing::ElementsAre("942100", "942190", "942270", "949110"));
  EXPECT_EQ(incident.score, 15);
  EXPECT_EQ(incident.rule_name, "SQL Injection Attack Detected via libinjection");
}

TEST_F(CoreRules, refuse_script_injection_and_path_traversal) {
  EXPECT_EQ(run(get("/s", "q=%3Cscript%3Ealert(1)%3C/script%3E")).reason, "waf:941100");
  EXPECT_EQ(run(get("/s", "f=../../../../etc/passwd")).reason, "waf:930100");
}

TEST_F(CoreRules, decode_full_width_characters_as_an_origin_might) {
  EXPECT_EQ(run(get("/s", "q=%uFF1Cscript%uFF1Ealert(1)%uFF1C/script%uFF1E")).status, 403);
}

TEST_F(CoreRules, let_a_browser_pass_without_an_incident) {
  const auto outcome =
      run(get("/catalogue/shoes", "page=3&sort=price&colour=dark+green&size=42&brand=northfield&q=walking+boots"));
  EXPECT_EQ(outcome.status, 200);
  EXPECT_TRUE(outcome.incidents.empty());
}

TEST_F(CoreRules, let_an_empty_post_and_an_http2_upload_pass) {
  testing::BenchRequest empty = get("/cart");
  empty.method = "POST";
  EXPECT_TRUE(run(empty).incidents.empty());

  auto exchange = waf->bench.open(post("application/json", R"({"a":1})"));
  exchange.record().request().version = Version::http2;
  exchange.record().request().body = BodyKind::streamed;
  EXPECT_EQ(exchange.request_head().kind(), Verdict::Kind::pass);
  EXPECT_EQ(exchange.request_body(R"({"a":1})").kind(), Verdict::Kind::pass);
  EXPECT_TRUE(exchange.record().incidents.empty());
}

TEST_F(CoreRules, hide_the_value_of_a_secret_field) {
  const auto outcome = run(get("/login", "password=hunter2'%20or%201=1--%20"));
  EXPECT_EQ(outcome.status, 403);
  EXPECT_THAT(outcome.detail, HasSubstr("ARGS:password (hidden)"));
  EXPECT_THAT(outcome.detail, Not(HasSubstr("hunter2")));
  EXPECT_THAT(outcome.incidents[0].detail, Not(HasSubstr("hunter2")));
}

TEST_F(CoreRules, find_attacks_in_form_json_multipart_and_xml_bodies) {
  EXPECT_EQ(run(post("application/x-www-form-urlencoded", "a=b&c=<script>alert(1)</script>")).reason, "waf:941100");
  EXPECT_EQ(run(post("application/json", R"({"a":{"b":[1,{"c":"1' OR '1'='1' UNION SELECT a FROM b-- "}]}})")).reason,
            "waf:942100");
  EXPECT_EQ(run(post("application/vnd.shop+json", R"({"c":"1' OR '1'='1' UNION SELECT a FROM b-- "})")).status, 403);
  EXPECT_EQ(run(post("multipart/form-data; boundary=edge",
                     "--edge\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n../../etc/passwd\r\n--edge--\r\n"))
                .reason,
            "waf:930100");
  EXPECT_EQ(run(post("text/xml", "<?xml version=\"1.0\"?><a><b>../../etc/passwd</b></a>")).reason, "waf:930100");
}

TEST_F(CoreRules, take_client_address_and_method_from_the_exchange) {
  testing::BenchRequest request = get("/");
  request.method = "PROPFIND";
  EXPECT_EQ(run(request).reason, "waf:911100");
}

TEST(CoreRuleSettings, at_paranoia_2_find_what_paranoia_1_passes) {
  WafBench one;
  ASSERT_TRUE(one.load());
  WafBench two;
  two.config.paranoia = 2;
  ASSERT_TRUE(two.load());
  const auto odd = get("/s", "q=select+from+where");
  EXPECT_EQ(one.bench.run(odd).status, 200);
  EXPECT_EQ(two.bench.run(odd).status, 403);
}

TEST(CoreRuleSettings, below_a_raised_threshold_record_but_pass) {
  WafBench waf;
  waf.config.inbound_threshold = 1000;
  ASSERT_TRUE(waf.load());
  const auto outcome = waf.bench.run(get("/s", injection));
  EXPECT_EQ(outcome.status, 200);
  EXPECT_TRUE(outcome.decisions.empty());
  ASSERT_EQ(outcome.incidents.size(), 1u);
  EXPECT_EQ(outcome.incidents[0].reason, "waf:942100");
  EXPECT_EQ(outcome.incidents[0].score, 15);
  EXPECT_THAT(outcome.incidents[0].rules, Not(Contains("949110")));
}

TEST(CoreRuleSettings, detection_paranoia_records_without_refusing) {
  WafBench waf;
  waf.config.detection_paranoia = 2;
  ASSERT_TRUE(waf.load());
  const auto outcome = waf.bench.run(get("/s", "q=select+from+where"));
  EXPECT_EQ(outcome.status, 200);
  EXPECT_EQ(outcome.incidents.size(), 1u);
}

TEST(CoreRuleSettings, are_counted_in_the_metrics) {
  WafBench waf;
  ASSERT_TRUE(waf.load());
  EXPECT_GT(waf.bench.metrics.read("waf_rules_loaded"), 600);
  waf.bench.run(get("/"));
  EXPECT_EQ(waf.bench.metrics.count("waf_evaluation_seconds{route=bench}"), 1u);
}

TEST(CoreRuleSettings, exclusions_of_the_operator_apply) {
  WafBench waf;
  waf.config.rules = {RuleSource{}, RuleSource{{waf.directory.file("x.conf", "SecRuleRemoveById 942000-942999\n")}}};
  ASSERT_TRUE(waf.load());
  const auto outcome = waf.bench.run(get("/s", "id=1%27%20OR%20%271%27%3D%271"));
  EXPECT_EQ(outcome.status, 200);
}

TEST(OwnRules, refuse_what_the_core_rules_do_not_know) {
  WafBench waf;
  waf.config.rules = {RuleSource{{RAVELIN_SOURCE_DIR "/rules/ravelin.conf"}}};
  ASSERT_TRUE(waf.load()) << waf.load().error().message;
  testing::BenchRequest request = get("/public");
  request.fields.emplace_back("x-original-url", "/admin");
  EXPECT_EQ(waf.bench.run(request).reason, "waf:450100");
  request.fields.back() = {"x-middleware-subrequest", "middleware"};
  EXPECT_EQ(waf.bench.run(request).reason, "waf:450101");
  request.fields.back() = {"x-note", "() { :;}; echo"};
  EXPECT_EQ(waf.bench.run(request).reason, "waf:450102");
  EXPECT_EQ(waf.bench.run(post("application/json", R"({"a":{"__proto__":{"admin":true}}})")).reason, "waf:450110");
  EXPECT_EQ(waf.bench.run(get("/fetch", "url=http://169.254.169.254/latest/meta-data")).reason, "waf:450111");
  EXPECT_EQ(waf.bench.run(post("text/xml", "<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>")).reason, "waf:malformed_body");
  EXPECT_EQ(waf.bench.run(get("/s", "a=%24%7B(%23a=1)%7D")).reason, "waf:450113");
  testing::BenchRequest action = post("text/plain", R"(["$1:__proto__:then"])");
  action.fields.emplace_back("next-action", "1");
  EXPECT_EQ(waf.bench.run(action).reason, "waf:450114");
  testing::BenchRequest cookie = get("/");
  cookie.fields.emplace_back("cookie", R"(a="1\047 \125NION \123ELECT")");
  EXPECT_EQ(waf.bench.run(cookie).reason, "waf:450115");
  cookie.fields.back().second = R"(a="\"\047 \125NION")";
  EXPECT_EQ(waf.bench.run(cookie).reason, "waf:450115");
  cookie.fields.back().second = R"(a="C:\\101 x\054y\073z\042\134\303\244\012"; b=\047)";
  EXPECT_EQ(waf.bench.run(cookie).status, 200);
  EXPECT_EQ(waf.bench.run(get("/catalogue", "q=constructor+prototype+%24%7Bprice%7D")).status, 200);
}

}  // namespace
}  // namespace ravelin::waf
