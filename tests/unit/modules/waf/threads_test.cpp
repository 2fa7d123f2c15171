#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include "modules/waf/evaluation.h"
#include "modules/waf/policy.h"
#include "support/waf_bench.h"

namespace ravelin::waf {
namespace {

Subject subject_of(bool is_attack, int number) {
  Subject subject;
  subject.id = "t-" + std::to_string(number);
  subject.client = "192.0.2." + std::to_string(number % 250);
  subject.method = "POST";
  subject.version = "1.1";
  subject.uri = is_attack ? "/?f=../../../../etc/passwd" : "/?page=3";
  // A scanner's name makes the core rule set write to its ip collection, where the library has races.
  subject.fields = {{"host", "example.com"},
                    {"user-agent", is_attack ? "sqlmap/1.0" : "Mozilla/5.0"},
                    {"accept", "*/*"},
                    {"content-type", number % 2 == 0 ? "text/xml" : "application/json"}};
  subject.format = number % 2 == 0 ? BodyFormat::xml : BodyFormat::json;
  subject.body = number % 2 == 0 ? "<a><b>c</b></a>" : R"({"a":["b",1]})";
  subject.fields.push_back({"content-length", std::to_string(subject.body.size())});
  return subject;
}

TEST(Evaluations, run_on_several_threads_with_one_set_of_rules) {
  testing::BenchLog log;
  auto policy = Policy::load(Config(), log);
  ASSERT_TRUE(policy);
  std::atomic<int> refused{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 16; ++i) {
        Evaluation evaluation(**policy, subject_of(i % 4 == 0, t * 16 + i));
        if (evaluation.judge_request().is_refused) ++refused;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(refused, 16);
}

// The transaction is made on one thread, evaluated there, and freed on another, after the module that
// loaded its rules: what happens when a client leaves during a reload.
TEST(Evaluations, may_outlive_the_module_and_end_on_another_thread) {
  testing::BenchLog log;
  auto loaded = Policy::load(Config(), log);
  ASSERT_TRUE(loaded);
  std::shared_ptr<const Policy> policy = std::move(*loaded);
  std::unique_ptr<Evaluation> evaluation;
  std::thread([&] {
    evaluation = std::make_unique<Evaluation>(*policy, subject_of(true, 4));
    EXPECT_TRUE(evaluation->judge_request().is_refused);
  }).join();
  std::thread reload([&] { EXPECT_TRUE(Policy::load(Config(), log)); });
  evaluation.reset();
  policy.reset();
  reload.join();
}

}  // namespace
}  // namespace ravelin::waf
