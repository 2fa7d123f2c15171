#include "config/print.h"

#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "config/printer.h"
#include "fake_modules.h"
#include "support/memory_environment.h"

namespace ravelin::config {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string source(const std::string& path) {
  std::ifstream input(RAVELIN_SOURCE_DIR "/" + path);
  std::stringstream content;
  content << input.rdbuf();
  return content.str();
}

Loaded load_text(const std::string& text) {
  testing::MemoryEnvironment environment;
  environment.files["/etc/ravelin/ravelin.yaml"] = text;
  environment.variables["TOKEN"] = "s3cret";
  return load("ravelin.yaml", testing::fake_modules(), environment);
}

std::string first_problem(const Loaded& loaded) {
  return loaded.problems.empty() ? "" : to_string(loaded.problems.front());
}

class RoundTrip : public ::testing::TestWithParam<const char*> {};

TEST_P(RoundTrip, what_is_printed_loads_to_the_same) {
  const Loaded first = load_text(source(GetParam()));
  ASSERT_TRUE(first.is_valid()) << first_problem(first);
  const std::string printed = print_effective(*first.config, testing::fake_modules(), Origins::hide);
  const Loaded second = load_text(printed);
  ASSERT_TRUE(second.is_valid()) << first_problem(second) << "\n" << printed;
  EXPECT_EQ(print_effective(*second.config, testing::fake_modules(), Origins::hide), printed);
}

INSTANTIATE_TEST_SUITE_P(Files, RoundTrip,
                         ::testing::Values("tests/golden/config/contract.yaml", "tests/golden/config/bench.yaml",
                                           "tests/golden/config/odd_texts.yaml"));

TEST(Print, shows_where_each_value_came_from_and_no_secret) {
  const Loaded loaded = load_text(source("tests/golden/config/odd_texts.yaml"));
  ASSERT_TRUE(loaded.is_valid()) << first_problem(loaded);
  EXPECT_EQ(print_effective(*loaded.config, testing::fake_modules()),
            source("tests/golden/config/odd_texts.effective"));
}

TEST(Print, quotes_what_would_not_read_back) {
  EXPECT_EQ(to_yaml("10.0.1.10/8"), "10.0.1.10/8");
  EXPECT_EQ(to_yaml("a:b"), "\"a:b\"");
  EXPECT_EQ(to_yaml(""), "\"\"");
  EXPECT_EQ(to_yaml("null"), "\"null\"");
  EXPECT_EQ(to_yaml("-"), "\"-\"");
  EXPECT_EQ(to_yaml("a\"b\\c\n"), "\"a\\\"b\\\\c\\x0a\"");
}

TEST(Reference, names_every_key_with_its_default_and_range) {
  const std::string page = write_reference(testing::fake_modules());
  EXPECT_THAT(page, HasSubstr("| `head_timeout` | duration, 10ms to 1d | `10s` |"));
  EXPECT_THAT(page, HasSubstr("| `tls.certificates[].cert` | path | required |"));
  EXPECT_THAT(page, HasSubstr("| `NAME.retry.budget` | share from 0% to 100% | `10%` |"));
  EXPECT_THAT(page, HasSubstr("### waf\n"));
  EXPECT_THAT(page, HasSubstr("| `never` | list of block | `[127.0.0.0/8]` |"));
  EXPECT_THAT(page, HasSubstr("| `jails.NAME.match.status` | list of whole number, 100 to 599 | `[]` |"));
  EXPECT_THAT(page, HasSubstr("Value: `auto` or whole number, 1 to 1024. Default: `auto`."));
  EXPECT_THAT(page, HasSubstr("| `redirect_to_https.port` | whole number, 1 to 65535 | `443` |"));
  EXPECT_THAT(page, Not(HasSubstr("elasticsearch")));
}

TEST(JsonSchema, describes_sections_modules_and_their_bounds) {
  const auto schema = nlohmann::json::parse(write_schema(testing::fake_modules()));
  EXPECT_EQ(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
  EXPECT_FALSE(schema.contains("required"));
  EXPECT_EQ(schema["properties"]["listeners"]["anyOf"][1]["required"], nlohmann::json({"name", "bind"}));
  EXPECT_EQ(schema["properties"]["limits"]["properties"]["request_fields"]["maximum"], 10000);
  EXPECT_EQ(schema["properties"]["limits"]["additionalProperties"], false);
  EXPECT_EQ(schema["$defs"]["waf"]["properties"]["mode"]["enum"], nlohmann::json({"enforce", "detect", "off", false}));
  EXPECT_THAT(schema["properties"]["listeners"].dump(), HasSubstr("{\"enum\":[\"true\",true]}"));
  EXPECT_EQ(schema["$defs"]["waf"]["properties"]["paranoia"]["maximum"], 4);
}

}  // namespace
}  // namespace ravelin::config
