#include "modules/waf/plan/chains.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "modules/waf/plan/hash.h"
#include "modules/waf/plan/memo.h"
#include "unit/modules/waf/plan/oracle.h"

namespace ravelin::waf::plan {
namespace {

constexpr unsigned transforms = static_cast<unsigned>(Transform::utf8_to_unicode) + 1;

std::vector<std::vector<Transform>> random_chains(Generator& random, std::size_t count) {
  std::vector<std::vector<Transform>> chains{{}};
  while (chains.size() < count) {
    // Often the beginning of another one, as in rules.
    std::vector<Transform> chain = chains[random.below(chains.size())];
    for (std::size_t left = random.below(4); left > 0; --left)
      chain.push_back(static_cast<Transform>(random.below(transforms)));
    chains.push_back(chain);
  }
  return chains;
}

std::string directly(std::string value, const std::vector<Transform>& chain) {
  for (const Transform transform : chain) apply(transform, value);
  return value;
}

TEST(Forest, gives_for_each_chain_what_applying_it_directly_gives) {
  Generator random({"%41", "&lt;", "\\x41", "/*", "*/", " ", "a", "Z", "..", "/", "0x41", "%u0041", "--", "#", "\n"},
                   3);
  Growth growth;
  for (int round = 0; round < 60; ++round) {
    Forest forest;
    const auto chains = random_chains(random, 1 + random.below(40));
    std::map<unsigned, std::vector<Transform>> numbered;
    for (const auto& chain : chains) numbered[forest.add(chain)] = chain;
    for (int value_round = 0; value_round < 40; ++value_round) {
      const std::string value = value_round % 4 == 0 ? random.bytes(12) : random.value();
      Chains wanted = 0;
      for (const auto& [number, chain] : numbered)
        if (random.below(3) != 0) wanted |= Chains{1} << number;
      std::map<unsigned, std::string> made;
      forest.grow(value, wanted, growth);
      for (const Growth::Text& text : growth.texts()) {
        EXPECT_EQ(text.classes, classes_of(text.text));
        for (unsigned number = 0; number < Forest::most; ++number)
          if ((text.chains >> number & 1) != 0) {
            EXPECT_TRUE(made.emplace(number, text.text).second);
          }
      }
      for (const auto& [number, chain] : numbered) {
        ASSERT_EQ(made.contains(number), (wanted >> number & 1) != 0);
        EXPECT_TRUE(!made.contains(number) || made[number] == directly(value, chain)) << shown(value);
      }
    }
  }
}

TEST(Forest, knows_a_chain_that_it_has_and_has_room_for_64) {
  Forest forest;
  std::vector<Transform> chain;
  EXPECT_EQ(forest.add(chain), 0U);
  for (unsigned i = 1; i < Forest::most; ++i) {
    chain.push_back(Transform::lowercase);
    EXPECT_EQ(forest.add(chain), i);
  }
  EXPECT_EQ(forest.add(chain), Forest::most - 1);
  chain.push_back(Transform::trim);
  EXPECT_EQ(forest.add(chain), Forest::most);
}

TEST(Memo, knows_what_it_learned_and_nothing_else) {
  Memo memo;
  EXPECT_FALSE(memo.knows(1, "a", "b"));
  EXPECT_FALSE(memo.knows(0, "", ""));
  EXPECT_FALSE(memo.knows(1, "a", "b"));
  memo.learn(1, "a", "b");
  EXPECT_TRUE(memo.knows(1, "a", "b"));
  EXPECT_FALSE(memo.knows(2, "a", "b"));
  EXPECT_FALSE(memo.knows(1, "ab", ""));
  EXPECT_FALSE(memo.knows(1, "", "ab"));
  EXPECT_FALSE(memo.knows(1, "a", "c"));
  EXPECT_FALSE(memo.knows(1, "A", "b"));
}

TEST(Memo, never_knows_what_it_was_not_told_however_much_it_was_told) {
  Memo memo;
  for (int i = 0; i < 20000; ++i) {
    memo.knows(1, "name", std::to_string(2 * i));
    memo.learn(1, "name", std::to_string(2 * i));
  }
  std::size_t known = 0;
  for (int i = 0; i < 20000; ++i) {
    known += memo.knows(1, "name", std::to_string(2 * i)) ? 1 : 0;
    EXPECT_FALSE(memo.knows(1, "name", std::to_string(2 * i + 1)));
  }
  EXPECT_GT(known, 0U);
  EXPECT_LE(known, 2048U);
}

TEST(Memo, keeps_what_comes_again_from_what_comes_once) {
  Memo memo;
  const auto is_known = [&](const std::string& value) {
    if (memo.knows(1, "name", value)) return true;
    memo.learn(1, "name", value);
    return false;
  };
  is_known("again");
  for (int i = 0; i < 100000; ++i) is_known("once " + std::to_string(i));
  EXPECT_TRUE(is_known("again"));
  // What is learned twice in a row has a place, whoever had it before.
  for (int i = 0; i < 3000; ++i) {
    const std::string value = "twice " + std::to_string(i);
    is_known(value);
    is_known(value);
    EXPECT_TRUE(is_known(value));
  }
}

TEST(Memo, does_not_keep_long_values) {
  Memo memo;
  const std::string value(600, 'x');
  memo.learn(1, "a", value);
  EXPECT_FALSE(memo.knows(1, "a", value));
}

TEST(Hash, depends_on_every_byte_the_length_and_the_seed) {
  const std::string text = "a text of more than two words of eight";
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::string other = text;
    other[i] = static_cast<char>(other[i] ^ 1);
    EXPECT_NE(hash(text, 1), hash(other, 1)) << i;
    EXPECT_NE(hash(text.substr(0, i), 1), hash(text, 1));
  }
  EXPECT_NE(hash(text, 1), hash(text, 2));
  EXPECT_NE(hash(std::string(1, '\0'), 1), hash(std::string(2, '\0'), 1));
  EXPECT_NE(hash(std::string(8, '\0'), 1), hash(std::string(), 1));
}

}  // namespace
}  // namespace ravelin::waf::plan
