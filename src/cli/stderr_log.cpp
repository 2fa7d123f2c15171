#include "cli/stderr_log.h"

#include <unistd.h>

#include <cstdlib>
#include <string>

namespace ravelin::cli {
namespace {

std::string_view word(Level level) {
  switch (level) {
    case Level::debug: return "debug: ";
    case Level::info: return "";
    case Level::warning: return "warning: ";
    case Level::error: return "error: ";
  }
  return "";
}

std::string_view priority(Level level) {
  switch (level) {
    case Level::debug: return "<7>";
    case Level::info: return "<6>";
    case Level::warning: return "<4>";
    case Level::error: return "<3>";
  }
  return "";
}

}  // namespace

StderrLog::StderrLog() : is_journal_(std::getenv("JOURNAL_STREAM") != nullptr) {}

void StderrLog::write(Level level, std::string_view message) {
  std::string line(is_journal_ ? priority(level) : word(level));
  line.append(message).append("\n");
  // Nobody can be told if even this fails.
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, line.data(), line.size());
}

}  // namespace ravelin::cli
