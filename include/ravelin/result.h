#pragma once

#include <cassert>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace ravelin {

/// Side says who caused an error: the client, the upstream, or this gateway.
enum class Side : std::uint8_t { client, upstream, local };

/// Error is a failure as a value. `code` is the stable reason code seen by logs, metrics and
/// `explain` ("http:te_and_cl", "upstream:connect_refused"); it must have static storage.
/// `message` is one English sentence for the operator. `status` is the HTTP status that a client
/// would be answered with, 0 if none applies.
struct Error {
  std::string_view code;
  std::string message;
  Side side = Side::local;
  int status = 0;
  bool is_retryable = false;
};

/// Result is a T or an Error. Reading the wrong one is a bug, which builds with assertions find.
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}      // NOLINT: implicit on purpose
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT: implicit on purpose

  bool is_ok() const { return state_.index() == 0; }
  explicit operator bool() const { return is_ok(); }

  T& value() & {
    assert(is_ok());
    return *std::get_if<0>(&state_);
  }
  const T& value() const& {
    assert(is_ok());
    return *std::get_if<0>(&state_);
  }
  T&& value() && { return std::move(value()); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  const Error& error() const& {
    assert(!is_ok());
    return *std::get_if<1>(&state_);
  }
  Error&& error() && {
    assert(!is_ok());
    return std::move(*std::get_if<1>(&state_));
  }

 private:
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}  // NOLINT: implicit on purpose

  bool is_ok() const { return !error_.has_value(); }
  explicit operator bool() const { return is_ok(); }
  const Error& error() const& {
    assert(!is_ok());
    return *error_;
  }
  Error&& error() && {
    assert(!is_ok());
    return std::move(*error_);
  }

 private:
  std::optional<Error> error_;
};

}  // namespace ravelin
