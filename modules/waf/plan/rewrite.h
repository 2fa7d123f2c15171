#pragma once

#include <cstddef>
#include <cstring>
#include <string>

namespace ravelin::waf::plan {

inline bool is_hex(unsigned char byte) {
  return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'f') || (byte >= 'A' && byte <= 'F');
}
inline bool is_octal(unsigned char byte) { return byte >= '0' && byte <= '7'; }
inline bool is_blank(unsigned char byte) { return byte == ' ' || (byte >= '\t' && byte <= '\r'); }
inline bool is_letter_or_digit(unsigned char byte) {
  return (byte >= '0' && byte <= '9') || ((byte | 0x20) >= 'a' && (byte | 0x20) <= 'z');
}

/// The value of a hexadecimal digit; of any other byte what libmodsecurity makes of it, modulo 256.
inline unsigned hex_value(unsigned char digit) {
  return digit >= 'A' ? (digit & 0xdfU) - 'A' + 10U : digit - unsigned{'0'};
}
inline unsigned char hex_pair(unsigned char high, unsigned char low) {
  return static_cast<unsigned char>(hex_value(high) * 16 + hex_value(low));
}

/// Rewrite reads a value from the front and writes it anew over itself, never ahead of what was read.
/// Reading one byte behind the end gives NUL, as from a C string.
class Rewrite {
 public:
  /// Leaves what is before `start` as it is.
  Rewrite(std::string& value, std::size_t start)
      : value_(value), bytes_(value.data()), size_(value.size()), from_(start), to_(start) {}

  bool is_done() const { return from_ >= size_; }
  std::size_t left() const { return size_ - from_; }
  unsigned char peek(std::size_t offset = 0) const { return static_cast<unsigned char>(bytes_[from_ + offset]); }
  void skip(std::size_t count) { from_ += count; }
  /// Writes `byte` in place of the next `count` bytes.
  void put(unsigned char byte, std::size_t count) {
    bytes_[to_++] = static_cast<char>(byte);
    from_ += count;
  }
  void copy(std::size_t count) {
    if (from_ != to_) std::memmove(bytes_ + to_, bytes_ + from_, count);
    from_ += count;
    to_ += count;
  }
  /// Copies up to the next `byte`, or all.
  void copy_until(char byte) {
    const void* hit = std::memchr(bytes_ + from_, byte, left());
    copy(hit == nullptr ? left() : static_cast<std::size_t>(static_cast<const char*>(hit) - bytes_) - from_);
  }
  /// Cuts the value off after what was written.
  void finish() { value_.resize(to_); }

 private:
  std::string& value_;
  char* const bytes_;
  const std::size_t size_;
  std::size_t from_;
  std::size_t to_;
};

}  // namespace ravelin::waf::plan
