#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "ravelin/message.h"
#include "ravelin/result.h"

namespace ravelin {

/// canonical_path makes the one form of `path`, which starts with '/': escapes of unreserved characters
/// decoded, other escapes in upper-case, characters that RFC 3986 does not allow escaped, "//" merged, dot
/// segments (also escaped ones) removed. An escaped '/' stays. The result lives in `arena` unless `path` is canonical:
/// then it is `path` itself. At most three times as long as `path`. Errors: "http:path_...", 400.
Result<std::string_view> canonical_path(Arena& arena, std::string_view path);

/// rest_after is what follows `start` in the canonical `path`, if it starts so. ";parameters" of a segment
/// are stepped over and an escaped '/' is one: so it is to many origins, and must not hide a path from a rule.
std::optional<std::string_view> rest_after(std::string_view path, std::string_view start);

/// What `rest_after` has left: nothing but perhaps slashes, or something below.
bool is_end(std::string_view rest);
bool is_below(std::string_view rest);

/// Whether the canonical `path` has an escaped '/', which is another path to some origins than to others.
bool has_escaped_slash(std::string_view path);

/// path_problem says why no canonical path can be `path`, as written in the configuration, and what to
/// write instead; none if one can. path_prefix_problem says the same of a text that paths begin with.
std::optional<std::string> path_problem(std::string_view path);
std::optional<std::string> path_prefix_problem(std::string_view prefix);

}  // namespace ravelin
