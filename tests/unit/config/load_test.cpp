#include "config/load.h"

#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fake_modules.h"
#include "support/memory_environment.h"

namespace ravelin::config {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::string_view smallest = R"(
listeners: {name: http, bind: "127.0.0.1:0"}
upstreams: {shop: {endpoints: "10.0.1.10:80"}}
routes: {match: {}, upstream: shop}
)";

std::string source(const std::string& path) {
  std::ifstream input(RAVELIN_SOURCE_DIR "/" + path);
  std::stringstream content;
  content << input.rdbuf();
  return content.str();
}

std::vector<std::string> texts(const std::vector<Problem>& problems) {
  std::vector<std::string> result;
  for (const Problem& problem : problems) result.push_back(to_string(problem));
  return result;
}

class Loading : public ::testing::Test {
 protected:
  // Loads `text` as the main file; what else there is was put into `environment` before.
  const Config& load_text(std::string_view text) {
    environment.files["/etc/ravelin/ravelin.yaml"] = text;
    loaded = load("/etc/ravelin/ravelin.yaml", testing::fake_modules(), environment);
    EXPECT_THAT(texts(loaded.problems), IsEmpty());
    return loaded.is_valid() ? *loaded.config : none_;
  }
  std::vector<std::string> problems_of(std::string_view text) {
    environment.files["/etc/ravelin/ravelin.yaml"] = text;
    return texts(load("/etc/ravelin/ravelin.yaml", testing::fake_modules(), environment).problems);
  }

  testing::MemoryEnvironment environment;
  Loaded loaded;

 private:
  Config none_;
};

TEST_F(Loading, gives_a_small_file_the_documented_defaults) {
  const Config& config = load_text(smallest);
  EXPECT_TRUE(config.workers.is_auto());
  ASSERT_EQ(config.listeners.size(), 1u);
  EXPECT_THAT(config.listeners[0].protocols, ElementsAre(Protocol::http11));
  EXPECT_EQ(config.listeners[0].bind_to.at(0).to_string(), "127.0.0.1:0");
  EXPECT_EQ(config.limits.request_head.bytes, 16384u);
  EXPECT_EQ(config.limits.head_timeout, std::chrono::seconds(10));
  EXPECT_EQ(config.upstreams.at("shop").retry.attempts, 1u);
  EXPECT_EQ(config.upstreams.at("shop").endpoints.at(0).weight, 1u);
  EXPECT_EQ(config.store.snapshot->path, "/var/lib/ravelin/store");
  EXPECT_EQ(config.events.access.list.at(0).file.path, "/var/log/ravelin/access.jsonl");
  EXPECT_EQ(config.admin.bind_to->to_string(), "127.0.0.1:9901");
  EXPECT_EQ(config.routes.at(0).name, "default");
  EXPECT_FALSE(config.routes[0].request_body.has_value());
}

TEST_F(Loading, takes_the_operators_example_with_every_key) {
  const Config& config = load_text(source("tests/golden/config/contract.yaml"));
  EXPECT_THAT(config.listeners.at(0).protocols, ElementsAre(Protocol::h2, Protocol::http11));
  EXPECT_EQ(config.listeners[0].tls->certificates.at(0).key.path, "/etc/ravelin/certs/shop.key");
  EXPECT_TRUE(config.client_identity.trusted.contains(*Address::parse("10.42.1.2")));
  EXPECT_TRUE(config.client_identity.trusted.contains(*Address::parse("2606:4700::1")));
  EXPECT_FALSE(config.client_identity.trusted.contains(*Address::parse("10.43.1.2")));
  const Upstream& upstream = config.upstreams.at("k3s-prod");
  EXPECT_EQ(upstream.endpoints.at(2).address.host, "standby.internal");
  EXPECT_EQ(upstream.endpoints[2].address.port, 80);
  EXPECT_TRUE(upstream.endpoints[2].is_backup);
  EXPECT_EQ(upstream.retry.budget.value, 10u);
  ASSERT_EQ(config.modules.size(), 4u);
  EXPECT_EQ(config.modules[0].name, "headers");
  EXPECT_EQ(config.modules[1].name, "ban");
  EXPECT_EQ(config.routes.at(0).name, "shop.example.com/api/*");
  EXPECT_EQ(config.events.security.list.size(), 2u);
}

TEST_F(Loading, takes_the_packaged_file_and_its_example_of_a_second_site) {
  environment.files["/etc/ravelin/conf.d/50-shop.yaml"] = source("conf/conf.d/shop.yaml.example");
  const Config& config = load_text(source("conf/ravelin.yaml"));
  EXPECT_EQ(config.listeners.size(), 2u);
  EXPECT_EQ(config.modules.back().mode, Mode::detect);
  ASSERT_EQ(config.routes.size(), 3u);
  EXPECT_EQ(config.routes[2].modules.at("waf").mode, Mode::detect);
}

TEST_F(Loading, takes_the_configuration_of_the_bench) {
  const Config& config = load_text(source("tests/golden/config/bench.yaml"));
  EXPECT_EQ(config.workers.count, 1u);
  EXPECT_TRUE(config.events.access.list.empty());
  EXPECT_TRUE(config.admin.bind_to.is_off());
  EXPECT_EQ(config.limits.keepalive_requests, 1'000'000'000u);
}

TEST_F(Loading, completes_a_routes_override_with_the_global_section) {
  const Config& config = load_text(R"(
listeners: {name: http, bind: "127.0.0.1:0"}
upstreams: {shop: {endpoints: "10.0.1.10:80"}}
modules:
  - waf: {paranoia: 3, rules: [crs, a.conf], on_error: open, timeout: 2s}
  - ratelimit: {limits: {site: 5/s, api: {rate: 9/m, burst: 4}}}
routes:
  - {match: {path: /a}, upstream: shop, modules: {waf: {mode: detect, rules: [crs]}, ratelimit: {limits: {api: {burst: 7}}}}}
  - {match: {path: /b}, upstream: shop, modules: {waf: }}
)");
  const ModuleEntry& waf = config.routes.at(0).modules.at("waf");
  EXPECT_EQ(waf.mode, Mode::detect);
  EXPECT_EQ(waf.on_error, OnError::open);
  EXPECT_EQ(waf.timeout, std::chrono::seconds(2));
  EXPECT_EQ(waf.place.line, 8);
  const auto& section = dynamic_cast<const testing::FakeWaf&>(*waf.section);
  EXPECT_EQ(section.paranoia, 3u);
  EXPECT_THAT(section.rules, ElementsAre("crs"));
  EXPECT_EQ(section.place.line, 8);
  const auto& limits =
      dynamic_cast<const testing::FakeRateLimit&>(*config.routes[0].modules.at("ratelimit").section).limits;
  EXPECT_EQ(limits.at("site").rate, (Rate{5, std::chrono::seconds(1)}));
  EXPECT_EQ(limits.at("api").rate, (Rate{9, std::chrono::minutes(1)}));
  EXPECT_EQ(limits.at("api").burst, 7u);
  EXPECT_EQ(config.routes[1].modules.at("waf").on_error, OnError::open);
  EXPECT_EQ(config.modules[0].mode, Mode::enforce);
}

TEST_F(Loading, merges_further_files_in_lexical_order) {
  environment.files["/etc/ravelin/conf.d/20.yaml"] = "routes: [{match: {path: /c}, upstream: shop}]";
  environment.files["/etc/ravelin/conf.d/10.yaml"] =
      "routes: [{match: {path: /b}, upstream: shop}]\nlimits: {body_idle: 5s}\nmodules: [{waf: {debug_log: x.log}}]";
  environment.files["/etc/ravelin/conf.d/.30.yaml"] = "nonsense";
  environment.files["/etc/ravelin/conf.d/40.yml"] = "nonsense";
  const Config& config = load_text(R"(
listeners: [{name: http, bind: "127.0.0.1:0"}]
upstreams: {shop: {endpoints: "10.0.1.10:80"}}
limits: {head_timeout: 5s}
routes: [{match: {path: /a}, upstream: shop}]
)");
  ASSERT_EQ(config.routes.size(), 3u);
  EXPECT_EQ(config.routes[1].match.path, "/b");
  EXPECT_EQ(config.routes[2].match.path, "/c");
  EXPECT_EQ(config.routes[2].place.file, "/etc/ravelin/conf.d/20.yaml");
  EXPECT_EQ(config.limits.body_idle, std::chrono::seconds(5));
  EXPECT_EQ(config.limits.head_timeout, std::chrono::seconds(5));
  // Relative to the file that names it.
  EXPECT_EQ(dynamic_cast<const testing::FakeWaf&>(*config.modules.at(0).section).debug_log.path,
            "/etc/ravelin/conf.d/x.log");
  EXPECT_EQ(config.files.size(), 3u);
}

TEST_F(Loading, resolves_secrets_from_files_and_variables) {
  environment.files["/etc/ravelin/secrets/token"] = "s3cret\n";
  environment.variables["PASSWORD"] = "pa:ss";
  const std::string with_modules = std::string(smallest) + R"(
modules: [{waf: {token: !file secrets/token}}]
)";
  const auto token_of = [](const Config& config) {
    return dynamic_cast<const testing::FakeWaf&>(*config.modules.at(0).section).token.text;
  };
  EXPECT_EQ(token_of(load_text(with_modules)), "s3cret");
  EXPECT_EQ(token_of(load_text(std::string(smallest) + "modules: [{waf: {token: 'a${env:PASSWORD}b'}}]")), "apa:ssb");
}

TEST_F(Loading, reads_named_sets_from_lists_beside_the_file_before_built_in_ones) {
  environment.files["/etc/ravelin/lists/office.txt"] = "# ours\n198.51.100.0/24\n\n2001:db8::/32 # v6\r\n";
  environment.files["/etc/ravelin/lists/private.txt"] = "203.0.113.1";
  const auto identity = [](std::string_view names) {
    return std::string(smallest) + "client_identity: {headers: X-Real-IP, trusted_proxies: " + std::string(names) +
           "}\n";
  };
  const PrefixSet trusted = load_text(identity("[office, private, loopback]")).client_identity.trusted;
  EXPECT_TRUE(trusted.contains(*Address::parse("198.51.100.9")));
  EXPECT_TRUE(trusted.contains(*Address::parse("2001:db8::9")));
  EXPECT_TRUE(trusted.contains(*Address::parse("::1")));
  EXPECT_TRUE(trusted.contains(*Address::parse("203.0.113.1")));
  EXPECT_FALSE(trusted.contains(*Address::parse("10.0.0.1")));

  environment.files["/etc/ravelin/lists/office.txt"] = "198.51.100.0/24\nnonsense\n";
  EXPECT_THAT(problems_of(identity("office")), ElementsAre(HasSubstr("/etc/ravelin/lists/office.txt:2: 'nonsense'")));
  environment.files["/etc/ravelin/lists/office.txt"] = "# none\n";
  EXPECT_THAT(problems_of(identity("office")), ElementsAre(HasSubstr("holds no blocks")));
}

TEST_F(Loading, says_that_the_main_file_cannot_be_read) {
  loaded = load("missing.yaml", {}, environment);
  EXPECT_FALSE(loaded.is_valid());
  EXPECT_THAT(texts(loaded.problems),
              ElementsAre("missing.yaml: error: cannot read /etc/ravelin/missing.yaml: No such file or directory"));
}

TEST_F(Loading, keeps_a_file_with_warnings_only) {
  environment.files["/etc/ravelin/ravelin.yaml"] = std::string(smallest) + "client_identity: {headers: X-Real-IP}";
  loaded = load("ravelin.yaml", {}, environment);
  EXPECT_TRUE(loaded.is_valid());
  EXPECT_TRUE(loaded.has_warnings());
}

TEST_F(Loading, refuses_a_file_beyond_the_size_bound) {
  EXPECT_THAT(problems_of(std::string(4 * 1024 * 1024 + 1, '#')), ElementsAre(HasSubstr("too large")));
}

TEST_F(Loading, refuses_control_characters) {
  EXPECT_THAT(problems_of(std::string("a: b\nc: \x04")),
              ElementsAre("/etc/ravelin/ravelin.yaml:2:4: error: not valid YAML: a control character"));
}

TEST_F(Loading, tells_at_most_two_hundred_problems) {
  std::string text(smallest);
  for (int i = 0; i < 300; ++i) text += "unknown" + std::to_string(i) + ": 1\n";
  const auto problems = problems_of(text);
  EXPECT_EQ(problems.size(), 201u);
  EXPECT_THAT(problems.back(), HasSubstr("and 100 more problems"));
}

TEST_F(Loading, bounds_what_overrides_can_copy) {
  std::string rules;
  for (int i = 0; i < 20000; ++i) rules += "r, ";
  std::string text = "modules: [{waf: {rules: [" + rules + "]}}]\nroutes:\n";
  for (int i = 0; i < 100; ++i) {
    text += "  - {match: {path: /" + std::to_string(i) + "}, upstream: shop, modules: {waf: }}\n";
  }
  text += "listeners: {name: http, bind: \"127.0.0.1:0\"}\nupstreams: {shop: {endpoints: \"10.0.1.10:80\"}}\n";
  EXPECT_THAT(problems_of(text), ElementsAre(HasSubstr("too many overrides")));
}

TEST_F(Loading, finds_the_place_of_a_value_or_of_the_section_around_it) {
  const Config& config = load_text(smallest);
  EXPECT_EQ(config.place_of("upstreams.shop.endpoints[0].address").line, 3);
  EXPECT_EQ(config.place_of("upstreams.shop.retry.attempts").column, 19);
  EXPECT_EQ(config.place_of("limits.head_timeout").line, 1);
}

TEST(ReadSection, reads_one_section_for_a_modules_test) {
  testing::FakeWaf waf;
  EXPECT_THAT(read_section("{paranoia: 2}", waf), IsEmpty());
  EXPECT_EQ(waf.paranoia, 2u);
  EXPECT_THAT(texts(read_section("paranoia: 9", waf)),
              ElementsAre("section.yaml:1:11: error: paranoia: expected a whole number from 1 to 4, got '9'"));
}

}  // namespace
}  // namespace ravelin::config
