#pragma once

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>

namespace ravelin {

class BlockPool;

/// Block is a fixed piece of memory from a worker's pool, shared by the slices that view into it.
/// Counted without atomics: blocks and slices stay on their worker's thread.
class Block {
 public:
  /// What a block holds. With what it knows of itself it has the allocator's size of 32 KiB, beyond which
  /// allocators round up by a quarter and take a lock.
  static constexpr std::size_t size = 32 * 1024 - 32;

  std::byte* data() { return data_; }

 private:
  friend class BlockPool;
  friend class Slice;
  explicit Block(BlockPool& pool) : pool_(pool) {}

  void lose_last_view();

  BlockPool& pool_;
  Block* next_ = nullptr;  // in the free list
  std::uint32_t references_ = 0;
  alignas(16) std::byte data_[size];
};

static_assert(sizeof(Block) == 32 * 1024);

/// Slice is a counted view of part of a block, or an uncounted view of static text.
class Slice {
 public:
  Slice() = default;
  Slice(Block& block, std::size_t offset, std::size_t size);
  /// Views text that outlives every chain: literals only.
  static Slice of_static(std::string_view text);
  Slice(const Slice& other) : block_(other.block_), data_(other.data_), size_(other.size_) {
    if (block_ != nullptr) ++block_->references_;
  }
  Slice(Slice&& other) noexcept
      : block_(std::exchange(other.block_, nullptr)), data_(other.data_), size_(std::exchange(other.size_, 0)) {}
  Slice& operator=(const Slice& other) { return *this = Slice(other); }
  Slice& operator=(Slice&& other) noexcept {
    Block* const before = std::exchange(block_, std::exchange(other.block_, nullptr));
    data_ = other.data_;
    size_ = std::exchange(other.size_, 0);
    release(before);
    return *this;
  }
  ~Slice() { release(block_); }

  const std::byte* data() const { return data_; }
  std::size_t size() const { return size_; }
  bool is_empty() const { return size_ == 0; }
  std::string_view text() const { return {reinterpret_cast<const char*>(data_), size_}; }
  std::span<const std::byte> bytes() const { return {data_, size_}; }

  void remove_prefix(std::size_t n) {
    data_ += n;
    size_ -= n;
  }
  /// Part of this slice, sharing the block.
  Slice part(std::size_t offset, std::size_t size) const {
    assert(offset + size <= size_);
    Slice slice(*this);
    slice.data_ += offset;
    slice.size_ = size;
    return slice;
  }
  /// The part of this slice that `view`, which must lie inside it, points at.
  Slice part(std::string_view view) const {
    return part(static_cast<std::size_t>(reinterpret_cast<const std::byte*>(view.data()) - data_), view.size());
  }

 private:
  friend class Chain;
  static void release(Block* block) {
    if (block != nullptr && --block->references_ == 0) block->lose_last_view();
  }

  Block* block_ = nullptr;
  const std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace ravelin
