#include "modules/waf/plan/alphabet.h"

#include <algorithm>
#include <bitset>
#include <cctype>
#include <optional>

#include "modules/waf/plan/ascii.h"

namespace ravelin::waf::plan {
namespace {

using ByteSet = std::bitset<256>;

ByteSet range(unsigned from, unsigned to) {
  ByteSet set;
  for (unsigned byte = from; byte <= to && byte < 256; ++byte) set.set(byte);
  return set;
}

ByteSet of(std::string_view bytes) {
  ByteSet set;
  for (const char byte : bytes) set.set(static_cast<unsigned char>(byte));
  return set;
}

ByteSet digits() { return range('0', '9'); }
ByteSet word() { return digits() | range('a', 'z') | range('A', 'Z') | of("_"); }
ByteSet spaces() { return of(" \t\n\v\f\r"); }
ByteSet everything() { return ~ByteSet(); }

ByteSet bytes_of(ByteClasses alphabet) {
  ByteSet set;
  for (unsigned byte = 0; byte < 256; ++byte) set[byte] = has_any(class_of(static_cast<unsigned char>(byte)), alphabet);
  return set;
}

// A letter stands for both its cases, so that whether a pattern is caseless need not be known.
ByteSet both_cases(ByteSet set) {
  for (unsigned letter = 'a'; letter <= 'z'; ++letter)
    if (set[letter] || set[letter - 32]) set.set(letter).set(letter - 32);
  return set;
}

// Reads a pattern from left to right and says for each part whether it can match. Everything not known is
// taken to match anywhere. Depth is bounded by the pattern, which is an operator's.
class Reading {
 public:
  Reading(std::string_view pattern, const ByteSet& alphabet) : rest_(pattern), alphabet_(alphabet) {}

  bool can_match() {
    const bool is_possible = alternatives();
    return is_possible || is_unclear_ || !rest_.empty();  // a stray ')' would leave a rest
  }

 private:
  bool at(char byte) const { return !rest_.empty() && rest_.front() == byte; }
  bool starts(std::string_view text) const { return rest_.substr(0, text.size()) == text; }
  char take() {
    if (rest_.empty()) {
      is_unclear_ = true;
      return 0;
    }
    const char byte = rest_.front();
    rest_.remove_prefix(1);
    return byte;
  }
  bool unclear() { return is_unclear_ = true; }
  bool meets(const ByteSet& set) const { return (both_cases(set) & alphabet_).any(); }

  bool alternatives() {
    bool is_possible = sequence();
    while (at('|')) {
      take();
      is_possible = sequence() || is_possible;
    }
    return is_possible;
  }

  bool sequence() {
    bool is_possible = true;
    while (!rest_.empty() && !at('|') && !at(')') && !is_unclear_) {
      const bool is_part_possible = part();
      is_possible = (is_optional() || is_part_possible) && is_possible;
    }
    return is_possible;
  }

  // The quantifier after a part, read over; true if it allows none at all.
  bool is_optional() {
    if (rest_.empty()) return false;
    bool is_none_allowed = false;
    if (at('*') || at('?')) {
      is_none_allowed = true;
      take();
    } else if (at('+')) {
      take();
    } else if (const auto least = counted()) {
      is_none_allowed = *least == 0;
    } else {
      return false;
    }
    if (at('+') || at('?')) take();  // possessive, lazy
    return is_none_allowed;
  }

  // {2}, {2,}, {2,5}, {,5}: whether the first number is 0. Any other brace is a byte like others.
  std::optional<int> counted() {
    if (!at('{')) return std::nullopt;
    const std::size_t end = rest_.find('}');
    if (end == std::string_view::npos || end < 2) return std::nullopt;
    const std::string_view inside = rest_.substr(1, end - 1);
    if (inside.find_first_not_of("0123456789, ") != std::string_view::npos) return std::nullopt;
    if (inside.find(' ') != std::string_view::npos) is_unclear_ = true;  // a count for newer versions of PCRE2
    rest_.remove_prefix(end + 1);
    const std::string_view least = inside.substr(0, inside.find(','));
    return least.find_first_not_of('0') == std::string_view::npos ? 0 : 1;
  }

  bool part() {
    switch (const char byte = take()) {
      case '(': return group();
      case '[': return meets(bracket());
      case '\\': return escaped();
      case '.':
      case '^':
      case '$': return true;
      default: return meets(of({&byte, 1}));
    }
  }

  bool group() {
    bool is_condition = false;
    if (at('*')) return unclear();
    if (at('?')) is_condition = is_assertion();
    const bool is_possible = alternatives();
    if (take() != ')') return unclear();
    return is_condition || is_possible;
  }

  // After "(", at "?": reads the kind of group. Assertions consume nothing and are taken to hold.
  bool is_assertion() {
    take();
    for (const std::string_view kind : {"=", "!", "<=", "<!"})
      if (starts(kind)) {
        rest_.remove_prefix(kind.size());
        return true;
      }
    if (at('P')) take();
    if (at('<') || at('\'')) return name();
    while (!rest_.empty() && (std::isalpha(static_cast<unsigned char>(rest_.front())) != 0 || at('-') || at('^'))) {
      if (at('x')) return unclear();  // blanks and comments in the pattern
      take();
    }
    if (at(':') || at('>') || at('|')) {
      if (take() == '|') return unclear();
      return false;
    }
    if (!at(')')) return unclear();
    return false;
  }

  bool name() {
    const std::size_t end = rest_.find_first_of(">'", 1);
    if (end == std::string_view::npos) return unclear();
    rest_.remove_prefix(end + 1);
    return false;
  }

  bool escaped() {
    const char byte = take();
    switch (byte) {
      case 'b':
      case 'B':
      case 'A':
      case 'z':
      case 'Z':
      case 'G': return true;
      default: break;
    }
    if (byte >= '1' && byte <= '9') return reference();
    return meets(escaped_set(byte));
  }

  // What a group had, or an octal number.
  bool reference() {
    while (!rest_.empty() && std::isdigit(static_cast<unsigned char>(rest_.front())) != 0) take();
    return true;
  }

  // What one escape stands for, in and out of brackets.
  ByteSet escaped_set(char byte) {
    switch (byte) {
      case 'd': return digits();
      case 'D': return ~digits();
      case 'w': return word();
      case 'W': return ~word();
      case 's': return spaces();
      case 'S': return ~spaces();
      case 'n': return of("\n");
      case 'r': return of("\r");
      case 't': return of("\t");
      case 'f': return of("\f");
      case 'x': return hexadecimal();
      default: break;
    }
    // Others may have more behind them (\p{Lu}, \g{-1}, \cA), which is not to be taken for bytes to match.
    if (std::isalnum(static_cast<unsigned char>(byte)) != 0) is_unclear_ = true;
    return of({&byte, 1});
  }

  ByteSet hexadecimal() {
    if (at('{')) is_unclear_ = true;
    unsigned value = 0;
    for (int digit = 0; digit < 2 && !rest_.empty() && std::isxdigit(static_cast<unsigned char>(rest_.front())) != 0;
         ++digit) {
      const char byte = lower(take());
      value = value * 16 + static_cast<unsigned>(byte <= '9' ? byte - '0' : byte - 'a' + 10);
    }
    return ByteSet().set(value);
  }

  // After "[": the set, to its "]". A posix class or anything odd stands for every byte.
  ByteSet bracket() {
    const bool is_negated = at('^');
    if (is_negated) take();
    ByteSet set;
    for (bool is_first = true; is_first || !at(']'); is_first = false) {
      if (rest_.empty()) return is_unclear_ = true, everything();
      if (starts("[:")) return is_unclear_ = true, everything();
      set |= bracket_part();
    }
    take();
    return is_negated ? ~set : set;
  }

  ByteSet bracket_part() {
    const ByteSet from = bracket_byte();
    if (!at('-') || rest_.size() < 2 || rest_[1] == ']' || from.count() != 1) return from;
    take();
    const ByteSet to = bracket_byte();
    if (to.count() != 1) return from | to | of("-");
    return range(first(from), first(to));
  }

  ByteSet bracket_byte() {
    const char byte = take();
    if (byte != '\\') return of({&byte, 1});
    const char next = take();
    return next == 'b' ? of("\b") : escaped_set(next);
  }

  static unsigned first(const ByteSet& set) { return static_cast<unsigned>(set._Find_first()); }

  std::string_view rest_;
  const ByteSet& alphabet_;
  bool is_unclear_ = false;
};

}  // namespace

bool can_match_within(std::string_view pattern, ByteClasses alphabet) {
  const ByteSet bytes = bytes_of(alphabet);
  return Reading(pattern, bytes).can_match();
}

bool can_occur_within(std::string_view phrase, ByteClasses alphabet) {
  const ByteSet bytes = bytes_of(alphabet);
  return std::all_of(phrase.begin(), phrase.end(), [&](char byte) {
    return (both_cases(of({&byte, 1})) & bytes).any();
  });
}

}  // namespace ravelin::waf::plan
