#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include <nghttp2/nghttp2.h>

namespace ravelin::http::http2 {

/// SessionMemory is where one nghttp2 session allocates. It knows two large pieces, a frame buffer of 16 KiB
/// and a table of streams of 4 KiB: a connection at rest needs none of their content, so their pages can go
/// back to the system, and come anew when they are touched. Outlives the session.
///
/// It tells them by how they are asked for: a frame buffer by resizing nothing, a table as zeros. All else
/// may hold what must last, whatever its size: HPACK's dynamic tables have values of 4 KiB.
class SessionMemory {
 public:
  SessionMemory() = default;
  SessionMemory(const SessionMemory&) = delete;
  SessionMemory& operator=(const SessionMemory&) = delete;

  /// For nghttp2_session_server_new3() and its like, which copy it.
  nghttp2_mem allocator();
  /// Drops the content of frame buffers, whatever it is, and of tables only if it is zeros again, as in one
  /// without streams. Nothing may be half sent. A system call for each.
  void give_back_pages();

 private:
  friend struct SessionAllocator;  // nghttp2's callbacks, which are C

  static constexpr std::size_t page = 4096;  // bytes; also from where on a piece is large

  enum class Holds : std::uint8_t { frames, zeros };
  struct Piece {
    void* start = nullptr;
    std::size_t size = 0;  // whole pages
    std::size_t used = 0;  // bytes asked for
    Holds holds = Holds::frames;
  };

  void* allocate(std::size_t size, Holds holds);
  void forget(const void* start);

  std::array<Piece, 2> large_;  // the first two, which a session has from its start
};

}  // namespace ravelin::http::http2
