#include "base/buffer.h"

#include <algorithm>
#include <cassert>

namespace ravelin {

Slice::Slice(Block& block, std::size_t offset, std::size_t size)
    : block_(&block), data_(block.data() + offset), size_(size) {
  assert(offset + size <= Block::size);
  if (block.references_++ == 0) ++block.pool_.in_use_;
}

Slice::Slice(const Slice& other) : block_(other.block_), data_(other.data_), size_(other.size_) {
  if (block_ != nullptr) ++block_->references_;
}

Slice Slice::of_static(std::string_view text) {
  Slice slice;
  slice.data_ = reinterpret_cast<const std::byte*>(text.data());
  slice.size_ = text.size();
  return slice;
}

Slice Slice::part(std::size_t offset, std::size_t size) const {
  assert(offset + size <= size_);
  Slice slice(*this);
  slice.data_ += offset;
  slice.size_ = size;
  return slice;
}

void Slice::release() {
  if (block_ == nullptr || --block_->references_ != 0) return;
  --block_->pool_.in_use_;
  block_->pool_.give_back(*block_);
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
  if (free_count_ >= keep_) {
    delete &block;
    return;
  }
  block.next_ = free_;
  free_ = &block;
  ++free_count_;
}

void Chain::append(Slice slice) {
  if (slice.is_empty()) return;
  if (slice.size() <= copy_below && slice.block_ != nullptr) return append(slice.text());
  size_ += slice.size();
  slices_.push_back(std::move(slice));
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
  if (is_empty() && head_ == 0 && tail_.block_ == nullptr) {
    *this = std::move(other);
    other.clear();
    return;
  }
  for (; other.head_ < other.slices_.size(); ++other.head_) append(std::move(other.slices_[other.head_]));
  other.clear();
}

void Chain::take_from(Chain& other, std::size_t n) {
  assert(n <= other.size_);
  while (n > 0) {
    Slice& first = other.slices_[other.head_];
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
  Slice slice = std::move(slices_[head_]);
  size_ -= slice.size();
  drop_head();
  return slice;
}

void Chain::consume(std::size_t n) {
  assert(n <= size_);
  while (n > 0) {
    Slice& first = slices_[head_];
    if (first.size() > n) {
      first.remove_prefix(n);
      size_ -= n;
      return;
    }
    n -= first.size();
    pop_front();
  }
}

void Chain::clear() {
  slices_.clear();
  head_ = 0;
  size_ = 0;
  tail_ = Slice();
}

Chain Chain::split_off() {
  Chain taken(*pool_);
  taken.slices_.swap(slices_);
  std::swap(taken.head_, head_);
  std::swap(taken.size_, size_);
  return taken;
}

// An empty chain holds no block: an idle connection costs none.
void Chain::drop_head() {
  if (++head_ == slices_.size()) {
    slices_.clear();
    head_ = 0;
    tail_ = Slice();
  } else if (head_ >= 64 && head_ * 2 >= slices_.size()) {
    slices_.erase(slices_.begin(), slices_.begin() + static_cast<std::ptrdiff_t>(head_));
    head_ = 0;
  }
}

std::span<std::byte> Chain::reserve(std::size_t at_least) {
  assert(at_least <= Block::size);
  if (tail_.block_ == nullptr || Block::size - tail_used_ < at_least) {
    tail_ = Slice(pool_->take(), 0, 0);
    tail_used_ = 0;
  }
  return {tail_.block_->data() + tail_used_, Block::size - tail_used_};
}

void Chain::commit(std::size_t n) {
  if (n > 0) {
    std::byte* const start = tail_.block_->data() + tail_used_;
    tail_used_ += n;
    size_ += n;
    if (!slices_.empty() && slices_.back().data_ + slices_.back().size_ == start) {
      slices_.back().size_ += n;
    } else {
      slices_.emplace_back(*tail_.block_, static_cast<std::size_t>(start - tail_.block_->data()), n);
    }
  }
  if (is_empty()) tail_ = Slice();
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
