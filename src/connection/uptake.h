#pragma once

#include <cstdint>
#include <optional>
#include <utility>

namespace ravelin::connection {

/// Uptake tells from what a peer has acknowledged whether it still takes something, where nothing leaves for it: the
/// kernel may have a MiB that is still on its way to a slow one. It is asked at equal intervals, and bears one in which
/// nothing was taken.
class Uptake {
 public:
  /// Something has left.
  void restart() { has_base_ = has_paused_ = false; }

  /// `acknowledged`: bytes since the connection began. Returns how many have been since the last look, none if they
  /// were fewer than `least`; or nothing if that is so for the second time in a row.
  std::optional<std::uint64_t> look(std::uint64_t acknowledged, std::uint64_t least = 1) {
    const std::uint64_t before = std::exchange(acknowledged_, acknowledged);
    if (std::exchange(has_base_, true) && acknowledged >= before + least) {
      has_paused_ = false;
      return acknowledged - before;
    }
    if (std::exchange(has_paused_, true)) return std::nullopt;
    return 0;
  }

 private:
  std::uint64_t acknowledged_ = 0;
  bool has_base_ = false;
  bool has_paused_ = false;
};

}  // namespace ravelin::connection
