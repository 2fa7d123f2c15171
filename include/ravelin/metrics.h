#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ravelin/function.h"
#include "ravelin/loop.h"

namespace ravelin {

/// Labels of one series. Values come from configuration only, never from traffic.
using Labels = std::vector<std::pair<std::string, std::string>>;

/// Cells is where the counters live: one row per worker, written by that worker alone, read by the
/// scrape. No lock and no read-modify-write instruction on the hot path.
class Cells {
 public:
  virtual ~Cells() = default;
  virtual void add(unsigned worker, std::uint32_t cell, std::uint64_t amount) = 0;
  virtual void observe(unsigned worker, std::uint32_t cell, Duration value) = 0;
};

/// Counter only grows. A default one counts nothing.
class Counter {
 public:
  Counter() = default;
  Counter(Cells& cells, std::uint32_t cell) : cells_(&cells), cell_(cell) {}
  void add(const Loop& loop, std::uint64_t amount = 1) {
    if (cells_ != nullptr) cells_->add(loop.worker(), cell_, amount);
  }

 private:
  Cells* cells_ = nullptr;
  std::uint32_t cell_ = 0;
};

/// Histogram counts durations in fixed buckets.
class Histogram {
 public:
  Histogram() = default;
  Histogram(Cells& cells, std::uint32_t cell) : cells_(&cells), cell_(cell) {}
  void observe(const Loop& loop, Duration value) {
    if (cells_ != nullptr) cells_->observe(loop.worker(), cell_, value);
  }

 private:
  Cells* cells_ = nullptr;
  std::uint32_t cell_ = 0;
};

/// Metrics is the registry. Names are given without the prefix `ravelin_`. Registering the same
/// name and labels again returns the same series, so a reload continues its counts. Any thread, at
/// load only.
class Metrics {
 public:
  virtual ~Metrics() = default;
  virtual Counter counter(std::string_view name, std::string_view help, Labels labels = {}) = 0;
  virtual Histogram histogram(std::string_view name, std::string_view help, Labels labels = {}) = 0;
  /// Asks `read` at each scrape, from the scraping thread. A second registration of the same series
  /// replaces the first.
  virtual void gauge(std::string_view name, std::string_view help, Labels labels, Function<double()> read) = 0;
};

}  // namespace ravelin
