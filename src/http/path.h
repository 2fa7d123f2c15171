#pragma once

#include <string_view>

#include "ravelin/message.h"
#include "ravelin/result.h"

namespace ravelin::http {

/// canonical_path makes the one form of `path`, which starts with '/' (rules: set_path() in
/// normalize.h). The result lives in `arena` unless `path` is canonical: then it is `path` itself.
/// At most three times as long as `path`. Errors: "http:path_...", 400.
Result<std::string_view> canonical_path(Arena& arena, std::string_view path);

}  // namespace ravelin::http
