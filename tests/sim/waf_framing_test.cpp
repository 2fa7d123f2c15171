#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <ostream>
#include <string>
#include <thread>
#include <vector>

#include "framing.h"
#include "modules/waf/module.h"
#include "support/simulation.h"
#include "waf_diff/crs_tests.h"
#include "waf_diff/judge.h"
#include "waf_diff/policy.h"
#include "waf_diff/source.h"

// A request is the same to the rules however its bytes come. What is compared are whole verdicts, through the real
// codecs and the real module. Content-Length, chunked and HTTP/2 differ by nature in what rules can see of them (the
// framing fields, REQUEST_PROTOCOL, REQUEST_LINE, the length of the whole): these three are compared with one another
// only under policies that do not look there.
namespace ravelin::testing {
namespace {

using waf_diff::Random;
using waf_diff::Sample;

// RAVELIN_FRAMING_REQUESTS asks for more.
std::size_t wanted(std::size_t otherwise) {
  const char* const text = std::getenv("RAVELIN_FRAMING_REQUESTS");
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

// Minutes under a sanitiser, of GCC or of Clang.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::size_t step = 25;
#elif defined(__has_feature)
constexpr std::size_t step = __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) ? 25 : 1;
#else
constexpr std::size_t step = 1;
#endif

struct Judgement {
  int status = 0;
  std::string reason;
  std::vector<std::string> incidents;  // see Done
  friend bool operator==(const Judgement&, const Judgement&) = default;
};

std::ostream& operator<<(std::ostream& out, const Judgement& judgement) {
  out << judgement.status << " " << judgement.reason;
  for (const std::string& incident : judgement.incidents) out << "; " << incident;
  return out;
}

// An origin that answers when it has read a request whole, and closes.
void answer_whole(End& end, std::string& pending) {
  pending += end.take();
  const std::size_t head = pending.find("\r\n\r\n");
  if (head == std::string::npos) return;
  const bool is_chunked = pending.find("transfer-encoding: chunked\r\n") < head;
  const std::size_t at = pending.find("\r\ncontent-length: ");
  const std::size_t size = at < head ? std::strtoul(pending.c_str() + at + 18, nullptr, 10) : 0;
  const bool is_last_chunk = pending.ends_with("0\r\n\r\n") || pending.ends_with("0\r\nx-trailer: 1\r\n\r\n");
  if (is_chunked ? !is_last_chunk : pending.size() < head + 4 + size) return;
  pending.clear();
  end.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
  end.finish();
}

// Gate is a gateway with the WAF alone.
class Gate {
 public:
  Gate(const waf_diff::PolicyFiles& files, const std::string& engine)
      : sim_(config(files, engine), {&waf::descriptor}) {
    sim_.on_origin = [](End& origin, const std::string&) {
      origin.on_input = [pending = std::string()](End& end) mutable { answer_whole(end, pending); };
      return true;
    };
    if (engine == "library") return;
    // Patterns are compiled by a thread of its own.
    while (sim_.metrics.read("waf_fast_path_ready{route=any}") == 0) std::this_thread::yield();
  }

  Judgement judge(const Sample& sample, Coding coding, Cut cut, Random random) {
    sim_.done.clear();
    End* const client = coding == Coding::http2 ? sim_.connect_http2() : sim_.connect();
    for (const std::string& piece : framed(sample, coding, cut, random)) {
      client->send(piece);
      sim_.run();
    }
    const auto is_other = [](const Done& done) { return done.target == other_target; };
    const auto done = std::find_if_not(sim_.done.begin(), sim_.done.end(), is_other);
    Judgement judgement;
    if (done != sim_.done.end()) judgement = {done->status, done->reason, done->incidents};
    client->reset();
    sim_.run();
    return judgement;
  }

  std::uint64_t proved() { return sim_.metrics.count("waf_proofs_total{route=any,result=clean}"); }

 private:
  static std::string config(const waf_diff::PolicyFiles& files, const std::string& engine) {
    const waf::Config& waf = files.config();
    std::string rules;
    for (const waf::RuleSource& each : waf.rules) rules.append(rules.empty() ? "" : ", ").append(each.text());
    return "upstreams: {origin: {endpoints: [\"10.0.0.1:80\"]}}\nroutes: [{name: any, match: {}, upstream: origin}]\n"
           "limits: {request_head: 64k, request_fields: 1000}\nmodules:\n  - waf: {rules: [" +
           rules + "], paranoia: " + std::to_string(waf.paranoia) + ", engine: " + engine + ", recheck_every: 0}\n";
  }

  Simulation sim_;
};

// One cookie field, as HTTP/2 makes one of its crumbs; and what is longer than a head may be is cut.
Sample with_one_cookie(Sample sample) {
  std::string cookies;
  std::erase_if(sample.fields, [&](const waf_diff::Field& field) {
    if (field.name == "cookie") cookies += (cookies.empty() ? "" : "; ") + field.value;
    return field.name == "cookie";
  });
  if (!cookies.empty()) sample.fields.push_back({"cookie", cookies});
  return sample;
}

// Rules of the core rule set that ask for Content-Length or Transfer-Encoding: 920160 to 920181.
bool is_about_framing(const Judgement& judgement) {
  return std::any_of(judgement.incidents.begin(), judgement.incidents.end(), [](const std::string& incident) {
    return incident.find(" 92016") != std::string::npos || incident.find(" 92017") != std::string::npos ||
           incident.find(" 92018") != std::string::npos;
  });
}

constexpr Coding every_coding[] = {Coding::sized, Coding::chunked, Coding::http2};

class Comparison {
 public:
  enum class Across : std::uint8_t { nothing, codings };
  Comparison(const waf_diff::Policy& policy, Across across)
      : across_(across), files_(policy), gates_{{files_, "auto"}, {files_, "library"}} {}

  // False if something differs.
  bool compare(const Sample& sample, std::uint64_t seed) {
    const Judgement expected = gates_[1].judge(sample, Coding::sized, Cut::whole, Random(seed));
    bool is_same = true;
    for (const Coding coding : every_coding) {
      if (!can_be_said(sample, coding)) continue;
      const Judgement plain = gates_[1].judge(sample, coding, Cut::whole, Random(seed));
      if (across_ == Across::codings && !is_about_framing(expected) && !is_about_framing(plain))
        is_same = expect(plain, expected, sample, name_of(coding)) && is_same;
      is_same = expect(gates_[0].judge(sample, coding, Cut::whole, Random(seed)), plain, sample, "auto") && is_same;
      for (Gate& gate : gates_) {
        const Cut cut = Random(seed).one_in(4) && sample.body.size() < 1000 ? Cut::bytes : Cut::pieces;
        is_same = expect(gate.judge(sample, coding, cut, Random(seed)), plain, sample,
                         std::string(name_of(coding)) + " in pieces, seed " + std::to_string(seed)) &&
                  is_same;
      }
    }
    refused_ += expected.status == 403 ? 1 : 0;
    return is_same;
  }

  std::uint64_t proved() { return gates_[0].proved(); }
  std::size_t refused() const { return refused_; }

 private:
  static bool expect(const Judgement& judgement, const Judgement& expected, const Sample& sample,
                     std::string_view how) {
    EXPECT_EQ(judgement, expected) << how << ": " << sample.method << " " << sample.uri.substr(0, 300) << " ("
                                   << sample.name << ")\n"
                                   << sample.body.substr(0, 300);
    return judgement == expected;
  }

  Across across_;
  waf_diff::PolicyFiles files_;
  Gate gates_[2];
  std::size_t refused_ = 0;
};

// The core rule set's own tests, if they are there.
std::vector<waf_diff::CrsTest> suite() {
  const char* const cache = std::getenv("RAVELIN_CRS_TESTS");
  const char* const home = std::getenv("HOME");
  auto tests = waf_diff::read_crs_tests(
      cache != nullptr ? cache : std::string(home == nullptr ? "" : home) + "/.cache/ravelin/crs-tests");
  return tests ? *std::move(tests) : std::vector<waf_diff::CrsTest>();
}

TEST(WafFraming, changes_no_verdict_of_the_core_rule_set) {
  const std::vector<waf_diff::CrsTest> tests = suite();
  const waf_diff::Source source(7, tests);
  Comparison comparison(waf_diff::policy_at(1, 0), Comparison::Across::codings);
  const std::size_t count = wanted(160);
  int failures = 0;
  for (std::size_t i = 0; i < count && failures < 5; ++i) {
    const Sample drawn =
        i % 2 == 0 && !tests.empty() ? mended(tests[(i * 7919) % tests.size()].sample) : source.at(0, i);
    failures += comparison.compare(with_one_cookie(drawn), i) ? 0 : 1;
  }
  EXPECT_GT(comparison.proved(), count / 4) << "or the plan had no part in it";
  EXPECT_GT(comparison.refused(), count / 20) << "or nothing was found";
}

TEST(WafFraming, changes_no_verdict_of_the_whole_corpus) {
  const std::vector<waf_diff::CrsTest> tests = suite();
  ASSERT_GT(tests.size(), 2000u) << "run scripts/fetch-crs-tests";
  Comparison comparison(waf_diff::policy_at(1, 0), Comparison::Across::codings);
  int failures = 0;
  std::size_t compared = 0;
  for (std::size_t i = 0; i < tests.size() && failures < 5; i += step, ++compared)
    failures += comparison.compare(with_one_cookie(mended(tests[i].sample)), i) ? 0 : 1;
  EXPECT_GT(comparison.proved(), compared);
  EXPECT_GT(comparison.refused(), compared / 4);
}

bool looks_at_framing(const waf_diff::Policy& policy) {
  std::string text;
  for (const auto* parts : {&policy.before, &policy.after})
    for (const std::string& part : *parts) text += part;
  for (const char* variable : {"REQUEST_PROTOCOL", "REQUEST_LINE", "FULL_REQUEST", "REQUEST_HEADERS"})
    if (text.find(variable) != std::string::npos) return true;
  return false;
}

// Without a plan there would be nothing to compare, and Gate would wait for it.
bool is_planned(const waf_diff::Policy& policy) {
  const waf_diff::PolicyFiles files(policy);
  return waf_diff::judge_kind("unscanned")->make(files.config()).is_ok();
}

TEST(WafFraming, changes_no_verdict_of_small_policies) {
  const std::size_t count = wanted(160);
  const std::vector<waf_diff::CrsTest> none;
  int failures = 0;
  std::uint64_t proved = 0;
  int policies = 0;
  for (std::size_t i = 0; policies < 12 && failures < 5; ++i) {
    const waf_diff::Policy policy = waf_diff::small_policy_at(1, i);
    if (!is_planned(policy)) continue;
    ++policies;
    Comparison comparison(policy, looks_at_framing(policy) ? Comparison::Across::nothing : Comparison::Across::codings);
    const waf_diff::Source source(i, none);
    for (std::size_t k = 0; k < count && failures < 5; ++k)
      failures += comparison.compare(with_one_cookie(source.at(1, k)), k) ? 0 : 1;
    proved += comparison.proved();
  }
  EXPECT_GT(proved, count / 2);
}

}  // namespace
}  // namespace ravelin::testing
