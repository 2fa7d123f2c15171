#pragma once

#include <string>
#include <vector>

#include "modules/cors/origin.h"
#include "ravelin/request_match.h"
#include "ravelin/schema.h"

namespace ravelin::cors {

struct Config final : Section {
  std::vector<OriginPattern> allow_origins;
  std::vector<std::string> allow_methods{"GET", "HEAD", "POST"};
  std::vector<std::string> allow_headers;
  std::vector<std::string> expose_headers;
  bool allow_credentials = false;
  Duration max_age = std::chrono::minutes(10);
  RequestMatch match;

  void bind(Binder& b) override;
  bool allows_all() const;

 private:
  void check(Binder& b) const;
};

}  // namespace ravelin::cors
