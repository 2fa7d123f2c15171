#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

#include "observe/registry.h"
#include "ravelin/metrics.h"

namespace ravelin::observe {

/// CodeTable is one counter per status code, with the label `code`. Bounded, whatever an origin sends: the
/// registered codes have their number, no answer at all is "none", the rest is "other". A code's
/// series is registered when it first occurs, under the registry's lock; from then on counting it is a
/// load and an addition in the worker's own row.
class CodeTable {
 public:
  CodeTable(Registry& registry, std::string name, std::string help, Labels labels);

  void add(const Loop& loop, int status);

 private:
  Counter& first(std::size_t slot);

  // The codes of the IANA registry; 0 stands for none. One more slot behind them is for all others.
  static constexpr std::array<std::uint16_t, 64> codes{
      0,   100, 101, 102, 103, 104, 200, 201, 202, 203, 204, 205, 206, 207, 208, 226, 300, 301, 302, 303, 304, 305,
      307, 308, 400, 401, 402, 403, 404, 405, 406, 407, 408, 409, 410, 411, 412, 413, 414, 415, 416, 417, 418, 421,
      422, 423, 424, 425, 426, 428, 429, 431, 451, 499, 500, 501, 502, 503, 504, 505, 506, 507, 508, 511};
  static constexpr std::size_t other = codes.size();
  static const std::array<std::uint8_t, 600> slots;

  struct Slot {
    std::atomic<bool> is_ready{false};
    Counter counter;
  };

  Registry& registry_;
  std::string name_;
  std::string help_;
  Labels labels_;
  std::mutex mutex_;
  std::array<Slot, codes.size() + 1> counters_;
};

/// CodeCounter is a handle on a CodeTable. Default: counts nothing.
class CodeCounter {
 public:
  CodeCounter() = default;
  explicit CodeCounter(CodeTable& table) : table_(&table) {}
  /// `status` 0: there was no response.
  void add(const Loop& loop, int status) {
    if (table_ != nullptr) table_->add(loop, status);
  }

 private:
  CodeTable* table_ = nullptr;
};

}  // namespace ravelin::observe
