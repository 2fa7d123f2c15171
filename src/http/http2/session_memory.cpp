#include "http/http2/session_memory.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>

namespace ravelin::http::http2 {

// Of nghttp2, which is C.
struct SessionAllocator {
  static SessionMemory& memory(void* user) { return *static_cast<SessionMemory*>(user); }

  // Never given back: names and values of HPACK's dynamic tables are among them, and live as long as the connection.
  static void* allocate(std::size_t size, void*) noexcept { return std::malloc(size); }

  static void* allocate_zeroed(std::size_t count, std::size_t size, void* user) noexcept {
    if (size != 0 && count > SIZE_MAX / 2 / size) return nullptr;  // more than there can be
    if (count * size < SessionMemory::page) return std::calloc(count, size);
    return memory(user).allocate(count * size, SessionMemory::Holds::zeros);
  }

  static void* resize(void* piece, std::size_t size, void* user) noexcept {
    if (piece == nullptr && size >= SessionMemory::page)  // so it makes its frame buffers, and nothing else
      return memory(user).allocate(size, SessionMemory::Holds::frames);
    memory(user).forget(piece);
    return std::realloc(piece, size);
  }

  static void release(void* piece, void* user) noexcept {
    if (piece == nullptr) return;
    memory(user).forget(piece);
    std::free(piece);
  }
};

namespace {

// Each byte is the one before it, and the first is 0.
bool is_all_zero(const void* start, std::size_t size) {
  const auto* const bytes = static_cast<const unsigned char*>(start);
  return bytes[0] == 0 && std::memcmp(bytes, bytes + 1, size - 1) == 0;
}

}  // namespace

nghttp2_mem SessionMemory::allocator() {
  return {this, SessionAllocator::allocate, SessionAllocator::release, SessionAllocator::allocate_zeroed,
          SessionAllocator::resize};
}

// Whole pages, shared with nothing else.
void* SessionMemory::allocate(std::size_t size, Holds holds) {
  const std::size_t whole = (size + page - 1) / page * page;
  void* const start = std::aligned_alloc(page, whole);
  if (start == nullptr) return nullptr;
  if (holds == Holds::zeros) std::memset(start, 0, size);
  const auto unused = std::find_if(large_.begin(), large_.end(), [](const Piece& one) { return one.start == nullptr; });
  if (unused != large_.end()) *unused = {start, whole, size, holds};
  return start;
}

void SessionMemory::forget(const void* start) {
  for (Piece& piece : large_)
    if (piece.start == start) piece = {};
}

// Pages of another size than ours would be shared with others.
void SessionMemory::give_back_pages() {
  if (::sysconf(_SC_PAGESIZE) != static_cast<long>(page)) return;
  for (const Piece& piece : large_) {
    if (piece.start == nullptr) continue;
    if (piece.holds == Holds::frames || is_all_zero(piece.start, piece.used))
      ::madvise(piece.start, piece.size, MADV_DONTNEED);  // comes back as zeros
  }
}

}  // namespace ravelin::http::http2
