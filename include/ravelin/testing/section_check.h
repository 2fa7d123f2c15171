#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ravelin/schema.h"

namespace ravelin::testing {

/// SectionCheck is a Binder that walks a section as it stands and keeps what a reader would complain
/// about: values out of range and what bind() reports. So rules of a section are tested without YAML.
class SectionCheck final : public Binder {
 public:
  template <class T>
  explicit SectionCheck(T& section) {
    section.bind(*this);
  }

  /// "KEY: message" of each problem, in order.
  const std::vector<std::string>& problems() const { return problems_; }
  /// Every key declared, with those around it: "limits.site.rate".
  const std::vector<std::string>& keys() const { return keys_; }
  /// The keys declared as not available in this version.
  const std::vector<std::string>& missing() const { return missing_; }

  void not_available(std::string_view name) override { missing_.push_back(path_ + std::string(name)); }
  void place(Place&) override {}
  void problem(std::string_view key, std::string message) override {
    problems_.push_back(path_ + std::string(key) + ": " + message);
  }

  Use use() const override { return Use::print; }  // keeps the lists and maps as they are
  bool word(std::string_view, bool is_now) override { return is_now; }
  bool map_not_available(std::string_view) override { return false; }

  bool enter_key(const KeyDeclaration& key) override {
    keys_.push_back(path_ + std::string(key.name));
    enter(key.name, key.range);
    return true;
  }
  void leave_key() override { leave(); }
  void scalar(Scalar& scalar) override {
    if (scalar.is_within(steps_.empty() ? Range{} : steps_.back().range)) return;
    problems_.push_back(path_.substr(0, path_.size() - 1) + ": " + scalar.print() + " is out of range");
  }
  bool enter_section() override { return true; }
  void leave_section() override {}
  bool enter_optional(bool is_set) override { return is_set; }
  std::size_t enter_list(std::size_t size) override { return size; }
  void enter_item(std::size_t index) override { enter(std::to_string(index), steps_.back().range); }
  void leave_item() override { leave(); }
  void leave_list() override {}
  std::vector<std::string> enter_map(std::vector<std::string> names) override { return names; }
  std::vector<std::string> enter_choice(std::vector<std::string> names, const Choices&) override { return names; }
  void enter_entry(std::string_view name) override { enter(name, {}); }
  void leave_entry() override { leave(); }
  void leave_map() override {}

 private:
  struct Step {
    std::size_t length;  // of the path before it
    Range range;         // of the values there
  };

  void enter(std::string_view name, Range range) {
    steps_.push_back({path_.size(), range});
    path_.append(name).append(".");
  }
  void leave() {
    path_.resize(steps_.back().length);
    steps_.pop_back();
  }

  std::string path_;  // of what is being bound, each name with a dot
  std::vector<Step> steps_;
  std::vector<std::string> problems_;
  std::vector<std::string> keys_;
  std::vector<std::string> missing_;
};

}  // namespace ravelin::testing
