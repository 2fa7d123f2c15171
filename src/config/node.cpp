#include "config/node.h"

namespace ravelin::config {

const Node::Entry* Node::find(std::string_view key) const {
  for (const Entry& entry : entries)
    if (entry.key == key) return &entry;
  return nullptr;
}

Node::Entry* Node::find(std::string_view key) {
  for (Entry& entry : entries)
    if (entry.key == key) return &entry;
  return nullptr;
}

std::size_t Node::count() const {
  std::size_t count = 1;
  for (const Node& item : items) count += item.count();
  for (const Entry& entry : entries) count += entry.value.count();
  return count;
}

std::string_view to_string(Node::Kind kind) {
  switch (kind) {
    case Node::Kind::null: return "nothing";
    case Node::Kind::scalar: return "a single value";
    case Node::Kind::list: return "a list";
    case Node::Kind::map: return "a map";
  }
  return "";
}

}  // namespace ravelin::config
