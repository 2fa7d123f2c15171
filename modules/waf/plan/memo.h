#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ravelin::waf::plan {

/// Memo remembers values in which the scanner found nothing, so that what comes again with every request is looked
/// through once. Keyed by a secret, bounded (2,048 values of up to 512 bytes), compared whole. A value takes the place
/// of another when it is learned the second time, so that what comes once drives nothing out. One thread.
class Memo {
 public:
  Memo();

  /// `about` is what the value was looked through for: the variables.
  bool knows(std::uint64_t about, std::string_view name, std::string_view value);
  /// About the value that knows() was asked for last.
  void learn(std::uint64_t about, std::string_view name, std::string_view value);

 private:
  static constexpr std::size_t places = 2048;
  static constexpr std::size_t longest = 512;

  struct Entry {
    std::uint64_t hash = 0;
    std::uint64_t next = 0;  // the hash of what would take this place
    std::uint64_t about = 0;
    std::uint32_t name_size = 0;
    std::string text;  // name, then value; empty: free
  };

  std::uint64_t secret_;
  std::uint64_t hash_ = 0;  // of the value asked for last
  std::vector<Entry> entries_{places};
};

}  // namespace ravelin::waf::plan
