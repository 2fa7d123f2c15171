#include "modules/waf/plan/arena.h"

#include <algorithm>
#include <charconv>
#include <cstdint>

namespace ravelin::waf::plan {
namespace {

constexpr std::size_t first_block = 4096;
// Kept from one request to the next: a JSON body of some 100 KiB with its names.
constexpr std::size_t most_kept = std::size_t{512} * 1024;
constexpr std::size_t alignment = alignof(std::max_align_t);
constexpr std::size_t longest_number = 20;

}  // namespace

std::string_view Arena::copy(std::size_t number) {
  char* const begin = reserve(longest_number);
  return commit(std::to_chars(begin, begin + longest_number, number).ptr);
}

void* Arena::allocate(std::size_t size) {
  char* const begin = reserve(size + alignment);
  const std::size_t misaligned = reinterpret_cast<std::uintptr_t>(begin) % alignment;
  char* const aligned = begin + (misaligned == 0 ? 0 : alignment - misaligned);
  commit(aligned + size);
  return aligned;
}

void Arena::grow(std::size_t size) {
  const std::size_t doubled = blocks_.empty() ? first_block : blocks_.back().size * 2;
  use(std::max(size, doubled));
}

void Arena::use(std::size_t size) {
  // Not make_unique, which would write zeros first.
  blocks_.push_back({std::unique_ptr<char[]>(new char[size]), size});
  next_ = blocks_.back().bytes.get();
  room_ = size;
}

void Arena::clear() {
  if (blocks_.empty()) return;
  std::size_t all = 0;
  for (const Block& block : blocks_) all += block.size;
  if (blocks_.size() > 1 || all > most_kept) {
    blocks_.clear();
    next_ = nullptr;
    room_ = 0;  // in case there is no memory for the next
    use(std::min(all, most_kept));
  }
  next_ = blocks_.back().bytes.get();
  room_ = blocks_.back().size;
}

}  // namespace ravelin::waf::plan
