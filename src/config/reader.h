#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "config/environment.h"
#include "config/node.h"
#include "config/path.h"
#include "config/problem.h"
#include "ravelin/schema.h"

namespace ravelin::config {

/// Reader binds a tree of nodes to configuration structs: it fills them in, notes where each value
/// stands, and reports every key that no struct declares and every value out of its range.
class Reader final : public Binder {
 public:
  /// Sources is what reading a node needs besides the node.
  struct Sources {
    const std::deque<SourceFile>& files;
    const Environment& environment;
    std::map<std::string, Place>& origins;
    Problems& problems;
  };

  Reader(const Node& root, const Sources& sources) : node_(&root), sources_(sources) {}

  Use use() const override { return Use::read; }
  void not_available(std::string_view name) override;
  void place(Place& place) override { place = node_->place; }
  void problem(std::string_view key, std::string message) override;
  bool word(std::string_view word, bool is_now) override;
  bool map_not_available(std::string_view what) override;

  bool enter_key(const KeyDeclaration& key) override;
  void leave_key() override;
  void scalar(Scalar& scalar) override;
  bool enter_section() override;
  void leave_section() override;
  bool enter_optional(bool) override { return true; }
  std::size_t enter_list(std::size_t size) override;
  void enter_item(std::size_t index) override;
  void leave_item() override { leave(); }
  void leave_list() override {}
  std::vector<std::string> enter_map(std::vector<std::string> names) override;
  std::vector<std::string> enter_choice(std::vector<std::string> names, const Choices& choices) override;
  void enter_entry(std::string_view name) override;
  void leave_entry() override { leave(); }
  void leave_map() override { entries_.pop_back(); }

 private:
  /// A section being read, and what its struct has declared so far.
  struct Section {
    const Node* node;
    std::vector<std::string_view> known;
    std::vector<std::string_view> failed;  // keys that already have a problem
    bool is_taken = false;                 // a scalar in place of the section was read as its shorthand key
  };
  /// The entries of a map in the order they are entered.
  struct Entries {
    const Node* node;
    std::size_t next = 0;
  };

  /// A key being read.
  struct Key {
    std::string_view name;
    Range range;
    std::size_t errors_before;
  };

  void enter(const Node& node);
  void leave();
  void wrong_kind(std::string_view expected);
  void missing_key(const Place& section, std::string_view name);
  void report(std::string_view key, const std::string& message);
  void value_error(const std::string& message) { report({}, message); }
  void unknown_key(const Node::Entry& entry, std::string_view in, const Choices& choices);
  /// The text that a scalar stands for: secrets and paths resolved; nothing if that failed.
  std::optional<std::string> resolve(const Scalar& scalar);
  std::optional<std::string> resolve_secret();
  std::optional<std::string> replace_variables(std::string_view text);
  std::string absolute(const std::string& path) const;
  std::string take_words();
  void out_of_range(const Scalar& scalar, std::string_view text);
  Range range() const;
  std::string in_range(const Scalar& scalar) const;
  bool is_number(const Scalar& scalar) const;

  const Node* node_;
  Node lone_value_;  // of a name that stands alone: "- waf"
  Sources sources_;
  Path path_;
  std::vector<const Node*> outer_;
  std::vector<Section> sections_;
  std::vector<Entries> entries_;
  std::vector<Key> keys_;
  std::vector<std::string_view> words_;  // offered by word() for the value we stand at
};

}  // namespace ravelin::config
