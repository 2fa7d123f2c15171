#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string>

#include "modules/waf/plan/scanner.h"

namespace ravelin::waf::plan {

/// Cache keeps compiled scanners in a directory, by a hash of their patterns, the version of Hyperscan and the kind of
/// processor. Whoever can write to the directory can change what is found: it must be the service's own. What is
/// damaged, not this user's or cannot be written is compiled, silently: the cache saves time, no more. Any number of
/// processes may share a directory: a file is there whole or not at all.
class Cache {
 public:
  /// How long a file may lie unused, and how much all of them may take: some 25 policies.
  struct Bounds {
    std::chrono::hours unused{30 * 24};
    std::uint64_t bytes = 256U << 20;
  };

  /// Empty: nothing is kept.
  explicit Cache(std::string directory) : directory_(std::move(directory)) {}
  Cache(const Cache&) = default;
  Cache& operator=(const Cache&) = default;
  virtual ~Cache() = default;

  /// As Scanner::compile, in milliseconds if it was done before.
  virtual Result<Scanner> compile(std::span<const Pattern> patterns, std::span<const unsigned> numbers) const;
  /// Removes what is beyond the bounds, the longest unused first, and nothing but files of its own. To be called after
  /// what is needed has been compiled, which makes it the latest used.
  void clean(const Bounds& bounds) const;
  void clean() const { clean(Bounds()); }

 protected:
  /// Patterns were not kept and had to be compiled.
  virtual void on_compiled() const {}

 private:
  std::string directory_;
};

}  // namespace ravelin::waf::plan
