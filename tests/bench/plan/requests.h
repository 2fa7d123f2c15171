#pragma once

#include <string>
#include <utility>
#include <vector>

#include "modules/waf/plan/request.h"

namespace ravelin::bench {

/// Sample is one request to measure, with its text.
struct Sample {
  std::string name;
  std::string method = "GET";
  std::string uri = "/";
  std::vector<std::pair<std::string, std::string>> fields;
  std::string body;
  waf::BodyFormat format = waf::BodyFormat::raw;
};

/// What is common, then what costs the most of what the limits let through.
std::vector<Sample> samples();

}  // namespace ravelin::bench
