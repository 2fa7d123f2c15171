#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ravelin/exchange.h"

namespace ravelin::config {

/// Node is one value of a YAML document, as text and where it stands; what it means is the reader's.
struct Node {
  enum class Kind : std::uint8_t { null, scalar, list, map };
  struct Entry;

  Kind kind = Kind::null;
  bool is_file = false;  // a scalar tagged !file
  std::string text;
  Place place;
  std::vector<Node> items;
  std::vector<Entry> entries;  // no key twice

  /// The entry under `key`, or none.
  const Entry* find(std::string_view key) const;
  Entry* find(std::string_view key);
  /// How many nodes there are, this one included.
  std::size_t count() const;
};

struct Node::Entry {
  std::string key;
  Place place;
  Node value;
};

/// What a kind of node is called in a problem: "a map", "nothing".
std::string_view to_string(Node::Kind kind);

}  // namespace ravelin::config
