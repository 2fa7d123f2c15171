#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "observe/events.h"
#include "observe/registry.h"
#include "ravelin/log.h"

namespace ravelin::observe {

/// SinkConfig is where the lines of one kind of event go.
struct SinkConfig {
  enum class Target : unsigned char { file, standard_output };

  std::string name;  // label of events_dropped_total: "access", "security_2"
  EventKind kind = EventKind::access;
  Target target = Target::file;
  std::string path;                        // of a file; it is made, its folder is not
  std::size_t pending = 16 * 1024 * 1024;  // bytes kept while it cannot be written; then lines are dropped

  friend bool operator==(const SinkConfig&, const SinkConfig&) = default;
};

/// Sink writes lines to one target and keeps what does not go at once. It never blocks on a pipe that
/// nobody reads. A failure is told once, in a sentence, and so is the recovery. Writer's thread only.
class Sink {
 public:
  Sink(SinkConfig config, Log& log, SharedCounter dropped);
  Sink(const Sink&) = delete;
  Sink& operator=(const Sink&) = delete;
  ~Sink();

  const SinkConfig& config() const { return config_; }
  /// Queues whole lines, or counts them as dropped.
  void take(std::string_view lines);
  /// Writes what is queued, with one write() if it all goes. After a failure it does nothing until
  /// retry().
  void flush();
  /// As flush(), also after a failure.
  void retry();
  /// Writes what is queued to the old file, then opens the path anew.
  void reopen();
  /// Gives up what is queued.
  void drop_pending();
  bool is_behind() const { return sent_ < pending_.size(); }
  /// A line has begun on a standard output that others may write to, too, and has not ended.
  bool is_amid_line() const { return may_block_ && has_begun_line(); }
  /// Descriptor whose readiness to write is waited for, -1 if none is.
  int blocked_fd() const { return is_blocked_ ? fd_ : -1; }

 private:
  bool has_begun_line() const { return sent_ > 0 && pending_[sent_ - 1] != '\n'; }
  bool open();
  void close();
  /// Bytes that may be written now without blocking, 0 if none.
  std::size_t room() const;
  /// Of what is queued, as much as may go in one write.
  std::string_view next_piece() const;
  void fail(const char* what, int error);
  void recover();

  SinkConfig config_;
  Log& log_;
  SharedCounter dropped_;
  std::string pending_;
  std::size_t sent_ = 0;  // of pending_
  int fd_ = -1;
  bool may_block_ = false;  // standard output that is no file: its mode is not ours to change
  bool is_blocked_ = false;
  bool is_failing_ = false;
};

/// How many lines a text holds.
std::size_t count_lines(std::string_view text);

}  // namespace ravelin::observe
