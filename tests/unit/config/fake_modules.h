#pragma once

#include <array>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "config/load.h"
#include "ravelin/module.h"

/// Sections with the keys that the examples use, since the tests of a layer do not link those above.
namespace ravelin::testing {

struct FakeMatch {
  std::vector<std::string> path;
  std::vector<unsigned> status;
  std::vector<std::string> reason;
  void bind(Binder& b) {
    b.key("path", path, "Paths.");
    b.key("status", status, "Status codes.", between(100, 599));
    b.key("reason", reason, "Reason codes.");
  }
};

struct FakeJail {
  FakeMatch match;
  unsigned maxretry = 5;
  Duration findtime = std::chrono::minutes(10);
  Duration bantime = std::chrono::minutes(10);
  Duration maxtime = std::chrono::hours(7 * 24);
  bool increment = false;
  void bind(Binder& b) {
    b.required("match", match, "Which responses count.");
    b.key("maxretry", maxretry, "Hits until a ban.", between(1, 1000));
    b.key("findtime", findtime, "Within this time.");
    b.key("bantime", bantime, "For this long.");
    b.key("maxtime", maxtime, "The longest ban.");
    b.key("increment", increment, "Longer each time.");
    b.not_available("log");
    b.not_available("failregex");
    if (maxtime < bantime) b.problem("maxtime", "shorter than bantime");
  }
};

struct FakeBan final : Section {
  std::vector<Prefix> never{*Prefix::parse("127.0.0.0/8")};
  std::map<std::string, FakeJail> jails;
  void bind(Binder& b) override {
    b.key("never", never, "Never banned.");
    b.key("jails", jails, "Jails by name.");
  }
};

struct FakeLimit {
  std::string key = "client";
  Rate rate;
  unsigned burst = 0;
  FakeMatch match;
  void bind(Binder& b) {
    b.key("key", key, "What is counted by.");
    b.shorthand("rate", rate, "Requests per period.");
    b.key("burst", burst, "At once above the rate.", between(0, 100000));
    b.key("match", match, "Which requests.");
    if (rate.amount == 0) b.problem("rate", "expected a rate above 0");
  }
};

struct FakeRateLimit final : Section {
  std::map<std::string, FakeLimit> limits;
  void bind(Binder& b) override { b.key("limits", limits, "Limits by name."); }
};

struct FakeWaf final : Section {
  std::vector<std::string> rules{"crs"};
  unsigned paranoia = 1;
  unsigned inbound_threshold = 5;
  double sampling = 0.5;
  ByteSize body_limit{128 * 1024};
  Secret token;
  FilePath debug_log;
  void bind(Binder& b) override {
    b.key("rules", rules, "Rule files.");
    b.key("paranoia", paranoia, "Paranoia level.", between(1, 4));
    b.key("inbound_threshold", inbound_threshold, "Score that blocks.", at_least(1));
    b.key("sampling", sampling, "Share.", between(0, 1));
    b.key("body_limit", body_limit, "Inspected bytes.", between(0, 64 * 1024 * 1024));
    b.key("token", token, "A token.");
    b.key("debug_log", debug_log, "A file.");
  }
};

struct FakeHeaders final : Section {
  std::string profile = "basic";
  void bind(Binder& b) override { b.key("profile", profile, "Which headers."); }
};

template <class T>
std::unique_ptr<Section> make_section_of() {
  return std::make_unique<T>();
}

inline config::Known fake_modules() {
  static const Descriptor headers{"headers", 1, {}, {}, make_section_of<FakeHeaders>, nullptr};
  static const Descriptor ban{"ban", 1, {}, {}, make_section_of<FakeBan>, nullptr};
  static const Descriptor ratelimit{"ratelimit", 1, {}, {}, make_section_of<FakeRateLimit>, nullptr};
  static const Descriptor waf{"waf", 1, {}, {"score"}, make_section_of<FakeWaf>, nullptr};
  static const Descriptor scorer{"scorer", 1, {"score"}, {}, nullptr, nullptr};
  static const std::array<const Descriptor*, 5> all{&headers, &ban, &ratelimit, &waf, &scorer};
  return all;
}

}  // namespace ravelin::testing
