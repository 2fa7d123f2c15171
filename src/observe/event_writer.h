#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include <poll.h>

#include "observe/events.h"
#include "observe/registry.h"
#include "observe/sink.h"
#include "ravelin/log.h"

namespace ravelin::observe {

/// EventWriter writes the lines of all workers to the sinks, on a thread of its own. Workers collect
/// lines and hand them over once per turn; that takes a short lock and, if the writer sleeps, one
/// system call. What is queued is bounded: beyond, lines are dropped and counted for each sink that
/// would have got them.
class EventWriter {
 public:
  static constexpr std::size_t default_queue = 16 * 1024 * 1024;

  /// Opens the sinks; what cannot be opened is told and tried again.
  EventWriter(std::vector<SinkConfig> sinks, Log& log, Registry& registry, std::size_t queue_bytes = default_queue);
  EventWriter(const EventWriter&) = delete;
  EventWriter& operator=(const EventWriter&) = delete;
  ~EventWriter();

  /// Whether any sink takes this kind: else its lines need not be made. Any thread.
  bool wants(EventKind kind) const { return wanted_[index(kind)].load(std::memory_order_relaxed); }
  /// Hands over whole lines; `lines` is left empty, with memory to fill again. Any thread.
  void submit(EventKind kind, std::string& lines);

  /// Replaces the sinks after a reload; those that stay the same keep their file and what they queue.
  /// Lines submitted before still go to the old ones. Returns at once.
  void set_sinks(std::vector<SinkConfig> sinks);
  /// Opens all files anew, for log rotation (SIGUSR1). Returns at once.
  void reopen();
  /// Waits until everything submitted before has been tried once. Blocks: not for a loop's thread.
  void flush();
  /// Writes what is queued and ends the thread. What no sink takes now is lost and counted, as are
  /// lines submitted later.
  void stop();

 private:
  struct Batch {
    EventKind kind;
    std::string lines;
  };
  struct Drop {
    EventKind kind;
    SharedCounter counter;
  };
  /// What the writer takes over in one go.
  struct Work {
    std::vector<Batch> batches;
    std::optional<std::vector<SinkConfig>> sinks;
    std::size_t sinks_after = 0;  // batches that still go to the old sinks
    std::uint64_t flush = 0;
    bool is_reopen = false;
    bool is_stop = false;
  };

  static std::size_t index(EventKind kind) { return static_cast<std::size_t>(kind); }
  void drop(EventKind kind, std::string& lines);
  void adopt(const std::vector<SinkConfig>& sinks);
  void wake();
  void run();
  Work take_work();
  void replace_sinks(std::vector<SinkConfig> sinks);
  void do_work(Work& work);
  void write_batches(std::span<const Batch> batches);
  bool may_write(const Sink& sink) const;
  void retry_all();
  void add_blocked(std::vector<pollfd>& fds) const;
  void write_the_last();
  void give_back(std::vector<Batch>& batches);
  /// Sleeps until there is work, or a sink is ready or due for another try.
  void wait();

  Log& log_;
  Registry& registry_;
  const std::size_t queue_limit_;
  std::array<std::atomic<bool>, 2> wanted_{};

  std::mutex mutex_;  // for all of this paragraph
  Work next_;
  std::size_t queued_ = 0;  // bytes in next_.batches
  std::vector<std::string> spare_;
  std::vector<Drop> drops_;
  std::uint64_t flushed_ = 0;
  std::condition_variable flushed_changed_;

  int wake_fd_;
  int retry_fd_;
  std::vector<std::unique_ptr<Sink>> sinks_;  // the writer's own
  bool is_retry_armed_ = false;               // the writer's own
  std::thread thread_;
};

}  // namespace ravelin::observe
