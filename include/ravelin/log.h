#pragma once

#include <string_view>

namespace ravelin {

enum class Level : unsigned char { debug, info, warning, error };

/// Log takes the process's own messages: start, reload, failures. Requests are not logged here but
/// are events. Any thread; one line each, to standard error (the journal).
class Log {
 public:
  virtual ~Log() = default;
  virtual void write(Level level, std::string_view message) = 0;

  void debug(std::string_view message) { write(Level::debug, message); }
  void info(std::string_view message) { write(Level::info, message); }
  void warning(std::string_view message) { write(Level::warning, message); }
  void error(std::string_view message) { write(Level::error, message); }
};

}  // namespace ravelin
