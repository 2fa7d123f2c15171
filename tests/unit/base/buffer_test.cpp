#include "base/buffer.h"

#include <gtest/gtest.h>

#include <algorithm>
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

TEST(Chain, goes_on_in_the_same_block_behind_what_was_moved_on) {
  BlockPool pool;
  {
    Chain chain(pool);
    std::vector<Chain> pieces;
    for (int i = 0; i < 20; ++i) {
      chain.append(std::string(1500, static_cast<char>('a' + i)));
      pieces.push_back(std::move(chain));
      EXPECT_TRUE(chain.is_empty());
    }
    for (int i = 0; i < 20; ++i) EXPECT_EQ(pieces[i].to_string(), std::string(1500, static_cast<char>('a' + i)));
    EXPECT_EQ(pool.in_use(), 1U);
    pieces.clear();
    EXPECT_EQ(pool.in_use(), 0U);
  }
  EXPECT_EQ(pool.in_use(), 0U);
}

TEST(Chain, shares_a_block_with_the_small_messages_of_others) {
  BlockPool pool;
  std::vector<Chain> chains;
  for (int i = 0; i < 20; ++i) {
    chains.emplace_back(pool);
    chains.back().append(std::string(1300, static_cast<char>('a' + i)));
  }
  EXPECT_EQ(pool.in_use(), 1U);
  for (int i = 0; i < 20; ++i)
    EXPECT_EQ(chains[static_cast<std::size_t>(i)].to_string(), std::string(1300, static_cast<char>('a' + i)));
}

TEST(Chain, keeps_its_bytes_whatever_others_write_between_them) {
  BlockPool pool;
  std::mt19937 random(11);
  std::vector<Chain> chains;
  std::vector<std::string> models(5);
  for (std::size_t i = 0; i < models.size(); ++i) chains.emplace_back(pool);
  for (int i = 0; i < 20000; ++i) {
    const std::size_t at = random() % models.size();
    const std::size_t other = random() % models.size();
    const std::string text(random() % (i % 10 == 0 ? 5000 : 40), static_cast<char>('a' + random() % 26));
    if (random() % 3 == 0) {
      const std::size_t n = std::min<std::size_t>(random() % 3000, models[at].size());
      if (at == other) {
        chains[at].consume(n);
      } else {
        chains[other].take_from(chains[at], n);
        models[other] += models[at].substr(0, n);
      }
      models[at].erase(0, n);
    } else {
      const auto room = chains[at].reserve(text.size());
      std::copy(text.begin(), text.end(), reinterpret_cast<char*>(room.data()));
      chains[at].commit(text.size());
      models[at] += text;
    }
    ASSERT_EQ(chains[at].to_string(), models[at]);
    ASSERT_EQ(chains[other].to_string(), models[other]);
  }
  chains.clear();
  EXPECT_EQ(pool.in_use(), 0U);
}

TEST(Chain, has_few_slices_however_small_its_pieces_are) {
  BlockPool pool;
  Chain body(pool);
  Chain other(pool);
  for (int i = 0; i < 10000; ++i) {
    body.append(std::string_view("x"));
    other.append(std::string_view("y"));
  }
  EXPECT_LT(std::distance(body.begin(), body.end()), 10);
  EXPECT_LT(std::distance(other.begin(), other.end()), 10);
}

TEST(SliceQueue, hands_out_in_order_whatever_its_length) {
  BlockPool pool;
  SliceQueue queue;
  const std::string text(100, 'x');
  std::size_t in = 0;
  std::size_t out = 0;
  const auto check_front = [&] {
    EXPECT_EQ(queue.front().size(), out % 100);
    EXPECT_EQ(queue.pop().size(), out++ % 100);
  };
  for (int round = 0; round < 40; ++round) {
    for (int i = 0; i < round; ++i) queue.push(Slice::of_static(std::string_view(text).substr(0, in++ % 100)));
    for (int i = 0; i < round / 2; ++i) check_front();
    SliceQueue moved;
    moved.take(queue);
    EXPECT_TRUE(queue.is_empty());
    queue.take(moved);
  }
  while (!queue.is_empty()) check_front();
  EXPECT_EQ(in, out);
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
