#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "modules/waf/directives.h"
#include "ravelin/testing/section_check.h"
#include "support/waf_bench.h"

namespace ravelin::waf {
namespace {

using ::testing::HasSubstr;

// The error that loading `text` as the only rules gives, without the directory's name.
std::string error_of(std::string_view text) {
  WafBench waf;
  const auto loaded = waf.load_rules(text);
  if (loaded) return "";
  std::string message = loaded.error().message;
  const std::string directory = waf.directory.path() + "/";
  for (std::size_t at; (at = message.find(directory)) != std::string::npos;) message.erase(at, directory.size());
  return message;
}

TEST(OperatorRules, refuse_redirect_and_set_their_status) {
  WafBench waf;
  ASSERT_TRUE(waf.load_rules(
      "SecRule ARGS:a \"@streq 1\" \"id:1,phase:1,deny,status:406,msg:'One'\"\n"
      "SecRule ARGS:a \"@streq 2\" \"id:2,phase:1,redirect:https://example.com/no,msg:'Two'\"\n"
      "SecRule ARGS:a \"@streq 3\" \"id:3,phase:1,pass,log,msg:'Three',severity:NOTICE\"\n"
      "SecRule ARGS:a \"@streq 4\" \"id:4,phase:1,drop,nolog\"\n"
      "SecRule ARGS:b \"@rx .\" \"id:5,phase:1,redirect:'https://example.com/?n=%{ARGS.b}',msg:'Five'\"\n"));
  const auto one = waf.bench.run(get("/", "a=1"));
  EXPECT_EQ(one.status, 406);
  EXPECT_EQ(one.reason, "waf:1");
  EXPECT_EQ(one.detail, "One at ARGS:a");
  const auto two = waf.bench.run(get("/", "a=2"));
  EXPECT_EQ(two.status, 302);
  EXPECT_EQ(two.field("location"), "https://example.com/no");
  EXPECT_EQ(waf.bench.run(get("/", "b=x%0d%0aSet-Cookie:%20a%3db%c3%a4")).field("location"),
            "https://example.com/?n=x%0D%0ASet-Cookie:%20a=b%C3%A4");
  const auto three = waf.bench.run(get("/", "a=3"));
  EXPECT_EQ(three.status, 200);
  ASSERT_EQ(three.incidents.size(), 1u);
  EXPECT_EQ(three.incidents[0].reason, "waf:3");
  const auto four = waf.bench.run(get("/", "a=4"));
  EXPECT_EQ(four.status, 403);
  EXPECT_EQ(four.reason, "waf:rule");
}

TEST(OperatorRules, are_found_relative_to_the_file_that_names_them) {
  WafBench waf;
  const std::string rules =
      waf.directory.file("rules/own.conf", "Include more/*.conf\nSecAction \"id:1,phase:1,pass,nolog\"\n");
  waf.directory.file("rules/more/a.conf", "SecRule ARGS \"@pmFromFile words.data\" \"id:2,phase:1,deny\"\n");
  waf.directory.file("rules/more/words.data", "bad\n");
  waf.config.rules = {RuleSource{{rules}}};
  ASSERT_TRUE(waf.load());
  EXPECT_EQ(waf.bench.run(get("/", "a=bad")).reason, "waf:2");
}

TEST(OperatorRules, that_are_wrong_are_refused_with_file_and_line) {
  EXPECT_THAT(error_of("\n\nHello there\n"), HasSubstr("rules.conf:3: the rule cannot be read"));
  EXPECT_THAT(error_of("SecAction \\\n  \"id:1,phase:1,pass\"\nSecRule ARGS \"@rx a\" \"id:2,phase:2,denyy\"\n"),
              HasSubstr("rules.conf:3: the rule cannot be read"));
  EXPECT_EQ(error_of("# x\nSecRule ARGS \"@rx (unclosed\" \"id:1,phase:2,deny\"\n"),
            "rules.conf:2: the regular expression does not compile: (unclosed");
  EXPECT_EQ(error_of("SecRule ARGS \"!@containz x\" \"id:1,phase:2,deny\"\n"),
            "rules.conf:1: there is no operator @containz");
  EXPECT_EQ(error_of("SecRule ARGS \"@rx a\" \"id:1,phase:2,deny\"\n\nSecRule ARGS \"@rx b\" \"id:1,phase:2,deny\"\n"),
            "rules.conf:3: there is already a rule with id 1");
  EXPECT_THAT(error_of("SecRule ARGS \"@pmFromFile nothere.data\" \"id:1,deny\"\n"), HasSubstr("rules.conf:1:"));
  EXPECT_EQ(error_of("SecMarker X\nInclude nothere.conf\n"), "rules.conf:2: there is no file nothere.conf to include");
  EXPECT_THAT(error_of("Include rules.conf\n"), HasSubstr("nested too deep"));
}

TEST(OperatorRules, after_an_include_keep_their_line_numbers) {
  WafBench waf;
  waf.directory.file("empty.conf", "# nothing\n");
  const auto loaded = waf.load_rules("SecMarker A\nInclude empty.conf\n\nHello there\n");
  ASSERT_FALSE(loaded);
  EXPECT_THAT(loaded.error().message, HasSubstr("rules.conf:4:"));
}

TEST(OperatorRules, that_block_a_thread_or_configure_the_engine_are_refused) {
  EXPECT_THAT(error_of("SecRuleEngine DetectionOnly\n"), HasSubstr("the key 'mode'"));
  EXPECT_THAT(error_of("SecAuditLog /var/log/audit.log\n"), HasSubstr("security events"));
  EXPECT_THAT(error_of("secdebuglog /tmp/x\n"), HasSubstr("not allowed here"));
  EXPECT_THAT(error_of("SecRemoteRules key https://example.com/rules\n"), HasSubstr("not fetched from the network"));
  EXPECT_THAT(error_of("SecRuleScript /x.lua \"id:1\"\n"), HasSubstr("may not run programs"));
  EXPECT_THAT(error_of("SecRequestBodyLimit 10\n"), HasSubstr("'body_limit'"));
  EXPECT_THAT(error_of("SecRule ARGS \"@rbl x.example\" \"id:1,deny\"\n"), HasSubstr("@rbl asks a name server"));
  EXPECT_THAT(error_of("SecAction \"id:1,phase:1,pass,ctl:ruleEngine=Off\"\n"), HasSubstr("ctl:ruleEngine"));
  EXPECT_THAT(error_of("SecAction \"id:900100,phase:1,pass,ctl:ruleEngine=Off\"\n"), HasSubstr("ctl:ruleEngine"));
  EXPECT_THAT(error_of("SecDefaultAction \"phase:1,log,pass,ctl:ruleEngine=Off\"\n"),
              HasSubstr("SecDefaultAction with ctl"));
  EXPECT_THAT(error_of("SecAction \"id:1,phase:1,pass,ctl:requestBodyAccess=Off\"\n"), HasSubstr("pass unseen"));
  EXPECT_THAT(error_of("SecAction \"id:1,phase:1,pass,setvar:'ip.hits=+1'\"\n"), HasSubstr("'ratelimit' and 'ban'"));
  WafBench waf;
  waf.directory.file("x.sh", "#!/bin/sh\n");
  EXPECT_FALSE(waf.load_rules("SecRule FILES_TMPNAMES \"@inspectFile x.sh\" \"id:1,deny\"\n"));
  waf.directory.file("x.lua", "function main() end\n");
  EXPECT_FALSE(waf.load_rules("SecAction \"id:1,phase:1,pass,exec:" + waf.directory.path() + "/x.lua\"\n"));
}

TEST(Exclusions, of_requests_are_heeded) {
  WafBench waf;
  ASSERT_TRUE(waf.load_rules(
      "SecRule REQUEST_FILENAME \"@beginsWith /internal/\" \"id:1,phase:1,pass,nolog,ctl:ruleEngine=Off\"\n"
      "SecRule REQUEST_FILENAME \"@beginsWith /new/\" \"id:2,phase:1,pass,nolog,ctl:ruleEngine=DetectionOnly\"\n"
      "SecRule ARGS \"@rx bad\" \"id:3,phase:2,deny,log,msg:'bad'\"\n"));
  EXPECT_EQ(waf.bench.run(get("/", "a=bad")).reason, "waf:3");
  EXPECT_EQ(waf.bench.run(get("/internal/x", "a=bad")).reason, "");
  EXPECT_EQ(waf.bench.run(get("/new/x", "a=bad")).reason, "");
  for (const auto& [path, reason] : {std::pair("/", "waf:malformed_body"), std::pair("/new/x", "")}) {
    testing::BenchRequest request = post("application/json", "{bad");
    request.path = path;
    EXPECT_EQ(waf.bench.run(request).reason, reason) << path;
  }
}

TEST(Exclusions, that_switch_the_core_rules_off_are_refused) {
  for (const std::string_view text :
       {"SecRuleRemoveById 949110", "SecRuleRemoveById 900000-999999", "SecRuleRemoveByTag attack-generic",
        "SecAction \"id:1,phase:1,pass,ctl:ruleRemoveById=949110\"",
        "SecAction \"id:1,phase:1,pass,ctl:ruleRemoveById=949060-949060\"",
        "SecAction \"id:1,phase:1,pass,ctl:ruleRemoveByTag=attack-generic\"",
        "SecAction \"id:1,phase:1,pass,ctl:ruleRemoveTargetById=949110;TX:ANOMALY_SCORE\""}) {
    WafBench waf;
    waf.config.rules = {RuleSource{}, RuleSource{{waf.directory.file("x.conf", text)}}};
    const auto loaded = waf.load();
    ASSERT_FALSE(loaded) << text;
    EXPECT_THAT(loaded.error().message, HasSubstr("core rule set off"));
  }
  // For requests that meet a condition: how core rule set 4 leaves a share of them out.
  WafBench waf;
  waf.config.rules = {RuleSource{{waf.directory.file("x.conf",
                                                     "SecRule REQUEST_FILENAME \"@beginsWith /internal/\" "
                                                     "\"id:1,phase:1,pass,nolog,ctl:ruleRemoveByTag=OWASP_CRS\"\n")}},
                      RuleSource{}};
  ASSERT_TRUE(waf.load());
  EXPECT_EQ(waf.bench.run(get("/", "a=1' or '1'='1")).reason, "waf:942100");
  EXPECT_EQ(waf.bench.run(get("/internal/", "a=1' or '1'='1")).reason, "");
}

TEST(CoreRuleSet, that_is_missing_is_said_in_a_sentence) {
  WafBench waf;
  waf.config.crs_directory.path = waf.directory.path();
  EXPECT_EQ(waf.load().error().message, "the core rule set is not installed: " + waf.directory.path() +
                                            "/rules has no rules; check the key 'crs_directory' of the waf");
  waf.directory.file("rules/REQUEST-901.conf", "SecMarker A\n");
  EXPECT_THAT(waf.load().error().message, HasSubstr("crs-setup.conf"));
}

TEST(CoreRuleSet, of_ones_own_gets_the_settings_of_the_configuration_and_warnings) {
  WafBench waf;
  waf.directory.file("crs-setup.conf",
                     "SecAction \\\n \"id:900000,phase:1,pass,nolog,\\\n setvar:tx.paranoia_level=3\"\n");
  waf.directory.file("rules/REQUEST-901.conf",
                     "SecRule TX:paranoia_level \"@eq 2\" \"id:901000,phase:1,deny,msg:'two'\"\n");
  waf.config.crs_directory.path = waf.directory.path();
  waf.config.paranoia = 2;
  ASSERT_TRUE(waf.load());
  EXPECT_EQ(waf.bench.run(get("/")).status, 403);
  ASSERT_EQ(waf.bench.log.lines.size(), 1u);
  EXPECT_THAT(waf.bench.log.lines[0], HasSubstr("crs-setup.conf:1: tx.paranoia_level has no effect"));
}

TEST(CoreRuleSet, of_ones_own_warns_of_settings_in_the_files_before_it) {
  WafBench waf;
  waf.directory.file("crs-setup.conf", "");
  waf.directory.file("rules/REQUEST-901.conf", "SecMarker A\n");
  waf.config.crs_directory.path = waf.directory.path();
  const std::string text = "SecAction \"id:%,phase:1,pass,nolog,setvar:tx.inbound_anomaly_score_threshold=50\"\n";
  const auto file = [&](const char* name, const char* id) {
    std::string with_id = text;
    return RuleSource{{waf.directory.file(name, with_id.replace(text.find('%'), 1, id))}};
  };
  waf.config.rules = {file("before.conf", "1"), RuleSource{}, file("after.conf", "2")};
  ASSERT_TRUE(waf.load());
  ASSERT_EQ(waf.bench.log.lines.size(), 1u);
  EXPECT_THAT(waf.bench.log.lines[0], HasSubstr("before.conf:1: tx.inbound_anomaly_score_threshold has no effect"));
}

TEST(OperatorRules, of_phases_that_are_not_run_are_warned_of) {
  const std::string rules =
      "SecRule RESPONSE_STATUS \"@eq 500\" \"id:1,phase:3,pass,log\"\n"
      "SecAction \"id:2,phase:5,pass,nolog\"\nSecRule ARGS \"@rx a\" \"id:3,phase:2,pass\"\n";
  for (const bool inspects_responses : {false, true}) {
    WafBench waf;
    waf.config.response_body = inspects_responses ? Inspect::on : Inspect::off;
    ASSERT_TRUE(waf.load_rules(rules));
    std::vector<std::string> lines = waf.bench.log.lines;
    if (!inspects_responses) {
      ASSERT_EQ(lines.size(), 2u);
      EXPECT_THAT(lines[0], HasSubstr("rules.conf:1: rule 1 is never asked: phases 3 and 4 need 'response_body: on'"));
      lines.erase(lines.begin());
    }
    ASSERT_EQ(lines.size(), 1u);
    EXPECT_THAT(lines[0], HasSubstr("rules.conf:2: rule 2 is never asked: there is no phase 5 here"));
  }
}

// The library would heed it, behind the back of the keys and of the plan.
TEST(CoreRuleSet, of_ones_own_sets_nothing_of_the_engine) {
  WafBench waf;
  waf.directory.file("crs-setup.conf", "");
  waf.directory.file("rules/REQUEST-901.conf", "SecMarker A\nSecRequestBodyAccess Off\n");
  waf.config.crs_directory.path = waf.directory.path();
  EXPECT_THAT(
      waf.load().error().message,
      HasSubstr("REQUEST-901.conf:2: SecRequestBodyAccess is not allowed here: request bodies are always inspected"));
}

TEST(WafSection, knows_its_keys_and_their_limits) {
  Config config;
  config.paranoia = 3;
  config.detection_paranoia = 2;
  const testing::SectionCheck check(config);
  EXPECT_THAT(check.problems(),
              ::testing::ElementsAre(HasSubstr("detection_paranoia: must be 0 or at least paranoia (3)")));
  EXPECT_TRUE(check.missing().empty());
}

TEST(Directives, join_continued_lines_and_leave_comments_out) {
  const auto directives = split_directives("# one\n  # two\nSecRule ARGS \\\n  \"@rx a \\\"b\\\"\" \\\n \"id:1\"\n");
  ASSERT_EQ(directives.size(), 1u);
  EXPECT_EQ(directives[0].name, "SecRule");
  EXPECT_EQ(directives[0].line, 3);
  EXPECT_EQ(directives[0].last_line, 5);
  EXPECT_EQ(pattern_of(directives[0]), "a \\\"b\\\"");
}

// The library reads on behind it, so a directive must not hide there from our own checks.
TEST(Directives, are_not_hidden_by_a_comment_that_ends_in_a_backslash) {
  const auto directives = split_directives("# note \\\nSecRuleEngine Off\n");
  ASSERT_EQ(directives.size(), 1u);
  EXPECT_EQ(directives[0].name, "SecRuleEngine");
  EXPECT_EQ(directives[0].line, 2);
}

}  // namespace
}  // namespace ravelin::waf
