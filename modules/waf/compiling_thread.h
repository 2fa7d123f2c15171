#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

namespace ravelin::waf {

/// CompilingThread is the process's one thread for compiling plans: one after the other, however many a configuration
/// has, and at low priority. Shared by all who have something to compile; the last of them waits in its destructor
/// for the piece of work that runs (see Plan::compile), so that no thread is left when the process ends.
class CompilingThread {
 public:
  using Work = std::function<void()>;

  /// The one there is, or a new one. Throws std::system_error if there is no thread to be had. Any thread.
  static std::shared_ptr<CompilingThread> of_process();

  CompilingThread();
  CompilingThread(const CompilingThread&) = delete;
  CompilingThread& operator=(const CompilingThread&) = delete;
  /// What has not begun is dropped.
  ~CompilingThread();

  /// `work` throws nothing, and keeps no share of this. Any thread.
  void add(Work work);
  /// The same, when there is nothing else to do.
  void add_for_later(Work work);

 private:
  void run();
  Work next();

  std::mutex lock_;
  std::condition_variable has_changed_;
  std::deque<Work> waiting_;
  std::deque<Work> later_;
  bool is_ending_ = false;
  std::thread thread_;
};

}  // namespace ravelin::waf
