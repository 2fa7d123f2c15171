#pragma once

#include <string>
#include <vector>

#include "config/environment.h"
#include "config/load.h"
#include "config/problem.h"
#include "ravelin/log.h"

namespace ravelin::server {

/// Checked is the outcome of a dry run.
struct Checked {
  bool is_valid = false;
  std::vector<config::Problem> problems;
};

/// Loads and builds a configuration as a start would, rule sets and certificates included, and throws it
/// away: `ravelin check`. Opens no socket and changes nothing.
Checked dry_run(const std::string& path, config::Known modules, const config::Environment& environment, Log& log);

}  // namespace ravelin::server
