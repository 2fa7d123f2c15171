#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <memory>
#include <new>
#include <optional>
#include <span>
#include <string_view>

namespace ravelin {

/// Arena is bump storage for the text of one message; everything in it dies together. The first
/// kilobytes are in place, so a common head costs no allocation of its own.
class Arena {
 public:
  Arena() = default;
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;
  ~Arena();

  /// `size` bytes, aligned to `alignment` (a power of two, at most 16).
  void* allocate(std::size_t size, std::size_t alignment = 1) {
    if (gap(alignment) + size > static_cast<std::size_t>(end_ - next_)) add_block(size + alignment);
    std::byte* const start = next_ + gap(alignment);
    next_ = start + size;
    used_ += size;
    return start;
  }
  /// A copy of `text` that lives as long as the arena.
  std::string_view copy(std::string_view text) {
    auto* const to = static_cast<char*>(allocate(text.size()));
    if (!text.empty()) std::memcpy(to, text.data(), text.size());
    return {to, text.size()};
  }
  /// One string of all parts, in order.
  std::string_view join(std::initializer_list<std::string_view> parts);
  /// Bytes handed out so far, for the memory bound.
  std::size_t used() const { return used_; }

 private:
  struct Block;
  static constexpr std::size_t inline_size = 2048;

  std::size_t gap(std::size_t alignment) const { return -reinterpret_cast<std::uintptr_t>(next_) & (alignment - 1); }
  void add_block(std::size_t at_least);

  std::byte* next_ = first_;
  std::byte* end_ = first_ + inline_size;
  std::size_t used_ = 0;
  Block* blocks_ = nullptr;
  alignas(16) std::byte first_[inline_size];
};

/// Field is one header or trailer line. Names are lower-case tokens; values have no blanks at
/// either end and no CR, LF or NUL. Both are views: into the head's arena, or static text.
struct Field {
  std::string_view name;
  std::string_view value;
  bool is_never_indexed = false;  // its sender wants no HPACK table to have it (RFC 7541 section 7.1.3)
};

/// HeaderList holds the fields of one head in wire order; the same name may repeat. Reading never
/// allocates. Names passed in must be lower-case. Text passed to add() and set() is copied into the
/// arena. Views taken from a list stay valid as long as its arena, also after changes.
class HeaderList {
 public:
  explicit HeaderList(Arena& arena) : arena_(&arena) {}

  const Field* begin() const { return fields_; }
  const Field* end() const { return fields_ + size_; }
  std::size_t size() const { return size_; }
  bool is_empty() const { return size_ == 0; }

  /// The first value under this name.
  std::optional<std::string_view> find(std::string_view name) const;
  bool has(std::string_view name) const { return find(name).has_value(); }
  std::size_t count(std::string_view name) const;

  void add(std::string_view name, std::string_view value);
  /// As add(), for text that already lives as long as the arena or is static.
  void add_view(std::string_view name, std::string_view value, bool is_never_indexed = false) {
    if (size_ == capacity_) grow();
    new (fields_ + size_++) Field{name, value, is_never_indexed};
  }
  /// Replaces every field of this name by one.
  void set(std::string_view name, std::string_view value);
  /// Removes every field of this name; returns how many there were.
  std::size_t remove(std::string_view name);
  /// Removes the fields for which `is_unwanted(field)` holds, in one pass.
  template <class Predicate>
  std::size_t remove_if(Predicate is_unwanted) {
    std::size_t kept = 0;
    for (std::size_t i = 0; i < size_; ++i) {
      if (!is_unwanted(static_cast<const Field&>(fields_[i]))) fields_[kept++] = fields_[i];
    }
    const std::size_t removed = size_ - kept;
    size_ = static_cast<std::uint32_t>(kept);
    return removed;
  }
  Arena& arena() const { return *arena_; }

 private:
  void grow();

  Arena* arena_;
  Field* fields_ = nullptr;
  std::uint32_t size_ = 0;
  std::uint32_t capacity_ = 0;
};

enum class Version : std::uint8_t { http10, http11, http2 };

/// "1.0", "1.1" or "2", as in the events.
constexpr std::string_view to_string(Version version) {
  switch (version) {
    case Version::http10: return "1.0";
    case Version::http11: return "1.1";
    case Version::http2: return "2";
  }
  return "";
}

/// BodyKind says how a body's end is known. `until_close` occurs in responses only.
enum class BodyKind : std::uint8_t { none, sized, streamed, until_close };

/// Target is what a request asks a host for: a canonical path, and the query without its '?'.
struct Target {
  std::string_view path;
  std::string_view query;
  bool has_query = false;
};

/// RequestHead is one request's head after normalisation: what is in it is what modules judge and
/// what an origin receives. Hop-by-hop fields, Host and the framing fields (Content-Length,
/// Transfer-Encoding) are not among `fields`: they are `authority`, `body` and `body_size`.
struct RequestHead {
  RequestHead() : fields(arena) {}

  Arena arena;
  std::string_view method;     // a token, case as received
  std::string_view scheme;     // "http" or "https": how the client reached us
  std::string_view authority;  // lower-case host, and ":port" if one was given that is not the default
  std::string_view host;       // `authority` without the port and without a trailing dot
  std::string_view path;       // canonical, starts with '/', percent-encoding normalised; "*" for OPTIONS *
  std::string_view query;      // as received, without '?'
  bool has_query = false;      // tells "/a?" from "/a"
  std::string_view protocol;   // of Upgrade or extended CONNECT ("websocket"), else empty
  Version version = Version::http11;
  BodyKind body = BodyKind::none;
  std::uint64_t body_size = 0;  // if `body` is sized
  bool expects_continue = false;
  HeaderList fields;
  // Of a route that changes them; set by the core behind the modules' last word.
  std::optional<Target> rewritten;
  std::optional<HeaderList> changed;

  /// What the origin is asked for, and the fields that it gets.
  Target upstream_target() const { return rewritten ? *rewritten : Target{path, query, has_query}; }
  const HeaderList& upstream_fields() const { return changed ? *changed : fields; }
};

/// ResponseHead is one response's head, with the same rules as RequestHead.
struct ResponseHead {
  ResponseHead() : fields(arena) {}

  Arena arena;
  int status = 0;
  Version version = Version::http11;
  BodyKind body = BodyKind::none;
  std::uint64_t body_size = 0;
  HeaderList fields;
};

/// Chunk is a piece of a body on its way past a module; the bytes are valid during the call only.
struct Chunk {
  std::span<const std::byte> bytes;
  bool is_last = false;

  std::string_view text() const { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }
};

}  // namespace ravelin
