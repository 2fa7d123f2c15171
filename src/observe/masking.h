#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace ravelin::observe {

/// SecretSpan is a part of a text that must not leave the process: [begin, end).
struct SecretSpan {
  std::size_t begin = 0;
  std::size_t end = 0;
};

inline constexpr std::string_view mask = "***";

/// Whether a parameter of this name holds a secret: it contains, in any case, one of pass pwd secret
/// token key auth session card cvv otp. Too many is the safe side: "author" is one too.
bool is_secret_name(std::string_view name);

/// The next secret of a query at or after `from`, which is 0 or the end of the one before: the values
/// of secret names (also of a query inside a value, %26 and %3D), and card numbers in other values.
std::optional<SecretSpan> next_secret_in_query(std::string_view query, std::size_t from);

/// The next secret of a path: of parameters within it (/cart;jsessionid=...), to the end of the segment.
std::optional<SecretSpan> next_secret_in_path(std::string_view path, std::size_t from);

/// The next secret of free text such as a module's detail: what follows a secret or cookie name and
/// '=' or ':', bearer tokens, card numbers, and what ModSecurity says it matched in such a variable.
std::optional<SecretSpan> next_secret_in_text(std::string_view text, std::size_t from);

/// Copies with every secret replaced by `mask`. For a hot path, walk the spans instead.
std::string mask_query(std::string_view query);
std::string mask_path(std::string_view path);
std::string mask_text(std::string_view text);

}  // namespace ravelin::observe
