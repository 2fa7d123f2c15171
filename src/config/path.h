#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace ravelin::config {

/// Path is where a walk over the configuration stands: "listeners[0].tls.min_version".
class Path {
 public:
  void enter_key(std::string_view name) {
    lengths_.push_back(text_.size());
    if (!text_.empty()) text_ += '.';
    text_ += name;
  }
  void enter_item(std::size_t index) {
    lengths_.push_back(text_.size());
    text_ += '[' + std::to_string(index) + ']';
  }
  void leave() {
    text_.resize(lengths_.back());
    lengths_.pop_back();
  }
  const std::string& text() const { return text_; }
  std::size_t depth() const { return lengths_.size(); }

 private:
  std::string text_;
  std::vector<std::size_t> lengths_;
};

}  // namespace ravelin::config
