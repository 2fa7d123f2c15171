#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>

#include "ravelin/address.h"
#include "ravelin/loop.h"

namespace ravelin {

/// JsonBuffer formats one line of JSON without a document in between: for events and snapshots, which
/// are written often. The caller writes the punctuation; members end in a comma, which close() turns
/// into the closing bracket. Starts in place with 4 KiB and grows on the heap. One thread.
///
///   json.literal("{\"http\":{");
///   json.literal("\"method\":");
///   json.string(method);          // "GET",
///   json.close('}');              // replaces the comma: },
class JsonBuffer {
 public:
  JsonBuffer() = default;
  JsonBuffer(const JsonBuffer&) = delete;
  JsonBuffer& operator=(const JsonBuffer&) = delete;

  /// Copies punctuation and names as they are.
  template <std::size_t N>
  void literal(const char (&text)[N]) {
    reserve(N - 1);
    std::memcpy(at_, text, N - 1);
    at_ += N - 1;
  }
  void raw(std::string_view text) {
    if (text.empty()) return;
    reserve(text.size());
    std::memcpy(at_, text.data(), text.size());
    at_ += text.size();
  }
  /// Text inside a string: escaped, and what is not UTF-8 replaced by U+FFFD (Unicode 15, section 3.9).
  void text(std::string_view text);
  /// A member's name, which needs no escapes, and the colon.
  void name(std::string_view name) {
    literal("\"");
    raw(name);
    literal("\":");
  }
  /// A whole string and a comma.
  void string(std::string_view value);
  /// A number and a comma.
  template <std::integral T>
  void number(T value) {
    const auto bits = static_cast<std::uint64_t>(value);
    if (bits < 10) {
      reserve(2);
      *at_++ = static_cast<char>('0' + bits);
      *at_++ = ',';
      return;
    }
    put_number(value < 0 ? std::uint64_t{0} - bits : bits, value < 0);
  }
  /// RFC 3339 in UTC with microseconds, without quotes: 2024-05-01T12:00:00.000000Z.
  void timestamp(WallTime time);
  /// As Address::to_string(), without quotes.
  void address(const Address& address);
  /// Closes an object or array and begins the next member: the last comma becomes `bracket`.
  void close(char bracket) {
    reserve(2);
    if (at_ != begin_ && at_[-1] == ',') --at_;
    *at_++ = bracket;
    *at_++ = ',';
  }
  /// Ends the line: the last comma becomes a newline.
  void end_line() { at_[-1] = '\n'; }
  /// Ends the text: the last comma goes.
  void end() { --at_; }

  std::string_view view() const { return {begin_, static_cast<std::size_t>(at_ - begin_)}; }
  void clear() { at_ = begin_; }

 private:
  void reserve(std::size_t size) {
    if (static_cast<std::size_t>(end_ - at_) < size) [[unlikely]]
      grow(size);
  }
  void grow(std::size_t size);
  void put_number(std::uint64_t magnitude, bool is_negative);

  static constexpr std::size_t inline_size = 4096;

  char* at_ = first_;
  char* begin_ = first_;
  char* end_ = first_ + inline_size;
  std::unique_ptr<char[]> heap_;
  char first_[inline_size];
};

}  // namespace ravelin
