#pragma once

#include <algorithm>
#include <optional>
#include <string_view>

namespace ravelin::cors {

constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

constexpr bool equals_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower(x) == lower(y); });
}

/// Whether `text` is a token (RFC 9110 section 5.6.2), as names of fields and methods are.
constexpr bool is_token(std::string_view text) {
  constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    return (lower(c) >= 'a' && lower(c) <= 'z') || (c >= '0' && c <= '9') || marks.find(c) != std::string_view::npos;
  });
}

/// Items gives the items of a comma-separated field value, one by one, without blanks around them.
class Items {
 public:
  explicit Items(std::string_view list) : rest_(list) {}

  /// None at the end; may be empty.
  std::optional<std::string_view> next() {
    if (is_over_) return std::nullopt;
    const std::size_t comma = rest_.find(',');
    std::string_view item = rest_.substr(0, comma);
    is_over_ = comma == std::string_view::npos;
    if (!is_over_) rest_.remove_prefix(comma + 1);
    while (!item.empty() && is_blank(item.front())) item.remove_prefix(1);
    while (!item.empty() && is_blank(item.back())) item.remove_suffix(1);
    return item;
  }

 private:
  static bool is_blank(char c) { return c == ' ' || c == '\t'; }

  std::string_view rest_;
  bool is_over_ = false;
};

}  // namespace ravelin::cors
