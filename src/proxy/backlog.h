#pragma once

#include <algorithm>
#include <cstddef>
#include <limits>
#include <utility>

namespace ravelin::proxy {

/// Backlog counts the bytes of responses that one client connection has not taken, over all its streams. A client
/// that does not read shall not fill a window for each stream it opens: beyond `most` in all, a stream may have only a
/// little here. It still may have that little, so that no stream waits for another. Worker's thread.
class Backlog {
 public:
  explicit Backlog(std::size_t most) : most_(most) {}

  /// How many more bytes may come for a stream that has `own` of them here. Grows again at the latest when these are
  /// taken.
  std::size_t room(std::size_t own) const {
    if (!is_full()) return std::numeric_limits<std::size_t>::max();
    return little - std::min(little, own);
  }
  /// The same once these are taken.
  std::size_t room_without(std::size_t own) const {
    return bytes_ - own < most_ ? std::numeric_limits<std::size_t>::max() : little;
  }

 private:
  friend class BacklogShare;
  bool is_full() const { return bytes_ >= most_; }
  bool note_level() {
    if (bytes_ < most_ / 2) was_full_ = false;
    return is_full() && !std::exchange(was_full_, true);
  }

  static constexpr std::size_t little = 4 * 1024;

  const std::size_t most_;
  std::size_t bytes_ = 0;
  bool was_full_ = false;  // since it was half empty
};

/// BacklogShare is the part of a backlog that one stream has. It leaves with the stream.
class BacklogShare {
 public:
  explicit BacklogShare(Backlog& backlog) : backlog_(backlog) {}
  BacklogShare(const BacklogShare&) = delete;
  BacklogShare& operator=(const BacklogShare&) = delete;
  ~BacklogShare() { set(0); }

  /// Returns whether that has filled the backlog, which was half empty at some time before.
  bool set(std::size_t bytes) {
    backlog_.bytes_ += bytes - bytes_;  // modulo 2^64: it may shrink
    bytes_ = bytes;
    return backlog_.note_level();
  }
  /// As Backlog::room(), for this stream; and once all of it has been taken.
  std::size_t room() const { return backlog_.room(bytes_); }
  std::size_t room_if_empty() const { return backlog_.room_without(bytes_); }

 private:
  Backlog& backlog_;
  std::size_t bytes_ = 0;
};

}  // namespace ravelin::proxy
