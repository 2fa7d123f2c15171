#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace ravelin::waf::plan {

/// Networks of one address family, looked up as the library looks them up (its Patricia tree of ModSecurity 2): a
/// network nested in another, or one given twice, can hide the others, and that is kept. Immutable after the last
/// add(); then any thread.
class AddressTree {
 public:
  static constexpr std::size_t longest = 16;
  using Address = std::array<std::uint8_t, longest>;

  /// `bits` is the length of an address: 32 or 128.
  explicit AddressTree(unsigned bits) : bits_(bits) {}

  void add(Address address, std::uint8_t prefix);
  bool contains(Address address) const;

 private:
  using Index = std::size_t;
  static constexpr Index none = ~Index{0};

  // A leaf is an address (`bit` is its length); the others part at `bit`.
  struct Node {
    unsigned bit = 0;
    Address address{};
    std::uint8_t prefix = 0;  // of a leaf
    bool has_prefixes = false;
    std::vector<std::uint8_t> prefixes;  // lengths of networks below this node
    Index zero = none;
    Index one = none;
    Index parent = none;
  };

  bool is_leaf(const Node& node) const { return node.bit == bits_; }
  void mask(Address& address, unsigned prefix) const;
  Index leaf_of(const Address& address, Index from) const;
  unsigned first_difference(const Address& a, const Address& b) const;
  Index above(Index node, unsigned bit) const;
  Index append(Node node);
  void replace(Index old, Index by);
  void split(Index node, Index leaf, unsigned bit);
  void remember(Index node, std::uint8_t prefix);
  bool is_in_networks(Address address, Index leaf) const;

  unsigned bits_;
  Index head_ = none;
  std::vector<Node> nodes_;
};

}  // namespace ravelin::waf::plan
