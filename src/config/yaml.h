#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "config/node.h"
#include "config/problem.h"

namespace ravelin::config {

/// Reads one YAML document. Nothing if it is not YAML or uses what we do not take: anchors, aliases,
/// several documents, tags but !file, nesting beyond 32 levels. `file` is named in every place and
/// must outlive the nodes. The one boundary where yaml-cpp's exceptions are caught.
std::optional<Node> parse_yaml(const std::string& text, std::string_view file, Problems& problems);

}  // namespace ravelin::config
