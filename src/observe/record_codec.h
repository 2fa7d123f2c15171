#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <type_traits>

namespace ravelin::observe {

/// RecordWriter puts texts and numbers one after the other into memory that its owner knows to be large
/// enough: DecisionRing bounds every text and every list.
class RecordWriter {
 public:
  explicit RecordWriter(char* to) : at_(to) {}

  template <class T>
  void value(T value) {
    static_assert(std::is_trivially_copyable_v<T>);
    std::memcpy(at_, &value, sizeof value);
    at_ += sizeof value;
  }
  /// At most `limit` bytes are kept.
  void text(std::string_view text, std::size_t limit) {
    const auto size = static_cast<std::uint16_t>(std::min(text.size(), limit));
    value(size);
    if (size == 0) return;
    std::memcpy(at_, text.data(), size);
    at_ += size;
  }
  char* end() const { return at_; }

 private:
  char* at_;
};

/// RecordReader reads back what RecordWriter wrote, in the same order.
class RecordReader {
 public:
  explicit RecordReader(std::string_view record) : at_(record.data()) {}

  template <class T>
  T value() {
    T value;
    std::memcpy(&value, at_, sizeof value);
    at_ += sizeof value;
    return value;
  }
  std::string_view text() {
    const auto size = value<std::uint16_t>();
    const std::string_view text(at_, size);
    at_ += size;
    return text;
  }

 private:
  const char* at_;
};

}  // namespace ravelin::observe
