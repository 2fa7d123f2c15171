#include "waf_diff/exclusions.h"

#include <string_view>

namespace ravelin::waf_diff {
namespace {

// Those that compare scores may not be removed.
constexpr int ids[] = {911100, 913100, 913120, 920120, 920170, 920180, 920220, 920230, 920270, 920271, 920272, 920273,
                       920280, 920300, 920320, 920350, 920420, 920430, 920440, 921110, 921120, 921130, 921150, 921180,
                       930100, 930110, 930120, 930130, 931100, 931110, 931130, 932100, 932105, 932110, 932115, 932130,
                       932150, 932160, 932200, 933100, 933110, 933120, 933150, 933160, 933180, 933210, 934100, 941100,
                       941110, 941130, 941140, 941160, 941180, 941320, 941330, 941340, 942100, 942110, 942120, 942130,
                       942150, 942180, 942190, 942200, 942230, 942260, 942270, 942330, 942340, 942360, 942370, 942380,
                       942390, 942400, 942410, 942430, 942431, 942432, 942440, 942450, 942460, 942490, 943110, 943120,
                       944100, 944110, 944120, 944130, 944200, 944240, 944250};
constexpr std::string_view tags[] = {"attack-sqli",      "attack-xss",     "attack-lfi",     "attack-rce",
                                     "attack-protocol",  "language-php",   "language-shell", "paranoia-level/2",
                                     "paranoia-level/3", "platform-mysql", "OWASP_CRS"};
constexpr std::string_view messages[] = {"SQL Injection Attack Detected via libinjection",
                                         "XSS Attack Detected via libinjection", "Path Traversal Attack (/../)",
                                         "OS File Access Attempt", "Remote Command Execution: Unix Shell Code Found"};
constexpr std::string_view targets[] = {"ARGS:id",
                                        "ARGS:note",
                                        "ARGS",
                                        "ARGS_NAMES",
                                        "REQUEST_COOKIES",
                                        "REQUEST_COOKIES:session",
                                        "REQUEST_HEADERS:User-Agent",
                                        "REQUEST_HEADERS:x-note",
                                        "REQUEST_COOKIES:/^_ga/",
                                        "ARGS:/^[iq]/",
                                        "REQUEST_BODY",
                                        "REQUEST_HEADERS",
                                        "ARGS_GET:q",
                                        "REQUEST_FILENAME",
                                        "XML:/*",
                                        "XML:/a/"};
constexpr std::string_view packages[] = {"cpanel", "dokuwiki",   "drupal",    "nextcloud",
                                         "phpbb",  "phpmyadmin", "wordpress", "xenforo"};
constexpr std::string_view set_ups[] = {"tx.allowed_methods=GET HEAD POST",
                                        "tx.allowed_http_versions=HTTP/1.1 HTTP/2.0",
                                        "tx.max_num_args=8",
                                        "tx.arg_name_length=20",
                                        "tx.arg_length=100",
                                        "tx.total_arg_length=400",
                                        "tx.max_file_size=1000",
                                        "tx.combined_file_sizes=2000",
                                        "tx.crs_validate_utf8_encoding=1",
                                        "tx.restricted_extensions=.bak/ .php/ .js/",
                                        "tx.restricted_headers=/x-note/ /range/",
                                        "tx.critical_anomaly_score=7",
                                        "tx.notice_anomaly_score=0",
                                        "tx.enforce_bodyproc_urlencoded=1",
                                        "tx.sampling_percentage=100",
                                        "tx.allowed_request_content_type=|application/json| |text/plain|",
                                        "tx.reporting_level=2"};
constexpr std::string_view conditions[] = {R"(REQUEST_URI "@beginsWith /a")",
                                           R"(REQUEST_FILENAME "@endsWith .js")",
                                           R"(REQUEST_METHOD "@streq POST")",
                                           R"(ARGS:id "@rx ^[0-9]+$")",
                                           R"(REQUEST_HEADERS:Host "@contains shop")",
                                           R"(&ARGS "@gt 3")",
                                           R"(REMOTE_ADDR "@ipMatch 192.0.2.0/24")",
                                           R"(REQUEST_COOKIES:session "@rx .")",
                                           R"(REQUEST_URI "!@rx admin")"};

std::string some_rule(Random& random, const Named& named) { return std::to_string(random.pick(named.ids)); }

std::string range(Random& random, const Named& named) {
  const int first = random.pick(named.ids);
  return std::to_string(first) + "-" + std::to_string(first + static_cast<int>(random.between(1, 60)));
}

std::string some_target(Random& random) { return std::string(random.pick(targets)); }

// The library reads no ^ behind ctl.
std::string some_control_target(Random& random) {
  std::string target = some_target(random);
  std::erase(target, '^');
  return target;
}

std::string removal(Random& random, const Named& named) {
  const std::string rule = some_rule(random, named);
  const std::string tag(random.pick(named.tags));
  switch (random.below(6)) {
    case 0: return "ctl:ruleRemoveById=" + rule;
    case 1: return "ctl:ruleRemoveTargetById=" + rule + ";" + some_control_target(random);
    case 2: return "ctl:ruleRemoveTargetByTag=" + tag + ";" + some_control_target(random);
    case 3: return "ctl:ruleRemoveByTag=" + tag;
    case 4: return "ctl:ruleRemoveById=" + range(random, named);
    default: return "ctl:ruleRemoveById=" + rule + ",ctl:ruleRemoveTargetById=" + some_rule(random, named) + ";ARGS";
  }
}

std::string quoted(std::string_view text) { return "\"" + std::string(text) + "\""; }

// Nearly always something is taken away: what is added, real exclusions seldom do.
std::string update(Random& random) {
  std::string text = (random.one_in(5) ? "" : "!") + some_target(random);
  if (random.one_in(5)) text += (random.one_in(2) ? "|!" : ",!") + some_target(random);
  return " " + quoted(text);
}

std::string static_exclusion(Random& random, const Named& named) {
  switch (random.below(9)) {
    case 0: return "SecRuleRemoveById " + some_rule(random, named) + " " + some_rule(random, named);
    case 1: return "SecRuleRemoveById " + range(random, named);
    case 2: return "SecRuleRemoveByTag " + quoted(random.pick(named.tags));
    case 3: return "SecRuleRemoveByMsg " + quoted(random.pick(named.messages));
    case 4: return "SecRuleUpdateTargetByTag " + quoted(random.pick(named.tags)) + update(random);
    case 5: return "SecRuleUpdateTargetByMsg " + quoted(random.pick(named.messages)) + update(random);
    default: return "SecRuleUpdateTargetById " + some_rule(random, named) + update(random);
  }
}

}  // namespace

const Named core_rules{ids, tags, messages};

std::vector<std::string> set_up_actions(Random& random) {
  std::vector<std::string> parts;
  const auto action = [&parts](std::string_view variable) {
    parts.push_back("SecAction \"id:" + std::to_string(1000 + parts.size()) + ",phase:1,nolog,pass,t:none,setvar:'" +
                    std::string(variable) + "'\"");
  };
  for (std::size_t count = random.below(3); count > 0; --count)
    action("tx.crs_exclusions_" + std::string(random.pick(packages)) + "=1");
  for (std::size_t count = random.between(1, 4); count > 0; --count) action(random.pick(set_ups));
  return parts;
}

std::vector<std::string> conditional_exclusions(Random& random, const Named& named, int first_id) {
  std::vector<std::string> parts;
  for (int count = static_cast<int>(random.between(1, 5)); count > 0; --count)
    parts.push_back((random.one_in(5) ? "SecAction" : "SecRule " + std::string(random.pick(conditions))) +
                    " \"id:" + std::to_string(first_id + count) + ",phase:" + (random.one_in(3) ? "2" : "1") +
                    ",pass,nolog,t:none," + removal(random, named) + "\"");
  return parts;
}

std::vector<std::string> static_exclusions(Random& random, const Named& named) {
  std::vector<std::string> parts;
  for (std::size_t count = random.between(1, 6); count > 0; --count) parts.push_back(static_exclusion(random, named));
  return parts;
}

}  // namespace ravelin::waf_diff
