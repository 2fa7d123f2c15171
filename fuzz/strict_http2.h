#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string_view>

#include "strict_http1.h"

namespace ravelin::fuzz {

/// Goes through the frames that the gateway sent on one HTTP/2 connection: they are whole, of a size that
/// every peer takes, and nothing follows the end of a stream (RFC 9113 sections 4, 5.1 and 6).
inline void require_frames(std::string_view bytes) {
  enum Type : std::uint8_t {
    data,
    headers,
    priority,
    rst_stream,
    settings,
    push_promise,
    ping,
    goaway,
    window,
    continuation
  };
  constexpr std::size_t head = 9;
  const auto at = [&](std::size_t i) { return std::uint32_t{static_cast<std::uint8_t>(bytes[i])}; };
  std::map<std::uint32_t, bool> is_ended;
  std::uint32_t open_head = 0;  // the stream whose head goes on in CONTINUATION
  while (bytes.size() >= head) {
    const std::size_t size = at(0) << 16 | at(1) << 8 | at(2);
    const std::uint32_t type = at(3), flags = at(4), stream = (at(5) << 24 | at(6) << 16 | at(7) << 8 | at(8));
    require(size <= 16384, "no frame is larger than every peer takes");
    require(type <= continuation && type != push_promise, "the type of a frame is one of RFC 9113");
    require((stream >> 31) == 0, "the reserved bit is not set");
    require(open_head == 0 ? type != continuation : type == continuation && stream == open_head,
            "a head is not interrupted");
    const bool is_of_connection = type == settings || type == ping || type == goaway;
    require(type == window || is_of_connection == (stream == 0), "a frame is on the stream that it belongs to");
    require(is_of_connection || stream == 0 || stream % 2 == 1, "the client begins streams");
    if (type == data || type == headers) {
      require(!is_ended[stream], "nothing of a message follows its end");
      if ((flags & 1) != 0) is_ended[stream] = true;
    }
    if (type == headers || type == continuation) open_head = (flags & 4) != 0 ? 0 : stream;
    if (type == rst_stream) is_ended[stream] = true;
    if (bytes.size() < head + size) return;
    bytes.remove_prefix(head + size);
  }
}

}  // namespace ravelin::fuzz
