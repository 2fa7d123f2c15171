#include "modules/waf/config.h"

namespace ravelin::waf {

void Config::bind(Binder& b) {
  b.key(
      "rules", rules,
      "Rules in the order of loading: the word crs for the installed OWASP core rule set, or a file of SecLang rules, "
      "relative to this file. Exclusions that must run before the core rule set stand before it.");
  b.key("crs_directory", crs_directory,
        "A core rule set that is not the distribution's: a directory with crs-setup.conf and rules/.");
  b.key("paranoia", paranoia, "Paranoia level of the core rule set whose rules may block.", between(1, 4));
  b.key("detection_paranoia", detection_paranoia,
        "Paranoia level whose rules are recorded without counting for the score; 0 is the same as paranoia.",
        between(0, 4));
  b.key("inbound_threshold", inbound_threshold, "Anomaly score at which a request is refused.", between(1, 1000000));
  b.key("outbound_threshold", outbound_threshold, "Anomaly score at which a response is refused.", between(1, 1000000));
  b.key("body_limit", body_limit,
        "Largest request body that is inspected; it is held in memory until judged. A larger one is refused with 413.",
        between(1, std::int64_t{1} << 30));
  b.key(
      "argument_limit", argument_limit,
      "Most arguments of query and body together, most cookies, and most attributes of one element of an XML body, in "
      "one request; more are refused with 400.",
      between(1, 100000));
  b.key("json_depth", json_depth, "Deepest nesting of a JSON body; deeper ones are refused with 400.",
        between(1, 1000));
  b.key("effort_limit", effort_limit,
        "With engine auto, about how much processor time patterns may take for one request: more is refused with 400 "
        "(waf:effort_limit). Text of 100 KiB in one value takes 10 to 100 ms if much of it looks like code: raise it "
        "with body_limit and paranoia. What takes more than 5 ms is looked at on the offload pool.",
        between(std::chrono::milliseconds(5), std::chrono::seconds(10)));
  b.key("response_body", response_body,
        "Whether text responses are held and inspected too; then origins are asked for uncompressed answers.");
  b.key("response_limit", response_limit, "How much of a response is held and inspected; the rest passes.",
        between(1, std::int64_t{1} << 30));
  b.key("engine", engine,
        "auto judges by the plan what it is certain of (see scoring), the rest by libmodsecurity; library has that "
        "judge all; shadow "
        "does both, decides by the library and reports where they differ. Not with response_body: the library then "
        "judges all.");
  b.key("scoring", scoring,
        "With engine auto, who judges what is not clean: auto works out matched rules, score and refusal without "
        "libmodsecurity wherever they are certain to be the same; library has it judge all of these.");
  b.key("recheck_every", recheck_every,
        "With engine auto, one in so many requests that were judged without libmodsecurity, at random, it judges again "
        "beside it; if it finds something else, it judges all requests from then on. 0: none.",
        between(0, 1000000000));
  b.key(
      "cache_directory", cache_directory,
      "Directory, writable by this user only, for compiled patterns, which take seconds to make; empty: the service's "
      "or the user's cache directory.");
  if (detection_paranoia != 0 && detection_paranoia < paranoia)
    b.problem("detection_paranoia", "must be 0 or at least paranoia (" + std::to_string(paranoia) + ")");
}

}  // namespace ravelin::waf
