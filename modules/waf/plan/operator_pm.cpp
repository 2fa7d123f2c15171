#include <cstdlib>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "modules/waf/plan/operator_families.h"
#include "modules/waf/plan/phrase_automaton.h"
#include "modules/waf/plan/rewrite.h"

namespace ravelin::waf::plan {
namespace {

// Reads the argument of @pm as the library does: "\" before ":", ";", "\" and the double quote, and bytes in
// hexadecimal between bars. The library compares with the numbers 0 to 9 where it means the digits, so that
// only A to F are digits; and it writes the result over the argument without cutting off what is behind it.
class PhraseText {
 public:
  explicit PhraseText(std::string text) : text_(std::move(text)) {}

  /// Nothing if there is an escape that it does not know.
  std::optional<std::string> read() {
    for (const char byte : std::string(text_))
      if (!take(byte)) return std::nullopt;
    return text_.substr(0, text_.find('\0'));
  }

 private:
  bool take(char byte) {
    if (byte == '|') {
      is_binary_ = !is_binary_;
    } else if (!is_escaped_ && byte == '\\') {
      is_escaped_ = true;
    } else if (is_binary_) {
      take_digit(byte);
    } else if (is_escaped_) {
      if (std::string_view(":;\\\"").find(byte) == std::string_view::npos) return false;
      put(byte);
      is_escaped_ = false;
    } else {
      put(byte);
    }
    return true;
  }

  void take_digit(char byte) {
    const auto code = static_cast<unsigned char>(byte);
    if (code > 9 && ((code | 0x20) < 'a' || (code | 0x20) > 'f')) return;
    digits_ += byte;
    if (digits_.size() < 2) return;
    put(static_cast<char>(std::strtol(digits_.c_str(), nullptr, 16) & 0xff));
    digits_.clear();
  }

  void put(char byte) { text_[size_++] = byte; }

  std::string text_;
  std::string digits_;
  std::size_t size_ = 0;
  bool is_binary_ = false;
  bool is_escaped_ = false;
};

std::vector<std::string> words_of(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> words;
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

// The longest argument that the library's 16-bit counters hold.
constexpr std::size_t longest = 0xffff;

Result<std::vector<std::string>> written_phrases(const Operator& op) {
  const std::string& argument = op.argument;
  if (argument.size() > longest) return family::refused(op, "too long");
  if (argument.find('\0') != std::string::npos) return family::refused(op, "a NUL in the argument");
  std::string text = argument.substr(std::min(argument.find_first_not_of(" \t"), argument.size()));
  if (text == "\"") return family::refused(op, "a quote without an end");
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"') text = text.substr(1, text.size() - 2);
  return words_of(text.empty() ? argument : PhraseText(text).read().value_or(argument));
}

// A "#" after nothing but blanks starts a comment.
bool is_comment(const std::string& line) {
  const std::size_t first = line.find_first_not_of(" \t\v\f\r\n");
  return line.empty() || (first != std::string::npos && line[first] == '#');
}

// All of a line is a phrase, blanks and a carriage return included.
Result<std::vector<std::string>> listed_phrases(const Operator& op, const std::string& file) {
  auto lines = family::lines_of(op, file);
  if (!lines) return lines;
  std::vector<std::string> phrases;
  for (std::string& line : *lines) {
    if (is_comment(line)) continue;
    if (line.find('\0') != std::string::npos) return family::refused(op, "a NUL in the file " + op.argument);
    phrases.push_back(std::move(line));
  }
  return phrases;
}

class Pm final : public Matcher {
 public:
  explicit Pm(std::vector<std::string> phrases) : automaton_(std::move(phrases)) {}
  bool matches(std::string_view value) const override { return automaton_.find(value).has_value(); }
  bool matches(std::string_view value, Captures& captures) const override {
    captures.clear();
    const auto found = automaton_.find(value);
    if (found) captures.emplace_back(*found);
    return found.has_value();
  }

 private:
  PhraseAutomaton automaton_;
};

}  // namespace

Result<std::vector<std::string>> phrases_of(const Operator& op, const std::string& file) {
  return op.name == "pm" ? written_phrases(op) : listed_phrases(op, file);
}

family::Compiled family::compile_pm(const Operator& op, const std::string& file) {
  auto phrases = phrases_of(op, file);
  if (!phrases) return phrases.error();
  return std::unique_ptr<Matcher>(std::make_unique<Pm>(std::move(*phrases)));
}

}  // namespace ravelin::waf::plan
