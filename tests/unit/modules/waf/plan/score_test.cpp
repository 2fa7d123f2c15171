#include <gtest/gtest.h>

#include <string>

#include "unit/modules/waf/plan/judged.h"

namespace ravelin::waf::plan {
namespace {

// Policy is one whose requests the plan must score as the library does, or say that it does not know.
struct Policy {
  const char* name;
  const char* rules;
  int known = 10;  // so many requests at least that a rule matches are to be known
};

const Policy policies[] = {
    {"a score that each value adds to",
     R"x(SecRule ARGS|ARGS_NAMES "@rx e" "id:1,phase:2,pass,setvar:'tx.anomaly_score_pl1=+5'")x"},
    {"a refusal by the score",
     R"x(SecRule ARGS "@rx e" "id:1,phase:1,pass,log,setvar:'tx.anomaly_score_pl1=+3'"
SecRule ARGS "@rx 1" "id:2,phase:1,pass,log,setvar:'tx.anomaly_score_pl1=+2'"
SecAction "id:3,phase:2,pass,nolog,setvar:tx.anomaly_score=0"
SecRule TX:anomaly_score_pl1 "@ge 1" "id:4,phase:2,pass,nolog,setvar:'tx.anomaly_score=+%{tx.anomaly_score_pl1}'"
SecRule TX:ANOMALY_SCORE "@ge 5" "id:5,phase:2,deny,log,setvar:'tx.blocked=1'"
SecRule TX:blocked "@eq 1" "id:6,phase:2,pass")x"},
    {"a refusal in the first phase", R"x(SecRule ARGS:a "@rx ." "id:1,phase:1,deny,status:404"
SecRule ARGS:a "@rx ." "id:2,phase:1,pass"
SecRule ARGS "@rx ." "id:3,phase:2,deny")x"},
    {"a block that is a refusal by default", R"x(SecDefaultAction "phase:1,log,auditlog,deny,status:429"
SecRule ARGS:a "@rx ^1$" "id:1,phase:1,block"
SecRule ARGS:a "@rx ." "id:2,phase:1,pass"
SecRule ARGS:b "@rx ." "id:3,phase:1,deny")x"},
    {"a block that passes by default", R"x(SecDefaultAction "phase:1,nolog,pass"
SecRule ARGS:a "@rx ." "id:1,phase:1,block"
SecRule ARGS:a "@rx ." "id:2,phase:1,block,log"
SecRule ARGS:b "@rx ." "id:3,phase:1,deny")x"},
    {"a status that a rule before has set", R"x(SecRule ARGS:a "@rx ^1$" "id:1,phase:1,log,status:418"
SecRule ARGS:a "@rx ^1$" "id:2,phase:1,log,pass,status:419,chain"
SecRule ARGS:b "@streq evil" "t:none"
SecRule ARGS "@rx ." "id:3,phase:1,deny")x"},
    {"a status that is set after a block that passes", R"x(SecDefaultAction "phase:1,log,auditlog,pass"
SecRule ARGS:a "@rx ^1$" "id:1,phase:1,block,status:404,log"
SecAction "id:2,phase:1,pass,nolog,setvar:tx.x=1"
SecRule ARGS:b "@rx ." "id:3,phase:1,deny")x",
     5},
    {"a drop", R"x(SecRule ARGS:a "@rx ." "id:1,phase:1,drop")x"},
    {"a rule that logs nothing", R"x(SecRule ARGS:a "@rx ." "id:1,phase:1,pass,nolog,setvar:tx.anomaly_score_pl1=1"
SecRule ARGS:b "@rx ." "id:2,phase:1,pass,noauditlog"
SecRule ARGS:b "@rx ." "id:3,phase:1,pass,nolog,auditlog"
SecRule ARGS:b "@rx ." "id:4,phase:1,deny,nolog")x"},
    {"a chain whose last rule logs otherwise", R"x(SecRule ARGS:a "@rx ." "id:1,phase:1,pass,chain"
SecRule ARGS:b "@rx ." "nolog"
SecRule ARGS:a "@rx ." "id:2,phase:1,pass,nolog,chain"
SecRule ARGS:b "@rx ." "log"
SecRule ARGS:a "@rx ." "id:3,phase:1,pass")x"},
    {"a chain that adds up before it fails",
     R"x(SecRule ARGS:a "@rx ." "id:1,phase:1,pass,setvar:tx.anomaly_score_pl1=+4,chain"
SecRule ARGS:b "@streq evil" "setvar:tx.anomaly_score_pl1=+1"
SecRule ARGS "@rx ." "id:2,phase:1,pass")x"},
    {"what two rules in a row have matched", R"x(SecRule ARGS:b "@rx ." "id:1,phase:1,pass"
SecRule ARGS:a "@rx ." "id:2,phase:1,pass,chain"
SecRule MATCHED_VARS "@rx evil" "setvar:tx.anomaly_score_pl1=+1"
SecRule ARGS:none "@rx ." "id:3,phase:1,pass"
SecRule ARGS:a "@rx ." "id:4,phase:1,pass,chain"
SecRule MATCHED_VARS "@rx evil" "setvar:tx.anomaly_score_pl1=+1")x"},
    {"what a scanned rule between does not match", R"x(SecRule ARGS:b "@rx evil" "id:1,phase:1,pass"
SecRule ARGS:c "@rx nothing" "id:2,phase:1,pass"
SecRule ARGS:a "@rx ." "id:3,phase:1,pass,chain"
SecRule MATCHED_VARS_NAMES "@rx ARGS:b" "t:none")x",
     4},
    {"what the last of several matches was", R"x(SecRule ARGS "@rx ." "id:1,phase:1,pass,chain"
SecRule MATCHED_VAR "@rx e" "chain,setvar:tx.anomaly_score_pl1=+2"
SecRule MATCHED_VAR "@rx l" "t:none,setvar:tx.anomaly_score_pl1=+3")x",
     5},
    {"what was captured last", R"x(SecRule ARGS "@rx ^(.)" "id:1,phase:1,pass,capture,chain"
SecRule TX:1 "@streq e" "t:none"
SecRule ARGS "@rx ^(.)" "id:2,phase:1,pass,capture,setvar:tx.first=%{tx.1}"
SecRule TX:first "@streq e" "id:3,phase:1,pass")x"},
    {"multiMatch counted",
     R"x(SecRule ARGS "@rx (?i)e" "id:1,phase:2,pass,multiMatch,t:none,t:lowercase,t:hexEncode,setvar:tx.anomaly_score_pl1=+1"
SecRule ARGS "@rx E" "id:2,phase:2,pass,nolog,multiMatch,t:none,t:lowercase")x"},
    {"multiMatch in a chain", R"x(SecRule ARGS:a "@rx ." "id:1,phase:1,pass,multiMatch,chain"
SecRule ARGS:b "@rx ." "t:none"
SecRule ARGS:b "@rx ." "id:2,phase:1,pass")x",
     4},
    {"an exclusion by pattern", R"x(SecRule ARGS|!ARGS:/^B$/|ARGS_NAMES "@rx evil" "id:1,phase:1,pass"
SecRule ARGS "@rx ." "id:2,phase:1,pass,setvar:tx.anomaly_score_pl1=+1"
SecRuleUpdateTargetById 2 "!ARGS:/^B/"
)x"},
    {"an update by pattern, of other collections", R"x(SecRule ARGS|ARGS_NAMES "@rx evil|b" "id:1,phase:1,pass"
SecRuleUpdateTargetById 1 "!REQUEST_COOKIES:/^B/"
)x",
     4},
    {"XML by both of its paths",
     R"x(SecRule ARGS|XML:/*|XML://@* "@rx e|l" "id:1,phase:2,pass,setvar:tx.anomaly_score_pl1=+1"
SecRule XML:/* "@rx 1" "id:2,phase:2,pass,logdata:'%{MATCHED_VAR_NAME}'"
SecRule &XML://@* "@ge 2" "id:3,phase:2,pass"
SecRule XML://@* "@pm evil" "id:4,phase:2,deny"
SecRule REQBODY_ERROR "!@eq 0" "id:5,phase:2,deny,status:400")x",
     20},
    {"XML by another path", R"x(SecRule ARGS|XML:/x/b "@rx e" "id:1,phase:2,pass")x"},
    {"XML without a path of it", R"x(SecRule XML:/*|XML://@* "@rx e" "id:1,phase:2,pass"
SecRuleUpdateTargetById 1 "!XML:/*"
)x",
     0},
    {"XML that some are without",
     R"x(SecRule REQUEST_METHOD "@streq POST" "id:1,phase:1,pass,nolog,ctl:ruleRemoveTargetById=2;XML:/*"
SecRule XML:/*|XML://@*|ARGS "@rx e" "id:2,phase:2,pass")x"},
    {"malformed bodies",
     R"x(SecRule REQBODY_ERROR "!@eq 0" "id:1,phase:2,pass,log,msg:'%{REQBODY_ERROR_MSG}',setvar:tx.anomaly_score_pl1=+1"
SecRule REQBODY_PROCESSOR_ERROR "@eq 1" "id:2,phase:2,pass"
SecRule ARGS|ARGS_NAMES|REQUEST_BODY "@rx evil" "id:3,phase:2,pass")x",
     20},
    {"a value that two targets pick",
     R"x(SecRule ARGS|ARGS:a "@rx ." "id:1,phase:2,pass,setvar:tx.anomaly_score_pl1=+1")x"},
    {"a skip", R"x(SecRule ARGS:a "@streq 1" "id:1,phase:1,pass,log,skipAfter:END"
SecRule ARGS "@rx ." "id:2,phase:1,pass"
SecMarker END
SecRule ARGS "@rx ." "id:3,phase:1,pass")x",
     5},
    {"a rule that some are without", R"x(SecRule ARGS:a "@streq 1" "id:1,phase:1,pass,nolog,ctl:ruleRemoveById=2"
SecRule ARGS "@rx ." "id:2,phase:1,pass"
SecRule ARGS "@rx ." "id:3,phase:1,pass")x",
     15},
    {"rules with a tag that some are without",
     R"x(SecRule ARGS:a "@streq 1" "id:1,phase:1,pass,log,ctl:ruleRemoveByTag=sql"
SecRule ARGS "@rx ." "id:2,phase:1,pass,tag:'sql',setvar:tx.anomaly_score_pl1=+1"
SecRule ARGS "@rx ." "id:3,phase:1,pass,tag:'sqli'"
SecRule ARGS "@rx ." "id:4,phase:2,pass,tag:'x',tag:'sql',chain"
SecRule ARGS:b "@rx ." "setvar:tx.anomaly_score_pl1=+3")x",
     15},
    {"targets that nearly all are without, as in the core rule set 4",
     R"x(SecRule REQUEST_FILENAME "!@validateByteRange 45-47,97-122" "id:1,phase:1,pass,nolog,ctl:ruleRemoveTargetByTag=fast;REQUEST_FILENAME"
SecRule REQUEST_FILENAME|ARGS:a "@rx [a1]" "id:2,phase:1,pass,tag:'fast'"
SecRule REQUEST_FILENAME "@rx ." "id:3,phase:1,pass,tag:'slow'"
SecRule ARGS:b "@rx ." "id:4,phase:2,pass,tag:'slow',chain"
SecRule REQUEST_FILENAME "@rx ." "tag:'fast'")x",
     15},
    {"targets by their names, whole and of a member",
     R"x(SecRule REQUEST_METHOD "@streq GET" "id:1,phase:1,pass,nolog,ctl:ruleRemoveTargetById=2;ARGS:a,ctl:ruleRemoveTargetById=3;ARGS,ctl:ruleRemoveTargetById=4;REQUEST_HEADERS:x-note"
SecRule ARGS "@rx ." "id:2,phase:1,pass,setvar:tx.anomaly_score_pl1=+1"
SecRule ARGS|ARGS:b|&ARGS "@rx ." "id:3,phase:1,pass,setvar:tx.anomaly_score_pl1=+2"
SecRule REQUEST_HEADERS:X-Note "@rx ." "id:4,phase:1,pass,setvar:tx.anomaly_score_pl1=+4"
SecRule REQUEST_HEADERS:x-note "@rx ." "id:5,phase:1,pass,setvar:tx.anomaly_score_pl1=+8")x",
     15},
    {"what a rule that some are without would have emptied",
     R"x(SecRule ARGS:a "@rx ." "id:1,phase:1,pass,nolog,ctl:ruleRemoveById=3"
SecRule ARGS:a "@rx ." "id:2,phase:1,pass"
SecRule ARGS:none "@rx ." "id:3,phase:1,pass"
SecRule ARGS:b "@rx ." "id:4,phase:1,pass,chain"
SecRule MATCHED_VARS "@rx 1" "setvar:tx.anomaly_score_pl1=+1")x",
     1},
    {"what is the same for all that some are without",
     R"x(SecRule ARGS:a "@streq 1" "id:1,phase:1,pass,log,ctl:ruleRemoveByTag=all"
SecAction "id:2,phase:1,pass,nolog,tag:'all',setvar:tx.points=3"
SecRule ARGS "@rx ." "id:3,phase:1,pass,tag:'other',setvar:tx.anomaly_score_pl1=+%{tx.points}")x",
     5},
    {"actions that some are without, by tag, and by id none",
     R"x(SecRule ARGS:a "@streq 1" "id:1,phase:1,pass,log,ctl:ruleRemoveById=2,ctl:ruleRemoveByTag=tagged"
SecAction "id:2,phase:1,pass,nolog,setvar:tx.anomaly_score_pl1=+%{args.a}"
SecAction "id:3,phase:1,pass,nolog,tag:'tagged',setvar:tx.anomaly_score_pl1=+%{args.a}"
SecRule ARGS "@rx ." "id:4,phase:1,pass")x",
     15},
    {"a removal that assigns", R"x(SecAction "id:1,phase:1,pass,nolog,setvar:tx.n=+2,ctl:ruleRemoveById=2"
SecRule ARGS:a "@rx ." "id:2,phase:1,pass"
SecRule ARGS:b "@rx ." "id:3,phase:1,pass,setvar:tx.anomaly_score_pl1=+%{tx.n}")x",
     15},
    {"what is captured after what a negated pattern has",
     R"x(SecRule ARGS:a "!@rx ^(.)" "id:1,phase:1,pass,nolog,capture"
SecRule ARGS:b "@rx (.)$" "id:2,phase:1,pass,capture,chain"
SecRule TX:1 "@rx ." "setvar:tx.anomaly_score_pl1=+1"
SecRule ARGS:b "@rx (.)$" "id:3,phase:1,pass,capture,chain"
SecRule ARGS:a "!@rx ^(.)(.)?" "capture,chain"
SecRule TX:1 "@rx 1" "setvar:tx.anomaly_score_pl1=+2")x",
     5},
    {"what is matched before the rest of the targets",
     R"x(SecRule ARGS "@rx e" "id:1,phase:2,pass,chain"
SecRule MATCHED_VARS|ARGS:a "@rx l" "setvar:tx.anomaly_score_pl1=+1")x",
     5},
    {"what is matched before, and by, the other targets",
     R"x(SecRule ARGS:a "@rx ^1$" "id:1,phase:2,pass,chain"
SecRule ARGS:b|MATCHED_VARS "@rx ." "setvar:tx.anomaly_score_pl1=+1"
SecRule ARGS "@rx ." "id:2,phase:2,pass")x",
     5},
    {"a rule that all are without", R"x(SecAction "id:1,phase:1,pass,nolog,ctl:ruleRemoveById=2"
SecRule ARGS:a "@rx 1" "id:2,phase:1,pass"
SecRule ARGS:b "@rx ." "id:3,phase:1,pass")x",
     15},
    {"a rule that all are without a target of",
     R"x(SecAction "id:1,phase:1,pass,nolog,ctl:ruleRemoveTargetById=2;ARGS:a"
SecRule ARGS "@rx ^1$" "id:2,phase:1,pass"
SecRule ARGS:b "@rx ." "id:3,phase:1,pass")x",
     15},
    {"what was matched before a rule that an exclusion may mean",
     R"x(SecAction "id:1,phase:1,nolog,pass,ctl:ruleRemoveTargetById=3;ARGS:none"
SecRule ARGS:a "@rx ." "id:2,phase:1,nolog,pass,t:none"
SecRule ARGS:c|ARGS:none "@rx bar" "id:3,phase:1,nolog,pass,t:none"
SecRule ARGS:b "@rx ." "id:4,phase:1,nolog,pass,t:none,chain"
SecRule MATCHED_VARS "@rx 1" "t:none,setvar:tx.known=1"
SecRule ARGS:b "@rx ." "id:5,phase:1,deny,status:404,t:none,chain"
SecRule &TX:known "@eq 0" "t:none"
SecRule ARGS "@rx ." "id:6,phase:1,pass,log")x",
     0},
    {"what was matched before a rule whose tag is longer than the excluded one",
     R"x(SecAction "id:1,phase:1,nolog,pass,ctl:ruleRemoveByTag=app"
SecRule ARGS:a "@rx ." "id:2,phase:1,nolog,pass,t:none"
SecRule ARGS:c "@rx bar" "id:3,phase:1,nolog,pass,t:none,tag:'application-x'"
SecRule ARGS:b "@rx ." "id:4,phase:1,deny,status:404,t:none,chain"
SecRule MATCHED_VARS "@rx 1" "t:none"
SecRule ARGS "@rx ." "id:5,phase:1,pass,log")x",
     0},
    {"the engine switched off", R"x(SecRule ARGS:a "@streq 1" "id:1,phase:1,pass,nolog,ctl:ruleEngine=Off"
SecRule ARGS "@rx ." "id:2,phase:1,deny")x",
     5},
    {"an allow", R"x(SecRule ARGS:a "@streq 1" "id:1,phase:1,allow"
SecRule ARGS "@rx ." "id:2,phase:1,deny")x",
     5},
    {"a rule that looks at the one variable that it sets",
     R"x(SecRule ARGS:a "@rx ." "id:1,phase:1,pass,setvar:tx.seen=1"
SecRule TX:seen "@eq 1" "id:2,phase:1,pass,setvar:tx.seen=2,setvar:tx.anomaly_score_pl1=+1")x"},
    {"values that are collected, for what a rule that shows has set",
     R"x(SecAction "id:1,phase:1,nolog,pass,setvar:tx.wanted=/no/"
SecRule ARGS:a "@rx ." "id:2,phase:1,pass,setvar:tx.wanted=/evil/"
SecRule ARGS "@rx ^.*$" "id:3,phase:1,deny,capture,setvar:'tx.seen_%{tx.0}=/%{tx.0}/',chain"
SecRule TX:/^seen_/ "@within %{tx.wanted}" "t:none")x"},
    {"values that are collected under what a rule that shows has set",
     R"x(SecAction "id:1,phase:1,nolog,pass,setvar:tx.kind=no"
SecRule ARGS:a "@rx ." "id:2,phase:1,pass,setvar:tx.kind=evil"
SecRule ARGS "@rx ^.*$" "id:3,phase:1,deny,capture,setvar:'tx.seen_%{tx.0}=%{tx.kind}',chain"
SecRule TX:/^seen_/ "@streq evil" "t:none")x"},
    {"values that are collected, and one that matches",
     R"x(SecRule ARGS "@rx ^.*$" "id:1,phase:1,pass,capture,setvar:'tx.seen_%{tx.0}=/%{tx.0}/',chain"
SecRule TX:/^seen_/ "@within /evil/" "setvar:tx.anomaly_score_pl1=+5"
SecRule ARGS "@rx ." "id:2,phase:1,pass")x"},
    {"a name that counts up", R"x(SecRule ARGS "@rx ^(.)" "id:1,phase:2,pass,capture,\
setvar:'tx.type_%{tx.counter}=%{tx.1}',setvar:'tx.counter=+1'"
SecRule TX:/type_/ "@rx ." "id:2,phase:2,pass,setvar:tx.anomaly_score_pl1=+5")x"},
    {"a number that grows before it is added",
     R"x(SecRule ARGS "@rx ." "id:1,phase:2,pass,setvar:tx.n=+1,setvar:'tx.anomaly_score_pl1=+%{tx.n}'")x"},
    {"a variable that is removed and added to",
     R"x(SecRule ARGS "@rx ." "id:1,phase:2,pass,setvar:!tx.a,setvar:tx.a=+1"
SecRule TX:a "@eq 1" "id:2,phase:2,pass,setvar:tx.anomaly_score_pl1=+1")x"},
    {"a rule that never matches between two that do", R"x(SecRule ARGS:b "@rx ." "id:1,phase:1,pass"
SecRule TX:none "@rx ." "id:2,phase:1,pass"
SecRule ARGS:a "@rx ." "id:3,phase:1,pass,chain"
SecRule MATCHED_VARS "@rx evil" "t:none")x"},
    {"a SecAction before what has matched", R"x(SecAction "id:1,phase:2,pass,nolog,setvar:tx.anomaly_score=0"
SecRule ARGS:a "@rx ." "id:2,phase:2,pass,log,setvar:tx.anomaly_score=+1,chain"
SecRule MATCHED_VARS "!@rx ." "t:none"
SecRule ARGS:a "@rx ." "id:3,phase:2,pass,log")x"},
    {"a constant that matches before two that do", R"x(SecAction "id:1,phase:1,pass,nolog,setvar:tx.lvl=1"
SecRule TX:lvl "@ge 1" "id:2,phase:1,pass,nolog"
SecRule ARGS:a "@rx ." "id:3,phase:1,pass"
SecRule ARGS:b "@rx ." "id:4,phase:1,pass,chain"
SecRule MATCHED_VARS "@streq 1" "t:none")x",
     5},
    {"a chain that a constant breaks before what has matched", R"x(SecRule ARGS:a "@rx ." "id:1,phase:1,pass,chain"
SecRule TX:none "@rx ." "t:none"
SecRule ARGS:b "@rx ." "id:2,phase:1,pass,chain"
SecRule MATCHED_VARS "@rx ^1$" "t:none"
SecRule ARGS "@rx ." "id:3,phase:1,pass")x"},
    {"a removed rule between two that match", R"x(SecAction "id:1,phase:1,pass,nolog,ctl:ruleRemoveById=3"
SecRule ARGS:a "@rx ." "id:2,phase:1,pass"
SecRule ARGS:c "@streq z" "id:3,phase:1,pass"
SecRule ARGS:b "@rx ." "id:4,phase:1,pass,chain"
SecRule MATCHED_VARS "@rx ^1$" "t:none")x",
     3},
    {"SecActions that log, or not", R"x(SecRule ARGS:a "@rx ." "id:1,phase:1,pass,nolog,setvar:tx.n=+1"
SecAction "id:2,phase:1,pass,setvar:tx.n=+1"
SecRule ARGS:b "@rx ." "id:3,phase:1,pass")x"},
    {"a third link that looks at all matches",
     R"x(SecRule ARGS "@rx ^(.+)l$" "id:1,phase:1,pass,capture,chain"
SecRule TX:1 "@rx ." "chain"
SecRule MATCHED_VARS "@streq e" "t:none"
SecRule ARGS "@rx ." "id:2,phase:1,pass")x"},
    {"an operator that its own matches change", R"x(SecRule ARGS:a "@rx ." "id:1,phase:1,pass,chain"
SecRule ARGS:b|ARGS:c|ARGS:d "@contains %{MATCHED_VAR}" "setvar:tx.anomaly_score_pl1=+1"
SecRule ARGS "@rx ." "id:2,phase:1,pass")x",
     9},
    {"a capture that one of two values has not",
     R"x(SecRule ARGS "@rx ^(?:(\d)|e)" "id:1,phase:1,pass,capture,setvar:'tx.anomaly_score_pl1=+%{tx.1}'"
SecRule ARGS "@rx ." "id:2,phase:1,pass")x"},
    {"a status of zero", R"x(SecRule ARGS:a "@rx ." "id:1,phase:1,deny,status:0"
SecRule ARGS "@rx ." "id:2,phase:1,pass")x",
     9},
    {"arguments of the body in the first phase", R"x(SecRule ARGS "@rx evil" "id:1,phase:1,pass"
SecRule ARGS "@rx evil" "id:2,phase:2,pass"
SecRule &ARGS "@ge 1" "id:3,phase:1,pass")x"},
};

class Score_ : public testing::TestWithParam<Policy> {};

TEST_P(Score_, is_what_the_library_says_or_is_not_known) {
  Judged judged(GetParam().rules);
  ASSERT_EQ(judged.trouble(), "");
  ASSERT_TRUE(judged.plan().unscored().empty()) << judged.plan().unscored().front();
  int known = 0;
  for (const OwnRequest& request : various_requests()) {
    const Judged::Said said = judged.said(request);
    const bool is_known = expect_same(judged.score(request), said, GetParam().name + (": " + printed(request)));
    known += is_known && !said.rules.empty() ? 1 : 0;
  }
  EXPECT_GE(known, GetParam().known);
}

TEST(Score, has_the_texts_of_its_rules_filled_in) {
  Judged judged(
      R"x(SecRule ARGS "@rx e(vi)l" "id:1,phase:2,pass,capture,severity:'CRITICAL',msg:'Evil in %{MATCHED_VAR_NAME}',\
logdata:'Matched Data: %{TX.1} found within %{MATCHED_VAR_NAME}: %{MATCHED_VAR}'")x");
  const Score score = judged.score(get("/?a=1&b=devil"));
  ASSERT_EQ(score.hits.size(), 1u);
  EXPECT_EQ(score.hits[0].message, "Evil in ARGS:b");
  EXPECT_EQ(score.hits[0].data, "Matched Data: vi found within ARGS:b: devil");
  EXPECT_EQ(score.hits[0].variable, "ARGS:b");
}

// The last one sets the text anew, but which is the last is the library's secret.
TEST(Score, is_unknown_if_a_text_is_set_by_values_of_which_only_the_first_and_the_last_are_the_same) {
  Judged judged(
      R"(SecRule ARGS_GET_NAMES "!@beginsWith /" "id:1,phase:2,pass,nolog,setvar:'tx.needle=%{MATCHED_VAR}'"
SecRule REQUEST_BASENAME "@contains %{tx.needle}" "id:2,phase:2,pass")");
  EXPECT_FALSE(judged.score(get("/?e&&e")).is_known);
  EXPECT_TRUE(judged.score(get("/a?e&e")).is_known);
}

// A name that an exclusion's pattern would be busy with is the library's to look at, where nobody waits for it.
TEST(Score, is_unknown_if_an_exclusion_by_pattern_meets_a_long_name) {
  Judged judged(R"(SecRule ARGS|!ARGS:/^f\[.*\]\[.*\]$/ "@contains evil" "id:1,phase:2,deny")");
  ASSERT_EQ(judged.trouble(), "");
  std::string name = "f[";
  while (name.size() < 2000) name += "][";
  EXPECT_FALSE(judged.score(get("/?" + name + "x=evil")).is_known);
  EXPECT_TRUE(judged.score(get("/?f[a][b=evil")).is_known);
  EXPECT_FALSE(judged.proof(get("/?f[a][b=evil")).is_clean);
}

TEST(Score, is_unknown_if_every_request_passes) {
  for (const char* action : {"allow", "ctl:ruleEngine=Off"}) {
    Judged judged("SecAction \"id:1,phase:1,nolog," + std::string(action) +
                  "\"\nSecRule ARGS \"@rx evil\" \"id:2,phase:2,deny\"");
    EXPECT_EQ(judged.trouble(), "");
    EXPECT_FALSE(judged.plan().unscored().empty()) << action;
  }
}

TEST(Score, is_unknown_for_an_engine_that_only_detects) {
  Judged judged("SecRuleEngine DetectionOnly\nSecRule ARGS \"@rx evil\" \"id:1,phase:2,deny\"");
  EXPECT_TRUE(judged.proof(get("/?a=1")).is_clean);
  EXPECT_FALSE(judged.plan().unscored().empty());
  EXPECT_FALSE(judged.score(get("/?a=evil")).is_known);
}

INSTANTIATE_TEST_SUITE_P(, Score_, testing::ValuesIn(policies),
                         [](const auto& policy) { return "policy_" + std::to_string(policy.index); });

}  // namespace
}  // namespace ravelin::waf::plan
