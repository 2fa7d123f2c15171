#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "modules/waf/plan/transform.h"

namespace ravelin::waf::plan {

/// Chains are a set of chains of transformations, each a number below Forest::most.
using Chains = std::uint64_t;

/// Growth is what chains of transformations make of one value: every different text once, and what each transformation
/// made of it. Reused from value to value, so that it seldom allocates. One thread.
class Growth {
 public:
  struct Text {
    std::string_view text;
    ByteClasses classes = ByteClasses::none;
    Transforms changing = 0;                            // those that may make another text of it
    Chains chains = 0;                                  // those that end with it
    std::array<std::uint16_t, transform_count> made{};  // by transformation: the number of a text and one; 0: not known
  };

  /// Begins anew with `value`, which stays the caller's.
  void start(std::string_view value);
  /// Until the next start. The first is the value itself.
  std::span<const Text> texts() const { return texts_; }

 private:
  friend class Forest;
  static constexpr std::size_t most_kept = 1 << 20;  // bytes

  Text& at(std::size_t number) { return texts_[number]; }
  std::size_t apply(Transform transform, std::size_t number);
  std::string& room();
  std::size_t number_of(std::string_view text);
  void add(std::string_view text);

  std::vector<Text> texts_;
  std::vector<std::unique_ptr<std::string>> rooms_;
  std::size_t used_ = 0;  // rooms
};

/// Forest is all the chains of transformations of a policy, as a tree of what they have in common: a value goes down it
/// once, and where nothing would change it a whole branch is passed by.
class Forest {
 public:
  static constexpr std::size_t most = 64;

  Forest() { nodes_.emplace_back(); }

  /// The number of a chain, new or known; `most` if there is no room for another.
  unsigned add(std::span<const Transform> chain);

  /// What the chains of `wanted` make of `value`, in `growth`: each chain is with one of its texts.
  void grow(std::string_view value, Chains wanted, Growth& growth) const;

 private:
  struct Node {
    Transform transform{};
    Transforms transforms = 0;  // of the branches and what is below them
    Chains ends = 0;            // chains that end here
    Chains below = 0;           // and those that go through
    std::vector<unsigned> branches;
  };

  void descend(unsigned node, std::size_t text, Chains wanted, Growth& growth) const;

  std::vector<Node> nodes_;  // the first is the root, no transformation
  unsigned count_ = 0;
};

}  // namespace ravelin::waf::plan
