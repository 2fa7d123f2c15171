#pragma once

#include <cstddef>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "observe/registry.h"
#include "ravelin/loop.h"

namespace ravelin::observe {

/// ReasonCounters counts by who and by stable reason code, which become known as they occur. A rule's number
/// is left off ("waf:942100" counts as "waf"), and beyond 256 different codes all that follows a ':' is. Lives
/// as long as the process.
class ReasonCounters {
 public:
  struct Family {
    std::string name;
    std::string help;
    std::string who;  // the first label; the second is `reason`
  };
  ReasonCounters(Registry& registry, unsigned workers, Family family)
      : registry_(registry), family_(std::move(family)), own_(workers) {}

  /// For the loop's worker.
  void add(const Loop& loop, std::string_view who, std::string_view reason);

 private:
  struct alignas(64) Own {
    std::unordered_map<std::string, Counter> counters;
    std::string key;
  };
  static constexpr std::size_t most_reasons = 256;

  Counter find_or_register(std::string_view who, std::string_view reason);

  Registry& registry_;
  const Family family_;
  std::vector<Own> own_;  // by worker
  std::mutex mutex_;      // guards what follows
  std::map<std::pair<std::string, std::string>, Counter> known_;
};

}  // namespace ravelin::observe
