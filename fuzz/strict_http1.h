#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// A reader of HTTP/1.1 that shares nothing with the gateway's and forgives nothing: what the gateway
/// writes must be understood by the strictest peer, or its peers may understand it in two ways.
namespace ravelin::fuzz {

inline void require(bool holds, std::string_view rule) {
  if (holds) return;
  std::fprintf(stderr, "broken: %.*s\n", static_cast<int>(rule.size()), rule.data());
  std::abort();
}

inline bool is_token_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || std::string_view("!#$%&'*+-.^_`|~").find(c) < 15;
}

inline bool is_number(std::string_view text, std::string_view digits) {
  return !text.empty() && text.size() <= 16 && text.find_first_not_of(digits) == std::string_view::npos;
}

/// StrictHead is the first line, in its parts, and the fields of one message.
struct StrictHead {
  std::string_view first, second, third;
  std::vector<std::pair<std::string_view, std::string_view>> fields;

  std::size_t count(std::string_view name) const {
    return static_cast<std::size_t>(
        std::count_if(fields.begin(), fields.end(), [&](const auto& field) { return field.first == name; }));
  }
  /// Of a field that may be there once at most; empty if it is not.
  std::string_view only(std::string_view name) const {
    require(count(name) <= 1, "a field that stands alone is repeated");
    return first_of(name);
  }
  /// Of one that an origin may have repeated.
  std::string_view first_of(std::string_view name) const {
    for (const auto& [key, value] : fields)
      if (key == name) return value;
    return {};
  }
};

/// StrictReader goes through what one side of a connection was sent. Each step is none if the bytes end
/// amid it, and ends the process if they break a rule.
class StrictReader {
 public:
  explicit StrictReader(std::string_view bytes) : rest_(bytes) {}

  bool is_at_end() const { return rest_.empty(); }
  std::string_view rest() const { return rest_; }

  std::optional<StrictHead> head() {
    const auto text = until("\r\n\r\n");
    if (!text) return std::nullopt;
    StrictHead head;
    std::string_view lines = *text;
    const std::string_view line = next_line(lines);
    const std::size_t one = line.find(' ');
    require(one != std::string_view::npos, "the first line has parts");
    const std::size_t two = line.find(' ', one + 1);
    require(two != std::string_view::npos, "the first line has three parts");
    head.first = line.substr(0, one);
    head.second = line.substr(one + 1, two - one - 1);
    head.third = line.substr(two + 1);
    while (!lines.empty()) head.fields.push_back(field(next_line(lines)));
    return head;
  }

  /// The body of a message with this head, transfer coding removed.
  std::optional<std::string> body(const StrictHead& head) {
    const std::string_view coding = head.only("transfer-encoding"), length = head.only("content-length");
    require(coding.empty() || (coding == "chunked" && length.empty()), "the body has one end");
    if (!coding.empty()) return chunks();
    if (length.empty()) return std::string();
    require(is_number(length, "0123456789"), "Content-Length is a number");
    const auto bytes = take(std::stoull(std::string(length)));
    return bytes ? std::optional<std::string>(*bytes) : std::nullopt;
  }

 private:
  static std::string_view next_line(std::string_view& lines) {
    const std::size_t end = std::min(lines.find("\r\n"), lines.size());
    const std::string_view line = lines.substr(0, end);
    lines.remove_prefix(std::min(end + 2, lines.size()));
    require(
        std::none_of(line.begin(), line.end(), [](char c) { return (c >= 0 && c < ' ' && c != '\t') || c == 0x7f; }),
        "no line has control characters");
    return line;
  }
  static std::pair<std::string_view, std::string_view> field(std::string_view line) {
    const std::size_t colon = line.find(": ");
    require(colon != std::string_view::npos && colon > 0, "a field has a name and a value");
    const std::string_view name = line.substr(0, colon), value = line.substr(colon + 2);
    require(std::all_of(name.begin(), name.end(), is_token_char), "the name of a field is a token in small letters");
    require(value.empty() || (value.front() > ' ' || value.front() < 0), "no value begins with a space");
    require(value.empty() || (value.back() > ' ' || value.back() < 0), "no value ends with a space");
    return {name, value};
  }
  std::optional<std::string> chunks() {
    std::string body;
    for (;;) {
      const auto line = until("\r\n");
      if (!line) return std::nullopt;
      require(is_number(*line, "0123456789abcdef"), "a chunk begins with its size");
      const std::size_t size = std::stoull(std::string(*line), nullptr, 16);
      if (size == 0) break;
      const auto bytes = take(size);
      const auto end = take(2);
      if (!bytes || !end) return std::nullopt;
      require(*end == "\r\n", "a chunk is as long as it says");
      body += *bytes;
    }
    for (;;) {
      const auto line = until("\r\n");
      if (!line) return std::nullopt;
      if (line->empty()) return body;
      require(field(*line).first != "content-length", "no trailer is about framing");
    }
  }
  std::optional<std::string_view> until(std::string_view end) {
    const std::size_t at = rest_.find(end);
    if (at == std::string_view::npos) return std::nullopt;
    const std::string_view text = rest_.substr(0, at);
    rest_.remove_prefix(at + end.size());
    return text;
  }
  std::optional<std::string_view> take(std::size_t size) {
    if (rest_.size() < size) {
      rest_ = {};
      return std::nullopt;
    }
    const std::string_view bytes = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return bytes;
  }

  std::string_view rest_;
};

}  // namespace ravelin::fuzz
