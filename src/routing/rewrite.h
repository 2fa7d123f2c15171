#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "ravelin/message.h"
#include "ravelin/result.h"
#include "routing/pattern.h"

namespace ravelin::routing {

/// The canonical `path`, or a part of it, as one value in a query: what would end it there is escaped, or a path could
/// bring along parameters that nobody has judged as such.
std::string as_query_value(std::string_view path);

/// Rewrite changes what an upstream is asked for: another prefix of the path, or another path where a regular
/// expression matches. What modules and events see stays. A default one changes nothing. Immutable.
class Rewrite {
 public:
  Rewrite() = default;
  /// `section` is `route`'s, and has been validated. `longest` bounds the path that is sent, in bytes. Errors
  /// are about `regex` and `to`, for the operator.
  static Result<Rewrite> compile(const config::Rewrite& section, const config::Match& match, std::size_t longest);

  /// Sets head.rewritten. Errors: route:rewrite (the result is no canonical path, or too long), 400, the
  /// client's; route:rewrite_limit, 500.
  Result<void> apply(RequestHead& head) const;

 private:
  struct Part {
    std::string text;
    int group = -1;  // or this group of the match
  };
  enum class Kind : std::uint8_t { none, prefix, regex };

  Result<void> split(std::string_view to);
  std::string with_prefix(std::string_view path) const;
  static std::string expand(const std::vector<Part>& parts, const Groups& groups);
  Result<void> set(RequestHead& head, std::string_view path, std::optional<std::string_view> query) const;

  Kind kind_ = Kind::none;
  std::size_t longest_ = 0;
  std::string from_;  // the prefix that is replaced
  std::string prefix_;
  std::optional<Pattern> pattern_;
  std::vector<Part> path_;
  std::optional<std::vector<Part>> query_;  // none: the client's is kept
};

}  // namespace ravelin::routing
