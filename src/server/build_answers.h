#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "config/config.h"
#include "config/problem.h"
#include "proxy/generation.h"

namespace ravelin::server {

/// Builds what a configuration answers itself, and what it makes of paths: redirects, responses, rewrites and
/// error pages. It reads their files. Problems are told at the place of the value.
class AnswerBuilder {
 public:
  AnswerBuilder(const config::Config& config, config::Problems& problems) : config_(config), problems_(problems) {}

  /// What is for all routes.
  void build(proxy::Generation& generation);
  /// What is `section`'s, the one at `at` ("routes[2]").
  void build(proxy::Route& route, const config::Route& section, const std::string& at);

 private:
  void build_respond(proxy::Route& route, const config::Respond& section, const std::string& at);
  void build_rewrite(proxy::Route& route, const config::Route& section, const std::string& at);
  void build_pages(proxy::ErrorPages& pages, const config::ErrorPages& section, const std::string& at);
  std::optional<std::string> read(const FilePath& file, std::size_t largest, const std::string& at);
  void error(const std::string& at, const std::string& message);

  const config::Config& config_;
  config::Problems& problems_;
};

}  // namespace ravelin::server
