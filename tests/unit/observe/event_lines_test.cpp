#include "observe/recorder.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include <unistd.h>

#include "ravelin/testing/bench_metrics.h"
#include "tests/unit/observe/sample.h"

namespace ravelin::observe {
namespace {

TEST(Recorder, keeps_lines_for_the_turn_and_every_exchange_for_explain) {
  const std::string path =
      std::filesystem::temp_directory_path() / ("ravelin-recorder-" + std::to_string(::getpid()) + ".jsonl");
  testing::BenchLog log;
  Registry registry(1);
  SinkConfig sink;
  sink.name = "access";
  sink.path = path;
  EventWriter writer({sink}, log, registry);
  Recorder recorder(writer);
  Sample sample;
  sample.exchange.decisions.push_back({"waf", DecisionKind::reject, "waf:942100", "", {}});
  recorder.record(sample.exchange, sample.loop.wall());
  recorder.end_turn();
  recorder.end_turn();
  EXPECT_TRUE(recorder.security().empty());  // no sink wants it
  EXPECT_TRUE(recorder.ring().find_json("id-1"));
  writer.stop();
  EXPECT_EQ(std::filesystem::file_size(path) > 100, true);
  std::ifstream file(path);
  std::string line, more;
  EXPECT_TRUE(std::getline(file, line));
  EXPECT_FALSE(std::getline(file, more));
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace ravelin::observe
