#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ravelin/exchange.h"

namespace ravelin::observe {

/// DecisionRing remembers the latest exchanges of one worker in full, for `ravelin explain`: who asked,
/// what each module said and which line of the configuration is behind it, what the upstream did. It
/// is plain data of its worker: a look-up is posted there (Loop::post), so recording takes no lock.
///
/// Records are raw copies side by side in one ring of bytes, rendered only when asked for. Long texts are cut
/// (path, query and details at 512 bytes and so on), so a record is at most `longest_record`; usually it
/// has 400 bytes. The oldest go when either bound is reached; the memory is reserved at construction
/// and committed by the kernel as it is first written.
class DecisionRing {
 public:
  static constexpr std::size_t longest_record = 32 * 1024;

  explicit DecisionRing(std::size_t records = 4096, std::size_t bytes = 4 * 1024 * 1024);

  /// Copies what matters of a finished exchange, which must have a request.
  void record(const Exchange& exchange, WallTime now);
  /// The record of the latest request with this id as a JSON object, secrets masked.
  std::optional<std::string> find_json(std::string_view id) const;
  std::size_t size() const { return size_; }

 private:
  struct Entry {
    std::uint32_t offset = 0;
    std::uint32_t size = 0;
  };

  char* make_room();
  void drop_oldest();
  void fetch_next() const;
  std::string_view record_at(std::size_t index) const;

  std::vector<Entry> entries_;  // a ring: size_ of them from oldest_ on
  std::size_t oldest_ = 0;
  std::size_t size_ = 0;
  std::size_t bytes_;
  std::size_t head_ = 0;  // where the next record goes
  std::unique_ptr<char[]> memory_;
};

}  // namespace ravelin::observe
