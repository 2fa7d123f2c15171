#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "config/environment.h"

namespace ravelin::testing {

/// MemoryEnvironment is a machine with the files and variables that a test gives it. Its current
/// directory is /etc/ravelin.
class MemoryEnvironment final : public config::Environment {
 public:
  std::map<std::string, std::string> files;
  std::map<std::string, std::string> variables;

  std::optional<std::string> variable(const std::string& name) const override {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  }
  bool has_file(const std::string& path) const override { return files.count(path) > 0; }
  Result<std::string> read_file(const std::string& path, std::size_t limit) const override {
    const auto found = files.find(path);
    if (found == files.end()) return Error{"config:file", "cannot read " + path + ": No such file or directory"};
    if (found->second.size() > limit) return Error{"config:file", "cannot read " + path + ": it is too large"};
    return found->second;
  }
  Result<std::vector<std::string>> list(const std::string& directory) const override {
    std::vector<std::string> names;
    for (const auto& file : files) {
      const std::size_t slash = file.first.rfind('/');
      if (file.first.substr(0, slash) == directory) names.push_back(file.first.substr(slash + 1));
    }
    return names;
  }
  std::string absolute(const std::string& path) const override {
    return path.front() == '/' ? path : "/etc/ravelin/" + path;
  }
};

}  // namespace ravelin::testing
