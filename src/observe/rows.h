#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "ravelin/metrics.h"

namespace ravelin::observe {

/// Rows is the memory of counters and histograms: a row per worker, written by that worker alone with a
/// plain load and store, and one shared row for all other threads, written by atomic additions. Rows
/// grow by chunks, which never move: a handle stays good while others are registered.
class Rows final : public Cells {
 public:
  /// Upper bounds of the buckets of every histogram; fine enough for a WAF, wide enough for an upload.
  static constexpr std::array<Duration, 17> bounds{
      std::chrono::microseconds(100), std::chrono::microseconds(250),  std::chrono::microseconds(500),
      std::chrono::milliseconds(1),   std::chrono::microseconds(2500), std::chrono::milliseconds(5),
      std::chrono::milliseconds(10),  std::chrono::milliseconds(25),   std::chrono::milliseconds(50),
      std::chrono::milliseconds(100), std::chrono::milliseconds(250),  std::chrono::milliseconds(500),
      std::chrono::seconds(1),        std::chrono::milliseconds(2500), std::chrono::seconds(5),
      std::chrono::seconds(10),       std::chrono::seconds(60)};
  /// Cells of one histogram: its buckets, the one above all, and the sum in nanoseconds.
  static constexpr std::uint32_t histogram_cells = bounds.size() + 2;
  /// Where handles count that got no cell of their own because all are taken: nobody reads it.
  static constexpr std::uint32_t nowhere = 0;

  explicit Rows(unsigned workers);
  ~Rows() override;

  /// A worker index beyond the last means the shared row.
  void add(unsigned worker, std::uint32_t cell, std::uint64_t amount) override;
  void observe(unsigned worker, std::uint32_t cell, Duration value) override;

  /// `count` cells side by side, zero; `nowhere` if there is no more room. The caller serialises calls.
  std::uint32_t reserve(std::uint32_t count);
  /// Of all rows; any thread.
  std::uint64_t sum(std::uint32_t cell) const;
  unsigned shared_row() const { return static_cast<unsigned>(rows_.size() - 1); }

 private:
  static constexpr std::uint32_t chunk_cells = 512;
  static constexpr std::uint32_t most_chunks = 4096;  // two million cells

  using Chunk = std::array<std::atomic<std::uint64_t>, chunk_cells>;
  struct alignas(64) Row {
    std::array<std::atomic<Chunk*>, most_chunks> chunks{};
  };

  bool add_chunk();
  // The chunk was published before the handle was, so a handle's cell is always there.
  static std::atomic<std::uint64_t>& at(const Row& row, std::uint32_t cell) {
    return (*row.chunks[cell / chunk_cells].load(std::memory_order_acquire))[cell % chunk_cells];
  }
  void add(Row& row, bool is_shared, std::uint32_t cell, std::uint64_t amount);

  std::vector<std::unique_ptr<Row>> rows_;
  std::uint32_t chunks_ = 0;
  std::uint32_t next_ = histogram_cells;  // `nowhere` is large enough for a histogram
};

}  // namespace ravelin::observe
