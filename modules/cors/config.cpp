#include "modules/cors/config.h"

#include <algorithm>
#include <string_view>

#include "modules/cors/text.h"

namespace ravelin::cors {
namespace {

bool has(const std::vector<OriginPattern>& patterns, OriginPattern::Kind kind) {
  return std::any_of(patterns.begin(), patterns.end(), [&](const auto& pattern) { return pattern.kind() == kind; });
}

bool has(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// Fetch, section 2.2.1: browsers send no such request, and compare the rest as it is written here.
void check_method(Binder& b, const std::string& method) {
  const auto is_capital = [](char c) { return (c >= 'A' && c <= 'Z') || c == '-' || c == '_'; };
  if (method.empty() || !std::all_of(method.begin(), method.end(), is_capital)) {
    b.problem("allow_methods", "'" + method + "' is not a method in capitals, such as PUT");
  } else if (method == "CONNECT" || method == "TRACE" || method == "TRACK") {
    b.problem("allow_methods", "scripts can never send " + method);
  }
}

void check_names(Binder& b, std::string_view key, const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    if (!is_token(name)) b.problem(key, "'" + name + "' is not the name of a field, such as X-Request-ID");
  }
}

}  // namespace

void Config::bind(Binder& b) {
  b.required("allow_origins", allow_origins,
             "Sites whose scripts may read the answers: origins such as https://app.example.com, https://*.example.com "
             "for all hosts below example.com (not itself), 'null', or '*' alone for everybody.");
  b.key("allow_methods", allow_methods, "Methods that scripts of these sites may use.");
  b.key("allow_headers", allow_headers,
        "Request fields that scripts may set beyond the few that are always allowed, or '*' for all but Authorization, "
        "which must be named. Content-Type must be named for JSON.");
  b.key("expose_headers", expose_headers,
        "Response fields that scripts may read beyond the few that are always readable; '*' for all.");
  b.key("allow_credentials", allow_credentials,
        "Let scripts send cookies and read what is answered to them. Not together with '*' or 'null'.");
  b.key("max_age", max_age,
        "How long a browser may remember the answer to a preflight. Chromium remembers for 2 hours at most.",
        between(Duration::zero(), std::chrono::hours(24)));
  b.key("match", match, "Paths that this is about; all if absent.");
  check(b);
}

bool Config::allows_all() const { return has(allow_origins, OriginPattern::Kind::any); }

void Config::check(Binder& b) const {
  if (allows_all() && allow_origins.size() > 1)
    b.problem("allow_origins", "'*' allows all: nothing can stand beside it");
  if (allow_credentials && allows_all()) {
    b.problem("allow_credentials", "'*' cannot be allowed with credentials, browsers refuse it: list the origins");
  }
  if (allow_credentials && has(allow_origins, OriginPattern::Kind::null)) {
    b.problem("allow_credentials", "every site can make a page whose origin is 'null', and would read the users' data");
  }
  if (allow_credentials && has(expose_headers, "*")) {
    b.problem("expose_headers", "with credentials browsers take '*' for a field of that name: list the fields");
  }
  for (const std::string& method : allow_methods) check_method(b, method);
  check_names(b, "allow_headers", allow_headers);
  check_names(b, "expose_headers", expose_headers);
  if (!match.method.empty()) {
    b.problem("match", "a preflight is always OPTIONS: leave `method` out, `allow_methods` says which may follow");
  }
}

}  // namespace ravelin::cors
