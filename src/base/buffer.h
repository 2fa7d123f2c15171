#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <sys/uio.h>

namespace ravelin {

class BlockPool;

/// Block is a fixed piece of memory from a worker's pool, shared by the slices that view into it.
/// Counted without atomics: blocks and slices stay on their worker's thread.
class Block {
 public:
  static constexpr std::size_t size = 32 * 1024;

  std::byte* data() { return data_; }
  std::uint32_t references() const { return references_; }

 private:
  friend class BlockPool;
  friend class Slice;
  explicit Block(BlockPool& pool) : pool_(pool) {}

  BlockPool& pool_;
  Block* next_ = nullptr;  // in the free list
  std::uint32_t references_ = 0;
  alignas(16) std::byte data_[size];
};

/// Slice is a counted view of part of a block, or an uncounted view of static text.
class Slice {
 public:
  Slice() = default;
  Slice(Block& block, std::size_t offset, std::size_t size);
  /// Views text that outlives every chain: literals only.
  static Slice of_static(std::string_view text);
  Slice(const Slice& other);
  Slice(Slice&& other) noexcept
      : block_(std::exchange(other.block_, nullptr)), data_(other.data_), size_(std::exchange(other.size_, 0)) {}
  Slice& operator=(Slice other) noexcept {
    std::swap(block_, other.block_);
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
  }
  ~Slice() { release(); }

  const std::byte* data() const { return data_; }
  std::size_t size() const { return size_; }
  bool is_empty() const { return size_ == 0; }
  std::string_view text() const { return {reinterpret_cast<const char*>(data_), size_}; }
  std::span<const std::byte> bytes() const { return {data_, size_}; }

  void remove_prefix(std::size_t n) {
    data_ += n;
    size_ -= n;
  }
  void truncate(std::size_t size) { size_ = size; }
  /// Part of this slice, sharing the block.
  Slice part(std::size_t offset, std::size_t size) const;
  /// The part of this slice that `view`, which must lie inside it, points at.
  Slice part(std::string_view view) const {
    return part(static_cast<std::size_t>(reinterpret_cast<const std::byte*>(view.data()) - data_), view.size());
  }
  /// Whether this slice is the only view of its block.
  bool is_sole_view() const { return block_ != nullptr && block_->references() == 1; }

 private:
  friend class Chain;
  void release();

  Block* block_ = nullptr;
  const std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

/// BlockPool is a worker's free list of blocks. What exceeds `keep` on release goes back to the
/// allocator, so memory after a burst returns.
class BlockPool {
 public:
  explicit BlockPool(std::size_t keep = 64) : keep_(keep) {}
  BlockPool(const BlockPool&) = delete;
  BlockPool& operator=(const BlockPool&) = delete;
  ~BlockPool();

  /// A block without references; the first Slice of it takes the first one.
  Block& take();
  /// Returns a block that no slice was made of.
  void give_back(Block& block);
  /// Blocks held by slices now; 0 when a test ends.
  std::size_t in_use() const { return in_use_; }

 private:
  friend class Slice;

  Block* free_ = nullptr;
  std::size_t free_count_ = 0;
  std::size_t in_use_ = 0;
  std::size_t keep_;
};

/// Chain is a queue of bytes made of slices: moved, not copied. Small appends are written into the
/// tail block where there is room, so many small pieces do not each hold a block.
class Chain {
 public:
  explicit Chain(BlockPool& pool) : pool_(&pool) {}
  /// What was moved from is an empty chain of the same pool.
  Chain(Chain&& other) noexcept : pool_(other.pool_) { swap(other); }
  Chain& operator=(Chain&& other) noexcept {
    clear();
    swap(other);
    return *this;
  }

  std::size_t size() const { return size_; }
  bool is_empty() const { return size_ == 0; }
  BlockPool& pool() const { return *pool_; }

  /// Appends by reference; a slice of at most `copy_below` bytes is copied into the tail block instead,
  /// so that a peer that sends byte by byte does not hold a block with each.
  void append(Slice slice);
  /// Appends a copy.
  void append(std::string_view text);
  /// Moves everything of `other` to the end of this.
  void append(Chain&& other);
  /// Moves the first `n` bytes of `other` to the end of this.
  void take_from(Chain& other, std::size_t n);
  /// Takes the first slice off; the chain must not be empty.
  Slice pop_front();
  const Slice& front() const { return slices_[head_]; }
  /// Drops the first `n` bytes.
  void consume(std::size_t n);
  void clear();
  /// Moves all that is here into a chain of its own, and goes on writing behind it in the same block: for
  /// small pieces handed on one by one. That block is held until clear(), also while the chain is empty.
  Chain split_off();

  /// Room to write at the end: at least `at_least` contiguous bytes (at most Block::size). commit()
  /// makes the first `n` bytes written there part of the chain. No other call in between.
  std::span<std::byte> reserve(std::size_t at_least);
  void commit(std::size_t n);

  /// Fills `out` with the front of the chain for writev(); returns how many entries were used.
  std::size_t gather(std::span<iovec> out) const;
  /// A flat copy, for tests and small texts.
  std::string to_string() const;

  auto begin() const { return slices_.begin() + static_cast<std::ptrdiff_t>(head_); }
  auto end() const { return slices_.end(); }

 private:
  static constexpr std::size_t copy_below = 1024;

  void drop_head();
  void swap(Chain& other) noexcept {
    std::swap(slices_, other.slices_);
    std::swap(head_, other.head_);
    std::swap(size_, other.size_);
    std::swap(tail_, other.tail_);
    std::swap(tail_used_, other.tail_used_);
  }

  BlockPool* pool_;
  std::vector<Slice> slices_;  // [head_, end) are in the chain
  std::size_t head_ = 0;
  std::size_t size_ = 0;
  Slice tail_;                 // view of the block whose end may still be written, empty if none
  std::size_t tail_used_ = 0;  // bytes of that block in use, from its start
};

}  // namespace ravelin
