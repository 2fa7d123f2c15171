// What the plan's proof of a request costs, against the library's judgement of the same request in the same run:
// processor time, core rule set. Not part of the tests. Numbers of a busy machine are worth no more than their ratio.
//
//   plan_cost [PARANOIA [CACHE_FOLDER [PART_OF_A_NAME [DIRECTORY_OF_THE_RULE_SET]]]]

#include <malloc.h>
#include <sys/resource.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bench/plan/requests.h"
#include "modules/waf/evaluation.h"
#include "modules/waf/plan/prover.h"
#include "modules/waf/planned.h"
#include "modules/waf/policy.h"

namespace {

using namespace ravelin;
using bench::Sample;
using waf::plan::Prover;

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

std::shared_ptr<const waf::plan::Plan> compiled(const waf::Policy& policy, const std::string& folder) {
  const double before = mebibytes();
  const double begin = microseconds();
  auto rules = waf::plan::parse(policy.sources());
  if (!rules) return nullptr;
  const double parsed = microseconds();
  auto plan = waf::plan::Plan::compile(std::move(*rules), waf::plan::Cache(folder));
  std::printf("read %.0f ms, compiled %.0f ms, %.1f MiB\n", (parsed - begin) / 1e3, (microseconds() - parsed) / 1e3,
              mebibytes() - before);
  plan->prepare_for_long_texts(waf::plan::Cache(folder));
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

// Requests, to be judged one after the other.
class Round {
 public:
  explicit Round(std::vector<Sample> samples) : samples_(std::move(samples)), lines_(samples_.size()) {
    for (std::size_t i = 0; i < samples_.size(); ++i) {
      const Sample& sample = samples_[i];
      for (const auto& [name, value] : sample.fields) lines_[i].push_back({name, value});
      requests_.push_back(
          {sample.method, sample.uri, "1.1", lines_[i], sample.body, sample.format, "10.1.2.3", 1234, 443});
    }
  }

  void ask(Prover& prover) const {
    for (const waf::plan::Request& request : requests_) ask_plan(prover, request, waf::Scoring::automatic);
  }
  void ask(const waf::Policy& policy) const {
    for (const Sample& sample : samples_) waf::Evaluation(policy, subject_of(sample)).judge_request();
  }
  // Of the last.
  std::string verdict(Prover& prover) const {
    const waf::Planned planned = ask_plan(prover, requests_.back(), waf::Scoring::automatic);
    if (planned.finding && planned.finding->matches.empty()) return "clean";
    return planned.finding ? std::to_string(planned.finding->deciding()->rule) : std::string(planned.answer.doubt);
  }

 private:
  std::vector<Sample> samples_;
  std::vector<std::vector<waf::plan::Line>> lines_;
  std::vector<waf::plan::Request> requests_;
};

void measure(const std::string& name, std::vector<Sample> samples, const waf::Policy& policy, Prover& prover,
             Prover& remembering) {
  const auto count = static_cast<double>(samples.size());
  const Round round(std::move(samples));
  const std::string verdict = round.verdict(prover);
  round.ask(remembering);
  const double library = cost(2, 5e3, [&] { round.ask(policy); }) / count;
  const double own = cost(8, 8e3, [&] { round.ask(prover); }) / count;
  const double best = cost(8, 8e3, [&] { round.ask(remembering); }) / count;
  std::printf("%-22s %-8s %10.0f %10.1f %8.1f %10.1f %8.1f\n", name.c_str(), verdict.c_str(), library, own,
              library / own, best, library / best);
  std::fflush(stdout);
}

// Nine of one, and one that is refused.
std::vector<Sample> with_a_tenth(const Sample& clean, const Sample& dirty) {
  std::vector<Sample> samples(9, clean);
  samples.push_back(dirty);
  return samples;
}

}  // namespace

int main(int argc, char** argv) {
  waf::Config config;
  config.rules = {waf::RuleSource{}};
  config.paranoia = argc > 1 ? static_cast<unsigned>(std::atoi(argv[1])) : 1;
  const std::string only = argc > 3 ? argv[3] : "";
  Silence silence;
  if (argc > 4) config.crs_directory.path = argv[4];
  const auto policy = waf::Policy::load(config, silence);
  if (!policy) return 1;
  const auto plan = compiled(**policy, argc > 2 ? argv[2] : "");
  if (plan == nullptr) return 1;
  Prover prover(plan, waf::plan::Remembers::nothing);
  Prover remembering(plan, waf::plan::Remembers::clean_values);
  std::printf("%-22s %-8s %10s %10s %8s %10s %8s\n", "request", "proof", "library us", "plan us", "ratio", "memo us",
              "ratio");
  const std::vector<Sample> samples = bench::samples();
  for (const Sample& sample : samples)
    if (sample.name.find(only) != std::string::npos) measure(sample.name, {sample}, **policy, prover, remembering);
  const auto named = [&](std::string_view name) {
    return *std::find_if(samples.begin(), samples.end(), [&](const Sample& sample) { return sample.name == name; });
  };
  if (!only.empty()) return 0;
  for (const char* const name : {"browser GET", "JSON 1 KiB", "form 1 KiB"})
    measure(std::string(name) + ", 10 % dirty", with_a_tenth(named(name), named("SQL injection")), **policy, prover,
            remembering);
}
