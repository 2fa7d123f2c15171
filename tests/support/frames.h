#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Raw HTTP/2 frames for tests: what an honest library would not send.
namespace ravelin::frames {

enum Type : std::uint8_t {
  data = 0,
  headers = 1,
  priority = 2,
  rst_stream = 3,
  settings = 4,
  push_promise = 5,
  ping = 6,
  goaway = 7,
  window_update = 8,
  continuation = 9
};
enum Flag : std::uint8_t { none = 0, ack = 1, end_stream = 1, end_headers = 4, padded = 8, with_priority = 0x20 };

inline constexpr std::string_view magic = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

inline std::string number(std::uint64_t value, int bytes) {
  std::string text;
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) text.push_back(static_cast<char>(value >> shift & 0xff));
  return text;
}

inline std::string frame(int type, int flags, std::uint32_t stream, std::string_view payload = {}) {
  std::string text = number(payload.size(), 3);
  text.push_back(static_cast<char>(type));
  text.push_back(static_cast<char>(flags));
  return text + number(stream, 4) + std::string(payload);
}

/// The preface of a client: the magic and its SETTINGS (identifier, value).
inline std::string setting(int id, std::uint32_t value) {
  return number(static_cast<std::uint64_t>(id), 2) + number(value, 4);
}
inline std::string preface(std::string_view entries = {}) {
  return std::string(magic) + frame(settings, none, 0, entries);
}

/// HPACK without tables and Huffman coding; names and values below 127 bytes or any length.
inline std::string hpack_text(std::string_view text) {
  std::string out;
  if (text.size() < 127) {
    out.push_back(static_cast<char>(text.size()));
  } else {
    out.push_back(127);
    std::size_t rest = text.size() - 127;
    for (; rest >= 128; rest /= 128) out.push_back(static_cast<char>(128 + rest % 128));
    out.push_back(static_cast<char>(rest));
  }
  return out + std::string(text);
}
inline std::string field(std::string_view name, std::string_view value) {
  return std::string(1, '\0') + hpack_text(name) + hpack_text(value);
}
/// A field that goes into the dynamic table, and a reference to the table's entry (62 is the latest).
inline std::string indexing_field(std::string_view name, std::string_view value) {
  return std::string(1, '\x40') + hpack_text(name) + hpack_text(value);
}
inline std::string never_indexed_field(std::string_view name, std::string_view value) {
  return std::string(1, '\x10') + hpack_text(name) + hpack_text(value);
}
inline std::string indexed(int entry) { return std::string(1, static_cast<char>(0x80 | entry)); }

using Fields = std::initializer_list<std::pair<std::string_view, std::string_view>>;
inline std::string block(Fields fields) {
  std::string text;
  for (const auto& [name, value] : fields) text += field(name, value);
  return text;
}
/// The pseudo fields of a plain request and whatever follows.
inline std::string get(std::string_view path = "/", Fields more = {}) {
  return block({{":method", "GET"}, {":scheme", "https"}, {":authority", "example.com"}, {":path", path}}) +
         block(more);
}
inline std::string post(Fields more = {}) {
  return block({{":method", "POST"}, {":scheme", "https"}, {":authority", "example.com"}, {":path", "/"}}) +
         block(more);
}

inline std::string request(std::uint32_t stream, std::string_view header_block, int flags = end_stream) {
  return frame(headers, flags | end_headers, stream, header_block);
}
inline std::string body(std::uint32_t stream, std::string_view bytes, int flags = none) {
  return frame(data, flags, stream, bytes);
}
inline std::string reset(std::uint32_t stream, std::uint32_t code = 8) {
  return frame(rst_stream, none, stream, number(code, 4));
}
inline std::string open_window(std::uint32_t stream, std::uint32_t by) {
  return frame(window_update, none, stream, number(by, 4));
}
inline std::string settings_ack() { return frame(settings, ack, 0); }

/// A frame that was read back.
struct Frame {
  int type = 0;
  int flags = 0;
  std::uint32_t stream = 0;
  std::string payload;

  std::uint32_t number_at(std::size_t at) const {
    std::uint32_t value = 0;
    for (std::size_t i = at; i < at + 4; ++i) value = value << 8 | static_cast<unsigned char>(payload[i]);
    return value;
  }
  /// The error code of RST_STREAM or GOAWAY.
  std::uint32_t code() const { return number_at(type == goaway ? 4 : 0); }
  bool is_end() const { return (type == data || type == headers) && (flags & end_stream) != 0; }
};

/// Splits what a server sent into frames.
inline std::vector<Frame> parse(std::string_view bytes) {
  std::vector<Frame> found;
  while (bytes.size() >= 9) {
    const auto at = [&](std::size_t i) { return static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[i])); };
    const std::size_t size = at(0) << 16 | at(1) << 8 | at(2);
    Frame next;
    next.type = static_cast<int>(at(3));
    next.flags = static_cast<int>(at(4));
    next.stream = (at(5) << 24 | at(6) << 16 | at(7) << 8 | at(8)) & 0x7fffffff;
    next.payload = std::string(bytes.substr(9, size));
    bytes.remove_prefix(9 + size < bytes.size() ? 9 + size : bytes.size());
    found.push_back(std::move(next));
  }
  return found;
}

}  // namespace ravelin::frames
