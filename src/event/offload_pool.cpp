#include "event/offload_pool.h"

#include <csignal>
#include <utility>

namespace ravelin::event {

OffloadPool::OffloadPool(unsigned threads, std::size_t capacity) : capacity_(capacity) {
  threads_.reserve(threads);
  for (unsigned i = 0; i < threads; ++i) threads_.emplace_back([this] { run(); });
}

OffloadPool::~OffloadPool() {
  std::deque<Function<void()>> dropped;
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
    dropped.swap(queue_);
  }
  dropped.clear();
  changed_.notify_all();
  for (auto& thread : threads_) thread.join();
}

bool OffloadPool::submit(Function<void()> work) {
  {
    const std::lock_guard lock(mutex_);
    if (is_stopping_ || queue_.size() >= capacity_) return false;
    queue_.push_back(std::move(work));
  }
  changed_.notify_one();
  return true;
}

std::size_t OffloadPool::queued() const {
  const std::lock_guard lock(mutex_);
  return queue_.size();
}

void OffloadPool::run() {
  // Signals are for the main thread's loop.
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, nullptr);
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return is_stopping_ || !queue_.empty(); });
    if (is_stopping_) return;
    {
      Function<void()> work = std::move(queue_.front());
      queue_.pop_front();
      lock.unlock();
      work();
    }
    lock.lock();
  }
}

}  // namespace ravelin::event
