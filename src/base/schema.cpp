#include "ravelin/schema.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <limits>

#include "base/near_miss.h"

namespace ravelin::schema {
namespace {

// A value from the file may be long; an error quotes its beginning.
std::string quoted(std::string_view text) {
  constexpr std::size_t shown = 60;
  return "'" + std::string(text.substr(0, shown)) + (text.size() > shown ? "...'" : "'");
}

template <class T>
std::optional<T> to_number(std::string_view text) {
  T number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

struct Unit {
  std::string_view suffix;
  std::int64_t size;
};

// From large to small: the first that divides a value is the one it prints with.
constexpr std::array<Unit, 7> time_units{{{"w", 604'800'000'000'000},
                                          {"d", 86'400'000'000'000},
                                          {"h", 3'600'000'000'000},
                                          {"m", 60'000'000'000},
                                          {"s", 1'000'000'000},
                                          {"ms", 1'000'000},
                                          {"us", 1'000}}};
constexpr std::array<Unit, 4> size_units{{{"g", std::int64_t{1} << 30}, {"m", 1 << 20}, {"k", 1 << 10}, {"", 1}}};
constexpr std::array<Unit, 4> rate_units{
    {{"s", 1'000'000'000}, {"m", 60'000'000'000}, {"h", 3'600'000'000'000}, {"d", 86'400'000'000'000}}};

template <std::size_t n>
const Unit* find_unit(const std::array<Unit, n>& units, std::string_view suffix) {
  for (const Unit& unit : units)
    if (unit.suffix == suffix) return &unit;
  return nullptr;
}

// Digits and a unit, as a number of the smallest unit; nothing if it is not that or does not fit.
template <std::size_t n>
std::optional<std::int64_t> to_amount(const std::array<Unit, n>& units, std::string_view text) {
  const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const auto number = to_number<std::int64_t>(text.substr(0, digits));
  const Unit* unit = find_unit(units, text.substr(digits));
  if (!number || unit == nullptr) return std::nullopt;
  if (*number > std::numeric_limits<std::int64_t>::max() / unit->size) return std::nullopt;
  return *number * unit->size;
}

template <std::size_t n>
const Unit& printing_unit(const std::array<Unit, n>& units, std::uint64_t amount) {
  for (const Unit& unit : units)
    if (amount % static_cast<std::uint64_t>(unit.size) == 0) return unit;
  return units.back();
}

template <class T>
struct Reader;

template <class T>
requires std::is_integral_v<T>
struct Reader<T> {
  static std::string_view type() { return "a whole number"; }
  static std::string print(T value) { return std::to_string(value); }
  static Result<T> parse(std::string_view text) {
    const auto number = to_number<T>(text);
    if (number) return *number;
    using Limits = std::numeric_limits<T>;
    return unexpected(
        std::string(type()) + " from " + std::to_string(Limits::min()) + " to " + std::to_string(Limits::max()), text);
  }
};

template <>
struct Reader<bool> {
  static std::string_view type() { return "true or false"; }
  static std::string print(bool value) { return value ? "true" : "false"; }
  static Result<bool> parse(std::string_view text) {
    if (text != "true" && text != "false") return unexpected(type(), text);
    return text == "true";
  }
};

template <>
struct Reader<double> {
  static std::string_view type() { return "a number such as 0.5"; }
  static std::string print(double value) {
    std::array<char, 32> buffer;
    const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr;
    return {buffer.data(), end};
  }
  static Result<double> parse(std::string_view text) {
    const auto value = to_number<double>(text);
    if (!value || !std::isfinite(*value)) return unexpected(type(), text);
    return *value;
  }
};

template <>
struct Reader<std::string> {
  static std::string_view type() { return "text"; }
  static std::string print(const std::string& value) { return value; }
  static Result<std::string> parse(std::string_view text) { return std::string(text); }
};

template <>
struct Reader<Duration> {
  static std::string_view type() { return "a duration such as 500ms, 10s, 5m, 1h or 1w"; }
  static std::string print(Duration value) {
    if (value == Duration::zero()) return "0s";
    const Unit& unit = printing_unit(time_units, static_cast<std::uint64_t>(value.count()));
    return std::to_string(value.count() / unit.size).append(unit.suffix);
  }
  static Result<Duration> parse(std::string_view text) {
    if (text == "0") return Duration::zero();
    const auto amount = to_amount(time_units, text);
    if (!amount) return unexpected(type(), text);
    return Duration(*amount);
  }
};

template <>
struct Reader<ByteSize> {
  static std::string_view type() { return "a size in bytes such as 512, 16k, 10m or 1g"; }
  static std::string print(const ByteSize& value) {
    if (value.bytes == 0) return "0";
    const Unit& unit = printing_unit(size_units, value.bytes);
    return std::to_string(value.bytes / static_cast<std::uint64_t>(unit.size)).append(unit.suffix);
  }
  static Result<ByteSize> parse(std::string_view text) {
    const auto amount = to_amount(size_units, text);
    if (!amount) return unexpected(type(), text);
    return ByteSize{static_cast<std::uint64_t>(*amount)};
  }
};

template <>
struct Reader<Rate> {
  static std::string_view type() { return "a rate such as 5/s, 100/m or 10/h"; }
  static std::string print(const Rate& value) {
    for (const Unit& unit : rate_units)
      if (unit.size == value.period.count()) return std::to_string(value.amount).append("/").append(unit.suffix);
    return std::to_string(value.amount);
  }
  static Result<Rate> parse(std::string_view text) {
    const std::size_t slash = std::min(text.find('/'), text.size());
    const auto amount = to_number<std::uint32_t>(text.substr(0, slash));
    const Unit* unit = slash < text.size() ? find_unit(rate_units, text.substr(slash + 1)) : nullptr;
    if (!amount || *amount == 0 || unit == nullptr) return unexpected(type(), text);
    return Rate{*amount, Duration(unit->size)};
  }
};

template <>
struct Reader<Percent> {
  static std::string_view type() { return "a share from 0% to 100%"; }
  static std::string print(const Percent& value) { return std::to_string(value.value) + "%"; }
  static Result<Percent> parse(std::string_view text) {
    const bool has_sign = !text.empty() && text.back() == '%';
    const auto value = to_number<std::uint32_t>(text.substr(0, text.size() - (has_sign ? 1 : 0)));
    if (!has_sign || !value || *value > 100) return unexpected(type(), text);
    return Percent{*value};
  }
};

template <>
struct Reader<Secret> {
  static std::string_view type() { return "a secret, as !file PATH or ${env:NAME}"; }
  static std::string print(const Secret&) { return "***"; }
  static Result<Secret> parse(std::string_view text) { return Secret{std::string(text)}; }
};

template <>
struct Reader<FilePath> {
  static std::string_view type() { return "a path"; }
  static std::string print(const FilePath& value) { return value.path; }
  static Result<FilePath> parse(std::string_view text) {
    if (text.empty() || text.find('\0') != std::string_view::npos) return unexpected(type(), text);
    return FilePath{std::string(text)};
  }
};

// The parsers of addresses name the text and give an example themselves.
template <>
struct Reader<Address> {
  static std::string_view type() { return "an address such as 192.0.2.1 or 2001:db8::1"; }
  static std::string print(const Address& value) { return value.to_string(); }
  static Result<Address> parse(std::string_view text) { return Address::parse(text); }
};

template <>
struct Reader<Prefix> {
  static std::string_view type() { return "a block such as 10.0.0.0/8 or an address"; }
  static std::string print(const Prefix& value) { return value.to_string(); }
  static Result<Prefix> parse(std::string_view text) { return Prefix::parse(text); }
};

template <>
struct Reader<SocketAddress> {
  static std::string_view type() { return "ADDRESS:PORT, [IPV6]:PORT or unix:PATH"; }
  static std::string print(const SocketAddress& value) { return value.to_string(); }
  static Result<SocketAddress> parse(std::string_view text) { return SocketAddress::parse(text); }
};

}  // namespace

template <class T>
std::string_view Text<T>::type() {
  return Reader<T>::type();
}
template <class T>
std::string Text<T>::print(const T& value) {
  return Reader<T>::print(value);
}
template <class T>
Result<T> Text<T>::parse(std::string_view text) {
  return Reader<T>::parse(text);
}

template struct Text<bool>;
template struct Text<unsigned char>;
template struct Text<short>;
template struct Text<unsigned short>;
template struct Text<int>;
template struct Text<unsigned>;
template struct Text<long>;
template struct Text<unsigned long>;
template struct Text<long long>;
template struct Text<unsigned long long>;
template struct Text<double>;
template struct Text<std::string>;
template struct Text<Duration>;
template struct Text<ByteSize>;
template struct Text<Rate>;
template struct Text<Percent>;
template struct Text<Secret>;
template struct Text<FilePath>;
template struct Text<Address>;
template struct Text<Prefix>;
template struct Text<SocketAddress>;

Error unexpected(std::string_view expected, std::string_view text) {
  return {"config:value", "expected " + std::string(expected) + ", got " + quoted(text)};
}

std::string list_of(const std::vector<std::string_view>& words) {
  std::string list = words.size() == 1 ? "" : "one of: ";
  for (const std::string_view& word : words) list.append(&word == &words.front() ? "" : ", ").append(word);
  return list;
}

Error unexpected_word(const std::vector<std::string_view>& words, std::string_view text) {
  Error error = unexpected(list_of(words), text);
  error.message += did_you_mean(text, words);
  return error;
}

Error not_available(std::string_view text) {
  return {"config:not_available", quoted(text) + " is not available in this version"};
}

}  // namespace ravelin::schema
