#include "modules/waf/plan/shorten.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <limits>

namespace ravelin::waf::plan {
namespace {

constexpr std::size_t least_reach = 2;
constexpr std::size_t most_reach = 12;
constexpr std::size_t endless = std::numeric_limits<std::size_t>::max();

constexpr std::size_t too_many_parts = 1'000'000;
constexpr std::size_t most_counted = 16;   // repetitions; more may be any number
constexpr std::size_t most_optional = 80;  // parts
// What may be repeated without end is dear: each way to read it is a state of its own.
constexpr std::size_t weight_of_endless = 3;

// Piece is a stretch of the pattern, copied as far as is wanted.
struct Piece {
  std::string text;
  std::size_t length = 0;  // bytes that every match of it has, at least
  std::size_t parts = 0;
  bool is_cut = false;  // what it matches is only the beginning of what it stands for
  // Of one that is not cut: ways through it that are, and go on nowhere. Empty: none.
  std::string ends = {};
  std::size_t ends_length = endless;
};

// Ways are the alternatives of a group: those that are copied whole, and those that are cut.
struct Ways {
  std::string whole;
  std::string cut;
  std::size_t whole_length = endless;  // of the shortest; if there is none, this
  std::size_t cut_length = endless;
  std::size_t parts = 0;

  bool has_whole() const { return whole_length != endless; }
  bool has_cut() const { return cut_length != endless; }

  void add(const Piece& way) {
    parts += way.parts;
    if (way.is_cut)
      add_cut(way.text, way.length);
    else
      add_one(whole, whole_length, way.text, way.length);
    if (!way.ends.empty()) add_cut(way.ends, way.ends_length);
  }
  void add_cut(const std::string& text, std::size_t length) { add_one(cut, cut_length, text, length); }

 private:
  static void add_one(std::string& all, std::size_t& least, const std::string& text, std::size_t length) {
    if (least != endless) all += '|';
    all += text;
    least = std::min(least, length);
  }
};

struct Repeat {
  std::string text;
  std::size_t least = 1;
  std::size_t most = 1;
};

// Why a copy matches wherever the pattern does: the bytes of a match take a path through the pattern, and the copy
// accepts a beginning of that path. So nothing may follow in it upon what was cut, and a group that was cut stands
// once. Where some ways through a group are cut and others are not, these go on and those are alternatives to all of
// it: (?:a|bcd)e becomes (?:a)e|(?:bc). Assertions that are kept are asked at the same places of the same text.
// Possessive and atomic groups, references and lookaround are not understood, for which this does not hold or is not
// seen at a glance.
class Copy {
 public:
  /// Asks for `reach` bytes at least on every path, then cuts.
  Copy(std::string_view pattern, std::size_t reach) : rest_(pattern), reach_(reach) {}

  /// Nothing if the pattern is not understood.
  Piece whole() {
    std::string flags;
    if (rest_.starts_with("(?i)")) flags = take(4);
    Ways ways = alternatives(reach_);
    if (is_unclear_ || !rest_.empty()) return {};
    if (ways.has_cut()) ways.add({ways.cut, ways.cut_length, 0});
    return {flags + ways.whole, ways.whole_length, ways.parts};
  }

 private:
  bool is_shortening() const { return reach_ != endless; }
  bool at(char byte) const { return !rest_.empty() && rest_.front() == byte; }
  std::string take(std::size_t size) {
    is_unclear_ = is_unclear_ || size > rest_.size();
    size = std::min(size, rest_.size());
    std::string text(rest_.substr(0, size));
    rest_.remove_prefix(size);
    return text;
  }
  Piece unclear() {
    is_unclear_ = true;
    return {};
  }

  Ways alternatives(std::size_t reach) {
    Ways ways;
    ways.add(sequence(reach));
    while (at('|') && !is_unclear_) {
      (void)take(1);
      ways.add(sequence(reach));
    }
    return ways;
  }

  // What comes after a cut is read, and left out.
  Piece sequence(std::size_t reach) {
    Piece whole;
    while (!rest_.empty() && !at('|') && !at(')') && !is_unclear_) {
      whole.is_cut = whole.is_cut || whole.length >= reach;
      Piece part = element(whole.is_cut ? 0 : reach - whole.length);
      const Repeat repeat = quantifier();
      if (!repeat.text.empty() && !part.ends.empty()) part = joined(part);
      if (!whole.is_cut) append(whole, part, repeat);
    }
    return whole;
  }

  // Of a group that is repeated nothing may go on where a part of it does not.
  static Piece joined(const Piece& part) {
    return {"(?:" + part.text + "|" + part.ends + ")", std::min(part.length, part.ends_length), part.parts, true};
  }

  static void append(Piece& whole, const Piece& part, const Repeat& repeat) {
    if (part.is_cut) {
      whole.is_cut = true;
      if (repeat.least == 0) return;
      whole.text += part.text;
      whole.length += part.length;
      whole.parts += part.parts;
      return;
    }
    if (!part.ends.empty()) {
      whole.ends += (whole.ends.empty() ? "" : "|") + whole.text + part.ends;
      whole.ends_length = std::min(whole.ends_length, whole.length + part.ends_length);
      whole.parts = std::min(2 * whole.parts, too_many_parts);  // what comes before is there twice
    }
    whole.text += part.text + repeat.text;
    whole.length += part.length * repeat.least;
    const std::size_t times = repeat.most == endless ? weight_of_endless + repeat.least : repeat.most;
    whole.parts += part.parts * std::max<std::size_t>(1, times);
  }

  Piece element(std::size_t reach) {
    switch (rest_.front()) {
      case '(': return group(reach);
      case '[': return {bracket(), 1, 1, false};
      case '\\': return escape();
      case '^':
      case '$': return {take(1), 0, 0, false};
      case '*':
      case '+':
      case '?': return unclear();
      default: return {take(1), 1, 1, false};
    }
  }

  // What may be left out is copied whole, if it is small: cut, it would have to be left out with all that follows.
  Piece group(std::size_t reach) {
    if (is_shortening() && reach <= most_reach && is_optional(rest_)) {
      const std::string_view before = rest_;
      if (Piece all = group(endless); all.parts <= most_optional) return all;
      rest_ = before;
    }
    std::string opening = take(1);
    if (at('*')) return unclear();
    if (at('?')) {
      const std::size_t end = rest_.find_first_not_of("ism-", 1);
      if (end == std::string_view::npos || rest_[end] != ':') return unclear();
      opening += take(end + 1);
    }
    const Ways ways = alternatives(reach);
    if (!at(')')) return unclear();
    const std::string closing = take(1);
    const Piece cut{opening + ways.cut + closing, ways.cut_length, ways.parts, true};
    if (!ways.has_whole()) return cut;
    Piece whole{opening + ways.whole + closing, ways.whole_length, ways.parts};
    if (ways.has_cut()) {
      whole.ends = cut.text;
      whole.ends_length = cut.length;
    }
    return whole;
  }

  // Whether the group at the beginning of `text` has a quantifier that allows none.
  static bool is_optional(std::string_view text) {
    const std::size_t end = end_of_group(text);
    return end < text.size() && (text[end] == '*' || text[end] == '?' || text.substr(end).starts_with("{0"));
  }

  static std::size_t end_of_group(std::string_view text) {
    std::size_t depth = 0;
    for (std::size_t at = 0; at < text.size(); ++at) {
      if (text[at] == '\\') {
        ++at;
      } else if (text[at] == '[') {
        at = end_of_bracket(text, at);
      } else if (text[at] == '(') {
        ++depth;
      } else if (text[at] == ')' && --depth == 0) {
        return at + 1;
      }
    }
    return text.size();
  }

  static std::size_t end_of_bracket(std::string_view text, std::size_t at) {
    at += text.substr(at + 1).starts_with("^") ? 2 : 1;
    for (bool is_first = true; at < text.size() && (is_first || text[at] != ']'); is_first = false)
      at += text[at] == '\\' ? 2 : 1;
    return at;
  }

  Piece escape() {
    std::string text = take(2);
    if (is_unclear_) return {};
    const char byte = text[1];
    if (byte == 'x') {
      if (at('{')) return unclear();
      for (int digit = 0; digit < 2 && !rest_.empty() && std::isxdigit(static_cast<unsigned char>(rest_.front())) != 0;
           ++digit)
        text += take(1);
      return {text, 1, 1, false};
    }
    if (std::string_view("bBAzZ").find(byte) != std::string_view::npos) return {text, 0, 0, false};
    const bool is_known = std::string_view("dDwWsSnrtfv").find(byte) != std::string_view::npos;
    if (std::isalnum(static_cast<unsigned char>(byte)) != 0 && !is_known) return unclear();
    return {text, 1, 1, false};
  }

  // To its end; what it says does not matter.
  std::string bracket() {
    std::string text = take(1);
    if (at('^')) text += take(1);
    if (at(']')) text += take(1);
    while (!at(']') && !is_unclear_) {
      is_unclear_ = is_unclear_ || rest_.starts_with("[:") || rest_.starts_with("[.") || rest_.starts_with("[=") ||
                    rest_.starts_with("\\Q") || rest_.starts_with("\\E");
      text += take(at('\\') ? 2 : 1);
    }
    return text + take(1);
  }

  Repeat quantifier() {
    Repeat repeat;
    if (at('*')) {
      repeat = {take(1), 0, endless};
    } else if (at('+')) {
      repeat = {take(1), 1, endless};
    } else if (at('?')) {
      repeat = {take(1), 0, 1};
    } else if (at('{')) {
      repeat = counted();
    } else {
      return repeat;
    }
    if (at('+')) is_unclear_ = true;  // possessive
    if (is_shortening() && repeat.most != endless && repeat.most > most_counted) repeat = without_end(repeat);
    if (at('?')) repeat.text += take(1);
    if (at('{') && !counted().text.empty()) is_unclear_ = true;  // counts what is repeated already
    return repeat;
  }

  static Repeat without_end(const Repeat& repeat) {
    return {"{" + std::to_string(repeat.least) + ",}", repeat.least, endless};
  }

  // {2}, {2,}, {2,5}. Any other brace is a byte of its own, unless a newer version takes it for a count.
  Repeat counted() {
    const std::string_view inside = rest_.substr(1, rest_.find('}') - 1);
    if (inside.size() + 2 > rest_.size() || inside.empty() ||
        inside.find_first_not_of("0123456789, ") != std::string_view::npos)
      return {};
    const std::size_t comma = inside.find(',');
    const std::string_view upper = comma == std::string_view::npos ? inside : inside.substr(comma + 1);
    Repeat repeat{std::string(rest_.substr(0, inside.size() + 2)), 0, endless};
    if (!is_number(inside.substr(0, comma), repeat.least) || (!upper.empty() && !is_number(upper, repeat.most)))
      is_unclear_ = true;
    (void)take(inside.size() + 2);
    return repeat;
  }

  static bool is_number(std::string_view text, std::size_t& number) {
    unsigned value = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
    if (read.ec != std::errc() || read.ptr != text.data() + text.size()) return false;
    number = value;
    return true;
  }

  std::string_view rest_;
  std::size_t reach_;
  bool is_unclear_ = false;
};

constexpr std::size_t least_length = 1;  // or it would be found in every text

}  // namespace

std::string shortened(std::string_view pattern, std::size_t most) {
  if (const Piece whole = Copy(pattern, endless).whole(); whole.parts <= most) return std::string(pattern);
  for (std::size_t reach = most_reach; reach >= least_reach; --reach) {
    Piece copy = Copy(pattern, reach).whole();
    const bool is_last = reach == least_reach;
    const bool is_shorter = copy.text.size() < pattern.size() && copy.length >= least_length;
    if ((copy.parts <= most || is_last) && is_shorter) return std::move(copy.text);
  }
  return std::string(pattern);
}

}  // namespace ravelin::waf::plan
