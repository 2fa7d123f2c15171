#include "waf_diff/crs_tests.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>

#include "waf_diff/encodings.h"

namespace ravelin::waf_diff {
namespace {

constexpr std::string_view form = "application/x-www-form-urlencoded";

std::string text_of(const YAML::Node& node, const std::string& otherwise) {
  return node && node.IsScalar() ? node.Scalar() : otherwise;
}

bool is_true(const YAML::Node& node) { return text_of(node, "") == "true"; }

// id "942100", id:942100 or just the number, or a list of such.
std::set<std::int64_t> rules_in(const YAML::Node& node) {
  if (node && node.IsSequence()) {
    std::set<std::int64_t> all;
    for (const YAML::Node& each : node) all.merge(rules_in(each));
    return all;
  }
  const std::string text = text_of(node, "");
  const std::size_t at = text.find_first_of("0123456789");
  if (at == std::string::npos) return {};
  return {std::stoll(text.substr(at))};
}

std::vector<int> statuses_in(const YAML::Node& node) {
  std::vector<int> result;
  if (!node) return result;
  if (node.IsScalar()) return {node.as<int>()};
  for (const YAML::Node& each : node) result.push_back(each.as<int>());
  return result;
}

std::string data_of(const YAML::Node& node) {
  if (!node || !node.IsSequence()) return text_of(node, "");
  std::string text;
  for (std::size_t i = 0; i < node.size(); ++i) text += (i > 0 ? "\r\n" : "") + text_of(node[i], "");
  return text;
}

// A form that is written as it is meant is escaped; one that is escaped already is not.
std::string escaped(const std::string& data) {
  if (percent_decoded(data) != data) return data;
  std::string result;
  std::string_view rest = data;
  while (!rest.empty()) {
    const std::string_view pair = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(rest.size(), pair.size() + 1));
    const std::size_t equals = pair.find('=');
    if (equals == std::string_view::npos || equals + 1 == pair.size()) continue;
    result += (result.empty() ? "" : "&") + form_encoded(pair.substr(0, equals)) + "=" +
              form_encoded(pair.substr(equals + 1));
  }
  return result.empty() ? data : result;
}

void fill_in_body(const YAML::Node& input, Sample& sample) {
  sample.body = data_of(input["data"]);
  if (sample.body.empty() || is_true(input["stop_magic"])) return;
  if (sample.field("content-type").empty()) sample.set("content-type", std::string(form));
  if (sample.field("content-type") == form) sample.body = escaped(sample.body);
}

Sample sample_of(const YAML::Node& input) {
  if (input["encoded_request"]) return parse_request(base64_decoded(text_of(input["encoded_request"], "")));
  if (input["raw_request"]) return parse_request(text_of(input["raw_request"], ""));
  Sample sample;
  sample.method = text_of(input["method"], "GET");
  sample.uri = text_of(input["uri"], "/");
  const std::string version = text_of(input["version"], "HTTP/1.1");
  sample.version = version.substr(std::min(version.size(), version.find('/') + 1));
  for (const auto& each : input["headers"]) sample.fields.push_back({each.first.Scalar(), text_of(each.second, "")});
  fill_in_body(input, sample);
  return sample;
}

CrsTest test_of(const std::string& title, const YAML::Node& stage) {
  const YAML::Node output = stage["output"];
  CrsTest test;
  test.sample = sample_of(stage["input"]);
  test.sample.name = title;
  test.wanted = rules_in(output["log_contains"]);
  test.unwanted = rules_in(output["no_log_contains"]);
  if (const YAML::Node log = output["log"]) {
    test.wanted.merge(rules_in(log["expect_ids"]));
    test.unwanted.merge(rules_in(log["no_expect_ids"]));
  }
  test.statuses = statuses_in(output["status"]);
  test.is_error_expected = is_true(output["expect_error"]);
  return test;
}

bool has_all(const std::set<std::int64_t>& all, const std::set<std::int64_t>& some) {
  return std::includes(all.begin(), all.end(), some.begin(), some.end());
}

}  // namespace

bool CrsTest::is_met_by(const Outcome& outcome) const {
  return has_all(outcome.rules, wanted) &&
         std::none_of(unwanted.begin(), unwanted.end(), [&](std::int64_t id) { return outcome.rules.contains(id); });
}

Sample parse_request(std::string_view text) {
  Sample sample;
  const auto line = [&text] {
    const std::string_view whole = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), whole.size() + 1));
    return whole.ends_with('\r') ? whole.substr(0, whole.size() - 1) : whole;
  };
  const std::string_view first = line();
  const std::size_t method = first.find(' ');
  const std::size_t uri = first.rfind(' ');
  sample.method = first.substr(0, method);
  if (method < uri) sample.uri = first.substr(method + 1, uri - method - 1);
  if (first.ends_with("/1.0")) sample.version = "1.0";
  for (std::string_view field = line(); !field.empty(); field = line()) {
    const std::size_t colon = std::min(field.find(':'), field.size());
    const std::string_view value = field.substr(std::min(field.size(), colon + 1));
    sample.fields.push_back({std::string(field.substr(0, colon)),
                             std::string(value.substr(std::min(value.size(), value.find_first_not_of(' '))))});
  }
  sample.body = text;
  return sample;
}

Result<std::vector<CrsTest>> parse_crs_tests(const std::string& text) {
  std::vector<CrsTest> tests;
  try {
    for (const YAML::Node& test : YAML::Load(text)["tests"])
      for (const YAML::Node& stage : test["stages"])
        tests.push_back(test_of(text_of(test["test_title"], text_of(test["test_id"], "")),
                                stage["stage"] ? stage["stage"] : stage));
  } catch (const YAML::Exception& error) {
    return Error{"waf_diff:corpus", error.what()};
  }
  return tests;
}

Result<std::vector<CrsTest>> read_crs_tests(const std::string& folder) {
  std::vector<std::filesystem::path> files;
  std::error_code code;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder, code))
    if (entry.path().extension() == ".yaml") files.push_back(entry.path());
  if (files.empty()) return Error{"waf_diff:corpus", folder + " has no tests; scripts/fetch-crs-tests gets them"};
  std::sort(files.begin(), files.end());
  std::vector<CrsTest> all;
  for (const auto& path : files) {
    std::ifstream file(path, std::ios::binary);
    auto tests = parse_crs_tests({std::istreambuf_iterator<char>(file), {}});
    if (!tests) return Error{"waf_diff:corpus", path.string() + ": " + tests.error().message};
    std::move(tests->begin(), tests->end(), std::back_inserter(all));
  }
  return all;
}

}  // namespace ravelin::waf_diff
