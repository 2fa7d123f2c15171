#include "ravelin/bounded_map.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <thread>

namespace ravelin {
namespace {

Key key(std::uint64_t n) { return {n, n}; }

// One bucket chain for all, as if every hash collided.
Key colliding(std::uint64_t n) { return {n << 32, 7}; }

int use(BoundedMap<int>& map, const Key& k) {
  return map.with(k, [](int& value) { return ++value; });
}

TEST(BoundedMap, evicts_the_entry_that_was_used_longest_ago) {
  BoundedMap<int> map(3, 1);
  use(map, key(1));
  use(map, key(2));
  use(map, key(3));
  use(map, key(1));
  EXPECT_TRUE(map.look(key(2), [](int) {}));  // looking is not using
  use(map, key(4));
  EXPECT_FALSE(map.look(key(2), [](int) {}));
  use(map, key(5));
  EXPECT_FALSE(map.look(key(3), [](int) {}));
  EXPECT_EQ(use(map, key(1)), 3);
  EXPECT_EQ(map.size(), 3U);
  EXPECT_EQ(map.evicted(), 2U);
}

TEST(BoundedMap, never_exceeds_its_capacity_whatever_the_keys_are) {
  BoundedMap<std::string> map(1000, 8);
  for (std::uint64_t i = 0; i < 20'000; ++i) {
    map.with(key(i * 0x9e3779b97f4a7c15U), [&](std::string& value) { value = std::string(40, 'x'); });
    ASSERT_LE(map.size(), map.capacity());
  }
  EXPECT_LE(map.capacity(), 1000U);
}

TEST(BoundedMap, agrees_with_a_plain_map_under_mixed_use_with_colliding_keys) {
  BoundedMap<int> map(64, 1);
  std::map<std::uint64_t, int> model;
  std::uint64_t random = 1;
  for (int i = 0; i < 20'000; ++i) {
    random = random * 6364136223846793005U + 1442695040888963407U;
    const std::uint64_t n = (random >> 33) % 64;
    if ((random >> 60) < 5) {
      ASSERT_EQ(map.erase(colliding(n)), model.erase(n) == 1);
    } else {
      ASSERT_EQ(use(map, colliding(n)), ++model[n]);
    }
  }
  EXPECT_EQ(map.size(), model.size());
  EXPECT_EQ(map.evicted(), 0U);
}

TEST(BoundedMap, lists_the_most_recently_used_first_and_erases_by_predicate) {
  BoundedMap<int> map(8, 1);
  for (std::uint64_t n : {1, 2, 3, 4, 1}) use(map, key(n));
  EXPECT_EQ(map.erase_if([](const Key& k, int) { return k.low == 3; }), 1U);
  std::string order;
  map.for_each([&](const Key& k, int value) { order += std::to_string(k.low) + ":" + std::to_string(value) + " "; });
  EXPECT_EQ(order, "1:2 4:1 2:1 ");
  use(map, key(9));
  EXPECT_EQ(map.size(), 4U);
}

TEST(BoundedMap, counts_every_use_of_two_threads) {
  BoundedMap<int> map(64, 4);
  const auto work = [&] {
    for (std::uint64_t i = 0; i < 20'000; ++i) use(map, key(i % 16));
  };
  std::thread other(work);
  work();
  other.join();
  int total = 0;
  map.for_each([&](const Key&, int value) { total += value; });
  EXPECT_EQ(total, 40'000);
}

}  // namespace
}  // namespace ravelin
