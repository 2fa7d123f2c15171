#include "config/outline.h"

#include <algorithm>
#include <utility>

#include "config/shape.h"

namespace ravelin::config {
namespace {

// Describes a default configuration: what it holds are the defaults.
class Describer final : public Binder {
 public:
  Describer() : root_(std::make_unique<Outline>()) { stack_.push_back(root_.get()); }
  std::unique_ptr<Outline> take_root() { return std::move(root_); }

  Use use() const override { return Use::describe; }
  void not_available(std::string_view) override {}
  void place(Place&) override {}
  void problem(std::string_view, std::string) override {}
  bool map_not_available(std::string_view) override { return false; }
  bool word(std::string_view word, bool is_now) override {
    at().alternatives.emplace_back(word);
    if (is_now) at().default_text = word;
    return false;
  }

  bool enter_key(const KeyDeclaration& key) override {
    Outline& child = add(std::string(key.name));
    child.doc = key.doc;
    child.is_required = key.is_required;
    child.is_shorthand = key.is_shorthand;
    child.bounds = key.range;
    stack_.push_back(&child);
    return true;
  }
  void leave_key() override { stack_.pop_back(); }
  void scalar(Scalar& scalar) override {
    at().type = scalar.type();
    for (const std::string_view word : scalar.words()) at().words.emplace_back(word);
    if (at().default_text.empty() && !at().is_required && !is_absent_) at().default_text = scalar.print();
    describe_range(scalar);
  }
  bool enter_section() override {
    is_absent_ = false;
    at().kind = Outline::Kind::section;
    return true;
  }
  void leave_section() override {}
  // An optional that is not set has no default; what is in it, once it is set, has.
  bool enter_optional(bool is_set) override {
    is_absent_ = !is_set;
    return true;
  }
  std::size_t enter_list(std::size_t size) override {
    at().kind = Outline::Kind::list;
    if (size == 0 && !at().is_required) at().default_text = "[]";
    list_sizes_.push_back(size);
    return std::max<std::size_t>(size, 1);
  }
  void enter_item(std::size_t) override { enter_child(""); }
  void leave_item() override { stack_.pop_back(); }
  // The first item stands for all; what is in a default list of scalars is its default.
  void leave_list() override {
    auto& items = at().children;
    std::string text;
    for (const auto& item : items) text.append(text.empty() ? "" : ", ").append(item->default_text);
    const bool has_default = list_sizes_.back() > 0 && items.front()->kind == Outline::Kind::scalar;
    if (has_default) at().default_text = "[" + text + "]";
    list_sizes_.pop_back();
    items.resize(1);
    items.front()->default_text.clear();
  }
  std::vector<std::string> enter_map(std::vector<std::string>) override {
    at().kind = Outline::Kind::map;
    if (!at().is_required) at().default_text = "{}";
    return {"NAME"};
  }
  std::vector<std::string> enter_choice(std::vector<std::string>, const Choices& choices) override {
    at().kind = Outline::Kind::choice;
    return {choices.known.begin(), choices.known.end()};
  }
  void enter_entry(std::string_view name) override { enter_child(std::string(name)); }
  void leave_entry() override {
    if (at().kind == Outline::Kind::scalar) at().default_text.clear();  // of no name in particular
    stack_.pop_back();
  }
  void leave_map() override {}

 private:
  Outline& at() { return *stack_.back(); }
  Outline& add(std::string name) {
    at().children.push_back(std::make_unique<Outline>());
    at().children.back()->name = std::move(name);
    return *at().children.back();
  }
  void enter_child(std::string name) {
    is_absent_ = false;
    Outline& child = add(std::move(name));
    child.bounds = at().bounds;
    stack_.push_back(&child);
  }
  void describe_range(const Scalar& scalar) {
    const bool has_max = at().bounds.max != Range{}.max;
    const bool has_min = at().bounds.min != Range{}.min;
    if (has_min && has_max) {
      at().range = scalar.print_bound(at().bounds.min) + " to " + scalar.print_bound(at().bounds.max);
    } else if (has_min) {
      at().range = scalar.print_bound(at().bounds.min) + " or more";
    }
    is_absent_ = false;
  }

  std::unique_ptr<Outline> root_;
  std::vector<Outline*> stack_;
  std::vector<std::size_t> list_sizes_;
  bool is_absent_ = false;
};

}  // namespace

std::unique_ptr<Outline> outline_of(Known modules) {
  Config config;
  ConfigShape shape{config, modules};
  Describer describer;
  describer.value(shape);
  return describer.take_root();
}

}  // namespace ravelin::config
