#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "config/environment.h"
#include "config/problem.h"
#include "ravelin/module.h"

namespace ravelin::config {

/// Known is the kinds of modules that a configuration may name.
using Known = std::span<const Descriptor* const>;

/// Loaded is the outcome of a load: the configuration if there is no error, and every problem.
struct Loaded {
  std::unique_ptr<Config> config;
  std::vector<Problem> problems;

  bool is_valid() const { return config != nullptr; }
  bool has_warnings() const;
};

/// Reads and validates `path`, then conf.d/*.yaml beside it. Opens nothing but configuration files,
/// lists and secrets; whether certificates and the like are there is found when it is built.
Loaded load(const std::string& path, Known modules, const Environment& environment);

/// Reads one section from text, for tests of modules; returns every problem.
std::vector<Problem> read_section(std::string_view text, Section& section);

}  // namespace ravelin::config
