#include "ravelin/path.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/chars.h"

namespace ravelin {

namespace {

Error refused(std::string_view code, std::string message) {
  return Error{code, "the path " + std::move(message), Side::client, 400};
}

// What a raw byte of a path may be. `plain`: stays as it is (RFC 3986 pchar). `escaped`: allowed by no
// RFC but sent by browsers; it gets the escape it should have had.
enum class Raw : std::uint8_t { refused, plain, slash, percent, semicolon, escaped };

constexpr std::array<Raw, 256> make_raw_table() {
  std::array<Raw, 256> table{};
  for (unsigned c = 0; c < 256; ++c) {
    const auto byte = static_cast<unsigned char>(c);
    if (chars::is_alpha(byte) || chars::is_digit(byte)) table[c] = Raw::plain;
  }
  for (const char c : std::string_view("-._~!$&'()*+,=:@")) table[static_cast<unsigned char>(c)] = Raw::plain;
  for (const char c : std::string_view("\"<>^`{|}[]")) table[static_cast<unsigned char>(c)] = Raw::escaped;
  table['/'] = Raw::slash;
  table['%'] = Raw::percent;
  table[';'] = Raw::semicolon;
  return table;
}
constexpr std::array<Raw, 256> raw_table = make_raw_table();

constexpr bool is_unreserved(unsigned char c) {
  return chars::is_alpha(c) || chars::is_digit(c) || c == '-' || c == '.' || c == '_' || c == '~';
}

// One look at the common case: nothing to decode, merge or remove.
bool is_canonical(std::string_view path) {
  char last = '\0';
  for (const char c : path) {
    const Raw raw = raw_table[static_cast<unsigned char>(c)];
    if (raw != Raw::plain && raw != Raw::slash) return false;
    if (last == '/' && (c == '/' || c == '.')) return false;  // ".well-known" takes the long way
    last = c;
  }
  return true;
}

// Writes the canonical path, segment by segment, into room for three times the original.
class Canonicaliser {
 public:
  Canonicaliser(char* room, std::string_view path) : start_(room), to_(room), rest_(path) {}

  Result<std::string_view> run() {
    while (!rest_.empty()) {
      rest_.remove_prefix(1);  // the '/' before the segment; those of empty segments are merged
      begin_segment();
      while (!rest_.empty() && rest_.front() != '/') {
        if (auto done = take_char(); !done) return std::move(done).error();
      }
      if (auto done = end_segment(); !done) return std::move(done).error();
    }
    return std::string_view(start_, static_cast<std::size_t>(to_ - start_));
  }

 private:
  void begin_segment() {
    if (to_ == start_ || to_[-1] != '/') *to_++ = '/';
    segment_ = to_;
    part_ = to_;
    name_end_ = nullptr;
  }

  Result<void> take_char() {
    const char c = rest_.front();
    const Raw raw = raw_table[static_cast<unsigned char>(c)];
    if (raw == Raw::percent) return take_escape();
    rest_.remove_prefix(1);
    switch (raw) {
      case Raw::escaped: write_escape(static_cast<unsigned char>(c)); return {};
      case Raw::semicolon: end_name(); break;
      case Raw::refused: return refuse_raw(c);
      default: break;
    }
    *to_++ = c;
    return {};
  }

  static Result<void> refuse_raw(char c) {
    if (c == '\\') return refused("http:path_backslash", "has a backslash");
    return refused("http:target_bad_byte", "has a raw byte that must be escaped");
  }

  Result<void> take_escape() {
    const int value = escape_at(0);
    if (value < 0) return refused("http:path_bad_escape", "has a '%' that two hexadecimal digits do not follow");
    const auto byte = static_cast<unsigned char>(value);
    if (auto checked = check_escape(byte); !checked) return checked;
    rest_.remove_prefix(3);
    if (byte == '/') return take_escaped_slash();
    if (byte == ';') end_name();
    if (is_unreserved(byte)) {
      *to_++ = static_cast<char>(byte);
    } else {
      write_escape(byte);
    }
    return {};
  }

  // To some it ends a segment and to others it does not: what would be another path to each is refused.
  Result<void> take_escaped_slash() {
    if (name_end_ != nullptr) return refused("http:path_encoded_slash", "has an escaped '/' behind a ';'");
    if (is_dots(part())) return refused("http:path_encoded_slash", "has dots before an escaped '/'");
    write_escape('/');
    part_ = to_;
    return {};
  }

  Result<void> check_escape(unsigned char byte) const {
    switch (byte) {
      case 0: return refused("http:path_encoded_nul", "has an escaped NUL");
      case '\\': return refused("http:path_encoded_backslash", "has an escaped backslash");
      case '?': return refused("http:path_encoded_question", "has an escaped '?'");
      default: break;
    }
    if (byte < 0x20 || byte == 0x7f) return refused("http:path_encoded_control", "has an escaped control character");
    if (is_overlong(byte)) return refused("http:path_overlong_utf8", "has an overlong UTF-8 sequence");
    return {};
  }

  // Longer than needed encodings (RFC 3629 section 3) are how "%c0%af" becomes '/' in lax decoders.
  bool is_overlong(unsigned char lead) const {
    if (lead == 0xc0 || lead == 0xc1) return true;
    if (lead != 0xe0 && lead != 0xf0) return false;
    const int next = escape_at(3);
    return next >= 0x80 && next < (lead == 0xe0 ? 0xa0 : 0x90);
  }

  // The value of the escape at `offset` of the rest, or -1 if none stands there.
  int escape_at(std::size_t offset) const {
    if (rest_.size() < offset + 3 || rest_[offset] != '%') return -1;
    const int high = chars::hex_value(rest_[offset + 1]);
    const int low = chars::hex_value(rest_[offset + 2]);
    return high < 0 || low < 0 ? -1 : high * 16 + low;
  }

  void write_escape(unsigned char byte) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    *to_++ = '%';
    *to_++ = digits[byte >> 4];
    *to_++ = digits[byte & 15];
  }

  void end_name() {
    if (name_end_ == nullptr) name_end_ = to_;
  }

  static bool is_dots(std::string_view name) { return name == "." || name == ".."; }

  // What stands between the last '/', escaped or not, and the ';' or the end.
  std::string_view part() const {
    const char* const end = name_end_ != nullptr ? name_end_ : to_;
    return {part_, static_cast<std::size_t>(end - part_)};
  }

  Result<void> end_segment() {
    const std::string_view name = part();
    if (name_end_ != nullptr && (is_dots(name) || name.empty()))
      return refused("http:path_parameter_traversal", "has a segment that is empty or dots before its ';'");
    if (!is_dots(name)) return {};
    if (part_ != segment_) return refused("http:path_encoded_slash", "has dots behind an escaped '/'");
    to_ = segment_;
    return name == ".." ? remove_parent() : Result<void>();
  }

  Result<void> remove_parent() {
    if (to_ == start_ + 1) return refused("http:path_above_root", "leads above the root");
    --to_;  // the '/' before this segment
    while (to_[-1] != '/') --to_;
    return {};
  }

  char* const start_;
  char* to_;
  std::string_view rest_;
  char* segment_ = nullptr;         // where the segment being written begins, after its '/'
  const char* part_ = nullptr;      // the same, but after its last escaped '/' if it has one
  const char* name_end_ = nullptr;  // where its first ';' stands
};

std::string_view skip_parameters(std::string_view path) {
  if (!path.starts_with(';')) return path;
  return path.substr(std::min(path.find('/'), path.size()));
}

constexpr std::string_view escaped_slash = "%2F";

// The length of the '/' that `path` begins with, which may be escaped; 0 if it does not.
std::size_t slash_at_start(std::string_view path) {
  if (path.starts_with('/')) return 1;
  return path.starts_with(escaped_slash) ? escaped_slash.size() : 0;
}

// "/;a/b" is "/b" to those who ignore parameters, and "/%2Fb" to those who merge slashes.
std::string_view skip_empty_segments(std::string_view path) {
  for (std::size_t slash = 0; path.starts_with(';') || (slash = slash_at_start(path)) > 0;)
    path = path.starts_with(';') ? skip_parameters(path) : path.substr(slash);
  return path;
}

// What is wrong with `path` as the beginning of `whole`.
std::optional<std::string> find_problem(std::string_view path, const std::string& whole) {
  if (!path.starts_with('/')) return "a path begins with '/': write '/" + std::string(path) + "'";
  if (path.find_first_of("?#") != std::string_view::npos) return "a path has no query and no fragment";
  if (path.find(';') != std::string_view::npos)
    return "parameters, from ';' on, are stepped over when paths are compared: leave them out";
  if (path.find("%2F") != std::string_view::npos || path.find("%2f") != std::string_view::npos)
    return "an escaped '/' is compared like any other: write '/'";
  Arena arena;
  const auto canonical = canonical_path(arena, whole);
  if (!canonical) return "no request may have it: " + canonical.error().message;
  if (*canonical == whole) return std::nullopt;
  const std::size_t added = whole.size() - path.size();
  return "paths are compared in their canonical form: write '" +
         std::string(canonical->substr(0, canonical->size() - added)) + "'";
}

}  // namespace

Result<std::string_view> canonical_path(Arena& arena, std::string_view path) {
  if (is_canonical(path)) return path;
  auto* const room = static_cast<char*>(arena.allocate(path.size() * 3));
  return Canonicaliser(room, path).run();
}

std::optional<std::string_view> rest_after(std::string_view path, std::string_view start) {
  for (const char c : start) {
    path = skip_parameters(path);
    if (const std::size_t slash = c == '/' ? slash_at_start(path) : 0; slash > 0) {
      path = skip_empty_segments(path.substr(slash));
    } else {
      if (path.empty() || path.front() != c) return std::nullopt;
      path.remove_prefix(1);
    }
  }
  return skip_parameters(path);
}

bool is_below(std::string_view rest) { return slash_at_start(rest) > 0; }

// To those who merge slashes many are one.
bool is_end(std::string_view rest) {
  for (std::size_t slash = 0; (slash = slash_at_start(rest)) > 0;) rest.remove_prefix(slash);
  return rest.empty();
}

bool has_escaped_slash(std::string_view path) {
  const std::size_t escape = path.find('%');
  return escape != std::string_view::npos && path.find(escaped_slash, escape) != std::string_view::npos;
}

std::optional<std::string> path_problem(std::string_view path) { return find_problem(path, std::string(path)); }

// What ends it is not the end of a segment: paths that begin with "/." are those of hidden files.
std::optional<std::string> path_prefix_problem(std::string_view prefix) {
  return find_problem(prefix, std::string(prefix) + "x");
}

}  // namespace ravelin
