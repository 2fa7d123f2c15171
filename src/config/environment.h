#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "ravelin/result.h"

namespace ravelin::config {

/// Environment is what loading a configuration sees of the machine; tests and the fuzzer give their
/// own.
class Environment {
 public:
  virtual ~Environment() = default;
  virtual std::optional<std::string> variable(const std::string& name) const = 0;
  virtual bool has_file(const std::string& path) const = 0;
  /// The whole file; an error if it is not a regular file or is larger than `limit` bytes.
  virtual Result<std::string> read_file(const std::string& path, std::size_t limit) const = 0;
  /// The names in a directory, in any order; none if it does not exist.
  virtual Result<std::vector<std::string>> list(const std::string& directory) const = 0;
  /// `path` from the root, not resolved further.
  virtual std::string absolute(const std::string& path) const = 0;
};

/// ProcessEnvironment is the real one.
class ProcessEnvironment final : public Environment {
 public:
  std::optional<std::string> variable(const std::string& name) const override;
  bool has_file(const std::string& path) const override;
  Result<std::string> read_file(const std::string& path, std::size_t limit) const override;
  Result<std::vector<std::string>> list(const std::string& directory) const override;
  std::string absolute(const std::string& path) const override;
};

}  // namespace ravelin::config
