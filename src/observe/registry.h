#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "observe/rows.h"
#include "ravelin/metrics.h"

namespace prometheus {
struct MetricFamily;
}

namespace ravelin::observe {

/// SharedCounter is a counter for threads that are no workers: it adds atomically. Default: counts nothing.
class SharedCounter {
 public:
  SharedCounter() = default;
  SharedCounter(Rows& rows, std::uint32_t cell) : rows_(&rows), cell_(cell) {}
  void add(std::uint64_t amount = 1) {
    if (rows_ != nullptr) rows_->add(rows_->shared_row(), cell_, amount);
  }

 private:
  Rows* rows_ = nullptr;
  std::uint32_t cell_ = 0;
};

/// Occupancy is a gauge of how many are inside, raised and lowered by workers; it may be left on
/// another worker than it was entered on. Default: counts nothing.
class Occupancy {
 public:
  Occupancy() = default;
  Occupancy(Cells& cells, std::uint32_t cell) : cells_(&cells), cell_(cell) {}
  void enter(const Loop& loop) { add(loop, 1); }
  void leave(const Loop& loop) { add(loop, UINT64_MAX); }  // -1: sums wrap around

 private:
  void add(const Loop& loop, std::uint64_t amount) {
    if (cells_ != nullptr) cells_->add(loop.worker(), cell_, amount);
  }
  Cells* cells_ = nullptr;
  std::uint32_t cell_ = 0;
};

/// Registry is the Metrics of the process and its scrape. Registering takes a lock, counting does not.
///
/// Gauges that read what a Generation owns must not outlive it: between begin_load() and commit_load()
/// registered gauges are set aside; commit_load() puts them in place of those of the load before,
/// abandon_load() forgets them. Gauges registered outside of a load stay for good. Counters and
/// histograms always stay, so a reload continues them.
class Registry final : public Metrics {
 public:
  explicit Registry(unsigned workers) : rows_(workers) {}

  Counter counter(std::string_view name, std::string_view help, Labels labels = {}) override;
  Histogram histogram(std::string_view name, std::string_view help, Labels labels = {}) override;
  /// `read` must not use the registry.
  void gauge(std::string_view name, std::string_view help, Labels labels, Function<double()> read) override;
  SharedCounter shared_counter(std::string_view name, std::string_view help, Labels labels = {});
  Occupancy occupancy(std::string_view name, std::string_view help, Labels labels = {});

  void begin_load();
  /// Call it before the old Generation can be destroyed.
  void commit_load();
  /// Call it before the Generation that was not to be can be destroyed.
  void abandon_load();

  /// Everything in the Prometheus text format 0.0.4, names with the prefix `ravelin_`. Any thread.
  std::string scrape();

 private:
  enum class Type : std::uint8_t { counter, occupancy, histogram };
  struct Family {
    std::string help;
    Type type = Type::counter;
    std::map<Labels, std::uint32_t> cells;
  };
  struct GaugeFamily {
    std::string help;
    std::map<Labels, Function<double()>> reads;
  };
  using Gauges = std::map<std::string, GaugeFamily, std::less<>>;

  std::uint32_t cell(Type type, std::string_view name, std::string_view help, Labels labels);
  void collect_cells(std::vector<prometheus::MetricFamily>& into);
  void collect_gauges(std::vector<prometheus::MetricFamily>& into);

  Rows rows_;
  std::mutex cells_mutex_;
  std::map<std::string, Family, std::less<>> families_;
  std::mutex gauges_mutex_;
  Gauges lasting_;                  // registered outside of a load
  Gauges current_;                  // of the load in force
  std::unique_ptr<Gauges> staged_;  // of the load under way
};

}  // namespace ravelin::observe
