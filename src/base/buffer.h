#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <sys/uio.h>

#include "base/slice.h"
#include "base/slice_queue.h"

namespace ravelin {

/// BlockPool is a worker's free list of blocks. What exceeds `keep` on release goes back to the
/// allocator, so memory after a burst returns. It also remembers a block whose end nobody has written
/// yet: small messages of many connections then lie side by side in a few blocks that stay in the
/// processor's cache, instead of each at the start of its own.
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

  /// Room is the end of a block, from `used` on, that one chain may write.
  struct Room {
    Block& block;
    std::size_t used;
  };
  /// At least `at_least` bytes (at most Block::size), of a block that others view or of a new one.
  Room take_room(std::size_t at_least);
  /// Offers what is left to the next chain. The block must still be viewed by a slice; when it is not any
  /// more, the whole block is free again.
  void leave_room(Room room);

  /// Blocks held by slices now; 0 when a test ends.
  std::size_t in_use() const { return in_use_; }

 private:
  friend class Block;
  friend class Slice;

  Block* free_ = nullptr;
  std::size_t free_count_ = 0;
  std::size_t in_use_ = 0;
  std::size_t keep_;
  Block* rest_ = nullptr;  // viewed by slices, and its end may be written by whoever takes it
  std::size_t rest_used_ = 0;
};

/// Chain is a queue of bytes made of slices: moved, not copied. Small pieces that are appended to others
/// are written side by side, so that they do not each hold a block.
class Chain {
 public:
  explicit Chain(BlockPool& pool) : pool_(&pool) {}
  /// What was moved from is an empty chain of the same pool.
  Chain(Chain&& other) noexcept : pool_(other.pool_) { take(other); }
  Chain& operator=(Chain&& other) noexcept {
    clear();
    take(other);
    return *this;
  }

  std::size_t size() const { return size_; }
  bool is_empty() const { return size_ == 0; }
  BlockPool& pool() const { return *pool_; }

  /// Appends by reference; behind others a slice of at most `copy_below` bytes is copied instead, so that a
  /// peer that sends byte by byte does not hold a block with each.
  void append(Slice slice);
  /// Appends a copy.
  void append(std::string_view text);
  /// Moves everything of `other` to the end of this.
  void append(Chain&& other);
  /// Moves the first `n` bytes of `other` to the end of this.
  void take_from(Chain& other, std::size_t n);
  /// Takes the first slice off; the chain must not be empty.
  Slice pop_front();
  const Slice& front() const { return slices_.front(); }
  /// Drops the first `n` bytes.
  void consume(std::size_t n);
  void clear() {
    if (is_empty()) return;
    slices_.clear();
    size_ = 0;
    leave_tail();
  }

  /// Room to write at the end: at least `at_least` contiguous bytes (at most Block::size). commit()
  /// makes the first `n` bytes written there part of the chain. No other call in between.
  std::span<std::byte> reserve(std::size_t at_least);
  void commit(std::size_t n);

  /// Fills `out` with the front of the chain for writev(); returns how many entries were used.
  std::size_t gather(std::span<iovec> out) const;
  /// A flat copy, for tests and small texts.
  std::string to_string() const;

  const Slice* begin() const { return slices_.begin(); }
  const Slice* end() const { return slices_.end(); }

 private:
  static constexpr std::size_t copy_below = 1024;

  void take(Chain& other) noexcept {
    slices_.take(other.slices_);
    size_ = std::exchange(other.size_, 0);
    tail_ = std::move(other.tail_);
    tail_used_ = other.tail_used_;
    is_gathering_ = std::exchange(other.is_gathering_, false);
  }
  void leave_tail();

  BlockPool* pool_;
  SliceQueue slices_;
  std::size_t size_ = 0;
  // A view of the block whose end is being written. Between reserve() and commit(); and kept while small
  // pieces come between those of other chains, which would otherwise each become a slice.
  Slice tail_;
  std::size_t tail_used_ = 0;  // bytes of that block in use, from its start
  bool is_gathering_ = false;
};

}  // namespace ravelin
