#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/load.h"
#include "fake_modules.h"
#include "support/memory_environment.h"

// Each file of tests/golden/config is a configuration, a line "----", and the problems it has, as
// LINE:COLUMN: in ravelin.yaml or FILE:LINE:COLUMN: in another. "==== NAME" before the line begins a
// further file beside it.
namespace ravelin::config {
namespace {

namespace fs = std::filesystem;

struct Golden {
  testing::MemoryEnvironment environment;
  std::vector<std::string> expected;
};

Golden read_golden(const std::string& path) {
  Golden golden;
  std::ifstream input(path);
  std::string file = "/etc/ravelin/ravelin.yaml";
  golden.environment.files[file] = "";
  golden.environment.variables["HOME"] = "/root";
  bool is_expectation = false;
  for (std::string line; std::getline(input, line);) {
    if (is_expectation) {
      if (!line.empty()) golden.expected.push_back(line);
    } else if (line == "----") {
      is_expectation = true;
    } else if (line.rfind("==== ", 0) == 0) {
      file = "/etc/ravelin/" + line.substr(5);
      golden.environment.files[file] = "";
    } else {
      golden.environment.files[file] += line + "\n";
    }
  }
  return golden;
}

std::string shown(const Problem& problem) {
  const std::string text = to_string(problem);
  const std::string main = "ravelin.yaml:";
  return text.rfind(main, 0) == 0 ? text.substr(main.size()) : text;
}

std::vector<std::string> golden_files() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(RAVELIN_SOURCE_DIR "/tests/golden/config")) {
    if (entry.path().extension() == ".golden") names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

class GoldenConfig : public ::testing::TestWithParam<std::string> {};

TEST_P(GoldenConfig, has_exactly_the_problems_written_below_it) {
  const Golden golden = read_golden(RAVELIN_SOURCE_DIR "/tests/golden/config/" + GetParam() + ".golden");
  const Loaded loaded = load("ravelin.yaml", testing::fake_modules(), golden.environment);
  std::vector<std::string> problems;
  for (const Problem& problem : loaded.problems) problems.push_back(shown(problem));
  EXPECT_THAT(problems, ::testing::ElementsAreArray(golden.expected));
}

INSTANTIATE_TEST_SUITE_P(Files, GoldenConfig, ::testing::ValuesIn(golden_files()),
                         [](const auto& instance) { return instance.param; });

}  // namespace
}  // namespace ravelin::config
