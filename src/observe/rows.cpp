#include "observe/rows.h"

#include <algorithm>

namespace ravelin::observe {

Rows::Rows(unsigned workers) {
  for (unsigned i = 0; i <= workers; ++i) rows_.push_back(std::make_unique<Row>());
  add_chunk();
}

Rows::~Rows() {
  for (const auto& row : rows_) {
    for (std::uint32_t i = 0; i < chunks_; ++i) delete row->chunks[i].load(std::memory_order_relaxed);
  }
}

void Rows::add(unsigned worker, std::uint32_t cell, std::uint64_t amount) {
  const unsigned row = std::min(worker, shared_row());
  add(*rows_[row], row == shared_row(), cell, amount);
}

void Rows::observe(unsigned worker, std::uint32_t cell, Duration value) {
  const unsigned row = std::min(worker, shared_row());
  value = std::max(value, Duration::zero());
  const auto bucket =
      static_cast<std::uint32_t>(std::lower_bound(bounds.begin(), bounds.end(), value) - bounds.begin());
  add(*rows_[row], row == shared_row(), cell + bucket, 1);
  add(*rows_[row], row == shared_row(), cell + histogram_cells - 1, static_cast<std::uint64_t>(value.count()));
}

// The scrape may read while the worker writes; nobody else writes, so no read-modify-write is needed.
void Rows::add(Row& row, bool is_shared, std::uint32_t cell, std::uint64_t amount) {
  std::atomic<std::uint64_t>& value = at(row, cell);
  if (is_shared) {
    value.fetch_add(amount, std::memory_order_relaxed);
  } else {
    value.store(value.load(std::memory_order_relaxed) + amount, std::memory_order_relaxed);
  }
}

std::uint32_t Rows::reserve(std::uint32_t count) {
  // A histogram lies within one chunk.
  if (next_ / chunk_cells != (next_ + count - 1) / chunk_cells) next_ = (next_ / chunk_cells + 1) * chunk_cells;
  if (next_ / chunk_cells >= chunks_ && !add_chunk()) return nowhere;
  const std::uint32_t first = next_;
  next_ += count;
  return first;
}

bool Rows::add_chunk() {
  if (chunks_ == most_chunks) return false;
  for (const auto& row : rows_) row->chunks[chunks_].store(new Chunk{}, std::memory_order_release);
  ++chunks_;
  return true;
}

std::uint64_t Rows::sum(std::uint32_t cell) const {
  std::uint64_t total = 0;
  for (const auto& row : rows_) total += at(*row, cell).load(std::memory_order_relaxed);
  return total;
}

}  // namespace ravelin::observe
