// What the plan's proof of a request costs, against the library's judgement of the same request in the same run:
// processor time, core rule set. Not part of the tests. Numbers of a busy machine are worth no more than their ratio.
//
//   plan_cost [PARANOIA [CACHE_FOLDER [PART_OF_A_NAME]]]

#include <malloc.h>
#include <sys/resource.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "bench/plan/requests.h"
#include "modules/waf/directives.h"
#include "modules/waf/engine_rules.h"
#include "modules/waf/evaluation.h"
#include "modules/waf/plan/prover.h"
#include "modules/waf/policy.h"

namespace {

using namespace ravelin;
using bench::Sample;
using waf::plan::Prover;

constexpr const char* crs_setup = "/etc/modsecurity/crs/crs-setup.conf";
constexpr const char* crs_rules = "/usr/share/modsecurity-crs/rules/*.conf";

class Silence final : public Log {
 public:
  void write(Level, std::string_view) override {}
};

double microseconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto in = [](const timeval& t) { return static_cast<double>(t.tv_sec) * 1e6 + static_cast<double>(t.tv_usec); };
  return in(usage.ru_utime) + in(usage.ru_stime);
}

double mebibytes() { return static_cast<double>(mallinfo2().uordblks + mallinfo2().hblkhd) / 1048576; }

// The least of several rounds is what it costs when nobody is in the way.
template <class Work>
double cost(int rounds, double round, Work&& work) {
  double least = std::numeric_limits<double>::max();
  for (int i = 0; i < rounds; ++i) {
    const double begin = microseconds();
    double end = begin;
    int count = 0;
    for (; end - begin < round; ++count, end = microseconds()) work();
    least = std::min(least, (end - begin) / count);
  }
  return least;
}

std::vector<waf::plan::Source> sources(const waf::Config& config) {
  std::vector<waf::plan::Source> texts{{"the engine's own rules", waf::engine_rules(config)}};
  const auto add = [&](const std::string& file) {
    auto read = waf::read_rules(file);
    if (!read) return;
    for (waf::RuleText& part : *read) texts.push_back({part.file, part.text});
  };
  add(crs_setup);
  texts.push_back({"the settings of the core rule set", waf::crs_settings(config)});
  for (const std::string& file : waf::expand(crs_rules)) {
    std::ifstream rules(file, std::ios::binary);
    texts.push_back({file, {std::istreambuf_iterator<char>(rules), {}}});
  }
  return texts;
}

std::shared_ptr<const waf::plan::Plan> compiled(const waf::Config& config, const std::string& folder) {
  const double before = mebibytes();
  const double begin = microseconds();
  auto rules = waf::plan::parse(sources(config));
  if (!rules) return nullptr;
  const double parsed = microseconds();
  auto plan = waf::plan::Plan::compile(std::move(*rules), waf::plan::Cache(folder));
  std::printf("read %.0f ms, compiled %.0f ms, %.1f MiB\n", (parsed - begin) / 1e3, (microseconds() - parsed) / 1e3,
              mebibytes() - before);
  for (const std::string& why : plan->unsupported()) std::printf("not planned: %s\n", why.c_str());
  return plan->unsupported().empty() ? plan : nullptr;
}

waf::Subject subject_of(const Sample& sample) {
  waf::Subject subject;
  subject.id = "bench";
  subject.client = "10.1.2.3";
  subject.client_port = 1234;
  subject.server_port = 443;
  subject.uri = sample.uri;
  subject.method = sample.method;
  subject.version = "1.1";
  for (const auto& [name, value] : sample.fields) subject.fields.push_back({name, value});
  subject.body = sample.body;
  subject.format = sample.format;
  return subject;
}

void measure(const Sample& sample, const waf::Policy& policy, Prover& prover, Prover& remembering) {
  std::vector<waf::plan::Line> lines;
  for (const auto& [name, value] : sample.fields) lines.push_back({name, value});
  const waf::plan::Request request{sample.method, sample.uri, "1.1", lines, sample.body,
                                   sample.format, "10.1.2.3", 1234,  443};
  const waf::plan::Proof proof = prover.judge(request);
  remembering.judge(request);
  const double library = cost(2, 5e3, [&] { waf::Evaluation(policy, subject_of(sample)).judge_request(); });
  const double own = cost(8, 8e3, [&] { prover.judge(request); });
  const double best = cost(8, 8e3, [&] { remembering.judge(request); });
  const std::string verdict = proof.is_clean    ? "clean"
                              : proof.rule != 0 ? std::to_string(proof.rule)
                                                : std::string(proof.doubt);
  std::printf("%-22s %-8s %10.0f %10.1f %8.1f %10.1f %8.1f\n", sample.name.c_str(), verdict.c_str(), library, own,
              library / own, best, library / best);
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  waf::Config config;
  config.rules = {waf::RuleSource{}};
  config.paranoia = argc > 1 ? static_cast<unsigned>(std::atoi(argv[1])) : 1;
  const std::string only = argc > 3 ? argv[3] : "";
  Silence silence;
  const auto policy = waf::Policy::load(config, silence);
  const auto plan = compiled(config, argc > 2 ? argv[2] : "");
  if (!policy || plan == nullptr) return 1;
  Prover prover(plan, waf::plan::Remembers::nothing);
  Prover remembering(plan, waf::plan::Remembers::clean_values);
  std::printf("%-22s %-8s %10s %10s %8s %10s %8s\n", "request", "proof", "library us", "plan us", "ratio", "memo us",
              "ratio");
  for (const Sample& sample : bench::samples())
    if (sample.name.find(only) != std::string::npos) measure(sample, **policy, prover, remembering);
}
