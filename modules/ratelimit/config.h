#pragma once

#include <map>
#include <string>

#include "ravelin/request_match.h"
#include "ravelin/schema.h"

namespace ravelin::ratelimit {

struct LimitConfig {
  std::string key = "client";
  Rate rate;
  std::uint32_t burst = 0;
  RequestMatch match;

  void bind(Binder& b) {
    b.key("key", key,
          "What has a budget of its own: client (an IPv6 client counts as its prefix, see client_identity) or "
          "header:NAME (a request without it counts for its client).");
    b.required("rate", rate, "Requests allowed per period, such as 5/s or 100/m.");
    b.key("burst", burst, "Requests allowed at once on top of the rate; none is delayed.", between(0, 1'000'000));
    b.key("match", match, "Which requests count; all if absent.");
    check(b);
  }

 private:
  void check(Binder& b) const {
    if (rate.amount == 0 || rate.interval() <= Duration::zero()) b.problem("rate", "expected a rate such as 5/s");
    if (key.starts_with("cookie:")) {
      b.problem("key", "counting by cookie is not available in this version");
    } else if (key != "client" && !(key.starts_with("header:") && is_plain_name(std::string_view(key).substr(7)))) {
      b.problem("key", "'" + key + "' is neither client nor header:NAME");
    }
  }
};

struct Config final : Section {
  std::map<std::string, LimitConfig> limits;
  bool fields = false;

  void bind(Binder& b) override {
    b.key("limits", limits, "Limits by name. A request must pass all that match it and counts for each.");
    b.key("fields", fields, "Tell clients their budget in RateLimit and RateLimit-Policy response fields.");
    b.not_available("connections");
    for (const auto& [name, limit] : limits) {
      if (!is_plain_name(name)) b.problem("limits", "'" + name + "' may only have letters, digits, '_', '-' and '.'");
    }
  }
};

}  // namespace ravelin::ratelimit
