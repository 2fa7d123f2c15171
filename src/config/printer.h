#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "config/path.h"
#include "config/print.h"
#include "ravelin/schema.h"

namespace ravelin::config {

/// Printer writes what it is bound to as YAML that reads back to the same.
class Printer final : public Binder {
 public:
  Printer(const std::map<std::string, Place>& origins, Origins show) : origins_(origins), show_(show) {}

  std::string take_text() { return std::move(text_); }

  Use use() const override { return Use::print; }
  void not_available(std::string_view) override {}
  void place(Place&) override {}
  void problem(std::string_view, std::string) override {}
  bool word(std::string_view word, bool is_now) override;
  bool map_not_available(std::string_view) override { return false; }

  bool enter_key(const KeyDeclaration& key) override;
  void leave_key() override { leave(); }
  void scalar(Scalar& scalar) override;
  bool enter_section() override;
  void leave_section() override { leave_collection("{}"); }
  bool enter_optional(bool is_set) override { return is_set; }
  std::size_t enter_list(std::size_t size) override;
  void enter_item(std::size_t index) override;
  void leave_item() override { leave(); }
  void leave_list() override { leave_collection("[]"); }
  std::vector<std::string> enter_map(std::vector<std::string> names) override;
  std::vector<std::string> enter_choice(std::vector<std::string> names, const Choices& choices) override;
  void enter_entry(std::string_view name) override;
  void leave_entry() override { leave(); }
  void leave_map() override { leave_collection("{}"); }

 private:
  /// What is still to be written before the next value: a line is begun only when there is one.
  struct Pending {
    std::string text;  // "key:" or "-"
    bool is_written = false;
  };

  void enter(std::string text);
  void leave();
  void leave_collection(std::string_view if_empty);
  void write_pending();
  void write_value(std::string_view text);

  const std::map<std::string, Place>& origins_;
  Origins show_;
  std::string text_;
  Path path_;
  std::vector<Pending> pending_;
  bool is_line_open_ = false;
};

/// A scalar as YAML: plain where that reads back as the same text, else in double quotes.
std::string to_yaml(std::string_view text);

}  // namespace ravelin::config
