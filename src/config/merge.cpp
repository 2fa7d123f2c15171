#include "config/merge.h"

#include <map>
#include <string_view>
#include <utility>

namespace ravelin::config {
namespace {

// A small file must not grow into a large tree by many routes overriding one large section.
constexpr std::size_t most_copied_nodes = 500'000;

void merge_entry(Node::Entry& into, Node::Entry from, Problems& problems);

std::string named(Node::Kind kind) { return std::string(to_string(kind)); }

void merge_maps(Node& into, Node from, Problems& problems) {
  std::map<std::string, std::size_t, std::less<>> index;
  for (std::size_t i = 0; i < into.entries.size(); ++i) index.emplace(into.entries[i].key, i);
  for (Node::Entry& entry : from.entries) {
    const auto found = index.find(entry.key);
    if (found == index.end()) {
      into.entries.push_back(std::move(entry));
    } else {
      merge_entry(into.entries[found->second], std::move(entry), problems);
    }
  }
}

void merge_entry(Node::Entry& into, Node::Entry from, Problems& problems) {
  const Node::Kind kind = from.value.kind;
  if (kind == Node::Kind::null) return;
  if (into.value.kind == Node::Kind::null) {
    into = std::move(from);
  } else if (kind == into.value.kind && kind == Node::Kind::map) {
    merge_maps(into.value, std::move(from.value), problems);
  } else if (kind == into.value.kind && kind == Node::Kind::list) {
    for (Node& item : from.value.items) into.value.items.push_back(std::move(item));
  } else {
    const bool is_same = kind == into.value.kind;
    problems.error(from.place, "'" + from.key +
                                   (is_same ? "' is already set at "
                                            : "' is " + named(kind) + " here but " + named(into.value.kind) + " at ") +
                                   to_string(into.place));
  }
}

Node overlay(Node base, const Node& top) {
  if (top.kind == Node::Kind::null) {
    base.place = top.place;
    return base;
  }
  if (base.kind != Node::Kind::map || top.kind != Node::Kind::map) return top;
  base.place = top.place;
  for (const Node::Entry& entry : top.entries) {
    Node::Entry* same = base.find(entry.key);
    if (same == nullptr) {
      base.entries.push_back(entry);
    } else {
      *same = {entry.key, entry.place, overlay(std::move(same->value), entry.value)};
    }
  }
  return base;
}

// A lone item may stand for a list of one.
std::vector<Node*> items_of(Node::Entry* list) {
  std::vector<Node*> items;
  if (list == nullptr) return items;
  if (list->value.kind != Node::Kind::list) return {&list->value};
  for (Node& item : list->value.items) items.push_back(&item);
  return items;
}

using Bodies = std::map<std::string_view, const Node*>;

Bodies module_bodies(Node& root) {
  Bodies bodies;
  for (const Node* item : items_of(root.find("modules"))) {
    if (item->entries.size() == 1) bodies.emplace(item->entries[0].key, &item->entries[0].value);
  }
  return bodies;
}

}  // namespace

void merge(Node& into, Node from, Problems& problems) {
  if (from.kind == Node::Kind::null) return;
  if (into.kind == Node::Kind::null) {
    into = std::move(from);
  } else if (into.kind == Node::Kind::map && from.kind == Node::Kind::map) {
    merge_maps(into, std::move(from), problems);
  } else {
    problems.error(from.place, "expected a map of sections, got " + std::string(to_string(from.kind)));
  }
}

void complete_overrides(Node& root, Problems& problems) {
  const Bodies bodies = module_bodies(root);
  const Node::Entry* const compression = root.find("compression");
  std::size_t copied = 0;
  for (Node* route : items_of(root.find("routes"))) {
    if (Node::Entry* const own = route->find("compression"); own != nullptr && compression != nullptr) {
      copied += compression->value.count();
      if (copied > most_copied_nodes) return problems.error(own->place, "too many overrides of large sections");
      own->value = overlay(compression->value, own->value);
    }
    Node::Entry* overrides = route->find("modules");
    if (overrides == nullptr) continue;
    for (Node::Entry& entry : overrides->value.entries) {
      const auto body = bodies.find(entry.key);
      if (body == bodies.end()) continue;
      copied += body->second->count();
      if (copied > most_copied_nodes) return problems.error(entry.place, "too many overrides of large sections");
      entry.value = overlay(*body->second, entry.value);
    }
  }
}

}  // namespace ravelin::config
