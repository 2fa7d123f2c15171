#include "modules/waf/plan_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "unit/modules/waf/plan/policy_text.h"

namespace ravelin::waf::plan {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(PlanOfTheCoreRuleSet, is_read_whole_and_agrees_with_the_library) {
  const auto sources = core_rule_set();
  ASSERT_GT(sources.size(), 30u);
  EXPECT_EQ(difference(sources), "");
}

TEST(PlanOfTheCoreRuleSet, has_nothing_unsupported_in_the_request_phases) {
  const auto plan = parse(core_rule_set());
  ASSERT_TRUE(plan) << plan.error().message;
  EXPECT_THAT(plan->unsupported, IsEmpty());
  std::size_t count = 0;
  for (const Rule& rule : plan->rules) {
    if (rule.phase != 1 && rule.phase != 2) continue;
    count += rule.is_marker() ? 0 : 1;
    EXPECT_EQ(rule.unsupported, "") << rule.place.file << ":" << rule.place.line << " rule " << rule.id;
  }
  EXPECT_GT(count, 400u);
}

TEST(PlanOfTheCoreRuleSet, says_the_lines_where_its_rules_are) {
  const auto sources = core_rule_set();
  const auto plan = parse(sources);
  ASSERT_TRUE(plan);
  for (const Rule& rule : plan->rules) {
    const auto source =
        std::find_if(sources.begin(), sources.end(), [&](const Source& one) { return one.file == rule.place.file; });
    std::string_view text = source->text;
    for (int line = 1; line < rule.place.line; ++line) text.remove_prefix(text.find('\n') + 1);
    EXPECT_THAT(std::string(text.substr(0, text.find_first_of(" \n"))), ::testing::StartsWith("Sec"));
    if (rule.id > 0) {
      const std::string id = "id:" + std::to_string(rule.id);
      EXPECT_LT(text.find(id), text.find("\n\n")) << id;
    }
  }
}

TEST(PlanOfTheCoreRuleSet, agrees_with_exclusions_that_operators_write) {
  auto sources = core_rule_set();
  sources.push_back({"after.conf",
                     "SecRuleRemoveById 942100 920000-920999\n"
                     "SecRuleRemoveByTag \"attack-xss\"\n"
                     "SecRuleRemoveByMsg \"Path Traversal Attack (/../)\"\n"
                     "SecRuleUpdateTargetById 942200 \"!ARGS:text|!REQUEST_COOKIES:/^s_/\"\n"
                     "SecRuleUpdateTargetByTag attack-sqli \"!ARGS:query\"\n"});
  EXPECT_EQ(difference(sources), "");
  const auto plan = parse(sources);
  ASSERT_TRUE(plan);
  EXPECT_GT(plan->removed.size(), 50u);
}

constexpr std::string_view sample =
    "SecDefaultAction \"phase:2,log,pass,t:lowercase\"\n"
    "SecRuleRemoveById 4\n"
    "SecRule ARGS \"@rx a\" \"id:1,phase:2,t:none,t:urlDecodeUni,capture,deny,msg:'One %{tx.a}',tag:'x',chain\"\n"
    "SecRule ARGS:b \"!@eq 1\" \"t:lowercase,setvar:tx.a=1,ctl:ruleRemoveById=2\"\n\n"
    "SecAction \"id:2,phase:2,pass,nolog\"\n"
    "SecMarker END\n"
    "SecRule ARGS|ARGS_NAMES \"@pm x y\" \"id:3,phase:1,block,severity:CRITICAL,logdata:'l',ver:'1',multiMatch\"\n"
    "SecRule ARGS \"@pm x y\" \"id:4,phase:2,pass\"\n";

struct Corruption {
  std::string name;
  std::function<void(Rules&)> corrupt;
};

Rule& rule_of(Rules& rules, std::int64_t id) {
  return *std::find_if(rules.rules.begin(), rules.rules.end(), [&](const Rule& rule) { return rule.id == id; });
}

void drop(std::vector<Action>& actions, std::string_view name) {
  std::erase_if(actions, [&](const Action& action) { return action.name == name; });
}

void replace(Rule& rule, std::string_view action, std::string value) {
  for (Action& one : rule.actions)
    if (one.name == action) one.value = value;
}

std::vector<Corruption> corruptions() {
  std::vector<Corruption> all{
      {"id", [](Rules& r) { rule_of(r, 1).id = 11; }},
      {"file", [](Rules& r) { rule_of(r, 1).place.file = "other.conf"; }},
      {"line", [](Rules& r) { ++rule_of(r, 1).place.library_line; }},
      {"operator", [](Rules& r) { rule_of(r, 1).op.name = "pm"; }},
      {"phase", [](Rules& r) { rule_of(r, 3).phase = 3; }},
      {"kind", [](Rules& r) { rule_of(r, 1).targets.clear(); }},
      {"other kind", [](Rules& r) { rule_of(r, 2).targets.emplace_back(); }},
      {"shorter chain", [](Rules& r) { rule_of(r, 1).chained.clear(); }},
      {"longer chain", [](Rules& r) { rule_of(r, 1).chained.push_back(rule_of(r, 1).chained[0]); }},
      {"operator in a chain", [](Rules& r) { rule_of(r, 1).chained[0].op.name = "gt"; }},
      {"line in a chain", [](Rules& r) { ++rule_of(r, 1).chained[0].place.library_line; }},
      {"control in a chain", [](Rules& r) { drop(rule_of(r, 1).chained[0].actions, "ctl"); }},
      {"message", [](Rules& r) { replace(rule_of(r, 1), "msg", "Two"); }},
      {"tag", [](Rules& r) { replace(rule_of(r, 1), "tag", "y"); }},
      {"log data", [](Rules& r) { replace(rule_of(r, 3), "logdata", "m"); }},
      {"version", [](Rules& r) { replace(rule_of(r, 3), "ver", "2"); }},
      {"transformation that is not there", [](Rules& r) { rule_of(r, 1).written_transforms.emplace_back("trim"); }},
      {"transformation too few", [](Rules& r) { rule_of(r, 1).written_transforms.pop_back(); }},
      {"marker",
       [](Rules& r) {
         std::find_if(r.rules.begin(), r.rules.end(), [](auto& x) { return x.is_marker(); })->marker = "E";
       }},
      {"rule too few", [](Rules& r) { r.rules.erase(r.rules.begin() + (&rule_of(r, 2) - r.rules.data())); }},
      {"rule too many", [](Rules& r) { r.rules.push_back(rule_of(r, 2)); }},
      {"order", [](Rules& r) { std::swap(rule_of(r, 1), rule_of(r, 2)); }},
      {"removed that is not",
       [](Rules& r) {
         r.removed.push_back(rule_of(r, 2));
         rule_of(r, 2).id = 0;
         std::erase_if(r.rules, [](auto& x) { return !x.is_marker() && x.id == 0; });
       }},
      {"not removed that is",
       [](Rules& r) {
         r.rules.insert(r.rules.begin() + (&rule_of(r, 2) - r.rules.data()) + 2, r.removed[0]);
         r.removed.clear();
       }},
      {"defaults", [](Rules& r) { r.defaults[2].pop_back(); }},
      {"unsupported as a whole", [](Rules& r) { r.unsupported.emplace_back("why"); }},
  };
  for (const char* flag : {"chain", "capture", "deny"})
    all.push_back({flag, [flag](Rules& r) { drop(rule_of(r, 1).actions, flag); }});
  for (const char* flag : {"block", "multimatch", "severity"})
    all.push_back({flag, [flag](Rules& r) { drop(rule_of(r, 3).actions, flag); }});
  return all;
}

TEST(PlanCheck, finds_each_thing_that_is_corrupted_in_a_plan) {
  const auto sources = one(std::string(sample));
  ASSERT_EQ(difference(sources), "");
  LibraryRules loaded(sources);
  for (const Corruption& corruption : corruptions()) {
    auto plan = parse(sources);
    ASSERT_TRUE(plan);
    corruption.corrupt(*plan);
    EXPECT_FALSE(check_plan(loaded.rules(), *plan)) << corruption.name;
  }
}

TEST(PlanCheck, says_where_and_what_differs) {
  const auto sources = one(std::string(sample));
  LibraryRules loaded(sources);
  auto plan = parse(sources);
  ASSERT_TRUE(plan);
  rule_of(*plan, 1).op.name = "pm";
  const auto checked = check_plan(loaded.rules(), *plan);
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().code, "waf:plan");
  EXPECT_EQ(checked.error().message,
            "phase 2: rules.conf:3 (rule 1): the operator is 'rx' to the library, 'pm' in the plan");
}

}  // namespace
}  // namespace ravelin::waf::plan
