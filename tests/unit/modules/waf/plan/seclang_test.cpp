#include "modules/waf/plan/seclang.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <modsecurity/rule_message.h>
#include <modsecurity/transaction.h>

#include "unit/modules/waf/plan/policy_text.h"

namespace ravelin::waf::plan {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// Of a text that the library reads the same.
Rules read(const std::string& text) {
  auto plan = parse(one(text));
  EXPECT_TRUE(plan) << plan.error().message;
  if (!plan) return {};
  EXPECT_THAT(plan->unsupported, IsEmpty()) << text;
  EXPECT_EQ(difference(one(text)), "") << text;
  return std::move(*plan);
}

Rule read_rule(const std::string& text) {
  const Rules rules = read(text);
  for (const Rule& rule : rules.rules)
    if (!rule.is_marker()) return rule;
  ADD_FAILURE() << text;
  return {};
}

Rule rule_with_targets(const std::string& targets) { return read_rule("SecRule " + targets + " \"@rx x\" \"id:1\"\n"); }
Rule rule_with_operator(const std::string& op) { return read_rule("SecRule ARGS " + op + " \"id:1\"\n"); }
Rule rule_with_actions(const std::string& actions) { return read_rule("SecAction \"id:1," + actions + "\"\n"); }

std::vector<std::string> written(const std::vector<Target>& targets) {
  std::vector<std::string> result;
  for (const Target& target : targets) {
    std::string text = std::string(target.is_excluded ? "!" : target.is_count ? "&" : "") + target.written;
    if (target.kind == Target::Key::name) text += ":" + target.key;
    if (target.kind == Target::Key::pattern) text += ":/" + target.key + "/";
    result.push_back(text);
  }
  return result;
}

TEST(Targets, are_lists_with_exclusions_and_counts_in_any_case_with_and_without_quotes) {
  EXPECT_THAT(written(rule_with_targets("ARGS|!ARGS:id|&tx:Score").targets),
              ElementsAre("ARGS", "!ARGS:id", "&TX:Score"));
  EXPECT_THAT(written(rule_with_targets("\"Args_Names,XML:/*\"").targets), ElementsAre("ARGS_NAMES", "XML:/*"));
  EXPECT_THAT(written(rule_with_targets("ARGS.id").targets), ElementsAre("ARGS:id"));
  EXPECT_THAT(written(rule_with_targets("MULTIPART_PART_HEADERS:file").targets),
              ElementsAre("MULTIPART_PART_HEADERS:file"));
}

TEST(Targets, have_patterns_for_keys_as_far_as_the_library_takes_them) {
  EXPECT_THAT(written(rule_with_targets("REQUEST_HEADERS:/^x-/|ARGS").targets),
              ElementsAre("REQUEST_HEADERS:/^x-/", "ARGS"));
  EXPECT_THAT(written(rule_with_targets(R"(ARGS:/a\/b/)").targets), ElementsAre(R"(ARGS:/a\/b/)"));
  EXPECT_THAT(written(rule_with_targets("ARGS:'/a|b/'|FILES").targets), ElementsAre("ARGS:/a|b/", "FILES"));
  EXPECT_THAT(written(rule_with_targets("ARGS:'a'").targets), ElementsAre("ARGS:'a'"));
  // A pattern may not have an equals sign: it is a name then.
  const Rule named = rule_with_targets("ARGS:/a=b/");
  EXPECT_EQ(named.targets[0].kind, Target::Key::name);
  EXPECT_EQ(named.targets[0].key, "/a=b/");
  // The last slash ends it, not the first.
  EXPECT_THAT(written(rule_with_targets("ARGS:/a/,ARGS:/b/").targets), ElementsAre("ARGS:/a/,ARGS:/b/"));
}

TEST(Targets, that_equal_an_exclusion_are_taken_out) {
  EXPECT_THAT(written(rule_with_targets("ARGS:a|ARGS:A|FILES|!ARGS:a").targets),
              ElementsAre("ARGS:A", "FILES", "!ARGS:a"));
}

TEST(Targets, of_variables_that_the_plan_does_not_know_make_the_rule_unsupported) {
  EXPECT_THAT(rule_with_targets("TIME_HOUR").unsupported, HasSubstr("TIME_HOUR"));
  EXPECT_EQ(rule_with_targets("ARGS").unsupported, "");
}

TEST(Operators, are_named_negated_bare_or_none) {
  EXPECT_EQ(rule_with_operator("\"@pmFromFile /dev/null\"").op.name, "pmfromfile");
  EXPECT_EQ(rule_with_operator("\"@pmf /dev/null\"").op.name, "pmfromfile");
  const Rule negated = rule_with_operator("\"!@EQ 0\"");
  EXPECT_TRUE(negated.op.is_negated);
  EXPECT_EQ(negated.op.name, "eq");
  EXPECT_EQ(negated.op.argument, "0");
  const Rule bare = rule_with_operator("\"!^a b$\"");
  EXPECT_TRUE(bare.op.is_negated);
  EXPECT_EQ(bare.op.name, "rx");
  EXPECT_EQ(bare.op.argument, "^a b$");
  EXPECT_EQ(rule_with_operator("\"@validateUtf8Encoding\"").op.name, "validateutf8encoding");
  EXPECT_EQ(rule_with_operator("@detectSQLi").op.name, "detectsqli");
  EXPECT_EQ(rule_with_operator("abc").op.argument, "abc");
}

// What the library says of a rule that matches names the argument it has.
std::string argument_of_library(const std::string& rule) {
  LibraryRules loaded(one("SecRuleEngine On\n" + rule));
  EXPECT_TRUE(loaded.is_loaded()) << loaded.error();
  std::string id = "id";
  modsecurity::Transaction transaction(&library(), &loaded.rules(), id.data(), nullptr);
  transaction.processConnection("192.0.2.1", 1, "192.0.2.2", 80);
  transaction.processURI("/", "GET", "1.1");
  transaction.processRequestHeaders();
  if (transaction.m_rulesMessages.empty()) return "no match";
  const std::string match = transaction.m_rulesMessages.front().m_match;
  const std::size_t begin = match.find("parameter `") + 11;
  return match.substr(begin, match.find("' against") - begin);
}

TEST(Operators, have_the_argument_that_the_library_has) {
  for (const std::string argument : {"plain", R"(a\"b)", R"(a\\)", R"(a\\\"b)", R"(a\d%20%%)", R"( two  blanks )",
                                     "a'b", R"(a\%{b)", "tab\tbed", "a%b"}) {
    const std::string rule = "SecRule REQUEST_METHOD \"!@streq " + argument + "\" \"id:1,phase:1,log,pass\"\n";
    const Rule planned = read_rule(rule);
    EXPECT_EQ(planned.op.argument, argument);
    EXPECT_EQ(argument_of_library(rule), argument);
  }
}

TEST(Actions, are_read_in_any_case_with_quotes_and_commas_in_them) {
  const Rule rule =
      rule_with_actions("PHASE:2,Pass,MSG:'a, b: %{tx.x} \"c\"',tag:\"t\",logdata:d e,severity:'Critical',ver:'1'");
  EXPECT_EQ(rule.phase, 2);
  EXPECT_EQ(rule.action("msg")->value, "a, b: %{tx.x} \"c\"");
  EXPECT_EQ(rule.action("tag")->value, "t");
  EXPECT_EQ(rule.action("logdata")->value, "d e");
  EXPECT_EQ(rule.action("severity")->value, "Critical");
  EXPECT_NE(rule.action("pass"), nullptr);
  // Core rule set 4, 980170.
  EXPECT_EQ(rule_with_actions("msg:'a \\\n(%{tx.x}, b) - \\\nc'").action("msg")->value, "a \\\n(%{tx.x}, b) - \\\nc");
  EXPECT_EQ(rule.action("deny"), nullptr);
}

TEST(Actions, name_phases_by_number_and_word_and_phase_1_by_nothing) {
  EXPECT_EQ(rule_with_actions("phase:request").phase, 2);
  EXPECT_EQ(rule_with_actions("phase:'4'").phase, 4);
  EXPECT_EQ(rule_with_actions("phase:RESPONSE").phase, 4);
  EXPECT_EQ(rule_with_actions("phase:logging").phase, 5);
  EXPECT_EQ(rule_with_actions("pass").phase, 1);
}

TEST(Actions, set_variables_in_all_forms) {
  const Rule rule = rule_with_actions(
      "setvar:tx.a,setvar:!tx.b,setvar:'TX.c=+%{tx.critical_anomaly_score}',setvar:tx.d=-1,"
      "setvar:'tx.%{rule.id}-x-%{matched_var_name}=%{tx.0} and more'");
  std::vector<Assignment> all;
  for (const Action& action : rule.actions)
    if (action.name == "setvar") all.push_back(assignment_of(action));
  ASSERT_THAT(all, SizeIs(5));
  EXPECT_EQ(all[0].value, "1");
  EXPECT_EQ(all[1].kind, Assignment::Kind::remove);
  EXPECT_EQ(all[1].name, "b");
  EXPECT_EQ(all[2].kind, Assignment::Kind::add);
  EXPECT_EQ(all[2].value, "%{tx.critical_anomaly_score}");
  EXPECT_EQ(all[3].kind, Assignment::Kind::subtract);
  EXPECT_EQ(all[4].name, "%{rule.id}-x-%{matched_var_name}");
  EXPECT_EQ(all[4].value, "%{tx.0} and more");
}

TEST(Actions, control_what_core_rule_set_4_controls) {
  const Rule rule = rule_with_actions(
      "ctl:ruleRemoveTargetByTag=OWASP_CRS;ARGS:password,ctl:ruleRemoveById=920000-920999,"
      "ctl:requestBodyProcessor=JSON,ctl:auditLogParts=+E,ctl:ruleRemoveTargetById=942100;ARGS:a.b[c]");
  EXPECT_EQ(rule.actions[1].value, "ruleRemoveTargetByTag=OWASP_CRS;ARGS:password");
}

TEST(Transformations, are_those_behind_the_last_none_or_the_defaults_and_all) {
  const std::string defaults = "SecDefaultAction \"phase:2,pass,t:lowercase\"\n";
  const auto of = [&](const std::string& own) {
    return read_rule("SecRule ARGS \"x\" \"id:1,phase:2" + own + "\"\n" + defaults).transforms;
  };
  EXPECT_THAT(of(",t:trim"), ElementsAre(Transform::lowercase, Transform::trim));
  EXPECT_THAT(of(",t:trim,t:none,t:urlDecodeUni,T:NormalizePath"),
              ElementsAre(Transform::url_decode_uni, Transform::normalise_path));
  EXPECT_THAT(of(",t:none"), IsEmpty());
}

TEST(Defaults, add_up_over_texts_and_are_refused_twice_in_one) {
  const std::string text = "SecDefaultAction \"phase:1,log,deny,t:trim\"\n";
  const std::vector<Source> two{{"a.conf", text}, {"b.conf", text + "SecRule ARGS \"x\" \"id:1,phase:1\"\n"}};
  EXPECT_EQ(difference(two), "");
  const auto plan = parse(two);
  ASSERT_TRUE(plan);
  EXPECT_THAT(plan->defaults[1], SizeIs(4));
  EXPECT_THAT(plan->rules[0].transforms, SizeIs(2));
  EXPECT_FALSE(parse(one(text + text)));
}

TEST(Chains, go_on_over_markers_and_actions_until_a_rule_without_chain) {
  const Rules rules = read(
      "SecRule ARGS \"a\" \"id:1,phase:2,chain,deny\"\nSecMarker M\nSecRule ARGS \"b\" \"chain\"\n"
      "SecAction \"id:2\"\nSecRule ARGS \"c\"\n\nSecRule ARGS \"d\" \"id:3,phase:2\"\n");
  const auto first =
      std::find_if(rules.rules.begin(), rules.rules.end(), [](const Rule& rule) { return rule.id == 1; });
  ASSERT_NE(first, rules.rules.end());
  ASSERT_THAT(first->chained, SizeIs(2));
  EXPECT_EQ(first->chained[1].op.argument, "c");
  EXPECT_EQ(first->chained[1].phase, 2);
}

TEST(Chains, that_do_not_end_are_unsupported) {
  const std::vector<Source> sources{{"a.conf", "SecRule ARGS \"a\" \"id:1,chain\"\n"},
                                    {"b.conf", "SecRule ARGS \"b\" \"id:2\"\n"}};
  EXPECT_EQ(difference(sources), "");
  EXPECT_NE(parse(sources)->rules[0].unsupported, "");
  EXPECT_TRUE(parse(sources)->rules[1].chained.empty());
}

TEST(Rules, are_in_order_of_phases_with_markers_in_each) {
  const Rules rules = read("SecAction \"id:1,phase:2\"\nSecMarker \"M\"\nSecAction \"id:2,phase:1\"\n");
  std::string order;
  for (const Rule& rule : rules.rules)
    order += std::to_string(rule.phase) + (rule.is_marker() ? rule.marker : std::to_string(rule.id)) + " ";
  EXPECT_EQ(order, "0M 1M 12 21 2M 3M 4M 5M ");
}

TEST(Exceptions, work_on_rules_before_and_after_them) {
  const Rules rules = read(
      "SecRuleRemoveById 1 5-6\nSecRuleUpdateTargetById 2 \"!ARGS:x,FILES\"\n"
      "SecRule ARGS \"a\" \"id:1\"\nSecRule ARGS|ARGS:x \"a\" \"id:2,tag:'t'\"\nSecRule ARGS \"a\" "
      "\"id:3,msg:'Gone'\"\n"
      "SecAction \"id:5\"\nSecRule ARGS \"a\" \"id:7,tag:'u'\"\nSecRuleRemoveByMsg \"Gone\"\nSecRuleRemoveByTag u\n");
  ASSERT_THAT(rules.rules, SizeIs(1));
  EXPECT_THAT(written(rules.rules[0].targets), ElementsAre("ARGS", "!ARGS:x", "FILES"));
  EXPECT_TRUE(rules.rules[0].targets[1].is_update);
  EXPECT_THAT(rules.removed, SizeIs(4));
  EXPECT_THAT(rules.settings, SizeIs(4));
}

TEST(Exceptions, that_depend_on_a_macro_or_change_actions_make_rules_unsupported) {
  const Rules rules = read(
      "SecRuleRemoveByMsg \"Score 5\"\nSecRuleUpdateActionById 2 \"deny\"\n"
      "SecRule ARGS \"a\" \"id:1,msg:'Score %{tx.a}'\"\nSecRule ARGS \"a\" \"id:2\"\nSecRule ARGS \"a\" "
      "\"id:3,msg:'Sum %{tx.a}'\"\n");
  EXPECT_NE(rules.rules[0].unsupported, "");
  EXPECT_NE(rules.rules[1].unsupported, "");
  EXPECT_EQ(rules.rules[2].unsupported, "");
}

TEST(Comments, go_on_only_if_they_hide_a_rule) {
  EXPECT_THAT(read("# note \\\nSecAction \"id:1\"\n").rules, SizeIs(1));
  EXPECT_THAT(read("#SecRule a \\\nSecAction \"id:1\"\nSecAction \"id:2\"\n").rules, SizeIs(1));
  EXPECT_THAT(read("#SecRule a \\\n b \\\n c\nSecAction \"id:2\"\n").rules, SizeIs(1));
  EXPECT_THAT(read("#SecRule a\\d b\nSecAction \"id:2\"\n").rules, SizeIs(1));
  EXPECT_THAT(read("# SecAction \\\nSecAction \"id:1\"\nSecAction \"id:2\"\n").rules, SizeIs(1));
}

TEST(Lines, are_those_of_the_directive_whatever_the_library_counts) {
  const Rules rules =
      read("\n# c\nSecAction \\\n  \"id:1,\\\n  pass\"\r\nSecRule ARGS \\\n \"x\" \\\n \"id:2\"\nSecAction \"id:3\"\n");
  ASSERT_THAT(rules.rules, SizeIs(3));
  EXPECT_EQ(rules.rules[0].place.line, 3);
  EXPECT_EQ(rules.rules[1].place.line, 6);
  EXPECT_EQ(rules.rules[2].place.line, 9);
  EXPECT_LT(rules.rules[2].place.library_line, 9);
}

TEST(Settings, are_kept_with_their_arguments) {
  const Rules rules = read(
      "SecRuleEngine DetectionOnly\nSecComponentSignature \"x/1\"\nSecCollectionTimeout 600\nSecRequestBodyLimit 9\n");
  ASSERT_THAT(rules.settings, SizeIs(4));
  EXPECT_EQ(rules.settings[0].name, "secruleengine");
  EXPECT_THAT(rules.settings[0].arguments, ElementsAre("DetectionOnly"));
  EXPECT_THAT(rules.settings[1].arguments, ElementsAre("x/1"));
}

TEST(Refusals, are_those_of_the_library) {
  for (const std::string text :
       {"SecRule ARGS \"x\" \"pass\"\n", "SecRule ARGS \"x\" \"id:1\"\nSecRule ARGS \"x\" \"id:1\"\n", "Nonsense\n",
        "SecRule ARGS \"x\" \"id:1,chain\"\nSecRule ARGS \"x\" \"deny\"\n", "SecAction \"id:1,t:nothing\"\n",
        "SecRule ARGS \"@rx \" \"id:1\"\n", "SecRule REQUEST_URI:x \"x\" \"id:1\"\n",
        "SecDefaultAction \"phase:1,log\"\n", "SecRuleRemoveById 9-10\n", "SecRule ARGS \"x\"\nSecAction \"id:1\"\n",
        "SecAction \"id:1,msg:'100%'\"\n"}) {
    const auto plan = parse(one(text));
    ASSERT_FALSE(plan) << text;
    EXPECT_EQ(plan.error().code, "waf:rules");
    EXPECT_THAT(plan.error().message, HasSubstr("rules.conf:"));
    EXPECT_FALSE(LibraryRules(one(text)).is_loaded()) << text;
  }
}

TEST(Doubt, is_said_of_what_the_library_may_read_in_another_way) {
  for (const std::string text :
       {"SecRule ARGS \"@rx 100%\" \"id:1\"\n", "SecMarker\tM\n", "SecAction \"id:1,phase:'request'\"\n",
        "SecAction \"id:1,accuracy:9,tag:'x'\"\n", "SecRule ARGS \"@rx \\\"x\" \"id:1\"\n", "Include other.conf\n",
        "SecRuleEngine On SecRequestBodyAccess On\n", "SecRule ARGS \"@rx a\nb\" \"id:1\"\n",
        "SecRule ARGS \"! @eq 0\" \"id:1\"\n", "SecRule TX \"x\" \"id:1\"\n"}) {
    const auto plan = parse(one("SecAction \"id:9\"\n" + text));
    ASSERT_TRUE(plan) << text;
    ASSERT_THAT(plan->unsupported, SizeIs(1)) << text;
    EXPECT_THAT(plan->unsupported[0], HasSubstr("rules.conf:2: ")) << text;
  }
  const auto plan = parse(one("SecAction \"id:1,msg:'%{tx.a} \\\n%{tx.b}'\"\n"));
  ASSERT_TRUE(plan);
  EXPECT_THAT(plan->unsupported, ElementsAre(HasSubstr("nothing but the end of a line")));
}

}  // namespace
}  // namespace ravelin::waf::plan
