#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "ravelin/request_match.h"
#include "ravelin/schema.h"

namespace ravelin::ban {

/// JailMatch says which exchanges are a hit: every key given must hold, and of its list one item.
struct JailMatch {
  RequestMatch request;
  std::vector<std::uint16_t> status;
  std::vector<std::string> reason;

  void bind(Binder& b) {
    request.bind(b);
    b.key("status", status, "Status of the response, whoever made it.", between(100, 599));
    b.key("reason", reason,
          "Reason codes of the refusal or of an incident a module saw, such as waf:*; '*' stands for any text. What a "
          "module in detect mode noticed does not count.");
    if (request.is_empty() && status.empty() && reason.empty()) {
      b.problem("", "an empty match would ban every client; give path, path_prefix, method, status or reason");
    }
  }
};

struct JailConfig {
  static constexpr std::uint32_t most_retries = 1000;

  JailMatch match;
  std::uint32_t maxretry = 5;
  Duration findtime = std::chrono::minutes(10);
  Duration bantime = std::chrono::minutes(10);
  bool increment = false;
  std::uint32_t factor = 2;
  Duration maxtime = std::chrono::hours(7 * 24);

  void bind(Binder& b) {
    constexpr Range time = between(std::chrono::seconds(1), std::chrono::hours(10 * 365 * 24));
    b.required("match", match, "Which exchanges are a hit.");
    b.key("maxretry", maxretry, "Hits of one client within findtime that lead to a ban.", between(1, most_retries));
    b.key("findtime", findtime, "The sliding time in which hits are counted.", time);
    b.key("bantime", bantime, "How long a first ban lasts.", time);
    b.key("increment", increment, "Make each further ban of a client longer by `factor`, up to `maxtime`.");
    b.key("factor", factor, "How much longer each further ban is.", between(1, 100));
    b.key("maxtime", maxtime, "The longest ban that increment leads to.", time);
    b.not_available("log");
    b.not_available("failregex");
    if (increment && maxtime < bantime) b.problem("maxtime", "a first ban (bantime) would already be longer than this");
  }
};

struct Config final : Section {
  std::map<std::string, JailConfig> jails;
  std::vector<Prefix> never{Prefix(Address::v4({127, 0, 0, 0}), 8),
                            Prefix(Address::v6({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}), 128)};
  bool at_accept = true;

  void bind(Binder& b) override {
    b.key("jails", jails, "Jails by name. An exchange may be a hit in several.");
    b.key("never", never,
          "Blocks that are never banned; loopback if absent, and an empty list takes loopback out. Trusted proxies, "
          "other senders of PROXY headers, Cloudflare and "
          "the gateway's own addresses are always in.");
    b.key(
        "at_accept", at_accept,
        "Close connections of a banned client before TLS, unless they come through a trusted proxy; off: answer 403.");
    for (const auto& [name, jail] : jails) check_name(b, name);
  }

 private:
  static void check_name(Binder& b, const std::string& name) {
    if (!is_plain_name(name)) b.problem("jails", "'" + name + "' may only have letters, digits, '_', '-' and '.'");
    if (name == "manual") b.problem("jails", "'manual' is the jail of bans set by hand; choose another name");
  }
};

}  // namespace ravelin::ban
