#include <gtest/gtest.h>
#include <malloc.h>

#include <string>
#include <thread>

#include "modules/waf/means.h"
#include "support/waf_bench.h"

namespace ravelin::waf {
namespace {

// What is allocated, in bytes. 0 where the sanitizers' allocator does not tell.
std::size_t allocated() { return mallinfo2().uordblks + mallinfo2().hblkhd; }

class Reloaded : public ::testing::Test {
 protected:
  void load(const std::string& text) {
    waf.config.engine = Engine::automatic;
    if (!text.empty()) waf.config.rules = {RuleSource{{waf.directory.file("rules.conf", text)}}};
    ASSERT_TRUE(waf.load());
  }
  void wait() {
    while (waf.bench.metrics.read("waf_fast_path_ready{route=bench}") == 0) std::this_thread::yield();
  }

  WafBench waf;
};

std::string rules(int round) {
  const std::string word = "bad" + std::to_string(round);
  return "SecRule ARGS \"@rx " + word + "\" \"id:1,phase:2,deny,log\"\n" + "SecRule REQUEST_HEADERS \"@pm one two " +
         word + "\" \"id:2,phase:1,deny,log\"\n";
}

TEST_F(Reloaded, two_hundred_times_keeps_nothing_of_what_was_before) {
  waf.config.cache_directory = {waf.directory.path()};
  std::size_t early = 0;
  for (int round = 0; round < 200; ++round) {
    load(rules(round));
    if (round % 20 == 0) wait();  // else what is being compiled is given up with the next
    const std::string query = "a=bad" + std::to_string(round) + ".";
    EXPECT_EQ(waf.bench.run(get("/", query)).status, 403) << round;
    EXPECT_EQ(waf.bench.run(get("/", "a=good")).status, 200) << round;
    EXPECT_EQ(rules_alive().policies, 1U);
    EXPECT_EQ(rules_alive().fast_paths, 1U);
    if (round == 20) early = allocated();
  }
  EXPECT_LT(allocated(), early + (1U << 20));
}

TEST_F(Reloaded, with_the_core_rule_set_keeps_nothing_of_what_was_before) {
  std::size_t early = 0;
  for (int round = 0; round < 5; ++round) {
    load({});
    wait();
    EXPECT_EQ(waf.bench.run(get("/catalogue/shoes", "page=3")).status, 200);
    EXPECT_EQ(rules_alive().policies, 1U);
    EXPECT_EQ(rules_alive().fast_paths, 1U);
    if (round == 1) early = allocated();
  }
  EXPECT_LT(allocated(), early + (8U << 20));
}

}  // namespace
}  // namespace ravelin::waf
