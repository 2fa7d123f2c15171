#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

namespace ravelin::waf::plan {

/// Arena is memory for the text of one request, given back all at once. What is in it stays where it is. After
/// a request that did not fit its block, there is one block that would have been large enough, up to a bound.
class Arena {
 public:
  /// Room for at most `size` bytes at the end; commit() says how much of it is kept.
  char* reserve(std::size_t size) {
    if (size > room_) grow(size);
    return next_;
  }
  /// Keeps what is between the start of the last reserve() and `end`.
  std::string_view commit(const char* end) {
    const char* const begin = next_;
    room_ -= static_cast<std::size_t>(end - begin);
    next_ += end - begin;
    return {begin, static_cast<std::size_t>(end - begin)};
  }
  std::string_view copy(std::string_view text) {
    char* const begin = reserve(text.size());
    if (!text.empty()) std::memcpy(begin, text.data(), text.size());
    return commit(begin + text.size());
  }
  std::string_view copy(std::size_t number);
  /// Memory for any object, for the allocation functions of libraries.
  void* allocate(std::size_t size);

  /// Everything is given back.
  void clear();

 private:
  struct Block {
    std::unique_ptr<char[]> bytes;
    std::size_t size = 0;
  };

  void grow(std::size_t size);
  void use(std::size_t size);

  std::vector<Block> blocks_;
  char* next_ = nullptr;
  std::size_t room_ = 0;
};

}  // namespace ravelin::waf::plan
