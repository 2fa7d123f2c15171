#pragma once

#include <span>
#include <string>

#include "modules/waf/plan/scanner.h"

namespace ravelin::waf::plan {

/// Cache keeps compiled scanners in a directory, by a hash of their patterns, the version of Hyperscan and the kind of
/// processor. Whoever can write to the directory can change what is found: it must be the service's own. What is
/// damaged or cannot be written is compiled, silently: the cache saves time, no more.
class Cache {
 public:
  /// Empty: nothing is kept.
  explicit Cache(std::string directory) : directory_(std::move(directory)) {}
  Cache(const Cache&) = default;
  Cache& operator=(const Cache&) = default;
  virtual ~Cache() = default;

  /// As Scanner::compile, in milliseconds if it was done before.
  virtual Result<Scanner> compile(std::span<const Pattern> patterns, std::span<const unsigned> numbers) const;

 private:
  std::string directory_;
};

}  // namespace ravelin::waf::plan
