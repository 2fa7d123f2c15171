#include "waf_diff/pattern_texts.h"

#include <algorithm>
#include <bitset>
#include <cctype>
#include <cstdint>
#include <cstdlib>
#include <utility>

namespace ravelin::waf_diff {
namespace {

using Set = std::bitset<256>;

constexpr std::size_t longest_text = 600;
constexpr std::size_t most_repeats = 200;

Set range(unsigned from, unsigned to) {
  Set set;
  for (unsigned byte = from; byte <= to && byte < 256; ++byte) set.set(byte);
  return set;
}

Set of(std::string_view bytes) {
  Set set;
  for (const char byte : bytes) set.set(static_cast<unsigned char>(byte));
  return set;
}

const Set digits = range('0', '9');
const Set letters = range('a', 'z') | range('A', 'Z');
const Set words = digits | letters | of("_");
const Set blanks = of(" \t\n\v\f\r");

// What a letter behind a backslash stands for; empty for what is no class.
Set class_named(char name) {
  switch (name) {
    case 'd': return digits;
    case 'D': return ~digits;
    case 'w': return words;
    case 'W': return ~words;
    case 's': return blanks;
    case 'S': return ~blanks;
    case 'h': return of(" \t\xa0");
    case 'v': return of("\n\v\f\r\x85");
    case 'n': return of("\n");
    case 'r': return of("\r");
    case 't': return of("\t");
    case 'f': return of("\f");
    case 'e': return of("\x1b");
    case 'a': return of("\a");
    default: return {};
  }
}

Set posix_class(std::string_view name) {
  if (name == "alpha") return letters;
  if (name == "digit") return digits;
  if (name == "alnum") return letters | digits;
  if (name == "space") return blanks;
  if (name == "upper") return range('A', 'Z');
  if (name == "lower") return range('a', 'z');
  if (name == "xdigit") return digits | range('a', 'f') | range('A', 'F');
  return range('!', '/') | range(':', '@') | range('[', '`') | range('{', '~');
}

// Most often something that can be read, sometimes anything of it.
char some_byte(const Set& set, Random& random) {
  const Set plain = set & (letters | digits | of(" "));
  const Set& from = plain.any() && !random.one_in(4) ? plain : set;
  std::size_t left = random.below(from.count());
  for (unsigned byte = 0; byte < 256; ++byte)
    if (from.test(byte) && left-- == 0) return static_cast<char>(byte);
  return ' ';
}

}  // namespace

struct PatternTexts::Node {
  enum class Kind : std::uint8_t { set, sequence, choice, repeat, group, back };
  Kind kind = Kind::sequence;
  Set set{};
  std::vector<std::unique_ptr<Node>> parts{};
  std::vector<std::size_t> taken{};   // of a choice: how often each,
  std::vector<std::size_t> wanted{};  // and how often in proportion
  std::size_t least = 0;              // of a repeat; also the number of a group
  std::size_t most = 0;

  // How many texts it takes to see all of it: parts of a sequence are seen at once.
  std::size_t weight() const {
    std::size_t sum = 0;
    std::size_t largest = 1;
    for (const auto& part : parts) {
      sum += part->weight();
      largest = std::max(largest, part->weight());
    }
    return kind == Kind::choice ? sum : largest;
  }
};

// Reading of a pattern. What it does not know it takes for the letters that it is written with.
class PatternTexts::Reading {
 public:
  explicit Reading(std::string_view pattern) : rest_(pattern) {}

  std::unique_ptr<Node> choice() {
    auto node = std::make_unique<Node>();
    node->kind = Node::Kind::choice;
    node->parts.push_back(sequence());
    while (accept("|")) node->parts.push_back(sequence());
    node->taken.resize(node->parts.size());
    for (const auto& part : node->parts) node->wanted.push_back(part->weight());
    alternatives += node->parts.size() - 1;
    return node;
  }

  std::size_t alternatives = 1;
  std::size_t groups = 0;

 private:
  bool accept(std::string_view what) {
    if (!rest_.starts_with(what)) return false;
    rest_.remove_prefix(what.size());
    return true;
  }
  char take() {
    const char byte = rest_.front();
    rest_.remove_prefix(1);
    return byte;
  }
  static std::unique_ptr<Node> of_set(const Set& set) {
    auto node = std::make_unique<Node>();
    node->kind = Node::Kind::set;
    node->set = set;
    return node;
  }

  std::unique_ptr<Node> sequence() {
    auto node = std::make_unique<Node>();
    while (!rest_.empty() && rest_.front() != '|' && rest_.front() != ')') {
      auto part = quantified(atom());
      if (part != nullptr) node->parts.push_back(std::move(part));
    }
    return node;
  }

  // Null for what takes no room.
  std::unique_ptr<Node> atom() {
    switch (const char byte = take()) {
      case '^':
      case '$': return nullptr;
      case '.': return of_set(~Set());
      case '[': return of_set(bracket());
      case '(': return group();
      case '\\': return escape();
      default: return of_set(of({&byte, 1}));
    }
  }

  std::unique_ptr<Node> escape() {
    if (rest_.empty()) return of_set(of("\\"));
    if (std::string_view("bBAzZGQEK").find(rest_.front()) != std::string_view::npos) {
      take();
      return nullptr;
    }
    if (rest_.front() >= '1' && rest_.front() <= '9') {
      auto node = std::make_unique<Node>();
      node->kind = Node::Kind::back;
      node->least = static_cast<std::size_t>(take() - '0');
      return node;
    }
    return of_set(escaped());
  }

  Set escaped() {
    const char byte = take();
    if (byte == 'x') return Set().set(hexadecimal());
    if (byte == '0') return Set().set(0);
    const Set named = class_named(byte);
    return named.any() ? named : of({&byte, 1});
  }

  unsigned hexadecimal() {
    const bool is_braced = accept("{");
    std::string text;
    while (!rest_.empty() && text.size() < 2 && std::isxdigit(static_cast<unsigned char>(rest_.front())) != 0)
      text += take();
    if (is_braced) accept("}");
    return static_cast<unsigned>(std::strtoul(text.c_str(), nullptr, 16)) & 0xffU;
  }

  Set bracket() {
    const bool is_negated = accept("^");
    Set set;
    for (bool is_first = true; !rest_.empty() && (is_first || rest_.front() != ']'); is_first = false) {
      if (accept("[:")) {
        set |= posix_class(rest_.substr(0, rest_.find(':')));
        rest_.remove_prefix(std::min(rest_.size(), rest_.find(":]") + 2));
        continue;
      }
      const Set from = member();
      const bool is_range = from.count() == 1 && rest_.size() > 1 && rest_[0] == '-' && rest_[1] != ']';
      if (!is_range) {
        set |= from;
        continue;
      }
      take();
      set |= range(only(from), only(member()));
    }
    accept("]");
    return is_negated ? ~set : set;
  }

  Set member() {
    const char byte = take();
    if (byte != '\\' || rest_.empty()) return of({&byte, 1});
    if (accept("b")) return of("\b");
    return escaped();
  }

  static unsigned only(const Set& set) {
    for (unsigned byte = 0; byte < 256; ++byte)
      if (set.test(byte)) return byte;
    return 255;
  }

  // After "(": an assertion takes no room, flags hold for nothing here.
  std::unique_ptr<Node> group() {
    if (accept("?#") || rest_.starts_with("*")) {
      rest_.remove_prefix(std::min(rest_.size(), rest_.find(')') + 1));
      return nullptr;
    }
    if (accept("?=") || accept("?!") || accept("?<=") || accept("?<!")) {
      (void)choice();
      accept(")");
      return nullptr;
    }
    bool is_capturing = true;
    if (accept("?")) {
      is_capturing = accept("P<") || accept("<") || accept("'");
      const std::size_t end = rest_.find_first_of(is_capturing ? ">'" : ":>)|");
      const bool is_flags_only = end != std::string_view::npos && rest_[end] == ')';
      rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
      if (is_flags_only) return nullptr;
    }
    auto node = std::make_unique<Node>();
    node->kind = Node::Kind::group;
    node->least = is_capturing ? ++groups : 0;
    node->parts.push_back(choice());
    accept(")");
    return node;
  }

  std::unique_ptr<Node> quantified(std::unique_ptr<Node> part) {
    std::size_t least = 0;
    std::size_t most = 0;
    if (accept("*"))
      most = 3;
    else if (accept("+"))
      least = 1, most = 3;
    else if (accept("?"))
      most = 1;
    else if (!accept_count(least, most))
      return part;
    if (!accept("?")) accept("+");
    if (part == nullptr) return nullptr;
    auto node = std::make_unique<Node>();
    node->kind = Node::Kind::repeat;
    node->least = std::min(least, most_repeats);
    node->most = std::min(most, most_repeats);
    node->parts.push_back(std::move(part));
    return quantified(std::move(node));
  }

  // {2}, {2,} or {2,3}; anything else in braces is text.
  bool accept_count(std::size_t& least, std::size_t& most) {
    const std::size_t end = rest_.find('}');
    if (!rest_.starts_with("{") || end == std::string_view::npos || end < 2) return false;
    const std::string text(rest_.substr(1, end - 1));
    if (text.find_first_not_of("0123456789,") != std::string::npos || text.front() == ',') return false;
    const std::size_t comma = text.find(',');
    least = std::strtoul(text.c_str(), nullptr, 10);
    most = comma == std::string::npos ? least
           : comma + 1 == text.size() ? least + 2
                                      : std::strtoul(text.c_str() + comma + 1, nullptr, 10);
    rest_.remove_prefix(end + 1);
    return true;
  }

  std::string_view rest_;
};

PatternTexts::PatternTexts(std::string_view pattern) {
  Reading reading(pattern);
  root_ = reading.choice();
  alternatives_ = reading.alternatives;
  groups_.resize(reading.groups + 10);
}

PatternTexts::~PatternTexts() = default;

std::string PatternTexts::make(Random& random) {
  std::string text;
  for (std::string& group : groups_) group.clear();
  write(*root_, random, text);
  return text;
}

void PatternTexts::write(Node& node, Random& random, std::string& text) {
  if (text.size() > longest_text) return;
  switch (node.kind) {
    case Node::Kind::set: text += some_byte(node.set, random); break;
    case Node::Kind::back: text += groups_[node.least]; break;
    case Node::Kind::sequence:
      for (auto& part : node.parts) write(*part, random, text);
      break;
    case Node::Kind::repeat:
      // The bounds matter most.
      for (std::size_t count = random.one_in(2) ? node.least : random.between(node.least, node.most); count > 0;
           --count)
        write(*node.parts.front(), random, text);
      break;
    case Node::Kind::group: {
      const std::size_t begin = text.size();
      write(*node.parts.front(), random, text);
      if (node.least > 0) groups_[node.least] = text.substr(std::min(begin, text.size()));
      break;
    }
    case Node::Kind::choice: {
      const std::size_t first = random.below(node.parts.size());
      std::size_t best = first;
      for (std::size_t i = 0; i < node.parts.size(); ++i) {
        const std::size_t at = (first + i) % node.parts.size();
        if ((node.taken[at] + 1) * node.wanted[best] < (node.taken[best] + 1) * node.wanted[at]) best = at;
      }
      ++node.taken[best];
      write(*node.parts[best], random, text);
      break;
    }
  }
}

}  // namespace ravelin::waf_diff
