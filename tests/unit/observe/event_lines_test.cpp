#include "observe/event_lines.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include <unistd.h>

#include "ravelin/testing/bench_metrics.h"
#include "tests/unit/observe/sample.h"

namespace ravelin::observe {
namespace {

TEST(EventLines, are_kept_for_the_turn_and_every_exchange_for_explain) {
  const std::string path =
      std::filesystem::temp_directory_path() / ("ravelin-lines-" + std::to_string(::getpid()) + ".jsonl");
  testing::BenchLog log;
  Registry registry(1);
  SinkConfig sink;
  sink.name = "access";
  sink.path = path;
  EventWriter writer({sink}, log, registry);
  EventLines lines(writer);
  Sample sample;
  sample.exchange.decisions.push_back({"waf", DecisionKind::reject, "waf:942100", "", {}});
  lines.record(sample.exchange, sample.loop.wall());
  lines.end_turn();
  lines.end_turn();
  EXPECT_TRUE(lines.security().empty());  // no sink wants it
  EXPECT_TRUE(lines.ring().find_json("id-1"));
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
