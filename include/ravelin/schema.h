#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "ravelin/address.h"
#include "ravelin/exchange.h"
#include "ravelin/loop.h"
#include "ravelin/result.h"

namespace ravelin {

/// ByteSize is a size in bytes; written "16k", "10m", "1g" (powers of 1024).
struct ByteSize {
  std::uint64_t bytes = 0;
  friend auto operator<=>(const ByteSize&, const ByteSize&) = default;
};

/// Rate is `amount` per `period`; written "5/s", "100/m", "10/h".
struct Rate {
  std::uint32_t amount = 0;
  Duration period = std::chrono::seconds(1);
  /// Time that refills one.
  Duration interval() const { return period / (amount == 0 ? 1 : amount); }
  friend bool operator==(const Rate&, const Rate&) = default;
};

/// Percent is a share from 0 to 100; written "10%".
struct Percent {
  std::uint32_t value = 0;
  friend auto operator<=>(const Percent&, const Percent&) = default;
};

/// Secret is text that never prints: given as `!file PATH` or with `${env:NAME}` in it.
struct Secret {
  std::string text;
};

/// FilePath is a path; a relative one was relative to the file that named it and is absolute here.
struct FilePath {
  std::string path;
  bool is_empty() const { return path.empty(); }
};

/// EnumName pairs a word of the file with a value. An enum is bindable when a function
/// `enum_names(E)` found by argument-dependent lookup returns an array of these. Words that a later
/// version will take are given by `words_not_available(E)`, an array of std::string_view; one that
/// ends with '(' stands for all that begin so.
template <class E>
struct EnumName {
  std::string_view word;
  E value;
};

constexpr auto enum_names(Mode) {
  return std::array{EnumName<Mode>{"enforce", Mode::enforce}, EnumName<Mode>{"detect", Mode::detect},
                    EnumName<Mode>{"off", Mode::off}};
}

/// Range bounds a number, a duration (in nanoseconds) or a size (in bytes), both ends included.
struct Range {
  std::int64_t min = std::numeric_limits<std::int64_t>::min();
  std::int64_t max = std::numeric_limits<std::int64_t>::max();
};
constexpr Range at_least(std::int64_t min) { return {min, std::numeric_limits<std::int64_t>::max()}; }
constexpr Range between(std::int64_t min, std::int64_t max) { return {min, max}; }
constexpr Range between(Duration min, Duration max) { return {min.count(), max.count()}; }

/// Scalar is how a binder sees one value without knowing its C++ type.
class Scalar {
 public:
  virtual ~Scalar() = default;
  /// What the value is, with its article: "a duration such as 10s", "true or false".
  virtual std::string_view type() const = 0;
  /// As written in the file; a secret prints as "***".
  virtual std::string print() const = 0;
  /// Reads the text of the file; the error says what was expected. Paths and secrets come resolved.
  virtual Result<void> parse(std::string_view text) = 0;
  /// The words allowed, if it is an enumeration.
  virtual std::vector<std::string_view> words() const { return {}; }
  /// Whether the value lies within `range`; true for types that have no order.
  virtual bool is_within(const Range&) const { return true; }
  /// An end of a Range as it would be written for this type: "10s", "16k".
  virtual std::string print_bound(std::int64_t bound) const { return std::to_string(bound); }
};

/// is_plain_name says whether a name given by the operator can stand in a reason code, a metric label
/// and a response field as it is: 1 to 64 letters, digits, '_', '-' or '.'.
constexpr bool is_plain_name(std::string_view name) {
  for (const char c : name) {
    const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (!is_letter && !(c >= '0' && c <= '9') && c != '_' && c != '-' && c != '.') return false;
  }
  return !name.empty() && name.size() <= 64;
}

/// KeyDeclaration declares one key of a section.
struct KeyDeclaration {
  std::string_view name;
  std::string_view doc;  // one or two sentences for the reference page
  bool is_required = false;
  bool is_shorthand = false;  // a scalar in place of the whole map is this key
  Range range{};
};

/// Choices is the keys that a map may have, for enter_choice().
struct Choices {
  std::vector<std::string_view> known;
  std::vector<std::string_view> not_available;
  bool is_single = false;  // exactly one of them
};

/// Binder walks a configuration struct: to read YAML into it, to print it, to write the reference
/// page or the JSON schema. A struct is bindable when it has `void bind(Binder&)` that declares each
/// of its keys once, for all these uses. What a member holds before reading is its default.
///
///   struct Limit {
///     Rate rate;
///     std::uint32_t burst = 0;
///     void bind(Binder& b) {
///       b.required("rate", rate, "Requests allowed per period, such as 5/s.");
///       b.key("burst", burst, "Requests allowed at once above the rate.", between(0, 100000));
///     }
///   };
///
/// Bindable types: bool, integers, double, std::string, Duration, ByteSize, Rate, Percent, Secret,
/// FilePath, Prefix, Address, SocketAddress, enums, std::vector<T> (a lone item may stand for a list
/// of one), std::map<std::string, T>, std::optional<T>, std::unique_ptr<T> and structs; and types
/// with `void bind_value(Binder&)`, which declare a shape of their own ("off, or a list").
/// A list or map in the file replaces the default one.
class Binder {
 public:
  /// What the walk is for: to fill the struct in, to print it, or to describe its shape (then the
  /// struct is a default one, thrown away).
  enum class Use : std::uint8_t { read, print, describe };

  virtual ~Binder() = default;
  virtual Use use() const = 0;

  template <class T>
  void key(std::string_view name, T& value, std::string_view doc, Range range = {}) {
    member({name, doc, false, false, range}, value);
  }
  template <class T>
  void required(std::string_view name, T& value, std::string_view doc, Range range = {}) {
    member({name, doc, true, false, range}, value);
  }
  /// As required(), and a scalar in place of the whole section is read as this key.
  template <class T>
  void shorthand(std::string_view name, T& value, std::string_view doc) {
    member({name, doc, true, true, {}}, value);
  }

  /// Declares a key of the contract whose function this version does not have: using it is refused
  /// as not available, and it is not in the reference.
  virtual void not_available(std::string_view name) = 0;
  /// Fills in where the section being read stands; leaves `place` alone in other uses.
  virtual void place(Place& place) = 0;
  /// Reports a problem with the value of `key` of the section being read (empty: the section
  /// itself), for rules that a Range cannot say. Ignored in other uses.
  virtual void problem(std::string_view key, std::string message) = 0;

  /// Binds a value that is not a member: the whole of what the binder stands at.
  template <class T>
  void value(T& value);

  /// For bind_value(): true if the binder stands at this plain word; `is_now` says whether that is
  /// what the value holds.
  virtual bool word(std::string_view word, bool is_now) = 0;

  /// For bind_value(): refuses a map here as not available, if there is one; `what` it would mean.
  virtual bool map_not_available(std::string_view what) = 0;

  // The walk itself. Only value() and types with bind_value() call these.

  /// False: the key is not there, leave the member as it is.
  virtual bool enter_key(const KeyDeclaration& key) = 0;
  virtual void leave_key() = 0;
  virtual void scalar(Scalar& scalar) = 0;
  /// False: what stands there is not a section (a problem has been reported).
  virtual bool enter_section() = 0;
  virtual void leave_section() = 0;
  /// False: an optional that holds nothing, to be left so.
  virtual bool enter_optional(bool is_set) = 0;
  /// How many items to bind, given how many there are now.
  virtual std::size_t enter_list(std::size_t size) = 0;
  virtual void enter_item(std::size_t index) = 0;
  virtual void leave_item() = 0;
  virtual void leave_list() = 0;
  /// Names to bind, given those there now. Names not yet there are made from defaults.
  virtual std::vector<std::string> enter_map(std::vector<std::string> names) = 0;
  /// As enter_map(), for a map whose keys are known beforehand; a word in place of the map is a key
  /// without a value. Left by leave_map().
  virtual std::vector<std::string> enter_choice(std::vector<std::string> names, const Choices& choices) = 0;
  virtual void enter_entry(std::string_view name) = 0;
  virtual void leave_entry() = 0;
  virtual void leave_map() = 0;

 private:
  template <class T>
  void member(const KeyDeclaration& info, T& value_of) {
    if (!enter_key(info)) return;
    value(value_of);
    leave_key();
  }
};

/// Section is the base of every module's configuration struct.
struct Section {
  virtual ~Section() = default;
  virtual void bind(Binder& binder) = 0;
  Place place;  // filled in by the reader
};

namespace schema {

// How each scalar type is read and printed. Those of the list below are in src/base/schema.cpp; a
// type of one's own is made a scalar by specialising this.
template <class T>
struct Text {
  static std::string_view type();
  static std::string print(const T& value);
  static Result<T> parse(std::string_view text);
};

extern template struct Text<bool>;
extern template struct Text<unsigned char>;
extern template struct Text<short>;
extern template struct Text<unsigned short>;
extern template struct Text<int>;
extern template struct Text<unsigned>;
extern template struct Text<long>;
extern template struct Text<unsigned long>;
extern template struct Text<long long>;
extern template struct Text<unsigned long long>;
extern template struct Text<double>;
extern template struct Text<std::string>;
extern template struct Text<Duration>;
extern template struct Text<ByteSize>;
extern template struct Text<Rate>;
extern template struct Text<Percent>;
extern template struct Text<Secret>;
extern template struct Text<FilePath>;
extern template struct Text<Address>;
extern template struct Text<Prefix>;
extern template struct Text<SocketAddress>;

/// "expected WHAT, got 'TEXT'", as the error of a value that cannot be read.
Error unexpected(std::string_view expected, std::string_view text);
/// As unexpected(), for the words of an enumeration; names the one that was probably meant.
Error unexpected_word(const std::vector<std::string_view>& words, std::string_view text);
Error not_available(std::string_view text);
/// "one of: a, b, c".
std::string list_of(const std::vector<std::string_view>& words);

template <class T>
class ScalarOf final : public Scalar {
 public:
  explicit ScalarOf(T& value) : value_(value) {}
  std::string_view type() const override { return Text<T>::type(); }
  std::string print() const override { return Text<T>::print(value_); }
  Result<void> parse(std::string_view text) override {
    auto read = Text<T>::parse(text);
    if (!read) return std::move(read).error();
    value_ = std::move(*read);
    return {};
  }
  bool is_within(const Range& range) const override {
    if constexpr (std::is_same_v<T, Duration>) {
      return std::cmp_less_equal(range.min, value_.count()) && std::cmp_less_equal(value_.count(), range.max);
    } else if constexpr (std::is_same_v<T, ByteSize>) {
      return std::cmp_less_equal(range.min, value_.bytes) && std::cmp_less_equal(value_.bytes, range.max);
    } else if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>) {
      return std::cmp_less_equal(range.min, value_) && std::cmp_less_equal(value_, range.max);
    } else if constexpr (std::is_same_v<T, double>) {
      return static_cast<double>(range.min) <= value_ && value_ <= static_cast<double>(range.max);
    } else {
      return true;
    }
  }
  std::string print_bound(std::int64_t bound) const override {
    if constexpr (std::is_same_v<T, Duration>) return Text<Duration>::print(Duration(bound));
    if constexpr (std::is_same_v<T, ByteSize>)
      return Text<ByteSize>::print(ByteSize{static_cast<std::uint64_t>(bound)});
    return std::to_string(bound);
  }

 private:
  T& value_;
};

template <class E>
class EnumScalar final : public Scalar {
 public:
  explicit EnumScalar(E& value) : value_(value) {}
  std::string_view type() const override { return "a word"; }
  std::string print() const override {
    for (const auto& name : enum_names(E{}))
      if (name.value == value_) return std::string(name.word);
    return {};
  }
  Result<void> parse(std::string_view text) override {
    for (const auto& name : enum_names(E{})) {
      if (name.word != text) continue;
      value_ = name.value;
      return {};
    }
    if (is_word_not_available(text)) return not_available(text);
    return unexpected_word(words(), text);
  }
  std::vector<std::string_view> words() const override {
    std::vector<std::string_view> words;
    for (const auto& name : enum_names(E{})) words.push_back(name.word);
    return words;
  }

 private:
  static bool is_word_not_available([[maybe_unused]] std::string_view text) {
    if constexpr (requires { words_not_available(E{}); }) {
      for (const std::string_view word : words_not_available(E{})) {
        if (text == word || (word.back() == '(' && text.substr(0, word.size()) == word)) return true;
      }
    }
    return false;
  }

  E& value_;
};

template <class T>
inline constexpr bool is_vector = false;
template <class T>
inline constexpr bool is_vector<std::vector<T>> = true;
template <class T>
inline constexpr bool is_map = false;
template <class T>
inline constexpr bool is_map<std::map<std::string, T>> = true;
template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;
template <class T>
inline constexpr bool is_pointer = false;
template <class T>
inline constexpr bool is_pointer<std::unique_ptr<T>> = true;

}  // namespace schema

template <class T>
void Binder::value(T& v) {
  if constexpr (requires { v.bind_value(*this); }) {
    v.bind_value(*this);
  } else if constexpr (schema::is_vector<T>) {
    const std::size_t size = enter_list(v.size());
    if (use() == Use::read) v.clear();
    v.resize(size);
    for (std::size_t i = 0; i < size; ++i) {
      enter_item(i);
      value(v[i]);
      leave_item();
    }
    leave_list();
  } else if constexpr (schema::is_map<T>) {
    std::vector<std::string> names;
    for (const auto& entry : v) names.push_back(entry.first);
    names = enter_map(std::move(names));
    if (use() == Use::read) v.clear();
    for (const std::string& name : names) {
      enter_entry(name);
      value(v[name]);
      leave_entry();
    }
    leave_map();
  } else if constexpr (schema::is_optional<T>) {
    if (!enter_optional(v.has_value())) return;
    if (!v) v.emplace();
    value(*v);
  } else if constexpr (schema::is_pointer<T>) {
    if (!enter_optional(v != nullptr)) return;
    if (!v) v = std::make_unique<typename T::element_type>();
    value(*v);
  } else if constexpr (std::is_enum_v<T>) {
    schema::EnumScalar<T> scalar_of(v);
    scalar(scalar_of);
  } else if constexpr (requires { v.bind(*this); }) {
    if (!enter_section()) return;
    v.bind(*this);
    leave_section();
  } else {
    schema::ScalarOf<T> scalar_of(v);
    scalar(scalar_of);
  }
}

}  // namespace ravelin
