#include "observe/masking.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace ravelin::observe {

namespace {

constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }
constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_blank(char c) { return c == ' ' || c == '\t'; }
constexpr bool is_line_end(char c) { return c == '\n' || c == '\r'; }

/// Sieve finds all secret words at once, and whether a text could hold anything else to hide, in a few
/// instructions per byte: the Shift-And automaton (Baeza-Yates and Gonnet 1992). Each letter of each
/// word is a bit; a bit is on after a byte if the byte is that letter and the bit before it was on.
/// Besides the words it looks for '%' and for 13 bytes in a row that a card number is made of.
struct Sieve {
  std::array<std::uint64_t, 256> accepts{};  // bits that a byte lets through
  std::uint64_t begins = 0;                  // first bits
  std::uint64_t words = 0;                   // last bits of words
  std::uint64_t any = 0;                     // last bits of all patterns

  constexpr Sieve() {
    unsigned bit = 0;
    for (const std::string_view word :
         {"pass", "pwd", "secret", "token", "key", "auth", "session", "card", "cvv", "otp", "jwt"}) {
      begins |= std::uint64_t{1} << bit;
      for (const char c : word) accept_letter(c, bit++);
      words |= std::uint64_t{1} << (bit - 1);
    }
    begins |= std::uint64_t{1} << bit;
    accepts['%'] |= std::uint64_t{1} << bit;
    any = words | std::uint64_t{1} << bit++;
    begins |= std::uint64_t{1} << bit;
    for (int i = 0; i < 13; ++i, ++bit) {
      for (const char c : std::string_view("0123456789 -+")) accept(c, bit);
    }
    any |= std::uint64_t{1} << (bit - 1);
  }
  constexpr void accept(char c, unsigned bit) { accepts[static_cast<unsigned char>(c)] |= std::uint64_t{1} << bit; }
  constexpr void accept_letter(char c, unsigned bit) {
    accept(c, bit);
    accept(static_cast<char>(c - 32), bit);
  }

  /// All bits that were on after any byte of `text`.
  std::uint64_t pass(std::string_view text) const {
    std::uint64_t on = 0, seen = 0;
    for (const char c : text) {
      on = ((on << 1) | begins) & accepts[static_cast<unsigned char>(c)];
      seen |= on;
    }
    return seen;
  }
};

constexpr Sieve sieve;

// What the query scanner must look at; everything else is skipped.
constexpr std::array<bool, 256> query_marks = [] {
  std::array<bool, 256> marks{};
  for (const unsigned char c : {'&', ';', '?', '#', '=', '%'}) marks[c] = true;
  return marks;
}();

bool has_at(std::string_view text, std::size_t at, std::string_view word) {
  if (text.size() - at < word.size()) return false;
  for (std::size_t i = 0; i < word.size(); ++i) {
    if (lower(text[at + i]) != word[i]) return false;
  }
  return true;
}

bool contains(std::string_view text, std::string_view word) {
  for (std::size_t at = 0; at + word.size() <= text.size(); ++at) {
    if (has_at(text, at, word)) return true;
  }
  return false;
}

int hex_value(char c) {
  if (is_digit(c)) return c - '0';
  const char letter = lower(c);
  return letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
}

// The character at `at`, percent-encoding undone, and how many characters it takes.
struct Decoded {
  char value;
  std::size_t size;
};

Decoded decode(std::string_view text, std::size_t at) {
  if (text[at] != '%' || text.size() - at < 3) return {text[at], 1};
  const int high = hex_value(text[at + 1]), low = hex_value(text[at + 2]);
  if (high < 0 || low < 0) return {text[at], 1};
  return {static_cast<char>(high * 16 + low), 3};
}

bool is_secret_encoded_name(std::string_view name) {
  if (name.find('%') == std::string_view::npos) return is_secret_name(name);
  std::array<char, 128> plain;
  std::size_t size = 0;
  for (std::size_t at = 0; at < name.size() && size < plain.size();) {
    const Decoded c = decode(name, at);
    plain[size++] = c.value;
    at += c.size;
  }
  return is_secret_name({plain.data(), size});
}

bool is_separator(char c) { return c == '&' || c == ';' || c == '?' || c == '#'; }

// ISO/IEC 7812: from the right, every second digit doubled; the sum ends in 0.
bool passes_luhn(const std::array<char, 19>& digits, std::size_t count) {
  int sum = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const int digit = digits[count - 1 - i] - '0';
    const int value = i % 2 == 1 ? digit * 2 : digit;
    sum += value > 9 ? value - 9 : value;
  }
  return sum % 10 == 0;
}

// Where a card number that begins at `at` ends, 0 if none does: 13 to 19 digits, the first one 2 to 6 (the
// card schemes), one blank, dash or plus between any two, and no digit behind.
std::size_t card_end(std::string_view text, std::size_t at) {
  if (text[at] < '2' || text[at] > '6') return 0;
  std::array<char, 19> digits{};
  std::size_t count = 0, end = at;
  for (std::size_t i = at; i < text.size(); ++i) {
    const char c = text[i];
    if (is_digit(c)) {
      if (count == digits.size()) return 0;
      digits[count++] = c;
      end = i + 1;
    } else if ((c != ' ' && c != '-' && c != '+') || end != i) {
      break;
    }
  }
  return count >= 13 && passes_luhn(digits, count) ? end : 0;
}

std::optional<SecretSpan> card_within(std::string_view text, std::size_t begin, std::size_t end) {
  if (end - begin < 13) return std::nullopt;
  for (std::size_t at = begin; at + 13 <= end; ++at) {
    if (!is_digit(text[at])) continue;
    if (const std::size_t stop = card_end(text.substr(0, end), at); stop != 0) return SecretSpan{at, stop};
    while (at + 1 < end && is_digit(text[at + 1])) ++at;
  }
  return std::nullopt;
}

constexpr bool is_word(char c) {
  return is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'z') || c == '_' || c == '-' || c == '.';
}

std::size_t skip_blanks(std::string_view text, std::size_t at) {
  while (at < text.size() && is_blank(text[at])) ++at;
  return at;
}

std::size_t quoted_end(std::string_view text, std::size_t at, char quote) {
  while (at < text.size() && text[at] != quote) at += text[at] == '\\' ? 2 : 1;
  return std::min(at, text.size());
}

// After '=' a value ends where a form or list goes on; after ':' (header lines, ModSecurity's variables)
// it may hold blanks, so it ends with the line or at a tag in brackets.
std::size_t value_end(std::string_view text, std::size_t at, char assigned_by) {
  for (; at < text.size() && !is_line_end(text[at]); ++at) {
    const char c = text[at];
    if (assigned_by == '=' && std::string_view(" \t&;,\"')>]").find(c) != std::string_view::npos) break;
    if (c == ' ' && text.substr(at, 2) == " [") break;
  }
  return at;
}

// The value assigned to a name that ends at `at`.
std::optional<SecretSpan> assigned_value(std::string_view text, std::size_t at) {
  if (at < text.size() && (text[at] == '"' || text[at] == '\'')) ++at;  // of "name": "value"
  at = skip_blanks(text, at);
  if (at >= text.size() || (text[at] != '=' && text[at] != ':')) return std::nullopt;
  const char assigned_by = text[at];
  at = skip_blanks(text, at + 1);
  if (at >= text.size()) return std::nullopt;
  const char quote = text[at];
  const bool is_quoted = quote == '"' || quote == '\'';
  if (is_quoted) ++at;
  const std::size_t end = is_quoted ? quoted_end(text, at, quote) : value_end(text, at, assigned_by);
  return end > at ? std::optional(SecretSpan{at, end}) : std::nullopt;
}

bool is_secret_variable(std::string_view name) { return is_secret_name(name) || contains(name, "cookie"); }

// "Matched Data: VALUE found within ARGS:password: ...", as the rules log what they matched.
std::optional<SecretSpan> matched_data(std::string_view text, std::size_t at) {
  constexpr std::string_view intro = "Matched Data: ", outro = " found within ";
  if (text.substr(at, intro.size()) != intro) return std::nullopt;
  const std::size_t begin = at + intro.size(), end = text.find(outro, begin);
  if (end == std::string_view::npos || end == begin) return std::nullopt;
  const std::string_view variable = text.substr(end + outro.size());
  const std::size_t stop = std::min(variable.find(": "), variable.find_first_of(" \n"));
  if (!is_secret_variable(variable.substr(0, stop))) return std::nullopt;
  return SecretSpan{begin, end};
}

std::optional<SecretSpan> bearer_token(std::string_view text, std::size_t word_begin, std::size_t word_end) {
  if (word_end - word_begin != 6 || !has_at(text, word_begin, "bearer")) return std::nullopt;
  const std::size_t begin = skip_blanks(text, word_end);
  std::size_t end = begin;
  while (end < text.size() && !is_blank(text[end]) && !is_line_end(text[end]) && text[end] != '"') ++end;
  return end - begin >= 16 ? std::optional(SecretSpan{begin, end}) : std::nullopt;
}

std::optional<SecretSpan> secret_of_word(std::string_view text, std::size_t begin, std::size_t end) {
  if (text[begin] == 'M') {
    if (auto span = matched_data(text, begin)) return span;
  }
  if (auto span = bearer_token(text, begin, end)) return span;
  if (is_secret_variable(text.substr(begin, end - begin))) {
    if (auto span = assigned_value(text, end)) return span;
  }
  return card_within(text, begin, end);
}

template <class Next>
std::string masked(std::string_view text, Next next) {
  std::string out;
  std::size_t at = 0;
  while (const auto secret = next(text, at)) {
    out.append(text.substr(at, secret->begin - at)).append(mask);
    at = secret->end;
  }
  out.append(text.substr(at));
  return out;
}

}  // namespace

bool is_secret_name(std::string_view name) { return (sieve.pass(name) & sieve.words) != 0; }

std::optional<SecretSpan> next_secret_in_query(std::string_view query, std::size_t from) {
  if (from == 0 && (sieve.pass(query) & sieve.any) == 0) return std::nullopt;
  std::size_t name = from, value = 0;  // value: 0 until an '=' has been seen
  bool is_plain_secret = false;        // its '=' was no escape: an escaped separator is a part of it
  const auto secret_before = [&](std::size_t end) -> std::optional<SecretSpan> {
    if (value == 0) return card_within(query, name, end);
    if (value < end && is_secret_encoded_name(query.substr(name, value - name))) return SecretSpan{value, end};
    return card_within(query, value, end);
  };
  for (std::size_t at = from; at < query.size();) {
    if (!query_marks[static_cast<unsigned char>(query[at])]) {
      ++at;
      continue;
    }
    const Decoded c = decode(query, at);
    if (is_separator(c.value) && !(is_plain_secret && c.size > 1)) {
      if (auto span = secret_before(at)) return span;
      name = at + c.size;
      value = 0;
      is_plain_secret = false;
    } else if (c.value == '=' && value == 0) {
      value = at + c.size;
      is_plain_secret = c.size == 1 && is_secret_encoded_name(query.substr(name, value - name));
    }
    at += c.size;
  }
  return secret_before(query.size());
}

std::optional<SecretSpan> next_secret_in_text(std::string_view text, std::size_t from) {
  for (std::size_t at = from; at < text.size();) {
    if (!is_word(text[at])) {
      ++at;
      continue;
    }
    std::size_t end = at;
    while (end < text.size() && is_word(text[end])) ++end;
    if (auto span = secret_of_word(text, at, end)) return span;
    if (is_digit(text[at])) {
      if (const std::size_t stop = card_end(text, at); stop != 0) return SecretSpan{at, stop};
    }
    at = end;
  }
  return std::nullopt;
}

std::optional<SecretSpan> next_secret_in_path(std::string_view path, std::size_t from) {
  for (std::size_t begin = from == 0 ? 0 : path.rfind('/', from - 1) + 1; begin < path.size();) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    const auto span = next_secret_in_query(path.substr(begin, end - begin), from > begin ? from - begin : 0);
    if (span) return SecretSpan{begin + span->begin, begin + span->end};
    begin = end + 1;
  }
  return std::nullopt;
}

std::string mask_path(std::string_view path) { return masked(path, next_secret_in_path); }
std::string mask_query(std::string_view query) { return masked(query, next_secret_in_query); }
std::string mask_text(std::string_view text) { return masked(text, next_secret_in_text); }

}  // namespace ravelin::observe
