#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include "base/slice.h"

namespace ravelin {

/// SliceQueue is the slices of a chain, first in, first out. Two are kept in place, which is what a head
/// and a short body need, so that most messages cost no allocation here; an empty queue holds none.
class SliceQueue {
 public:
  SliceQueue() = default;
  SliceQueue(const SliceQueue&) = delete;
  SliceQueue& operator=(const SliceQueue&) = delete;

  bool is_empty() const { return head_ == end_; }
  Slice& front() { return at_[head_]; }
  const Slice& front() const { return at_[head_]; }
  Slice& back() { return at_[end_ - 1]; }
  const Slice* begin() const { return at_ + head_; }
  const Slice* end() const { return at_ + end_; }

  void push(Slice&& slice) {
    if (end_ == capacity_) make_room();
    at_[end_++] = std::move(slice);
  }
  /// Takes the first slice off.
  Slice pop() {
    Slice slice = std::move(at_[head_]);
    if (++head_ == end_) restart();
    return slice;
  }
  void clear() {
    while (!is_empty()) pop();
  }
  /// Moves all of `other` into this, which must be empty.
  void take(SliceQueue& other);

 private:
  static constexpr std::uint32_t few = 2;

  void restart() {
    head_ = end_ = 0;
    if (at_ != few_) give_up_heap();
  }
  void give_up_heap();
  void make_room();

  Slice* at_ = few_;
  std::uint32_t head_ = 0;
  std::uint32_t end_ = 0;
  std::uint32_t capacity_ = few;
  Slice few_[few];
  std::unique_ptr<Slice[]> many_;
};

}  // namespace ravelin
