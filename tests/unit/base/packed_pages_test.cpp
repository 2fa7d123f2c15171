#include "base/packed_pages.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <memory>
#include <random>
#include <string>

namespace ravelin {
namespace {

constexpr std::size_t page = 4096;

struct Free {
  void operator()(void* piece) const { std::free(piece); }
};

/// PackedPagesTest has four pages of memory, zeros.
struct PackedPagesTest : testing::Test {
  PackedPagesTest() { std::memset(bytes, 0, size); }

  std::string content() const { return {bytes, size}; }
  // Asks the system, and so does not bring the page back.
  bool is_resident(std::size_t index) const {
    unsigned char answer = 0;
    EXPECT_EQ(::mincore(bytes + index * page, page, &answer), 0);
    return (answer & 1) != 0;
  }

  static constexpr std::size_t size = 4 * page;
  std::unique_ptr<void, Free> piece{std::aligned_alloc(page, size)};
  char* const bytes = static_cast<char*>(piece.get());
};

TEST_F(PackedPagesTest, gives_back_pages_and_restores_what_they_held) {
  bytes[0] = 'a';
  bytes[page - 1] = 'b';
  bytes[page] = 'c';
  bytes[size - 1] = 'd';
  const std::string before = content();
  auto packed = PackedPages::pack(bytes, size);
  ASSERT_NE(packed, nullptr);
  for (std::size_t i = 0; i < 4; ++i) EXPECT_FALSE(is_resident(i));
  packed.reset();
  EXPECT_EQ(content(), before);
}

TEST_F(PackedPagesTest, restores_any_pattern_that_is_worth_packing) {
  std::mt19937 random(1);
  for (int round = 0; round < 50; ++round) {
    std::memset(bytes, 0, size);
    for (int i = 0; i < round * 16; ++i) bytes[random() % size] = static_cast<char>(random());
    const std::string before = content();
    auto packed = PackedPages::pack(bytes, size);
    ASSERT_NE(packed, nullptr) << round;
    packed.reset();
    EXPECT_EQ(content(), before) << round;
  }
}

TEST_F(PackedPagesTest, packs_the_same_memory_again_with_what_it_holds_by_then) {
  for (char c = 'a'; c <= 'z'; ++c) {
    bytes[100] = c;
    EXPECT_NE(PackedPages::pack(bytes, size), nullptr);
    EXPECT_EQ(bytes[100], c);
  }
}

TEST_F(PackedPagesTest, leaves_alone_what_shares_a_page_with_others) {
  std::memset(bytes, 'x', page);
  std::memset(bytes + 3 * page, 'y', page);
  const auto packed = PackedPages::pack(bytes + 1, size - 2);
  ASSERT_NE(packed, nullptr);
  EXPECT_TRUE(is_resident(0));
  EXPECT_FALSE(is_resident(1));
  EXPECT_FALSE(is_resident(2));
  EXPECT_TRUE(is_resident(3));
  EXPECT_EQ(bytes[page - 1], 'x');
  EXPECT_EQ(bytes[3 * page], 'y');
}

TEST_F(PackedPagesTest, does_nothing_without_a_whole_page) {
  EXPECT_EQ(PackedPages::pack(bytes, page - 1), nullptr);
  EXPECT_EQ(PackedPages::pack(bytes + 1, 2 * page - 2), nullptr);
  EXPECT_EQ(PackedPages::pack(bytes, 0), nullptr);
}

TEST_F(PackedPagesTest, does_nothing_to_what_is_mostly_not_zero) {
  std::memset(bytes, 'x', size);
  EXPECT_EQ(PackedPages::pack(bytes, size), nullptr);
  EXPECT_EQ(content(), std::string(size, 'x'));
}

// As for a process whose memory is locked. By the system's call itself, since AddressSanitizer makes nothing of
// mlock().
TEST_F(PackedPagesTest, changes_nothing_if_the_system_refuses) {
  bytes[7] = 'x';
  if (::syscall(SYS_mlock, bytes, size) != 0) GTEST_SKIP() << "no memory may be locked here";
  EXPECT_EQ(PackedPages::pack(bytes, size), nullptr);
  EXPECT_EQ(bytes[7], 'x');
  ::syscall(SYS_munlock, bytes, size);
}

}  // namespace
}  // namespace ravelin
