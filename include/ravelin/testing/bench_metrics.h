#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ravelin/log.h"
#include "ravelin/metrics.h"

namespace ravelin::testing {

/// BenchMetrics keeps every series by its text, such as "limit_hits_total{limit=site,mode=enforce}".
/// One thread.
class BenchMetrics final : public Metrics, private Cells {
 public:
  Counter counter(std::string_view name, std::string_view, Labels labels = {}) override {
    return Counter(*this, cell_of(series(name, labels)));
  }
  Histogram histogram(std::string_view name, std::string_view, Labels labels = {}) override {
    return Histogram(*this, cell_of(series(name, labels)));
  }
  void gauge(std::string_view name, std::string_view, Labels labels, Function<double()> read) override {
    gauges_[series(name, labels)] = std::move(read);
  }

  /// A counter's value, or how often a histogram observed; 0 if there is no such series.
  std::uint64_t count(const std::string& series) const {
    const auto found = cells_.find(series);
    return found == cells_.end() ? 0 : values_[found->second];
  }
  /// What the gauge reads now, or -1 if there is none.
  double read(const std::string& series) {
    const auto found = gauges_.find(series);
    return found == gauges_.end() ? -1 : found->second();
  }

 private:
  static std::string series(std::string_view name, const Labels& labels) {
    std::string text(name);
    for (const auto& [label, value] : labels) {
      text.append(&label == &labels.front().first ? "{" : ",").append(label).append("=").append(value);
    }
    return labels.empty() ? text : text + "}";
  }
  std::uint32_t cell_of(const std::string& series) {
    const auto [found, is_new] = cells_.try_emplace(series, static_cast<std::uint32_t>(values_.size()));
    if (is_new) values_.push_back(0);
    return found->second;
  }
  void add(unsigned, std::uint32_t cell, std::uint64_t amount) override { values_[cell] += amount; }
  void observe(unsigned, std::uint32_t cell, Duration) override { ++values_[cell]; }

  std::map<std::string, std::uint32_t> cells_;
  std::vector<std::uint64_t> values_;
  std::map<std::string, Function<double()>> gauges_;
};

/// BenchLog keeps the lines that were written.
class BenchLog final : public Log {
 public:
  void write(Level, std::string_view message) override { lines.emplace_back(message); }

  std::vector<std::string> lines;
};

}  // namespace ravelin::testing
