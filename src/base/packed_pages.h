#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

namespace ravelin {

/// PackedPages stands for a piece of memory that nobody uses for a while: its pages have gone back to the system, and
/// of what they held only the words that are not zero are kept. Destroying it puts every byte back in its place. It is
/// for large objects of libraries that are mostly zeros and cannot be had smaller. Any thread, one at a time.
class PackedPages {
 public:
  /// Packs the whole pages among the `size` bytes at `start`, which from then on must not be read, written or given
  /// back. Null if that frees no memory or the system refuses; then nothing has changed. A system call, and a page
  /// fault for each page when they come back.
  static std::unique_ptr<PackedPages> pack(void* start, std::size_t size);

  PackedPages(const PackedPages&) = delete;
  PackedPages& operator=(const PackedPages&) = delete;
  ~PackedPages();

 private:
  using Word = std::uint64_t;

  PackedPages(std::byte* start, std::size_t words, std::size_t kept);
  void keep();
  void put_back() const;
  Word* marks() const { return kept_.get(); }  // a bit for each word: it is kept
  Word* first_kept() const { return kept_.get() + words_ / bits; }

  static constexpr std::size_t page = 4096;  // bytes
  static constexpr std::size_t bits = 64;    // of a word

  std::byte* const start_;
  const std::size_t words_;  // in the pages
  const std::size_t size_;   // of kept_, in words
  const std::unique_ptr<Word[]> kept_;
};

}  // namespace ravelin
