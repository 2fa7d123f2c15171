#include "waf_diff/own_rules.h"

#include <string_view>

namespace ravelin::waf_diff {
namespace {

constexpr std::string_view variables[] = {"ARGS",
                                          "ARGS:id",
                                          "ARGS:/^[inq]/",
                                          "ARGS_NAMES",
                                          "ARGS_GET",
                                          "ARGS_GET_NAMES",
                                          "ARGS_POST",
                                          "ARGS_POST_NAMES",
                                          "ARGS_COMBINED_SIZE",
                                          "&ARGS",
                                          "&ARGS:id",
                                          "FILES",
                                          "FILES_NAMES",
                                          "FILES_COMBINED_SIZE",
                                          "REQUEST_HEADERS",
                                          "REQUEST_HEADERS:User-Agent",
                                          "REQUEST_HEADERS:/^X-/",
                                          "&REQUEST_HEADERS:Referer",
                                          "REQUEST_HEADERS_NAMES",
                                          "REQUEST_COOKIES",
                                          "REQUEST_COOKIES:session",
                                          "REQUEST_COOKIES_NAMES",
                                          "REQUEST_LINE",
                                          "REQUEST_METHOD",
                                          "REQUEST_PROTOCOL",
                                          "REQUEST_URI",
                                          "REQUEST_URI_RAW",
                                          "REQUEST_FILENAME",
                                          "REQUEST_BASENAME",
                                          "QUERY_STRING",
                                          "PATH_INFO",
                                          "REQUEST_BODY",
                                          "REQUEST_BODY_LENGTH",
                                          "REQBODY_PROCESSOR",
                                          "REMOTE_ADDR",
                                          "SERVER_PORT",
                                          "FULL_REQUEST_LENGTH",
                                          "MULTIPART_STRICT_ERROR",
                                          "XML:/*",
                                          "&XML:/*",
                                          "ARGS|!ARGS:id",
                                          "REQUEST_HEADERS|!REQUEST_HEADERS:Cookie",
                                          "ARGS|REQUEST_COOKIES|!REQUEST_COOKIES:/^_ga/",
                                          "ARGS|ARGS_NAMES|REQUEST_URI"};
constexpr std::string_view transformations[] = {"lowercase",
                                                "urlDecodeUni",
                                                "urlDecode",
                                                "htmlEntityDecode",
                                                "jsDecode",
                                                "cssDecode",
                                                "removeNulls",
                                                "replaceNulls",
                                                "removeWhitespace",
                                                "compressWhitespace",
                                                "replaceComments",
                                                "removeComments",
                                                "normalisePath",
                                                "normalizePathWin",
                                                "cmdLine",
                                                "base64Decode",
                                                "base64DecodeExt",
                                                "hexDecode",
                                                "hexEncode",
                                                "escapeSeqDecode",
                                                "trim",
                                                "trimLeft",
                                                "trimRight",
                                                "utf8toUnicode",
                                                "length",
                                                "uppercase",
                                                "sqlHexDecode",
                                                "urlEncode",
                                                "base64Encode",
                                                "removeCommentsChar"};
constexpr std::string_view operators[] = {"@rx (?i)needle",
                                          "@rx ^[^;]+;",
                                          "@rx \\bunion\\b",
                                          "@rx ^$",
                                          "@rx [<>'`]",
                                          "@rx (\\w+)=(\\d+)",
                                          "@pm needle union script passwd",
                                          "@pmFromFile words.data",
                                          "@contains passwd",
                                          "@contains %{tx.needle}",
                                          "@containsWord or",
                                          "@beginsWith /a",
                                          "@endsWith .php",
                                          "@streq GET",
                                          "@streq needle",
                                          "@within GET POST HEAD",
                                          "@within %{tx.words}",
                                          "@eq 0",
                                          "@eq 3",
                                          "@gt 5",
                                          "@ge 1",
                                          "@lt 10",
                                          "@le 100",
                                          "@detectSQLi",
                                          "@detectXSS",
                                          "@ipMatch 192.0.2.0/24,2001:db8::1",
                                          "@ipMatchFromFile addresses.data",
                                          "@validateByteRange 32-126",
                                          "@validateByteRange 9,10,13,32-126,128-255",
                                          "@validateUrlEncoding",
                                          "@validateUtf8Encoding",
                                          "@unconditionalMatch",
                                          "@strmatch evil",
                                          "!@rx ^[a-z0-9/.?=&]*$",
                                          "!@eq 0",
                                          "!@within GET POST",
                                          "!@streq x",
                                          "!@beginsWith /",
                                          "!@pm Mozilla curl",
                                          "!@contains a",
                                          "!@endsWith z"};
constexpr std::string_view actions[] = {"deny,status:403",
                                        "deny,status:406",
                                        "block",
                                        "pass",
                                        "pass,setvar:'tx.anomaly_score_pl1=+%{tx.critical_anomaly_score}'",
                                        "pass,setvar:'tx.anomaly_score_pl1=+1'",
                                        "pass,nolog",
                                        "pass,setvar:tx.own=1",
                                        "pass,nolog,setvar:tx.own=+1",
                                        "redirect:/sorry",
                                        "pass,nolog,setvar:'tx.needle=%{MATCHED_VAR}'",
                                        "block,capture,setvar:'tx.own=%{tx.1}'",
                                        "pass,multiMatch",
                                        "pass,capture",
                                        "pass,setvar:'tx.anomaly_score_pl1=-2'",
                                        "pass,setvar:!tx.needle",
                                        "pass,nolog,setvar:'tx.seen_%{MATCHED_VAR_NAME}=1'",
                                        "allow",
                                        "pass,nolog,allow:phase",
                                        "pass,nolog,allow:request",
                                        "pass,nolog,skip:1",
                                        "pass,nolog,skipAfter:OWN-END",
                                        "pass,nolog,ctl:requestBodyProcessor=JSON",
                                        "pass,nolog,ctl:forceRequestBodyVariable=On",
                                        "pass,nolog,ctl:ruleEngine=Off",
                                        "pass,ctl:ruleEngine=DetectionOnly",
                                        "drop"};
// Of links behind the first.
constexpr std::string_view link_actions[] = {"setvar:tx.own=1",
                                             "setvar:'tx.own=+%{tx.1}'",
                                             "setvar:'tx.needle=%{MATCHED_VAR}'",
                                             "setvar:'tx.anomaly_score_pl1=+1'",
                                             "capture",
                                             "capture,setvar:'tx.own=%{tx.2}'",
                                             "skipAfter:OWN-END",
                                             "skipAfter:OWN-MIDDLE",
                                             "block",
                                             "multiMatch",
                                             "nolog",
                                             "ctl:ruleRemoveById=2003",
                                             "status:406"};
constexpr std::string_view chained_conditions[] = {R"(MATCHED_VARS "@rx [0-9]")",
                                                   R"(MATCHED_VAR "@contains a")",
                                                   R"(MATCHED_VARS:ARGS:id "@rx .")",
                                                   R"(MATCHED_VARS:/id/ "@rx .")",
                                                   R"(MATCHED_VARS|!MATCHED_VARS:ARGS:id "@rx .")",
                                                   R"(MATCHED_VARS_NAMES:ARGS:id "@rx .")",
                                                   R"(MATCHED_VAR "@streq 1")",
                                                   R"(MATCHED_VAR_NAME "@endsWith id")",
                                                   R"(TX:0 "@contains e")",
                                                   R"(TX:1 "@rx .")",
                                                   R"(TX:2 "@rx ^[0-9]")",
                                                   R"(TX:own "@ge 1")",
                                                   R"(&TX:own "@eq 0")",
                                                   R"(TX:never "@eq 1")",
                                                   R"(ARGS:id "@rx %{tx.never}")",
                                                   R"(ARGS "@streq %{ARGS.id}")"};
constexpr int ids[] = {2001, 2002, 2003, 2004, 2005, 2006, 2051,    2052,
                       2090, 3001, 3002, 3003, 3004, 3090, 9500101, 9500102};
constexpr std::string_view tags[] = {"own/a", "own/b", "own/b/c"};
constexpr std::string_view messages[] = {"own rule", "another rule", "seen"};
constexpr std::string_view messages_with_macros[] = {"se%{tx.needle}en", "own %{MATCHED_VAR_NAME}", "%{tx.needle}"};

std::string chain_of(Random& random) {
  std::string text = random.one_in(6) ? "" : ",t:none";
  for (std::size_t count = random.below(5); count > 0; --count)
    text += ",t:" + std::string(random.pick(transformations));
  return text;
}

std::string condition(Random& random) {
  return "SecRule " + std::string(random.pick(variables)) + " \"" + std::string(random.pick(operators)) + "\" \"";
}

std::string chained_condition(Random& random) {
  if (!random.one_in(3)) return condition(random);
  return "SecRule " + std::string(random.pick(chained_conditions)) + " \"";
}

// No rule may switch the engine off for every request.
std::string_view action_of(Random& random, std::string_view condition) {
  const bool is_for_all = condition.find("@unconditionalMatch") != std::string_view::npos;
  std::string_view action = random.pick(actions);
  while (is_for_all && action.find("ctl:ruleEngine") != std::string_view::npos) action = random.pick(actions);
  return action;
}

std::string rule(Random& random, int id) {
  const std::string phase = random.one_in(3) ? "1" : "2";
  const std::string first = condition(random);
  std::string text = first + "id:" + std::to_string(id) + ",phase:" + phase + chain_of(random) + "," +
                     std::string(action_of(random, first)) + ",msg:'" +
                     std::string(random.one_in(30) ? random.pick(messages_with_macros) : random.pick(messages)) +
                     "',severity:CRITICAL";
  for (std::size_t count = random.below(3); count > 0; --count) text += ",tag:'" + std::string(random.pick(tags)) + "'";
  for (std::size_t count = random.one_in(3) ? random.between(1, 2) : 0; count > 0; --count) {
    text += ",chain\"\n" + chained_condition(random) + "t:none" + chain_of(random);
    if (random.one_in(3)) text += "," + std::string(random.pick(link_actions));
    if (random.one_in(10)) text += ",id:" + std::to_string(id + 50);
  }
  return text + "\"";
}

}  // namespace

const Named own_names{ids, tags, messages};

std::vector<std::string> own_rules(Random& random, int first_id) {
  std::vector<std::string> parts;
  parts.push_back("SecAction \"id:" + std::to_string(first_id) +
                  ",phase:1,nolog,pass,t:none,setvar:tx.needle=needle,setvar:'tx.words=GET POST'\"");
  const auto count = static_cast<int>(random.between(1, 8));
  for (int i = 1; i <= count; ++i) {
    parts.push_back(rule(random, first_id + i));
    if (random.one_in(8)) parts.emplace_back("SecMarker OWN-MIDDLE");
    // What a rule before has left, or has not.
    if (random.one_in(8))
      parts.push_back("SecRule &TX:" + std::string(random.one_in(2) ? "own" : "needle") + " \"@eq 0\" \"id:" +
                      std::to_string(first_id + 70 + i) + ",phase:2,deny,chain\"\n" + condition(random) + "t:none\"");
  }
  if (random.one_in(3))
    parts.push_back("SecRule TX:own \"@ge 1\" \"id:" + std::to_string(first_id + 90) +
                    ",phase:2,deny,status:403,log,t:none,msg:'own score'\"");
  if (!random.one_in(3)) parts.emplace_back("SecMarker OWN-END");
  return parts;
}

std::vector<std::string> plugin_rules(Random& random, int first_id) {
  const auto id = [first_id](int offset) { return std::to_string(first_id + offset); };
  std::vector<std::string> parts;
  const std::string_view is_on = random.one_in(4) ? "0" : "1";
  parts.push_back("SecAction \"id:" + id(10) +
                  ",phase:1,nolog,pass,t:none,setvar:'tx.own-plugin_enabled=" + std::string(is_on) + "'\"");
  parts.push_back("SecRule TX:own-plugin_enabled \"@eq 0\" \"id:" + id(99) +
                  ",phase:1,pass,nolog,ctl:ruleRemoveById=" + id(100) + "-" + id(999) + "\"");
  std::string block = "SecRule TX:own-plugin_enabled \"!@eq 1\" \"id:" + id(100) +
                      ",phase:2,pass,nolog,t:none,skipAfter:END-OWN-PLUGIN\"\n";
  const auto count = static_cast<int>(random.between(1, 4));
  for (int i = 1; i <= count; ++i) block += rule(random, first_id + 100 + i) + "\n";
  parts.push_back(block + "SecMarker \"END-OWN-PLUGIN\"");
  return parts;
}

}  // namespace ravelin::waf_diff
