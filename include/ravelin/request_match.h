#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "ravelin/message.h"
#include "ravelin/path.h"
#include "ravelin/schema.h"

namespace ravelin {

/// RequestMatch is the part of a module's `match:` section that speaks of the request. Every key that
/// is given must hold, and of a key's list one item; with no key it matches all. Paths are compared
/// with the canonical path, which is also what the origin receives.
struct RequestMatch {
  std::vector<std::string> path;
  std::vector<std::string> path_prefix;
  std::vector<std::string> method;

  void bind(Binder& b) {
    b.key("path", path,
          "This path, with or without a slash at its end; one that is written with a slash at its end stands for all "
          "below it too. Parameters after ';' are ignored.");
    b.key("path_prefix", path_prefix, "Paths that start with this text. Either `path` or `path_prefix` must hold.");
    b.key("method", method, "Request methods, such as POST.");
    for (const std::string& one : path) check_path(b, one);
    for (const std::string& one : path_prefix) check_prefix(b, one);
    for (const std::string& one : method) check_method(b, one);
  }

  bool is_empty() const { return path.empty() && path_prefix.empty() && method.empty(); }

  bool matches(const RequestHead& request) const {
    return (method.empty() || std::find(method.begin(), method.end(), request.method) != method.end()) &&
           ((path.empty() && path_prefix.empty()) || matches_path(request.path));
  }

  bool matches_path(std::string_view actual) const {
    return std::any_of(path.begin(), path.end(), [&](const auto& wanted) { return is_path(actual, wanted); }) ||
           std::any_of(path_prefix.begin(), path_prefix.end(),
                       [&](const auto& wanted) { return rest_after(actual, wanted).has_value(); });
  }

 private:
  static bool is_path(std::string_view path, std::string_view wanted) {
    const bool is_subtree = wanted.size() > 1 && wanted.ends_with('/');
    if (is_subtree) wanted.remove_suffix(1);
    const auto rest = rest_after(path, wanted);
    if (!rest) return false;
    return is_end(*rest) || (is_subtree && is_below(*rest));
  }

  // A path that no canonical path can equal would be a rule that silently never holds.
  static void check_path(Binder& b, const std::string& path) {
    if (const auto problem = path_problem(path)) b.problem("path", "'" + path + "' can never match: " + *problem);
  }

  static void check_prefix(Binder& b, const std::string& prefix) {
    if (const auto problem = path_prefix_problem(prefix))
      b.problem("path_prefix", "'" + prefix + "' can never match: " + *problem);
  }

  static void check_method(Binder& b, std::string_view method) {
    const auto is_upper = [](char c) { return (c >= 'A' && c <= 'Z') || c == '-' || c == '_'; };
    if (method.empty() || !std::all_of(method.begin(), method.end(), is_upper)) {
      b.problem("method", "'" + std::string(method) + "' is not a method in capitals, such as POST");
    }
  }
};

}  // namespace ravelin
