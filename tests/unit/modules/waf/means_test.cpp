#include "modules/waf/means.h"

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "support/waf_bench.h"

namespace ravelin::waf {
namespace {

constexpr std::string_view rule = "SecRule ARGS \"@rx bad\" \"id:1,phase:2,deny,log\"\n";

class Means : public ::testing::Test {
 protected:
  Means() {
    config.rules = {RuleSource{{directory.file("rules.conf", rule)}}};
    config.cache_directory = {directory.path()};
  }

  FoundMeans find(const Config& section) { return find(section, trusted); }
  FoundMeans find(const Config& section, const PrefixSet& of_configuration) {
    const Services services{store, metrics, log, 1, of_configuration};
    auto means = find_means(section, services);
    EXPECT_TRUE(means);
    return *std::move(means);
  }
  Config with(const std::function<void(Config&)>& change) const {
    Config changed = config;
    change(changed);
    return changed;
  }

  Directory directory;
  NoStore store;
  testing::BenchMetrics metrics;
  testing::BenchLog log;
  PrefixSet trusted;
  Config config;
};

bool is_same_set(const FoundMeans& a, const FoundMeans& b) {
  return &a.means.policy->rules() == &b.means.policy->rules();
}

TEST_F(Means, are_shared_by_sections_that_say_the_same) {
  const auto first = find(config);
  const auto second = find(config);
  EXPECT_TRUE(is_same_set(first, second));
  ASSERT_NE(first.means.fast_path, nullptr);
  EXPECT_EQ(first.means.fast_path, second.means.fast_path);
  EXPECT_EQ(rules_alive().policies, 1U);
  EXPECT_EQ(rules_alive().fast_paths, 1U);
}

TEST_F(Means, tell_how_many_rules_the_smallest_set_has) {
  const auto small = find(config);
  const Services services{store, metrics, log, 1, trusted};
  const std::size_t rules = fewest_rules(services);
  const auto large = find(with([&](Config& section) {
    section.rules.push_back(
        RuleSource{{directory.file("more.conf", "SecRule ARGS \"@rx x\" \"id:2,phase:2,deny\"\n")}});
  }));
  EXPECT_EQ(fewest_rules(services), rules);
  const PrefixSet others;
  EXPECT_EQ(fewest_rules({store, metrics, log, 1, others}), 0U) << "of another configuration";
  EXPECT_EQ(large.means.policy->rule_count(), rules + 1);
}

TEST_F(Means, have_bounds_of_their_own_with_the_same_rules) {
  const auto first = find(config);
  const auto second = find(with([](Config& c) {
    c.body_limit = {1};
    c.argument_limit = 2;
    c.response_limit = {3};
  }));
  EXPECT_TRUE(is_same_set(first, second));
  EXPECT_EQ(first.means.fast_path, second.means.fast_path);
  EXPECT_EQ(first.means.policy->body_limit(), 128U * 1024);
  EXPECT_EQ(second.means.policy->body_limit(), 1U);
  EXPECT_EQ(second.means.policy->argument_limit(), 2U);
  EXPECT_EQ(second.means.policy->response_limit(), 3U);
}

// What is wrong of the rules is wrong wherever they are asked.
TEST_F(Means, of_the_same_rules_judge_no_more_when_one_was_wrong) {
  const auto wrong = find(config);
  const auto never_rechecked = find(with([](Config& c) { c.recheck_every = 0; }));
  const auto shadow = find(with([](Config& c) { c.engine = Engine::shadow; }));
  const auto other = find(with([](Config& c) { c.inbound_threshold = 7; }));
  for (const auto* means : {&wrong, &never_rechecked, &shadow, &other}) {
    means->means.fast_path->wait();
    EXPECT_TRUE(means->means.fast_path->is_on());
  }
  wrong.means.fast_path->contradict(1, "request-7");
  EXPECT_FALSE(wrong.means.fast_path->is_on());
  EXPECT_FALSE(never_rechecked.means.fast_path->is_on());
  EXPECT_NE(never_rechecked.means.fast_path->status().why, "");
  EXPECT_TRUE(shadow.means.fast_path->is_on());
  EXPECT_TRUE(other.means.fast_path->is_on());
}

TEST_F(Means, are_shared_as_long_as_any_section_has_them) {
  auto first = find(config);
  const auto second = find(with([](Config& c) { c.body_limit = {1}; }));
  first = {};
  EXPECT_TRUE(is_same_set(second, find(config)));
}

TEST_F(Means, share_the_rules_where_only_the_engine_differs) {
  const auto first = find(config);
  const auto rechecked = find(with([](Config& c) { c.recheck_every = 7; }));
  const auto shadow = find(with([](Config& c) { c.engine = Engine::shadow; }));
  EXPECT_TRUE(is_same_set(first, rechecked));
  EXPECT_TRUE(is_same_set(first, shadow));
  EXPECT_NE(first.means.fast_path, rechecked.means.fast_path);
  EXPECT_NE(first.means.fast_path, shadow.means.fast_path);
  EXPECT_EQ(find(with([](Config& c) { c.engine = Engine::library; })).means.fast_path, nullptr);
}

TEST_F(Means, are_their_own_where_a_key_of_the_rules_differs) {
  const std::string other = directory.file("other.conf", rule);
  const std::vector<std::function<void(Config&)>> changes{
      [&](Config& c) { c.rules = {RuleSource{{other}}}; },
      [&](Config& c) { c.rules.push_back({{directory.file("more.conf", "SecAction \"id:2,phase:1,pass,nolog\"\n")}}); },
      [](Config& c) { c.crs_directory = {"/elsewhere"}; },
      [](Config& c) { c.paranoia = 2; },
      [](Config& c) { c.detection_paranoia = 2; },
      [](Config& c) { c.inbound_threshold = 7; },
      [](Config& c) { c.outbound_threshold = 7; },
      [](Config& c) { c.json_depth = 7; },
      [](Config& c) { c.response_body = Inspect::on; },
  };
  const auto first = find(config);
  for (std::size_t i = 0; i < changes.size(); ++i) EXPECT_FALSE(is_same_set(first, find(with(changes[i])))) << i;
}

TEST_F(Means, are_read_anew_for_another_configuration) {
  const PrefixSet of_next;
  const auto first = find(config);
  directory.file("rules.conf", std::string(rule) + "SecRule ARGS \"@rx worse\" \"id:2,phase:2,deny,log\"\n");
  const auto second = find(config, of_next);
  EXPECT_EQ(second.means.policy->rule_count(), first.means.policy->rule_count() + 1);
  EXPECT_NE(first.means.fast_path, second.means.fast_path);
}

// What a request still needs of an earlier configuration is not found by a later one that happens to be at the same
// place in memory.
TEST_F(Means, are_not_found_by_what_outlives_the_section) {
  const RuleInspector::Means kept = find(config).means;
  directory.file("rules.conf", std::string(rule) + "SecRule ARGS \"@rx worse\" \"id:2,phase:2,deny,log\"\n");
  const auto next = find(config);
  EXPECT_NE(next.means.fast_path, kept.fast_path);
  EXPECT_EQ(next.means.policy->rule_count(), kept.policy->rule_count() + 1);
  EXPECT_EQ(rules_alive().policies, 2U);
  EXPECT_EQ(rules_alive().fast_paths, 2U);
}

TEST_F(Means, that_cannot_be_loaded_are_asked_for_again) {
  directory.file("rules.conf", "SecRule\n");
  const Services services{store, metrics, log, 1, trusted};
  EXPECT_FALSE(find_means(config, services));
  directory.file("rules.conf", rule);
  EXPECT_TRUE(find_means(config, services));
}

TEST_F(Means, are_gone_with_the_last_section) {
  { const std::vector<FoundMeans> all{find(config), find(config)}; }
  EXPECT_EQ(rules_alive().policies, 0U);
  EXPECT_EQ(rules_alive().fast_paths, 0U);
}

}  // namespace
}  // namespace ravelin::waf
