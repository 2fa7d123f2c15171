#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include <nghttp2/nghttp2.h>

namespace ravelin::http::http2 {

/// SessionMemory is where one nghttp2 session allocates. It knows the large pieces, which are a frame
/// buffer of 16 KiB and a table of streams of 4 KiB: a connection at rest needs none of their content, so
/// their pages can go back to the system, and come anew when they are touched. Outlives the session.
class SessionMemory {
 public:
  SessionMemory() = default;
  SessionMemory(const SessionMemory&) = delete;
  SessionMemory& operator=(const SessionMemory&) = delete;

  /// For nghttp2_session_server_new3() and its like, which copy it.
  nghttp2_mem allocator();
  /// Drops the content of large pieces: of those that were asked for without zeros whatever it is, of zeroed
  /// ones only if it is zeros again, as in a table without streams. A system call for each.
  void give_back_pages();

 private:
  friend struct SessionAllocator;  // nghttp2's callbacks, which are C

  static constexpr std::size_t page = 4096;  // bytes; also from where on a piece is large

  enum class Holds : std::uint8_t { anything, zeros };
  struct Piece {
    void* start = nullptr;
    std::size_t size = 0;  // whole pages
    std::size_t used = 0;  // bytes asked for
    Holds holds = Holds::anything;
  };

  void* allocate(std::size_t size, Holds holds);
  void forget(const void* start);

  std::array<Piece, 2> large_;  // the first two, which a session has from its start
};

}  // namespace ravelin::http::http2
