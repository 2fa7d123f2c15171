#include <algorithm>

#include "modules/waf/plan/seclang_read.h"
#include "modules/waf/plan/variable.h"

namespace ravelin::waf::plan {
namespace {

// A value as the library takes it apart: pieces between macros. An escape needs a character before its backslashes in
// the same piece; without one it is none, and what comes of that is nobody's intention.
class Value {
 public:
  Value(Text& text, char quote) : text_(text), quote_(quote) {}

  std::string read() {
    while (!text_.is_stopped() && !is_closed_) step();
    if (value_.find('}', no_macro_) != std::string::npos) text_.doubt("a %{ that begins no macro");
    return std::move(value_);
  }

 private:
  void step() {
    const char next = text_.next();
    if (text_.is_at_end()) return text_.doubt("a value without its closing quote");
    if (quote_ == '"' && (next == '\n' || next == '\r')) return text_.doubt("a value of more than one line");
    if (next == quote_ && !is_escaped()) return close();
    if (next == '%') return percent();
    value_ += text_.take(1);
  }

  void close() {
    end_piece();
    text_.take(1);
    if (text_.is_at(std::string("\\") + quote_)) return text_.doubt("an escaped quote after a closing one");
    is_closed_ = true;
  }

  void percent() {
    const bool is_macro = text_.is_at("%{");
    if (is_macro && !is_escaped()) {
      end_piece();
      value_ += read_macro(text_);
      piece_ = value_.size();
      return;
    }
    if (text_.is_at("%%\\")) return text_.doubt("two percent signs before a backslash");
    if (quote_ == '\'' && text_.is_at("%\\")) return text_.doubt("a percent sign before a backslash");
    if (!is_macro && quote_ == '\'') return text_.refuse("a percent sign that begins no macro");
    if (text_.is_at("%\"")) return text_.doubt("a percent sign that swallows the closing quote");
    if (is_macro || text_.is_at("%%{")) no_macro_ = std::min(no_macro_, value_.size());
    value_ += text_.take(text_.is_at("%%") ? 2 : 1);  // the second begins no macro
  }

  // Lines that go on in the next are part of the value, backslash and all, unless a piece has nothing else.
  void end_piece() {
    const std::string_view piece = std::string_view(value_).substr(piece_);
    if (piece.find('\n') != std::string_view::npos && piece.find_first_not_of(" \t\r\n\\") == std::string_view::npos)
      text_.doubt("a piece of a value that is nothing but the end of a line");
  }

  bool is_escaped() {
    std::size_t first = value_.size();
    while (first > piece_ && value_[first - 1] == '\\') --first;
    if (first == value_.size()) return false;
    if (first == piece_) text_.doubt("a backslash with nothing before it");
    return (value_.size() - first) % 2 == 1;
  }

  Text& text_;
  char quote_;
  std::string value_;
  std::size_t no_macro_ = std::string::npos;  // where something looks like one that is none
  std::size_t piece_ = 0;                     // where the current one begins
  bool is_closed_ = false;
};

}  // namespace

std::string read_quoted(Text& text, char quote) { return Value(text, quote).read(); }

std::string read_bare(Text& text, std::string_view ends) {
  const std::string stops = std::string(ends) + "%\\'\r\n";
  std::string value;
  while (true) {
    value += text.take_until(stops);
    if (!text.is_at("%{")) break;
    value += read_macro(text);
  }
  if (text.is_at_end() || ends.find(text.next()) == std::string_view::npos) text.doubt("a value that needs quotes");
  if (value.empty()) text.doubt("an empty value");
  return value;
}

std::string read_macro(Text& text) {
  std::string macro(text.take(2));
  const std::string_view name = text.take_word();
  macro += name;
  const VariableName* variable = find_variable(name);
  if (variable == nullptr) text.doubt("a macro of an unknown variable");
  if (text.next() == '.' || text.next() == ':') {
    if (variable != nullptr && !variable->takes_key) text.doubt("a macro with a key that its variable does not take");
    macro += text.take(1);
    if (text.next() == '/' || text.next() == '\'' || text.next() == '}') text.doubt("a macro with an odd key");
    const std::string_view key = text.take_until("\"|,\r\n \t}\\");
    if (key.find('=') != std::string_view::npos) text.doubt("a macro with an odd key");  // setvar is split there
    macro += key;
  } else if (variable != nullptr && variable->takes_key)
    text.doubt("a macro of a whole collection");  // for some, what follows would be the key
  if (!text.accept("}")) text.doubt("a macro that does not end");
  // The library drops a percent sign here.
  if (text.is_at("%") && !text.is_at("%{")) text.doubt("a percent sign after a macro");
  return macro + "}";
}

}  // namespace ravelin::waf::plan
