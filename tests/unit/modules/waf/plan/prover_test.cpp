#include "modules/waf/plan/prover.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "unit/modules/waf/plan/judged.h"

namespace ravelin::waf::plan {
namespace {

// Policy is one whose clean requests the plan must not miss a match in.
struct Policy {
  const char* name;
  const char* rules;
  int proved = 1;  // at least so many requests are to be proved clean
};

const Policy policies[] = {
    {"a pattern", R"x(SecRule ARGS "@rx evil" "id:1,phase:2,pass,t:lowercase")x"},
    {"a negated operator", R"x(SecRule REQUEST_HEADERS:User-Agent "!@streq Test" "id:1,phase:1,pass")x"},
    {"a variable that is always there", R"x(SecRule PATH_INFO "!@streq x" "id:1,phase:1,pass,nolog,chain"
SecRule ARGS:a "@streq 1" "t:none"
SecRule ARGS:b "@streq 1" "id:2,phase:1,pass")x"},
    {"a marker that only the next phase comes by", R"x(SecAction "id:1,phase:2,pass,nolog,setvar:tx.x=1"
SecMarker EARLY
SecRule &TX:x "@eq 0" "id:2,phase:2,pass,chain"
SecRule ARGS "@streq evil" "t:none"
SecAction "id:3,phase:1,pass,nolog,skipAfter:EARLY")x"},
    {"a marker that some requests look for in the next phase", R"x(SecAction "id:1,phase:2,pass,nolog,setvar:tx.x=1"
SecMarker EARLY
SecRule &TX:x "@eq 0" "id:2,phase:2,pass,chain"
SecRule ARGS "@streq evil" "t:none"
SecRule ARGS:a "@streq 1" "id:3,phase:1,pass,nolog,skipAfter:EARLY")x",
     0},
    {"the rest of a phase is allowed", R"x(SecRule ARGS:a "@streq 1" "id:1,phase:1,nolog,allow:phase"
SecAction "id:2,phase:1,pass,nolog,setvar:tx.x=1"
SecRule &TX:x "@eq 0" "id:3,phase:2,pass")x"},
    {"the rest of the request's phases is allowed", R"x(SecRule ARGS:a "@streq 1" "id:1,phase:1,nolog,allow:request"
SecRule ARGS:b "@streq evil" "id:3,phase:1,pass"
SecRule ARGS:b "@rx . " "id:4,phase:2,pass")x"},
    {"what is behind a link that is not planned", R"x(SecRule ARGS:a "@streq 1" "id:1,phase:1,nolog,pass,chain"
SecRule UNIQUE_ID "@rx ." "setvar:tx.x=1"
SecRule TX:x "@eq 1" "id:2,phase:2,deny")x"},
    {"an operator that is not planned", R"x(SecRule ARGS:a "@streq 1" "id:1,phase:1,deny,chain"
SecRule ARGS:b "!@verifyCC \d" "t:none")x"},
    {"a chain that sets something before it shows is removed",
     R"x(SecRule ARGS:c "@streq 1" "id:1,phase:1,pass,nolog,ctl:ruleRemoveById=2"
SecRule ARGS:b "@streq evil" "id:2,phase:2,deny,setvar:tx.x=1,chain"
SecRule ARGS:b "@streq zzz" "t:none"
SecRule &TX:x "@eq 0" "id:3,phase:2,deny,chain"
SecRule ARGS:b "@rx ." "t:none")x"},
    {"a link of a chain is removed by its id",
     R"x(SecRule ARGS:a "@streq 1" "id:1,phase:1,pass,nolog,ctl:ruleRemoveById=3"
SecRule ARGS:b "@streq evil" "id:2,phase:2,deny,chain"
SecRule ARGS:b "@streq zzz" "id:3,t:none")x"},
    {"a link of a chain is removed for all", R"x(SecAction "id:1,phase:1,pass,nolog,ctl:ruleRemoveById=3"
SecRule ARGS:b "@streq evil" "id:2,phase:2,deny,chain"
SecRule ARGS:b "@streq zzz" "id:3,t:none")x",
     0},
    {"a link of a chain is removed that has no id",
     R"x(SecRule ARGS:a "@streq 1" "id:1,phase:1,pass,nolog,ctl:ruleRemoveById=0-5"
SecRule ARGS:b "@streq evil" "id:20,phase:2,deny,chain"
SecRule ARGS:b "@streq zzz" "t:none")x"},
    {"a target of a link of a chain is removed",
     R"x(SecAction "id:1,phase:1,pass,nolog,ctl:ruleRemoveTargetById=3;ARGS:b"
SecRule ARGS:b "@rx ^e" "id:2,phase:2,deny,chain"
SecRule ARGS:b "@rx z" "id:3,t:none"
SecRule ARGS:b "@streq 1" "id:4,phase:2,deny")x"},
    {"the last match behind two links", R"x(SecRule ARGS:a "@streq 1" "id:1,phase:2,pass,nolog,chain"
SecRule ARGS:b "@streq evil" "t:none,chain"
SecRule MATCHED_VAR "@streq 1" "t:none,setvar:tx.x=1"
SecRule &TX:x "@eq 0" "id:2,phase:2,deny,chain"
SecRule ARGS:a "@streq 1" "t:none")x"},
    {"a chain that a constant breaks is removed", R"x(SecAction "id:1,phase:1,pass,nolog,ctl:ruleRemoveById=2"
SecRule ARGS "@contains e" "id:2,phase:2,pass,nolog,setvar:tx.x=1,chain"
SecRule TX:never "@eq 1" "t:none"
SecRule TX:x "@eq 1" "id:3,phase:2,deny"
SecRule ARGS:b "@streq 1" "id:4,phase:2,deny")x"},
    {"a chain that a constant breaks and multiMatch shows",
     R"x(SecRule ARGS "@contains e" "id:1,phase:2,pass,multiMatch,msg:'m',chain"
SecRule TX:never "@eq 1" "t:none")x"},
    {"a chain that skips twice", R"x(SecAction "id:1,phase:1,pass,nolog,setvar:tx.a=1"
SecRule TX:a "@eq 1" "id:2,phase:1,pass,nolog,skipAfter:NEAR,chain"
SecRule TX:a "@eq 1" "t:none,skipAfter:FAR"
SecMarker NEAR
SecRule ARGS:b "@contains evil" "id:3,phase:1,deny"
SecMarker FAR)x"},
    {"a chain that skips farther first", R"x(SecAction "id:1,phase:1,pass,nolog,setvar:tx.a=1"
SecRule TX:a "@eq 1" "id:2,phase:1,pass,nolog,skipAfter:FAR,chain"
SecRule TX:a "@eq 1" "t:none,skipAfter:NEAR"
SecMarker NEAR
SecRule ARGS:b "@contains evil" "id:3,phase:1,deny"
SecMarker FAR
SecRule ARGS:b "@contains 1" "id:4,phase:1,deny")x"},
    {"a block in a chain that is allowed", R"x(SecDefaultAction "phase:2,log,auditlog,deny,status:403"
SecRule ARGS:a "@streq 1" "id:1,phase:2,allow,nolog,chain"
SecRule ARGS:b "@streq evil" "t:none,block")x"},
    {"captures that an earlier match of a link has left",
     R"x(SecRule ARGS:c "@rx ^(e)(vil)$" "id:1,phase:2,deny,capture,chain"
SecRule ARGS:a|ARGS:b "@rx ^(.)(v)?" "t:none,capture,chain"
SecRule TX:1 "@streq 1" "t:none,chain"
SecRule TX:2 "@streq v" "t:none"
SecRule ARGS:b "@streq el" "id:2,phase:2,deny")x"},
    {"what a pattern that macros leave empty captures",
     R"x(SecRule ARGS:a "@rx ^1(.?)" "id:1,phase:2,deny,capture,chain"
SecRule ARGS:b "@rx %{tx.none}" "t:none,capture,chain"
SecRule TX:0 "@streq evil" "t:none")x"},
    {"a name that only looks like a capture",
     R"x(SecRule ARGS:a "@rx ^(1)" "id:1,phase:1,pass,nolog,capture,setvar:tx.01=x"
SecRule TX:01 "@streq x" "id:2,phase:1,deny")x"},
    {"a macro whose name has a colon", R"x(SecRule ARGS:a "@streq %{ARGS.b:c}" "id:1,phase:2,deny"
SecRule ARGS:a "@streq 1" "id:2,phase:1,pass,nolog,setvar:tx.x:y=1"
SecRule TX:x:y "@eq 1" "id:3,phase:2,deny")x"},
    {"a percent sign before a brace that begins no macro",
     R"x(SecRule ARGS:b "@rx ^ev%%{tx.a}il|^evil$" "id:1,phase:2,deny")x", 0},
    {"a status that every request has", R"x(SecAction "id:1,phase:1,nolog,status:501"
SecRule ARGS:b "@contains evil" "id:2,phase:2,deny")x"},
    {"a status that every request loses", R"x(SecRule ARGS:b "@contains evil" "id:1,phase:1,nolog,status:501"
SecAction "id:2,phase:1,pass,nolog"
SecRule ARGS:b "@contains evil" "id:3,phase:1,deny")x"},
    {"a pattern of names with a verb", R"x(SecRule ARGS:/(*UCP)^b/ "@contains evil" "id:1,phase:1,deny")x", 0},
    {"names but for those without one", R"x(SecRule ARGS:/^/|!ARGS "@contains evil" "id:1,phase:1,deny")x", 0},
    {"defaults with a message", R"x(SecDefaultAction "phase:1,log,pass,msg:'x'"
SecAction "id:1,phase:1,setvar:tx.a=1")x",
     0},
    {"a rule that sets something is removed",
     R"x(SecRule ARGS:a "@streq 1" "id:1,phase:1,pass,nolog,ctl:ruleRemoveById=2"
SecRule REQUEST_URI "@rx ." "id:2,phase:1,pass,nolog,setvar:tx.x=1"
SecRule &TX:x "@eq 0" "id:3,phase:2,pass")x",
     0},
    {"a rule that sets something is removed by tag",
     R"x(SecRule ARGS:a "@streq 1" "id:1,phase:1,pass,nolog,ctl:ruleRemoveByTag=Mine"
SecAction "id:2,phase:1,pass,nolog,tag:'Mine',setvar:tx.x=1"
SecRule &TX:x "@eq 0" "id:3,phase:2,pass")x",
     0},
    {"a rule that skips is removed", R"x(SecRule ARGS:a "@streq 1" "id:1,phase:1,pass,nolog,ctl:ruleRemoveById=2"
SecAction "id:5,phase:1,pass,nolog,setvar:tx.off=1"
SecRule TX:off "@eq 1" "id:2,phase:1,pass,nolog,skipAfter:END"
SecRule ARGS:b "@streq evil" "id:3,phase:1,pass"
SecMarker END)x"},
    {"a target of a rule that sets something is removed",
     R"x(SecRule ARGS:a "@streq 1" "id:1,phase:1,pass,nolog,ctl:ruleRemoveTargetById=2;ARGS:b"
SecRule ARGS:b "@streq evil" "id:2,phase:1,pass,nolog,setvar:tx.x=1"
SecRule ARGS:b "@streq evil" "id:3,phase:1,pass,chain"
SecRule &TX:x "@eq 0" "t:none")x"},
    {"what a rule that does not show has captured", R"x(SecRule ARGS:a "@rx ^(.)(.?)" "id:1,phase:1,pass,nolog,capture"
SecRule ARGS:b "@rx ^e(z)?" "id:2,phase:1,pass,capture,chain"
SecRule TX:1 "@streq 1" "t:none")x"},
    {"what a chain that breaks has captured", R"x(SecRule ARGS:a "@rx ^(.)" "id:1,phase:1,pass,capture,chain"
SecRule TX:none "@streq 1" "t:none"
SecRule ARGS:b "@rx ^e(z)?" "id:2,phase:1,pass,capture,chain"
SecRule TX:1 "@streq 1" "t:none")x"},
    {"captures by pattern", R"x(SecRule ARGS:a "@rx ^(.)" "id:1,phase:1,pass,nolog,capture"
SecRule TX:/^1$/ "@streq 1" "id:2,phase:1,pass")x"},
    {"what a negated pattern captures, in all of TX", R"x(SecRule ARGS "!@rx ^(evil)" "id:1,phase:1,pass,nolog,capture"
SecRule TX "@rx evil" "id:2,phase:1,deny")x",
     0},
    {"the name of what has matched in TX",
     R"x(SecRule ARGS_NAMES "@rx ." "id:1,phase:2,pass,nolog,setvar:'tx.counter_%{MATCHED_VAR_NAME}=+1'"
SecRule TX:/counter_/ "@gt 1" "id:2,phase:2,deny,chain"
SecRule MATCHED_VARS_NAMES "@rx ARGS_NAMES:a$" "t:none")x"},
    {"the name of what has matched in what has matched", R"x(SecRule ARGS "@rx ." "id:1,phase:2,deny,chain"
SecRule MATCHED_VARS "@rx evil" "chain"
SecRule MATCHED_VAR_NAME "@endsWith ARGS:a" "t:none")x"},
    {"the name of a member that has none", R"x(SecRule ARGS "@rx evil" "id:1,phase:2,deny,chain"
SecRule MATCHED_VAR_NAME "@streq ARGS:" "t:none"
SecRule ARGS "@rx evil" "id:2,phase:2,deny,chain"
SecRule MATCHED_VAR_NAME "@streq ARGS" "t:none"
SecRule ARGS "@rx evil" "id:3,phase:2,pass,nolog,setvar:tx.seen_%{MATCHED_VAR_NAME}=1"
SecRule TX:/^seen_args:$/ "@eq 1" "id:4,phase:2,deny")x"},
    {"a text that ends amid a character reference",
     R"x(SecRule ARGS "@detectXSS" "id:1,phase:2,deny,t:none"
SecRule ARGS:a "!@detectXSS" "id:2,phase:2,deny,t:none,chain"
SecRule ARGS:b "@beginsWith 1JAVA" "t:none")x"},
    {"an operator that its own matches change", R"x(SecRule ARGS:a "@rx ." "id:1,phase:1,pass,nolog,chain"
SecRule ARGS:b|ARGS:c "!@streq %{MATCHED_VAR}" "setvar:tx.n=+1"
SecRule TX:n "@ge 2" "id:2,phase:1,deny")x"},
    {"an operator that its own assignments change",
     R"x(SecAction "id:1,phase:1,pass,nolog,setvar:tx.key=1"
SecRule ARGS "@contains %{tx.key}" "id:2,phase:1,pass,nolog,setvar:tx.key=e,setvar:tx.n=+1"
SecRule TX:n "@ge 2" "id:3,phase:1,deny")x",
     0},
    {"a link of a chain that its own assignments change",
     R"x(SecRule REQUEST_URI "@rx ." "id:1,phase:1,pass,nolog,setvar:tx.key=1,chain"
SecRule ARGS "@contains %{tx.key}" "setvar:tx.key=e,setvar:tx.n=+1"
SecRule TX:n "@ge 2" "id:2,phase:1,deny")x",
     0},
    {"a target that its own assignments make", R"x(SecRule ARGS|TX:k_a "@rx ." "id:1,phase:1,pass,nolog,\
setvar:tx.k_%{MATCHED_VAR_NAME}=1,setvar:tx.n=+1"
SecRule TX:n "@ge 3" "id:2,phase:1,deny")x",
     0},
    {"values that are collected", R"x(SecRule ARGS "@rx ^.*$" "id:1,phase:2,pass,capture,t:lowercase,\
setvar:'tx.seen_%{tx.0}=/%{tx.0}/',chain"
SecRule TX:/^seen_/ "@within /evil/ /x/" "setvar:tx.anomaly_score_pl1=+5"
SecRule ARGS:b "@streq 1" "id:2,phase:2,pass")x"},
    {"values that are collected and read by a pattern", R"x(SecRule ARGS "@rx ^.*$" "id:1,phase:2,pass,capture,\
setvar:'tx.seen_%{tx.0}=/%{tx.0}/',chain"
SecRule TX:/^seen_/ "@within /nothing/" "t:none"
SecRule TX:/evil/ "@rx ." "id:2,phase:2,pass"
SecRule &TX:/_1$/ "@gt 0" "id:3,phase:2,pass")x"},
    {"values that are collected and read by name", R"x(SecRule ARGS "@rx ^.*$" "id:1,phase:2,pass,capture,\
setvar:'tx.seen_%{tx.0}=/%{tx.0}/',chain"
SecRule TX:/^seen_/ "@within /nothing/" "t:none"
SecRule TX:seen_evil "@rx ." "id:2,phase:2,pass")x"},
    {"values that are collected with others",
     R"x(SecRule ARGS:a "@rx evil" "id:1,phase:2,pass,nolog,setvar:tx.seen_=/no/"
SecRule ARGS "@rx ^.*$" "id:2,phase:2,pass,capture,setvar:'tx.seen_%{tx.0}=/%{tx.0}/',chain"
SecRule TX:/^seen_/ "@within /no/" "t:none")x"},
    {"values that are collected under one name", R"x(SecRule ARGS "@rx ^(.).*$" "id:1,phase:2,pass,capture,\
setvar:'tx.seen_%{tx.1}=/%{tx.0}/',chain"
SecRule TX:/^seen_/ "@within /evil/ /1/" "t:none")x"},
    {"values that are collected with what another rule has captured",
     R"x(SecRule ARGS:a "@rx (evil)" "id:1,phase:1,pass,nolog,capture"
SecRule ARGS "@rx ." "id:2,phase:2,deny,setvar:'tx.seen_%{matched_var}=%{tx.1}',chain"
SecRule TX:/^seen_/ "@streq evil" "t:none")x",
     0},
    {"names behind a line that a pattern picks",
     R"x(SecRule ARGS "@rx ." "id:1,phase:1,pass,nolog,setvar:'tx.x_%{matched_var}=evil'"
SecRule REQUEST_HEADERS_NAMES "@rx ^.*$" "id:2,phase:1,deny,setvar:'tx.seen_%{matched_var}=1',chain"
SecRule TX:/^seen_/ "@streq evil" "t:none"
SecRule ARGS "@rx evil" "id:3,phase:1,pass")x"},
    {"what collecting leaves captured", R"x(SecRule ARGS "@rx ^.*$" "id:1,phase:2,pass,capture,\
setvar:'tx.seen_%{tx.0}=/%{tx.0}/',chain"
SecRule TX:/^seen_/ "@within /nothing/" "t:none"
SecRule ARGS:b "@streq %{tx.0}" "id:2,phase:2,pass")x",
     0},
    {"captures in an operator", R"x(SecRule ARGS:a "@rx ^(.)" "id:1,phase:1,pass,capture,chain"
SecRule ARGS:b "@beginsWith %{TX.1}" "t:none")x"},
    {"more than ten captures",
     R"x(SecRule ARGS:a "@rx ^()()()()()()()()()()(.)" "id:1,phase:1,pass,capture,chain"
SecRule TX:11 "@streq 1" "t:none")x"},
    {"a member that some have twice", R"x(SecRule &REQUEST_HEADERS:X-Note "@eq 2" "id:1,phase:1,pass")x", 0},
    {"a count with an exclusion", R"x(SecRule &ARGS|!ARGS:a "@eq 2" "id:1,phase:1,pass")x"},
    {"an update with another case", R"x(SecRule ARGS "@streq evil" "id:1,phase:1,pass"
SecRuleUpdateTargetById 1 "!ARGS:B"
)x"},
    {"an exclusion with another case", R"x(SecRule ARGS|!ARGS:B "@streq evil" "id:1,phase:1,pass")x"},
    {"an exclusion, and an update that adds what is excluded",
     R"x(SecRule ARGS|!ARGS:b "@streq evil" "id:1,phase:1,pass"
SecRuleUpdateTargetById 1 "ARGS:b"
)x"},
    {"an exclusion of what is named", R"x(SecRule ARGS:b|!ARGS:/^B$/ "@streq evil" "id:1,phase:1,pass")x"},
    {"an exclusion of what is named in another case", R"x(SecRule ARGS:B|!ARGS:b "@streq evil" "id:1,phase:1,pass")x"},
    {"an update by pattern, of other collections",
     R"x(SecRule ARGS|ARGS_NAMES|REQUEST_URI "@rx b|evil" "id:1,phase:1,pass,nolog,setvar:tx.x=1"
SecRule &TX:x "@eq 0" "id:2,phase:1,pass"
SecRuleUpdateTargetById 1 "!REQUEST_COOKIES:/^b/"
)x"},
    {"an update by pattern, of single variables",
     R"x(SecRule REQUEST_URI "@rx evil" "id:1,phase:1,pass,nolog,setvar:tx.x=1"
SecRule &TX:x "@eq 0" "id:2,phase:1,pass"
SecRuleUpdateTargetById 1 "!ARGS:/^request_u/"
)x",
     0},
    {"a score of CRS 4 that a rule adds to unseen",
     R"x(SecRule ARGS "@rx evil" "id:1,phase:1,pass,nolog,setvar:tx.inbound_anomaly_score_pl1=+5"
SecRule TX:inbound_anomaly_score_pl1 "@ge 5" "id:2,phase:2,pass")x"},
    {"an update of a count", R"x(SecRule &REQUEST_HEADERS:Host "@eq 1" "id:1,phase:1,pass,nolog,setvar:tx.x=1"
SecRule &TX:x "@eq 0" "id:2,phase:1,pass"
SecRuleUpdateTargetById 1 "!ARGS:/host/"
)x",
     0},
    {"an update of an update", R"x(SecRule ARGS:none "@rx ." "id:1,phase:1,pass,nolog,setvar:tx.x=1"
SecRule &TX:x "@eq 0" "id:2,phase:1,pass"
SecRuleUpdateTargetById 1 "REQUEST_URI"
SecRuleUpdateTargetById 1 "!REQUEST_URI"
)x",
     0},
    {"a macro that the library never expands", R"x(SecAction "id:1,phase:1,pass,nolog,setvar:tx.words=evil"
SecRule ARGS "!@pm %{tx.words}" "id:2,phase:1,pass")x",
     0},
    {"an exclusion by pattern", R"x(SecRule ARGS|!ARGS:/^B$/ "@streq evil" "id:1,phase:1,pass")x"},
    {"multiMatch", R"x(SecRule ARGS "@streq EVIL" "id:1,phase:1,pass,t:lowercase,multiMatch"
SecRule ARGS "@rx evil" "id:2,phase:1,pass,t:none,t:hexDecode,t:hexEncode,t:lowercase,multiMatch")x"},
    {"multiMatch in a chain", R"x(SecRule ARGS:b "@rx ." "id:1,phase:1,pass,multiMatch,chain"
SecRule ARGS:a "@streq none" "t:none")x"},
    {"multiMatch of constants", R"x(SecAction "id:1,phase:1,pass,nolog,setvar:tx.x=EVIL"
SecRule TX:x "@streq EVIL" "id:2,phase:1,pass,t:lowercase,multiMatch,chain"
SecRule ARGS:a "@streq 1" "t:none")x",
     0},
    {"a constant that two variables match",
     R"x(SecAction "id:1,phase:1,pass,nolog,setvar:tx.x=1,setvar:tx.y=1,setvar:tx.sum=0"
SecRule TX:x|TX:y "@eq 1" "id:2,phase:1,pass,nolog,setvar:tx.sum=+1"
SecRule TX:sum "@eq 2" "id:3,phase:1,pass,chain"
SecRule ARGS:a "@streq 1" "t:none")x"},
    {"adding and subtracting", R"x(SecAction "id:1,phase:1,pass,nolog,setvar:tx.x=3,setvar:tx.x=-1,setvar:tx.x=+2"
SecRule TX:x "@eq 4" "id:2,phase:1,pass,chain"
SecRule ARGS:a "@streq 1" "t:none")x"},
    {"a number that does not fit", R"x(SecAction "id:1,phase:1,pass,nolog,setvar:tx.x=99999999999,setvar:tx.x=+2"
SecRule TX:x "@eq 2" "id:2,phase:1,pass,chain"
SecRule ARGS:a "@streq 1" "t:none")x"},
    {"a variable that is removed", R"x(SecAction "id:1,phase:1,pass,nolog,setvar:tx.x=3"
SecAction "id:2,phase:1,pass,nolog,setvar:!tx.x"
SecRule &TX:x "@eq 0" "id:3,phase:1,pass,chain"
SecRule ARGS:a "@streq 1" "t:none")x"},
    {"a variable that some requests remove", R"x(SecAction "id:1,phase:1,pass,nolog,setvar:tx.x=3"
SecRule ARGS:a "@streq 1" "id:2,phase:1,pass,nolog,setvar:!tx.x"
SecRule &TX:x "@eq 0" "id:3,phase:1,pass")x"},
    {"a variable that each value counts", R"x(SecRule ARGS "@rx ." "id:1,phase:1,pass,nolog,setvar:tx.x=+1"
SecRule TX:x "@ge 2" "id:2,phase:1,pass")x"},
    {"a variable that the parent of a chain sets",
     R"x(SecRule ARGS:a "@rx ." "id:1,phase:1,pass,setvar:tx.x=1,chain"
SecRule ARGS:b "@streq none" "t:none"
SecRule TX:x "@eq 1" "id:2,phase:1,pass")x"},
    {"a variable named by the request",
     R"x(SecRule ARGS_NAMES "@rx ." "id:1,phase:1,pass,nolog,setvar:tx.name_%{MATCHED_VAR}=1"
SecRule TX:name_a "@eq 1" "id:2,phase:1,pass"
SecRule TX:/^name_b/ "@eq 1" "id:3,phase:1,pass")x"},
    {"a variable named by a constant with capitals", R"x(SecAction "id:1,phase:1,nolog,pass,setvar:tx.kind=ADMIN"
SecRule ARGS:a "@rx ." "id:2,phase:2,nolog,pass,setvar:'tx.seen_%{tx.kind}=1'"
SecRule TX:seen_admin "@eq 1" "id:3,phase:2,deny")x"},
    {"a variable with the name of a capture",
     R"x(SecRule ARGS "@rx ^\d$" "id:1,phase:2,nolog,pass,setvar:'tx.1%{MATCHED_VAR}=x'"
SecRule TX:11 "@streq x" "id:2,phase:2,deny")x",
     0},
    {"a name with an equals sign", R"x(SecRule ARGS:b "@rx evil" "id:1,phase:1,pass,nolog,setvar:'tx.x_%{ARGS.a=b}=1'"
SecRule TX:x_ "@eq 1" "id:2,phase:2,deny")x",
     0},
    {"a name of TX whose case matters", R"x(SecRule ARGS:a "@rx ." "id:1,phase:2,nolog,pass,setvar:tx.Foo=1"
SecRule TX:/(?s-i)^Foo/ "@eq 1" "id:2,phase:2,deny")x",
     0},
    {"a count that an update takes away by its pattern", R"x(SecRule &ARGS:/^a/ "@gt 0" "id:10,phase:2,pass,log,chain"
SecRule ARGS:b "@rx evil" "t:none"
SecRuleUpdateTargetById 10 "!ARGS:/re/"
SecRule ARGS:b "@rx evil" "id:11,phase:2,deny")x",
     0},
    {"a value of the request", R"x(SecRule ARGS:a "@rx ." "id:1,phase:1,pass,nolog,setvar:tx.x=%{MATCHED_VAR}"
SecRule ARGS:b "@streq %{tx.x}" "id:2,phase:1,pass")x"},
    {"a header in an operator", R"x(SecRule ARGS:a "@streq %{REQUEST_HEADERS.Host}" "id:1,phase:1,pass")x"},
    {"what has matched", R"x(SecRule ARGS "@rx ^e" "id:1,phase:1,pass,chain"
SecRule MATCHED_VAR "@rx l$" "chain,t:none"
SecRule MATCHED_VARS_NAMES "@rx ^ARGS:b" "t:none")x"},
    {"what rules before have matched", R"x(SecRule ARGS:a "@rx ." "id:1,phase:1,pass,nolog,ctl:auditEngine=Off"
SecRule ARGS:b "@rx ." "id:2,phase:1,pass,chain"
SecRule MATCHED_VARS "@rx ^1$" "t:none")x"},
    {"what a rule of constants has matched", R"x(SecAction "id:1,phase:1,pass,nolog,setvar:tx.x=abc"
SecRule TX:x "@rx ." "id:2,phase:1,pass,nolog,setvar:tx.y=1"
SecRule ARGS:b "@rx ." "id:3,phase:1,pass,chain"
SecRule MATCHED_VARS "@rx abc" "t:none")x"},
    {"what has matched, without a chain", R"x(SecRule MATCHED_VAR "@streq " "id:1,phase:1,pass")x", 0},
    {"a skip in the middle", R"x(SecRule ARGS:a "@streq 1" "id:1,phase:1,pass,nolog,skipAfter:END"
SecAction "id:2,phase:1,pass,nolog,setvar:tx.x=1"
SecMarker END
SecRule &TX:x "@eq 0" "id:3,phase:1,pass")x",
     0},
    {"what a negated pattern captures", R"x(SecRule ARGS:a "!@rx ^(\w+)$" "id:1,phase:2,pass,nolog,capture"
SecRule TX:1 "@streq evil" "id:2,phase:2,pass")x",
     0},
    {"what a constant captures", R"x(SecAction "id:1,phase:1,pass,nolog,setvar:tx.x=x"
SecRule TX:x "@rx ^(x)$" "id:2,phase:1,pass,nolog,capture"
SecRule TX:1 "@streq x" "id:3,phase:2,pass,chain"
SecRule ARGS:a "@streq evil" "t:none")x",
     0},
    {"stages of multiMatch that change nothing",
     R"x(SecRule ARGS:a "@contains foo" "id:1,phase:2,pass,nolog,multiMatch,t:none,t:lowercase,t:trim,setvar:tx.c=+1"
SecRule TX:c "@eq 2" "id:2,phase:2,pass")x"},
    {"stages of multiMatch that come again",
     R"x(SecRule ARGS:a "@rx foo" "id:1,phase:2,pass,nolog,multiMatch,t:none,t:hexEncode,t:hexDecode,setvar:tx.c=+1"
SecRule TX:c "@eq 2" "id:2,phase:2,pass")x"},
    {"a value that two targets pick", R"x(SecRule ARGS|ARGS:a "@rx foo" "id:1,phase:2,pass,nolog,t:none,setvar:tx.c=+1"
SecRule TX:c "@ge 2" "id:2,phase:2,pass")x"},
    {"the tenth capture of several values",
     R"x(SecRule ARGS "@rx ^(.)(.)(.)(.)(.)(.)(.)(.)(.)(.)$" "id:1,phase:2,pass,capture,chain"
SecRule TX:10 "@streq x" "t:none")x"},
    {"some of what has matched", R"x(SecRule ARGS "@rx ^[1e]" "id:1,phase:2,pass,nolog,t:none,chain"
SecRule MATCHED_VARS:ARGS:b "@rx ." "t:none,setvar:tx.ok=1"
SecRule &TX:ok "@eq 0" "id:2,phase:2,deny,status:403,t:none")x",
     0},
    {"what has matched but for an exclusion", R"x(SecRule ARGS "@rx ^[1e]" "id:1,phase:2,pass,nolog,t:none,chain"
SecRule MATCHED_VARS|!MATCHED_VARS:ARGS:a "@rx ." "t:none,setvar:tx.ok=1"
SecRule &TX:ok "@eq 0" "id:2,phase:2,deny,status:403,t:none")x",
     0},
    {"XML as a whole", R"x(SecRule XML "@rx tree" "id:1,phase:2,deny,t:none")x", 0},
    {"XML as a whole, counted", R"x(SecRule &XML "@eq 1" "id:1,phase:2,deny,t:none")x", 0},
    {"XML as a whole, added", R"x(SecRule ARGS "@contains document" "id:1,phase:1,deny"
SecRuleUpdateTargetById 1 "XML")x",
     0},
    {"a count of XML that a pattern is asked of", R"x(SecRule &XML:/* "@rx ^0$" "id:1,phase:2,deny,t:none")x", 0},
    {"a count of XML beside arguments", R"x(SecRule ARGS:zz|&XML:/* "@pm 0 evil" "id:1,phase:2,pass,t:none")x", 0},
    {"what an update takes away of XML", R"x(SecRule ARGS "@rx evil" "id:1,phase:2,deny,t:none"
SecRuleUpdateTargetById 1 "!XML:/a/")x"},
    {"an empty value", R"x(SecRule ARGS "@rx ^$" "id:1,phase:1,pass")x"},
    {"phrases", R"x(SecRule ARGS|REQUEST_URI "@pm evil |65 78|" "id:1,phase:1,pass")x"},
    {"injections", R"x(SecRule ARGS "@detectSQLi" "id:1,phase:1,pass"
SecRule ARGS "@detectXSS" "id:2,phase:1,pass")x"},
    {"a body that the first phase has not", R"x(SecRule REQUEST_BODY|ARGS_POST "@rx evil" "id:1,phase:1,pass"
SecRule REQUEST_BODY|ARGS_POST "@rx evil" "id:2,phase:2,pass")x"},
    {"what the body's parser says", R"x(SecRule MULTIPART_STRICT_ERROR "@rx 1" "id:1,phase:2,pass"
SecRule MULTIPART_UNMATCHED_BOUNDARY "@rx 1" "id:2,phase:2,pass"
SecRule REQBODY_PROCESSOR "@rx URL" "id:3,phase:2,pass")x"},
    {"transformations", R"x(SecRule ARGS "@rx ^evil$" "id:1,phase:1,pass,t:trim,t:lowercase,t:removeNulls"
SecRule ARGS "@rx ^4$" "id:2,phase:1,pass,t:length"
SecRule ARGS "@streq ZXZpbA==" "id:3,phase:1,pass,t:base64Encode")x"},
};

class Prover_ : public testing::TestWithParam<Policy> {};

TEST_P(Prover_, proves_no_request_clean_in_which_the_library_sees_a_match) {
  Judged judged(GetParam().rules);
  if (!judged.trouble().empty()) {
    // A policy that is not planned is the library's, which is right, too, but has to be said here.
    EXPECT_EQ(GetParam().proved, 0) << judged.trouble();
    return;
  }
  int proved = 0;
  int matched = 0;
  const bool is_scored = judged.plan().unscored().empty();
  for (int round = 0; round < 2; ++round)  // the second time, the prover remembers
    for (const OwnRequest& request : various_requests()) {
      const Proof proof = judged.proof(request);
      const Judged::Said said = judged.said(request);
      const auto& ids = said.rules;
      proved += proof.is_clean ? 1 : 0;
      const bool is_dirty = !ids.empty() || said.refusal != 0;
      matched += is_dirty ? 1 : 0;
      EXPECT_FALSE(proof.is_clean && is_dirty) << GetParam().name << ": " << printed(request) << " matches rule "
                                               << (ids.empty() ? 0 : *ids.begin()) << ", status " << said.refusal;
      if (is_scored) expect_same(judged.score(request), said, GetParam().name + (": " + printed(request)));
    }
  EXPECT_GE(proved, 2 * GetParam().proved) << GetParam().name;
  EXPECT_GT(matched, 0) << GetParam().name << ": the library sees nothing, so that nothing is tested";
}

// A pattern may take time in the cube of a text, and requests are judged where they keep others waiting.
TEST(Prover, leaves_a_text_to_the_library_that_takes_much_effort_to_look_at_closely) {
  Judged judged(R"x(SecRule ARGS "@rx (?:\w+\s?)*;(?!evilx)evil" "id:1,phase:2,pass")x");
  const std::string text(2000, 'q');
  const Proof found = judged.proof(get("/?a=" + text + ";evil"));
  EXPECT_FALSE(found.is_clean);
  EXPECT_EQ(found.doubt, "") << "a long text is no trouble by itself";
  EXPECT_TRUE(judged.proof(get("/?a=" + std::string(2000, '!') + ";evilx")).is_clean);
  const Proof proof = judged.proof(get("/?a=" + text + "!;evilx"));
  EXPECT_FALSE(proof.is_clean);
  EXPECT_NE(proof.doubt.find("effort"), std::string_view::npos) << proof.doubt;
  EXPECT_TRUE(judged.proof(get("/?a=" + text)).is_clean) << "nothing is found that would have to be looked at";
}

// Each run of letters takes time that doubles with its length.
TEST(Prover, looks_more_closely_where_nobody_waits) {
  Judged judged(R"x(SecRule ARGS "@rx (?:\w+\s?)*;(?!evilx)evil" "id:1,phase:2,pass")x");
  std::string text;
  for (int i = 0; i < 40; ++i) text += std::string(17, 'x') + "!";
  const OwnRequest costly = get("/?a=" + text + ";evilx");
  EXPECT_NE(judged.proof(costly).doubt.find("effort"), std::string_view::npos);
  Prover patient(judged.share_plan(), Remembers::nothing, 64, std::chrono::seconds(5));
  EXPECT_TRUE(patient.judge(View(costly).request()).is_clean);
  EXPECT_TRUE(patient.affords(View(costly).request()));
  Prover hasty(judged.share_plan(), Remembers::nothing);
  EXPECT_FALSE(hasty.affords(View(costly).request()));
  // From one place, far more often than is asked of any: counted step by step.
  const OwnRequest found = get("/?a=" + std::string(5000, '!') + std::string(19, 'x') + "!;evilx;evil");
  const Proof counted = patient.judge(View(found).request());
  EXPECT_FALSE(counted.is_clean);
  EXPECT_EQ(counted.doubt, "");
}

TEST(Prover, leaves_many_texts_to_the_library_that_take_much_effort_together) {
  Judged judged(R"x(SecRule ARGS "@rx (?:q.*?){2}x|evil$" "id:1,phase:2,pass,chain"
SecRule REQUEST_METHOD "@streq NONE" "t:none")x");
  std::string query = "/?a=evil";
  EXPECT_TRUE(judged.proof(get(query)).is_clean);
  for (int i = 0; i < 250; ++i) query += "&a" + std::to_string(i) + "=" + std::string(400, 'q') + "evil";
  EXPECT_FALSE(judged.proof(get(query)).is_clean);
}

// It takes time that doubles with each letter, for any text that is short enough to look cheap.
TEST(Prover, leaves_a_pattern_to_the_library_that_goes_back_without_end) {
  Judged judged(R"x(SecRule ARGS "!@rx ^(\w+\s?)*$" "id:1,phase:2,deny")x");
  EXPECT_TRUE(judged.proof(get("/?a=" + std::string(32, 'x'))).is_clean);
  const Proof proof = judged.proof(get("/?a=" + std::string(32, 'x') + "!"));
  EXPECT_FALSE(proof.is_clean);
  EXPECT_NE(proof.doubt.find("effort"), std::string_view::npos) << proof.doubt;
  // From each byte a little, which is much in all.
  Judged anywhere(R"x(SecRule ARGS "!@rx (\w+\s?)*$" "id:1,phase:2,deny")x");
  std::string query = "/?a=x";
  EXPECT_TRUE(anywhere.proof(get(query)).is_clean);
  for (int i = 0; i < 200; ++i) query += std::string(14, 'x') + "!";
  EXPECT_NE(anywhere.proof(get(query)).doubt.find("effort"), std::string_view::npos);
}

TEST(Prover, does_not_afford_json_of_which_each_value_has_a_long_name) {
  Judged judged(R"x(SecRule ARGS "@rx evil" "id:1,phase:2,pass")x");
  std::string body = "{\"" + std::string(20000, 'k') + "\":[0";
  for (int i = 0; i < 100; ++i) body += ",0";
  Prover prover(judged.share_plan(), Remembers::nothing);
  const OwnRequest named = post_of("application/json", body + "]}");
  EXPECT_FALSE(prover.affords(View(named).request()));
  const OwnRequest plain = post_of("application/json", "[1,2]");
  EXPECT_TRUE(prover.affords(View(plain).request()));
}

// What one place does may end the rest, or PCRE2's own limit may, as in the library.
TEST(Prover, tells_of_long_texts_what_one_match_from_the_beginning_would) {
  const std::string pad(500, '-');
  const std::string slow(33, 'a');
  for (const auto& [pattern, text] :
       {std::pair<std::string, std::string>(R"(\Ga+b)", std::string(32, '-') + "aab" + pad),
        {R"((?:\Ga|x)b+c*d)", std::string(32, '-') + "abbd" + pad},
        {"x+(*COMMIT)y", "xz" + std::string(40, '-') + "xy" + pad},
        {"(?:a{40}(*SKIP)z|a{8}c+)", std::string(40, 'a') + "c" + pad},
        {"(?:^(?:a|aa)+Q|zq+)", slow + pad + "zq"},
        {R"((?<=-)a+b\b)", std::string(64, '-') + "aab" + pad},
        {R"(^a+b)", pad + "%0aaab" + pad}})
    for (const char* const negation : {"", "!"}) {
      Judged judged("SecRule ARGS \"" + std::string(negation) + "@rx " + pattern + "\" \"id:1,phase:2,deny,log\"");
      ASSERT_EQ(judged.trouble(), "") << pattern;
      Prover patient(judged.share_plan(), Remembers::nothing, 64, std::chrono::seconds(5));
      const OwnRequest request = get("/?a=" + text);
      const View view(request);
      const bool is_matched = !judged.matched(request).empty();
      const Proof proof = patient.judge(view.request());
      EXPECT_EQ(proof.is_clean, !is_matched) << pattern;
      EXPECT_EQ(proof.doubt, "") << pattern;
    }
}

INSTANTIATE_TEST_SUITE_P(, Prover_, testing::ValuesIn(policies),
                         [](const auto& policy) { return "policy_" + std::to_string(policy.index); });

}  // namespace
}  // namespace ravelin::waf::plan
