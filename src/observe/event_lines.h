#pragma once

#include <string>

#include "observe/decision_ring.h"
#include "observe/event_writer.h"
#include "observe/events.h"

namespace ravelin::observe {

/// EventLines is one worker's place for what is kept of its finished exchanges: the lines of this turn
/// and the decision ring. Worker's thread only.
class EventLines {
 public:
  explicit EventLines(EventWriter& writer) : writer_(writer) {}

  /// Keeps everything there is to keep of a finished exchange.
  void record(const Exchange& exchange, WallTime now) {
    if (writer_.wants(EventKind::access)) append_access(access_, exchange, now);
    if (writer_.wants(EventKind::security)) append_security(security_, exchange, now);
    ring_.record(exchange, now);
  }
  /// For security lines that are not about an exchange.
  std::string& security() { return security_; }
  /// Hands the lines of this turn to the writer; call it at the end of each turn.
  void end_turn() {
    if (!access_.empty()) writer_.submit(EventKind::access, access_);
    if (!security_.empty()) writer_.submit(EventKind::security, security_);
  }
  const DecisionRing& ring() const { return ring_; }

 private:
  EventWriter& writer_;
  DecisionRing ring_;
  std::string access_;
  std::string security_;
};

}  // namespace ravelin::observe
