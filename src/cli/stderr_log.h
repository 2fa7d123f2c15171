#pragma once

#include "ravelin/log.h"

namespace ravelin::cli {

/// StderrLog writes each message as one line to standard error, with the priority prefix of sd-daemon(3)
/// when that is the journal. Any thread: a line is one write().
class StderrLog final : public Log {
 public:
  StderrLog();
  void write(Level level, std::string_view message) override;

 private:
  bool is_journal_;
};

}  // namespace ravelin::cli
