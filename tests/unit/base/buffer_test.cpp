#include "base/buffer.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace ravelin {
namespace {

TEST(Chain, moves_bytes_between_chains_without_copying_them) {
  BlockPool pool;
  {
    Chain from(pool);
    from.append(std::string(4000, 'a'));
    const std::byte* const where = from.front().data();
    Chain to(pool);
    to.take_from(from, 1500);
    EXPECT_EQ(to.size(), 1500U);
    EXPECT_EQ(from.size(), 2500U);
    EXPECT_EQ(to.front().data(), where);
    EXPECT_EQ(from.front().data(), where + 1500);
    EXPECT_EQ(pool.in_use(), 1U);
  }
  EXPECT_EQ(pool.in_use(), 0U);
}

TEST(Chain, holds_no_block_once_it_is_empty) {
  BlockPool pool;
  Chain chain(pool);
  chain.append("some text");
  EXPECT_EQ(pool.in_use(), 1U);
  chain.consume(9);
  EXPECT_EQ(pool.in_use(), 0U);
  chain.append("more");
  EXPECT_EQ(chain.to_string(), "more");
}

TEST(Chain, writes_small_pieces_side_by_side_in_one_block) {
  BlockPool pool;
  Chain chain(pool);
  for (int i = 0; i < 100; ++i) chain.append("0123456789");
  EXPECT_EQ(pool.in_use(), 1U);
  EXPECT_EQ(std::distance(chain.begin(), chain.end()), 1);
}

TEST(Chain, never_writes_over_bytes_that_another_chain_views) {
  BlockPool pool;
  Chain first(pool);
  first.append("first ");
  Chain second(pool);
  second.append(std::move(first));
  first.append("other");
  second.append("second");
  EXPECT_EQ(second.to_string(), "first second");
  EXPECT_EQ(first.to_string(), "other");
}

TEST(Chain, behaves_like_a_string_whatever_is_done_to_it) {
  BlockPool pool;
  std::mt19937 random(7);
  Chain chain(pool);
  std::string model;
  for (int i = 0; i < 5000; ++i) {
    const std::size_t size = random() % 3000;
    const std::string text(size, static_cast<char>('a' + random() % 26));
    switch (random() % 4) {
      case 0:
        chain.append(text);
        model += text;
        break;
      case 1: {
        Chain other(pool);
        other.append(text);
        chain.append(std::move(other));
        model += text;
        break;
      }
      case 2: {
        const std::size_t n = std::min(size * 2, model.size());
        chain.consume(n);
        model.erase(0, n);
        break;
      }
      default: {
        Chain other(pool);
        const std::size_t n = std::min(size, model.size());
        other.take_from(chain, n);
        EXPECT_EQ(other.to_string(), model.substr(0, n));
        model.erase(0, n);
      }
    }
    ASSERT_EQ(chain.size(), model.size());
    if (i % 100 == 0) {
      ASSERT_EQ(chain.to_string(), model);
    }
  }
}

// Each piece comes in a block of its own, as from a peer that sends byte by byte.
TEST(Chain, holds_no_block_for_each_small_piece) {
  BlockPool pool;
  Chain body(pool);
  for (int i = 0; i < 10000; ++i) {
    Chain read(pool);
    read.append(std::string_view("x"));
    if (i % 2 == 0)
      body.append(read.pop_front());
    else
      body.append(std::move(read));
  }
  EXPECT_EQ(body.size(), 10000U);
  EXPECT_EQ(pool.in_use(), 1U);
}

TEST(Chain, goes_on_in_the_same_block_behind_what_was_split_off) {
  BlockPool pool;
  {
    Chain chain(pool);
    std::vector<Chain> pieces;
    for (int i = 0; i < 20; ++i) {
      chain.append(std::string(1500, static_cast<char>('a' + i)));
      pieces.push_back(chain.split_off());
      EXPECT_TRUE(chain.is_empty());
    }
    for (int i = 0; i < 20; ++i) EXPECT_EQ(pieces[i].to_string(), std::string(1500, static_cast<char>('a' + i)));
    EXPECT_EQ(pool.in_use(), 1U);
    pieces.clear();
    EXPECT_EQ(pool.in_use(), 1U) << "to be written on in";
    chain.clear();
    EXPECT_EQ(pool.in_use(), 0U);
    EXPECT_TRUE(chain.split_off().is_empty());
  }
  EXPECT_EQ(pool.in_use(), 0U);
}

TEST(BlockPool, gives_memory_back_after_a_burst) {
  BlockPool pool(2);
  {
    Chain chain(pool);
    chain.append(std::string(10 * Block::size, 'x'));
    EXPECT_EQ(pool.in_use(), 10U);
  }
  EXPECT_EQ(pool.in_use(), 0U);
}

}  // namespace
}  // namespace ravelin
