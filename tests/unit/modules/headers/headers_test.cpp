#include <gtest/gtest.h>

#include "config/load.h"
#include "modules/headers/config.h"
#include "modules/headers/module.h"
#include "ravelin/testing/module_bench.h"
#include "ravelin/testing/section_check.h"
#include "unit/modules/test_store.h"

namespace ravelin::headers {
namespace {

using testing::BenchFields;
using testing::BenchOutcome;
using testing::ModuleBench;

class Headers : public ::testing::Test {
 protected:
  void load(Profile profile) {
    Config config;
    config.profile = profile;
    ASSERT_TRUE(bench.load(config));
  }

  TestStore store;
  ModuleBench bench{descriptor, store.memory};
};

TEST_F(Headers, basic_sets_the_four_fields_that_fit_every_site) {
  load(Profile::basic);
  const BenchOutcome outcome = bench.run({});
  EXPECT_EQ(outcome.field("strict-transport-security"), "max-age=31536000");
  EXPECT_EQ(outcome.field("x-content-type-options"), "nosniff");
  EXPECT_EQ(outcome.field("x-frame-options"), "SAMEORIGIN");
  EXPECT_EQ(outcome.field("referrer-policy"), "strict-origin-when-cross-origin");
  EXPECT_EQ(outcome.fields.size(), 4u);
}

TEST_F(Headers, strict_adds_to_basic) {
  load(Profile::strict);
  const BenchOutcome outcome = bench.run({});
  EXPECT_EQ(outcome.fields.size(), 7u);
  EXPECT_TRUE(outcome.field("permissions-policy"));
  EXPECT_EQ(outcome.field("cross-origin-opener-policy"), "same-origin-allow-popups");
}

TEST_F(Headers, what_the_origin_set_stays) {
  load(Profile::strict);
  const BenchOutcome outcome =
      bench.run({}, 200, {{"x-frame-options", "DENY"}, {"strict-transport-security", "max-age=0"}});
  EXPECT_EQ(outcome.field("x-frame-options"), "DENY");
  EXPECT_EQ(outcome.field("strict-transport-security"), "max-age=0");
  EXPECT_EQ(outcome.fields.size(), 7u);
}

TEST_F(Headers, sends_no_hsts_without_tls) {
  load(Profile::strict);
  const BenchOutcome outcome = bench.run({.is_tls = false});
  EXPECT_FALSE(outcome.field("strict-transport-security"));
  EXPECT_FALSE(outcome.field("cross-origin-opener-policy"));
  EXPECT_TRUE(outcome.field("x-content-type-options"));
}

TEST_F(Headers, removes_what_tells_about_the_origin) {
  load(Profile::basic);
  const BenchOutcome outcome = bench.run({}, 200,
                                         {{"server", "Apache/2.4"},
                                          {"x-powered-by", "PHP/8"},
                                          {"x-powered-by", "Express"},
                                          {"x-aspnet-version", "4.0"},
                                          {"x-aspnetmvc-version", "5.2"},
                                          {"x-app", "kept"}});
  EXPECT_EQ(outcome.fields.size(), 5u);
  EXPECT_EQ(outcome.field("x-app"), "kept");
}

TEST_F(Headers, leaves_a_handshake_to_another_protocol_alone) {
  load(Profile::strict);
  const BenchOutcome outcome = bench.run({}, 101, {{"server", "origin"}});
  EXPECT_EQ(outcome.fields.size(), 1u);
}

TEST_F(Headers, off_and_detect_change_nothing) {
  load(Profile::off);
  EXPECT_EQ(bench.run({}, 200, {{"server", "origin"}}).fields.size(), 1u);
  bench.mode = Mode::detect;
  load(Profile::strict);
  EXPECT_EQ(bench.run({}, 200, {{"server", "origin"}}).fields.size(), 1u);
}

TEST(HeadersSection, reads_what_the_contract_shows) {
  Config config;
  EXPECT_TRUE(config::read_section("{profile: strict}", config).empty());
  EXPECT_EQ(config.profile, Profile::strict);
  EXPECT_EQ(config::read_section("{profile: hard}", config).size(), 1u);
}

}  // namespace
}  // namespace ravelin::headers
