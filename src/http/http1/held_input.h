#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace ravelin::http::http1 {

/// HeldInput keeps a copy of bytes that cannot be read yet: the beginning of a head, or what a client
/// sent ahead while its request is answered. A copy, so that a slow peer does not pin a whole block.
class HeldInput {
 public:
  bool is_empty() const { return text_.empty(); }
  std::size_t size() const { return text_.size() - done_; }
  std::string_view view() const { return std::string_view(text_).substr(done_); }
  void append(std::string_view text) { text_.append(text); }
  void remove_prefix(std::size_t n) {
    done_ += n;
    if (done_ == text_.size()) clear();
  }
  /// Gives the memory back, too.
  void clear() {
    std::string().swap(text_);
    done_ = 0;
  }

 private:
  std::string text_;
  std::size_t done_ = 0;
};

}  // namespace ravelin::http::http1
