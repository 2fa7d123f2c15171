#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "ravelin/exchange.h"

namespace ravelin::config {

enum class Severity : std::uint8_t { error, warning };

/// Problem is one thing wrong with the configuration, and where.
struct Problem {
  Severity severity = Severity::error;
  std::string file;
  int line = 0;  // from 1; 0 if it is about the file as a whole
  int column = 0;
  std::string message;
};

/// "FILE:LINE:COLUMN: error: message".
std::string to_string(const Problem& problem);

/// "FILE:LINE:COLUMN", as problems and origins name a place.
std::string to_string(const Place& place);

/// Problems collects what is wrong. The same problem at the same place is kept once, whatever path
/// it was reached by: a module's section is read again for each route that overrides it. Beyond
/// `most` they are only counted.
class Problems {
 public:
  static constexpr std::size_t most = 200;

  /// `path` is that of the value that is wrong, or empty.
  void error(const Place& place, const std::string& path, const std::string& message) {
    add(Severity::error, place, path, message);
  }
  void error(const Place& place, const std::string& message) { add(Severity::error, place, {}, message); }
  void warning(const Place& place, const std::string& path, const std::string& message) {
    add(Severity::warning, place, path, message);
  }
  std::size_t errors() const { return errors_; }
  /// Notes that the value at `path` is not what the file means, though no error names it.
  void mark_wrong(const std::string& path) { wrong_paths_.insert(path); }
  /// The paths that errors were given for.
  const std::set<std::string>& wrong_paths() const { return wrong_paths_; }
  /// All of them in the order of the files' lines.
  std::vector<Problem> take();

 private:
  void add(Severity severity, const Place& place, const std::string& path, const std::string& message);

  std::vector<Problem> problems_;
  std::set<std::tuple<std::string_view, int, int, std::string>> seen_;
  std::set<std::string> wrong_paths_;
  std::vector<std::string> files_;  // in the order they were first named
  std::size_t errors_ = 0;
  std::size_t left_out_ = 0;
};

}  // namespace ravelin::config
