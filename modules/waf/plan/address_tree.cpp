#include "modules/waf/plan/address_tree.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace ravelin::waf::plan {
namespace {

bool is_set(const AddressTree::Address& address, unsigned bit) { return (address[bit / 8] & (0x80U >> bit % 8)) != 0; }

}  // namespace

void AddressTree::mask(Address& address, unsigned prefix) const {
  for (unsigned i = 0; i < bits_ / 8; ++i) {
    const unsigned kept = prefix <= i * 8 ? 0 : std::min(prefix - i * 8, 8U);
    address[i] = static_cast<std::uint8_t>(address[i] & (0xff00U >> kept));
  }
}

AddressTree::Index AddressTree::leaf_of(const Address& address, Index from) const {
  while (!is_leaf(nodes_[from])) from = is_set(address, nodes_[from].bit) ? nodes_[from].one : nodes_[from].zero;
  return from;
}

unsigned AddressTree::first_difference(const Address& a, const Address& b) const {
  for (unsigned i = 0; i < bits_ / 8; ++i)
    if (a[i] != b[i]) return i * 8 + static_cast<unsigned>(std::countl_zero(static_cast<std::uint8_t>(a[i] ^ b[i])));
  return bits_;
}

// The highest node at or above `node` all of whose ancestors part before `bit`.
AddressTree::Index AddressTree::above(Index node, unsigned bit) const {
  while (nodes_[node].parent != none && bit <= nodes_[nodes_[node].parent].bit) node = nodes_[node].parent;
  return node;
}

AddressTree::Index AddressTree::append(Node node) {
  nodes_.push_back(std::move(node));
  return nodes_.size() - 1;
}

void AddressTree::replace(Index old, Index by) {
  const Index parent = nodes_[old].parent;
  if (parent == none) {
    head_ = by;
  } else if (nodes_[parent].one == old) {
    nodes_[parent].one = by;
  } else {
    nodes_[parent].zero = by;
  }
  nodes_[by].parent = parent;
  nodes_[old].parent = by;
}

// A node that parts `node` from `leaf` at `bit` goes above both, and takes along the networks that hold both.
void AddressTree::split(Index node, Index leaf, unsigned bit) {
  const Index between = append({});
  Node& made = nodes_[between];
  Node& old = nodes_[node];
  made.bit = bit;
  if (old.has_prefixes) {
    const auto first =
        std::find_if(old.prefixes.begin(), old.prefixes.end(), [bit](unsigned prefix) { return prefix <= bit; });
    made.prefixes.assign(first, old.prefixes.end());
    made.has_prefixes = true;
    old.prefixes.erase(first, old.prefixes.end());
    old.has_prefixes = !old.prefixes.empty();
  }
  const bool is_one = is_set(nodes_[leaf].address, bit);
  made.zero = is_one ? node : leaf;
  made.one = is_one ? leaf : node;
  nodes_[leaf].parent = between;
  replace(node, between);
}

// At the highest node that the network holds all of. The library forgets the ones remembered there before: only their
// number stays, as prefixes of length 0.
void AddressTree::remember(Index node, std::uint8_t prefix) {
  if (prefix == bits_) return;
  Node& at = nodes_[above(node, prefix)];
  const std::size_t count = at.prefixes.size();
  at.prefixes.assign(count + 1, 0);
  at.prefixes.front() = prefix;
  at.has_prefixes = true;
}

void AddressTree::add(Address address, std::uint8_t prefix) {
  mask(address, prefix);
  Node leaf;
  leaf.bit = bits_;
  leaf.address = address;
  leaf.prefix = prefix;
  if (head_ == none) {
    head_ = append(std::move(leaf));
    return remember(head_, prefix);
  }
  const Index nearest = leaf_of(address, head_);
  const unsigned difference = first_difference(address, nodes_[nearest].address);
  if (difference == bits_) {
    if (nodes_[nearest].prefix == prefix) remember(nearest, prefix);
    return;
  }
  const Index made = append(std::move(leaf));
  split(above(nearest, difference), made, difference);
  remember(made, prefix);
}

// From the leaf upwards, cutting the address as the networks remembered on the way say; of several at one node only
// the first one cuts.
bool AddressTree::is_in_networks(Address address, Index leaf) const {
  for (Index node = leaf; node != none; node = nodes_[node].parent) {
    const Node& at = nodes_[node];
    if (at.prefixes.empty()) continue;
    mask(address, at.prefixes.front());
    const Node& found = nodes_[leaf_of(address, node)];
    const bool is_listed = std::find(at.prefixes.begin(), at.prefixes.end(), found.prefix) != at.prefixes.end();
    if (is_listed && found.address == address) return true;
  }
  return false;
}

bool AddressTree::contains(Address address) const {
  if (head_ == none) return false;
  const Index leaf = leaf_of(address, head_);
  const Node& found = nodes_[leaf];
  if (!found.has_prefixes && found.address == address && found.prefix == bits_) return true;
  return is_in_networks(address, leaf);
}

}  // namespace ravelin::waf::plan
