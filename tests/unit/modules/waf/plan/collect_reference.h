#pragma once

#include <modsecurity/rules_set.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "modules/waf/plan/collect.h"

namespace ravelin::waf::plan {

/// OwnRequest is a Request with its text.
struct OwnRequest {
  std::string method = "GET";
  std::string uri = "/";
  std::string version = "1.1";
  std::vector<std::pair<std::string, std::string>> fields;
  std::string body;
  BodyFormat format = BodyFormat::raw;
};

/// With a body and its type, as Subject would make it.
OwnRequest post_of(std::string_view type, std::string_view body);
std::string printed(const OwnRequest& request);

/// View is the Request of an OwnRequest, which must outlive it.
class View {
 public:
  explicit View(const OwnRequest& own);
  const Request& request() const { return request_; }

 private:
  std::vector<Line> fields_;
  Request request_;
};

/// CollectReference is libmodsecurity itself, given requests as the connector gives them.
class CollectReference {
 public:
  enum class Outcome : std::uint8_t { same, doubt, different };

  CollectReference();

  /// Collects `request` here and there. What is not the same is in differences().
  Outcome compare(const OwnRequest& request, Values& values);
  const std::string& differences() const { return differences_; }

 private:
  modsecurity::RulesSet rules_;
  std::string differences_;
};

/// The variables that the library has members for, which are those to compare.
bool is_compared(Variable variable);

}  // namespace ravelin::waf::plan
