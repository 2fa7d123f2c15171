#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ravelin::waf::plan {

/// Memo remembers values in which the scanner found nothing, so that what every client sends with every request
/// is looked through once. Keyed by a secret, bounded (1,024 values of up to 512 bytes), compared whole. One thread.
class Memo {
 public:
  Memo();

  /// `about` is what the value was looked through for: the variables.
  bool knows(std::uint64_t about, std::string_view name, std::string_view value) const;
  void learn(std::uint64_t about, std::string_view name, std::string_view value);

 private:
  static constexpr std::size_t places = 1024;
  static constexpr std::size_t longest = 512;

  struct Entry {
    std::uint64_t about = 0;
    std::uint32_t name_size = 0;
    std::string text;  // name, then value; empty: free
  };

  std::size_t place_of(std::uint64_t about, std::string_view name, std::string_view value) const;

  std::uint64_t secret_;
  std::vector<Entry> entries_{places};
};

}  // namespace ravelin::waf::plan
