#pragma once

#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/config.h"
#include "config/problem.h"

namespace ravelin::config {

/// Checker says what is wrong with the value at a path of the configuration, at its place; but not of
/// a value that could not be read, or of a list with such an item: what stands there is a default.
class Checker {
 public:
  Checker(const Config& config, Problems& problems)
      : config_(config), problems_(problems), unread_(problems.wrong_paths()) {}

  const Config& config() const { return config_; }
  void error(const std::string& path, const std::string& message) {
    if (!is_unread(path)) problems_.error(config_.place_of(path), path, message);
  }
  void warning(const std::string& path, const std::string& message) {
    if (!is_unread(path)) problems_.warning(config_.place_of(path), path, message);
  }
  /// Where the value at `path` stands, for a message about another.
  std::string where(const std::string& path) const { return to_string(config_.place_of(path)); }

 private:
  bool is_unread(const std::string& path) const;

  const Config& config_;
  Problems& problems_;
  std::set<std::string> unread_;
};

/// "listeners[2]", "listeners[2].name".
inline std::string item(std::string_view list, std::size_t index, std::string_view rest = {}) {
  return std::string(list) + "[" + std::to_string(index) + "]" + std::string(rest);
}

/// Names are labels of metrics and words of commands: letters, digits, '.', '-', '_'.
bool is_name(std::string_view name);

/// An HTTP token (RFC 9110, 5.6.2): a method, or a field's name.
bool is_token(std::string_view text);

void check_header_rules(Checker& check, const std::string& path, const HeaderRules& rules);
/// One field that the configuration adds; its value may have variables.
void check_header(Checker& check, const std::string& at, const std::string& name, const std::string& value);
/// Each "${NAME}" of `value` must be one of `known`.
void check_variables(Checker& check, const std::string& at, std::string_view value,
                     const std::vector<std::string_view>& known);
/// What of a route says how it is answered: respond, redirect, canonical_host, rewrite, error_pages.
void check_answers(Checker& check, const std::string& at, const Route& route);
void check_error_pages(Checker& check, const std::string& at, const ErrorPages& pages);
void check_compression(Checker& check, const std::string& path, const OrOff<Compression>& compression);
void check_upstreams(Checker& check);
void check_routes(Checker& check);

}  // namespace ravelin::config
