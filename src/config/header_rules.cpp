#include <algorithm>
#include <array>
#include <set>
#include <vector>

#include "base/near_miss.h"
#include "config/checker.h"

namespace ravelin::config {
namespace {

std::vector<std::string_view> known_variables() {
  return {"client.ip", "peer.ip", "request.id", "scheme", "host", "path", "query", "route", "tls.client.cn"};
}

// Framing and connection fields (RFC 9110, 7.6.1) and the request's id are the gateway's own.
constexpr std::array<std::string_view, 15> gateways_own{"connection",
                                                        "content-length",
                                                        "host",
                                                        "http2-settings",
                                                        "keep-alive",
                                                        "proxy-authenticate",
                                                        "proxy-authentication-info",
                                                        "proxy-authorization",
                                                        "proxy-connection",
                                                        "te",
                                                        "trailer",
                                                        "transfer-encoding",
                                                        "upgrade",
                                                        "via",
                                                        "x-request-id"};

std::string lower(std::string text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return text;
}

void check_name(Checker& check, const std::string& at, const std::string& name) {
  if (!is_token(name)) {
    check.error(at, "expected the name of a header such as X-Client-CN, got '" + name + "'");
  } else if (std::find(gateways_own.begin(), gateways_own.end(), lower(name)) != gateways_own.end()) {
    check.error(at, name + " is set by the gateway itself and cannot be changed");
  }
}

void check_value(Checker& check, const std::string& at, const std::string& value) {
  const auto is_control = [](char c) { return (c >= 0 && c < 0x20 && c != '\t') || c == 0x7f; };
  if (std::any_of(value.begin(), value.end(), is_control)) check.error(at, "a header's value is one line of text");
  if (value.starts_with(' ') || value.ends_with(' ')) check.error(at, "a header's value has no blanks at its ends");
  check_variables(check, at, value, known_variables());
}

}  // namespace

bool is_name(std::string_view name) {
  return !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
           c == '.';
  });
}

bool is_token(std::string_view text) {
  constexpr std::string_view allowed = "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  return !text.empty() && text.find_first_not_of(allowed) == std::string_view::npos;
}

void check_variables(Checker& check, const std::string& at, std::string_view value,
                     const std::vector<std::string_view>& known) {
  while (true) {
    const std::size_t start = value.find("${");
    if (start == std::string_view::npos) return;
    const std::size_t end = value.find('}', start);
    if (end == std::string_view::npos) return check.error(at, "'${' without a '}'");
    const std::string_view name = value.substr(start + 2, end - start - 2);
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      check.error(at, "unknown variable '" + std::string(name) + "'" + did_you_mean(name, known) + "; expected " +
                          schema::list_of(known));
    }
    value.remove_prefix(end + 1);
  }
}

void check_header(Checker& check, const std::string& at, const std::string& name, const std::string& value) {
  check_name(check, at, name);
  check_value(check, at, value);
}

void check_header_rules(Checker& check, const std::string& path, const HeaderRules& rules) {
  std::set<std::string> seen;
  const auto check_once = [&](const std::string& at, const std::string& name) {
    check_name(check, at, name);
    if (!seen.insert(lower(name)).second) check.error(at, name + " is already in these rules");
  };
  for (const auto& [name, value] : rules.set) {
    check_once(path + ".set." + name, name);
    check_value(check, path + ".set." + name, value);
  }
  for (const auto& [name, value] : rules.add) {
    check_once(path + ".add." + name, name);
    check_value(check, path + ".add." + name, value);
  }
  for (std::size_t i = 0; i < rules.remove.size(); ++i) check_once(item(path + ".remove", i), rules.remove[i]);
}

}  // namespace ravelin::config
