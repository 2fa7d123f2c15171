#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace ravelin::http::http2 {

/// ClosedStreams remembers what a peer may no longer use: streams it has ended itself, the latest of
/// them only, and the latest identifiers it has passed over (RFC 9113 sections 5.1 and 5.1.1). About
/// older ones nothing is known, and frames for them are ignored at a price.
class ClosedStreams {
 public:
  /// A stream the peer opens; larger than all before.
  void open(std::uint32_t id) {
    if (id > highest_ + 2) {
      skipped_after_ = highest_;
      skipped_before_ = id;
    }
    highest_ = id;
  }
  void close(std::uint32_t id) {
    ended_[next_] = id;
    next_ = (next_ + 1) % ended_.size();
  }

  std::uint32_t highest() const { return highest_; }
  bool was_ended_by_peer(std::uint32_t id) const { return std::find(ended_.begin(), ended_.end(), id) != ended_.end(); }
  bool was_skipped(std::uint32_t id) const { return id > skipped_after_ && id < skipped_before_; }

 private:
  std::array<std::uint32_t, 16> ended_{};
  std::size_t next_ = 0;
  std::uint32_t highest_ = 0;
  std::uint32_t skipped_after_ = 0;
  std::uint32_t skipped_before_ = 0;
};

}  // namespace ravelin::http::http2
