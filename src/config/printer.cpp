#include "config/printer.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <utility>

#include "config/shape.h"

namespace ravelin::config {
namespace {

bool is_plain(std::string_view text) {
  constexpr std::string_view safe = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./%-+";
  constexpr std::array<std::string_view, 6> nulls{"~", "null", "Null", "NULL", "-", "..."};
  return !text.empty() && text.front() != '-' && text.front() != '%' &&
         text.find_first_not_of(safe) == std::string_view::npos &&
         std::find(nulls.begin(), nulls.end(), text) == nulls.end();
}

std::string escaped(unsigned char c) {
  if (c == '"' || c == '\\') return {'\\', static_cast<char>(c)};
  if (c >= 0x20 && c != 0x7f) return {static_cast<char>(c)};
  char text[8];
  std::snprintf(text, sizeof text, "\\x%02x", static_cast<unsigned>(c));
  return text;
}

}  // namespace

std::string to_yaml(std::string_view text) {
  if (is_plain(text)) return std::string(text);
  std::string quoted = "\"";
  for (const char c : text) quoted += escaped(static_cast<unsigned char>(c));
  return quoted + '"';
}

void Printer::enter(std::string text) { pending_.push_back({std::move(text), false}); }

void Printer::leave() {
  pending_.pop_back();
  path_.leave();
}

// Each level that is not yet on paper gets its line; an item's first key stands on the item's line.
void Printer::write_pending() {
  for (std::size_t depth = 0; depth < pending_.size(); ++depth) {
    Pending& pending = pending_[depth];
    if (pending.is_written) continue;
    const bool is_after_dash = depth > 0 && is_line_open_ && pending_[depth - 1].text == "-";
    if (is_line_open_ && !is_after_dash) text_ += '\n';
    text_ += is_after_dash ? " " : std::string(depth * 2, ' ');
    text_ += pending.text;
    pending.is_written = true;
    is_line_open_ = true;
  }
}

void Printer::write_value(std::string_view value) {
  write_pending();
  text_.append(pending_.empty() ? "" : " ").append(value);
  if (show_ == Origins::show) {
    const auto origin = origins_.find(path_.text());
    text_ += "  # ";
    text_ += origin == origins_.end() ? "default"
                                      : std::string(origin->second.file) + ":" + std::to_string(origin->second.line);
  }
  text_ += '\n';
  is_line_open_ = false;
}

// A key that holds empty text has not been given, unless the file says so.
bool Printer::enter_key(const KeyDeclaration& key) {
  path_.enter_key(key.name);
  enter(to_yaml(key.name) + ":");
  return true;
}

void Printer::scalar(Scalar& scalar) {
  const std::string value = scalar.print();
  if (value.empty() && origins_.find(path_.text()) == origins_.end()) return;
  write_value(to_yaml(value));
}

bool Printer::word(std::string_view word, bool is_now) {
  if (is_now) write_value(to_yaml(word));
  return is_now;
}

bool Printer::enter_section() { return true; }

// Nothing was written inside: the collection is empty.
void Printer::leave_collection(std::string_view if_empty) {
  if (!pending_.empty() && !pending_.back().is_written) write_value(if_empty);
}

std::size_t Printer::enter_list(std::size_t size) { return size; }

void Printer::enter_item(std::size_t index) {
  path_.enter_item(index);
  enter("-");
}

std::vector<std::string> Printer::enter_map(std::vector<std::string> names) { return names; }

std::vector<std::string> Printer::enter_choice(std::vector<std::string> names, const Choices&) { return names; }

void Printer::enter_entry(std::string_view name) {
  path_.enter_key(name);
  enter(to_yaml(name) + ":");
}

std::string print_effective(const Config& config, Known modules, Origins origins) {
  // One bind() serves reading and printing; a Printer leaves what it is bound to as it is.
  ConfigShape shape{const_cast<Config&>(config), modules};
  Printer printer(config.origins, origins);
  printer.value(shape);
  return printer.take_text();
}

}  // namespace ravelin::config
