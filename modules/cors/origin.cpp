#include "modules/cors/origin.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>

#include "modules/cors/text.h"

namespace ravelin::cors {
namespace {

using Pattern = schema::Text<OriginPattern>;

constexpr std::string_view any_label = "*.";

/// Parts is an origin taken apart; `port` is empty where none is given.
struct Parts {
  std::string_view scheme, host, port;
};

bool is_alpha(char c) { return lower(c) >= 'a' && lower(c) <= 'z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_scheme(std::string_view text) {
  return !text.empty() && is_alpha(text.front()) && std::all_of(text.begin(), text.end(), [](char c) {
    return is_alpha(c) || is_digit(c) || c == '+' || c == '-' || c == '.';
  });
}

bool is_host(std::string_view text) {
  if (text.starts_with('[')) return text.size() > 2 && Address::parse(text.substr(1, text.size() - 2)).is_ok();
  if (text.empty() || text.front() == '.' || text.find("..") != std::string_view::npos) return false;
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return is_alpha(c) || is_digit(c) || c == '.' || c == '-' || c == '_'; });
}

bool is_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc() && end == text.data() + text.size() && text.front() != '0';
}

// RFC 6454 section 6.1: scheme "://" host [ ":" port ], and nothing after it.
std::optional<Parts> take_apart(std::string_view origin) {
  const std::size_t colon = origin.find("://");
  if (colon == std::string_view::npos) return std::nullopt;
  const std::string_view rest = origin.substr(colon + 3);
  const std::size_t bracket = rest.starts_with('[') ? rest.find(']') : 0;
  if (bracket == std::string_view::npos) return std::nullopt;
  const std::size_t end = std::min(rest.find(':', bracket), rest.size());
  const Parts parts{origin.substr(0, colon), rest.substr(0, end), rest.substr(std::min(end + 1, rest.size()))};
  const bool is_whole = end == rest.size() || is_port(parts.port);
  return is_whole && is_scheme(parts.scheme) ? std::optional(parts) : std::nullopt;
}

bool has_path(std::string_view text) {
  const std::size_t colon = text.find("://");
  return colon != std::string_view::npos && text.find('/', colon + 3) != std::string_view::npos;
}

bool is_default_port(const Parts& parts) {
  return (equals_ignoring_case(parts.scheme, "https") && parts.port == "443") ||
         (equals_ignoring_case(parts.scheme, "http") && parts.port == "80");
}

Error can_never_match(std::string_view text, std::string_view why) {
  return {"config:origin", "'" + std::string(text) + "' can never match: " + std::string(why)};
}

}  // namespace

Result<OriginPattern> OriginPattern::parse(std::string_view text) {
  if (text == "*") return OriginPattern(Kind::any, text);
  if (text == "null") return OriginPattern(Kind::null, text);
  const auto parts = take_apart(text);
  if (has_path(text)) return can_never_match(text, "an origin ends with its host or port, without '/'");
  if (!parts) return schema::unexpected(Pattern::type(), text);
  const bool is_wildcard = parts->host.starts_with(any_label);
  if (!is_host(parts->host.substr(is_wildcard ? any_label.size() : 0)))
    return schema::unexpected(Pattern::type(), text);
  if (is_default_port(*parts)) return can_never_match(text, "browsers leave the default port out");
  return OriginPattern(is_wildcard ? Kind::below : Kind::exact, text);
}

bool OriginPattern::matches(std::string_view origin) const {
  switch (kind_) {
    case Kind::any: return true;
    case Kind::null: return origin == text_;
    case Kind::exact: return equals_ignoring_case(origin, text_);
    case Kind::below: return is_above(origin);
  }
  return false;
}

bool OriginPattern::is_above(std::string_view origin) const {
  const auto wanted = take_apart(text_), given = take_apart(origin);
  if (!wanted || !given || !is_host(given->host)) return false;
  const std::string_view end = wanted->host.substr(1);  // ".example.com"
  if (given->host.size() <= end.size()) return false;
  return equals_ignoring_case(given->scheme, wanted->scheme) && given->port == wanted->port &&
         equals_ignoring_case(given->host.substr(given->host.size() - end.size()), end);
}

}  // namespace ravelin::cors
