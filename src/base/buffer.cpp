#include "base/buffer.h"

#include <algorithm>
#include <cassert>
#include <cstring>

namespace ravelin {

Slice::Slice(Block& block, std::size_t offset, std::size_t size)
    : block_(&block), data_(block.data() + offset), size_(size) {
  assert(offset + size <= Block::size);
  if (block.references_++ == 0) ++block.pool_.in_use_;
}

Slice Slice::of_static(std::string_view text) {
  Slice slice;
  slice.data_ = reinterpret_cast<const std::byte*>(text.data());
  slice.size_ = text.size();
  return slice;
}

void Block::lose_last_view() {
  --pool_.in_use_;
  pool_.give_back(*this);
}

BlockPool::~BlockPool() {
  assert(in_use_ == 0);
  while (free_ != nullptr) delete std::exchange(free_, free_->next_);
}

Block& BlockPool::take() {
  if (free_ == nullptr) return *new Block(*this);
  --free_count_;
  return *std::exchange(free_, free_->next_);
}

void BlockPool::give_back(Block& block) {
  if (rest_ == &block) rest_ = nullptr;
  if (free_count_ >= keep_) {
    delete &block;
    return;
  }
  block.next_ = free_;
  free_ = &block;
  ++free_count_;
}

BlockPool::Room BlockPool::take_room(std::size_t at_least) {
  if (rest_ == nullptr || Block::size - rest_used_ < at_least) return {take(), 0};
  return {*std::exchange(rest_, nullptr), rest_used_};
}

// Of two the one with more room is kept. Little room is not worth keeping: who reads into it would have
// to read twice.
void BlockPool::leave_room(Room room) {
  constexpr std::size_t least = 4096;
  if (Block::size - room.used < least || (rest_ != nullptr && rest_used_ < room.used)) return;
  rest_ = &room.block;
  rest_used_ = room.used;
}

void Chain::append(Slice slice) {
  if (slice.is_empty()) return;
  if (!is_empty() && slice.size() <= copy_below && slice.block_ != nullptr) return append(slice.text());
  size_ += slice.size();
  slices_.push(std::move(slice));
}

void Chain::append(std::string_view text) {
  while (!text.empty()) {
    const auto room = reserve(1);
    const std::size_t n = std::min(room.size(), text.size());
    std::memcpy(room.data(), text.data(), n);
    commit(n);
    text.remove_prefix(n);
  }
}

void Chain::append(Chain&& other) {
  if (is_empty()) {
    *this = std::move(other);
    return;
  }
  while (!other.is_empty()) append(other.pop_front());
}

void Chain::take_from(Chain& other, std::size_t n) {
  assert(n <= other.size_);
  while (n > 0) {
    const Slice& first = other.front();
    if (first.size() <= n) {
      n -= first.size();
      append(other.pop_front());
    } else {
      append(first.part(0, n));
      other.consume(n);
      n = 0;
    }
  }
}

Slice Chain::pop_front() {
  Slice slice = slices_.pop();
  size_ -= slice.size();
  if (is_empty()) leave_tail();  // an empty chain holds no block: an idle connection costs none
  return slice;
}

void Chain::consume(std::size_t n) {
  assert(n <= size_);
  while (n > 0) {
    Slice& first = slices_.front();
    if (first.size() > n) {
      first.remove_prefix(n);
      size_ -= n;
      return;
    }
    n -= first.size();
    pop_front();
  }
}

void Chain::leave_tail() {
  if (tail_.block_ == nullptr) return;
  pool_->leave_room({*tail_.block_, tail_used_});
  tail_ = Slice();
  is_gathering_ = false;
}

std::span<std::byte> Chain::reserve(std::size_t at_least) {
  assert(at_least <= Block::size);
  if (tail_.block_ == nullptr || Block::size - tail_used_ < at_least) {
    leave_tail();
    const auto room = pool_->take_room(at_least);
    tail_ = Slice(room.block, 0, 0);
    tail_used_ = room.used;
  }
  return {tail_.block_->data() + tail_used_, Block::size - tail_used_};
}

void Chain::commit(std::size_t n) {
  if (n > 0) {
    std::byte* const start = tail_.block_->data() + tail_used_;
    tail_used_ += n;
    size_ += n;
    if (!slices_.is_empty() && slices_.back().data_ + slices_.back().size_ == start) {
      slices_.back().size_ += n;
    } else {
      is_gathering_ = !slices_.is_empty() && slices_.back().size() <= copy_below;
      slices_.push(Slice(*tail_.block_, tail_used_ - n, n));
    }
  }
  if (!is_gathering_) leave_tail();
}

std::size_t Chain::gather(std::span<iovec> out) const {
  std::size_t used = 0;
  for (auto slice = begin(); slice != end() && used < out.size(); ++slice, ++used) {
    out[used].iov_base = const_cast<std::byte*>(slice->data());  // writev() takes no const
    out[used].iov_len = slice->size();
  }
  return used;
}

std::string Chain::to_string() const {
  std::string text;
  text.reserve(size_);
  for (const Slice& slice : *this) text.append(slice.text());
  return text;
}

}  // namespace ravelin
