// The example of docs/writing-a-module.md, word for word, and its test.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>

#include "ravelin/testing/module_bench.h"
#include "ravelin/testing/section_check.h"
#include "unit/modules/test_store.h"

// example begins
#include "ravelin/module.h"
#include "ravelin/request_match.h"

namespace ravelin::trap {
namespace {

// What the operator writes:  - trap: {match: {path: [/.env, /wp-login.php]}, status: 404}
struct Config final : Section {
  RequestMatch match;
  std::uint16_t status = 404;

  void bind(Binder& b) override {
    b.required("match", match, "Requests that no honest client sends.");
    b.key("status", status, "Status of the answer.", between(400, 499));
    if (match.is_empty()) b.problem("match", "an empty match would refuse every request");
  }
};

// One per exchange that this module cares about; here only those that are in the trap.
class TrapInspector final : public Inspector {
 public:
  TrapInspector(const Config& config, Counter& caught) : config_(config), caught_(caught) {}

  Verdict on_request_head(Exchange& exchange) override {
    caught_.add(exchange.loop());
    Incident incident;  // told to the security log and to jails that match "trap:*"
    incident.module = "trap";
    incident.reason = "trap:path";
    incident.detail = "asked for a path that does not exist here";
    exchange.incidents.push_back(std::move(incident));
    return Verdict::reject(config_.status, "trap:path", "the path is a trap");
  }

 private:
  const Config& config_;
  Counter& caught_;
};

// One per configuration, shared by all workers: const, except what is safe to share.
class TrapModule final : public Module {
 public:
  TrapModule(const Config& config, Metrics& metrics)
      : config_(config), caught_(metrics.counter("trap_hits_total", "Requests that went into a trap.")) {}

  std::unique_ptr<Inspector> inspect(Exchange& exchange) const override {
    if (!config_.match.matches(exchange.request())) return nullptr;
    return std::make_unique<TrapInspector>(config_, caught_);
  }

 private:
  Config config_;
  mutable Counter caught_;  // a handle; each worker writes its own cell
};

std::unique_ptr<Section> make_section() { return std::make_unique<Config>(); }

Result<std::unique_ptr<Module>> make(const Section& section, const Services& services) {
  const auto& config = static_cast<const Config&>(section);
  return std::unique_ptr<Module>(std::make_unique<TrapModule>(config, services.metrics));
}

}  // namespace

extern constinit const Descriptor descriptor{
    .name = "trap", .needs = {}, .provides = {}, .make_section = make_section, .make = make};

}  // namespace ravelin::trap
// example ends

namespace ravelin::trap {
namespace {

using testing::BenchOutcome;
using testing::ModuleBench;

std::string read(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(std::string(RAVELIN_SOURCE_DIR) + "/" + path).rdbuf();
  return text.str();
}

std::string between(const std::string& text, const std::string& begin, const std::string& end) {
  const std::size_t from = text.find(begin) + begin.size();
  return text.substr(from, text.find(end, from) - from);
}

TEST(WritingAModule, shows_the_code_that_is_tested_here) {
  const std::string tested =
      between(read("tests/unit/modules/headers/writing_a_module_test.cpp"), "// example begins\n", "// example ends\n");
  const std::string shown = between(read("docs/writing-a-module.md"), "```cpp\n", "```\n");
  EXPECT_EQ(shown, tested);
}

TEST(WritingAModule, the_example_refuses_what_is_in_the_trap) {
  Config config;
  config.match.path = {"/.env"};
  TestStore store;
  ModuleBench bench(descriptor, store.memory);
  ASSERT_TRUE(bench.load(config));
  EXPECT_EQ(bench.run({.path = "/"}).status, 200);
  const BenchOutcome caught = bench.run({.path = "/.env"});
  EXPECT_EQ(caught.status, 404);
  EXPECT_EQ(caught.reason, "trap:path");
  EXPECT_EQ(caught.incidents.size(), 1u);
  EXPECT_EQ(bench.metrics.count("trap_hits_total"), 1u);
}

TEST(WritingAModule, the_example_refuses_a_section_without_a_match) {
  Config config;
  EXPECT_EQ(testing::SectionCheck(config).problems().size(), 1u);
}

}  // namespace
}  // namespace ravelin::trap
