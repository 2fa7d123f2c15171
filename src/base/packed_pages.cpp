#include "base/packed_pages.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <bit>
#include <cstring>
#include <new>

namespace ravelin {

namespace {

std::uint64_t word_at(const std::byte* start, std::size_t index) {
  std::uint64_t word;
  std::memcpy(&word, start + index * sizeof word, sizeof word);
  return word;
}

std::size_t count_kept(const std::byte* start, std::size_t words) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < words; ++i) count += word_at(start, i) != 0 ? 1 : 0;
  return count;
}

}  // namespace

std::unique_ptr<PackedPages> PackedPages::pack(void* start, std::size_t size) {
  void* aligned = start;
  // Pages of another size than ours would be shared with others.
  if (std::align(page, page, aligned, size) == nullptr || ::sysconf(_SC_PAGESIZE) != static_cast<long>(page))
    return nullptr;
  auto* const bytes = static_cast<std::byte*>(aligned);
  const std::size_t words = size / page * page / sizeof(Word);
  const std::size_t kept = count_kept(bytes, words);
  if (kept > words / 2) return nullptr;
  std::unique_ptr<PackedPages> packed(new (std::nothrow) PackedPages(bytes, words, kept));
  if (packed == nullptr || packed->kept_ == nullptr) return nullptr;
  packed->keep();
  if (::madvise(aligned, words * sizeof(Word), MADV_DONTNEED) == 0) return packed;  // comes back as zeros
  return nullptr;                                                                   // what is put back is there already
}

PackedPages::PackedPages(std::byte* start, std::size_t words, std::size_t kept)
    : start_(start), words_(words), size_(words / bits + kept), kept_(new (std::nothrow) Word[size_]) {}

// It may hold keys.
PackedPages::~PackedPages() {
  if (kept_ == nullptr) return;
  put_back();
  ::explicit_bzero(kept_.get(), size_ * sizeof(Word));
}

void PackedPages::keep() {
  Word* next = first_kept();
  for (std::size_t i = 0; i < words_; ++i) {
    if (i % bits == 0) marks()[i / bits] = 0;
    const Word word = word_at(start_, i);
    if (word == 0) continue;
    marks()[i / bits] |= Word{1} << (i % bits);
    *next++ = word;
  }
}

void PackedPages::put_back() const {
  const Word* next = first_kept();
  for (std::size_t at = 0; at < words_; at += bits)
    for (Word left = marks()[at / bits]; left != 0; left &= left - 1)
      std::memcpy(start_ + (at + static_cast<std::size_t>(std::countr_zero(left))) * sizeof(Word), next++,
                  sizeof(Word));
}

}  // namespace ravelin
