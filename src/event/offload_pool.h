#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include "ravelin/function.h"

namespace ravelin::event {

/// OffloadPool is a few threads for work that would hold up a loop, shared by all loops. Destroying it
/// waits for the work that runs and drops what is queued; that must happen before the loops that use
/// it are destroyed.
class OffloadPool {
 public:
  /// `capacity` bounds the work that waits for a thread.
  OffloadPool(unsigned threads, std::size_t capacity);
  OffloadPool(const OffloadPool&) = delete;
  OffloadPool& operator=(const OffloadPool&) = delete;
  ~OffloadPool();

  /// Queues `work`, which must not throw. False, and nothing happens, if the queue is full. Any thread.
  bool submit(Function<void()> work);
  /// Work that waits for a thread now. Any thread.
  std::size_t queued() const;

 private:
  void run();

  const std::size_t capacity_;
  mutable std::mutex mutex_;  // guards queue_ and is_stopping_
  std::condition_variable changed_;
  std::deque<Function<void()>> queue_;
  bool is_stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace ravelin::event
