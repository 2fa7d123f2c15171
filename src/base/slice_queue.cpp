#include "base/slice_queue.h"

#include <algorithm>

namespace ravelin {

void SliceQueue::take(SliceQueue& other) {
  if (other.many_ != nullptr) {
    many_ = std::move(other.many_);
    at_ = many_.get();
    capacity_ = std::exchange(other.capacity_, few);
    head_ = std::exchange(other.head_, 0);
    end_ = std::exchange(other.end_, 0);
    other.at_ = other.few_;
    return;
  }
  while (!other.is_empty()) push(other.pop());
}

void SliceQueue::give_up_heap() {
  many_.reset();
  at_ = few_;
  capacity_ = few;
}

// The places of what was taken off are used again before more are made.
void SliceQueue::make_room() {
  constexpr std::uint32_t first_on_heap = 16;
  Slice* to = at_;
  std::unique_ptr<Slice[]> grown;
  if (head_ < capacity_ / 2) {
    capacity_ = std::max(first_on_heap, 2 * capacity_);
    grown = std::make_unique<Slice[]>(capacity_);
    to = grown.get();
  }
  std::move(at_ + head_, at_ + end_, to);
  end_ -= std::exchange(head_, 0);
  if (grown == nullptr) return;
  many_ = std::move(grown);
  at_ = to;
}

}  // namespace ravelin
