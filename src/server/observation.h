#pragma once

#include <memory>
#include <string>

#include "config/config.h"
#include "observe/event_writer.h"
#include "observe/gateway_metrics.h"
#include "observe/registry.h"
#include "ravelin/log.h"
#include "ravelin/module.h"
#include "ravelin/store.h"

namespace ravelin::server {

/// Observation is what the process keeps of its work: metrics and the writer of events. It outlives
/// workers and generations. Main thread, but for what its members allow.
class Observation final : public Alerts {
 public:
  Observation(unsigned workers, Log& log);

  /// Events go to these sinks from now on.
  void configure(const config::Events& events);
  /// Counts a ban that an operator set or lifted, and writes its security line.
  void record_ban(const Ban& ban, Action action, WallTime now);
  /// Writes the security line of a request that may be over. Any thread.
  void write(const LateIncident& late) override;

  const unsigned workers;
  observe::Registry metrics;
  observe::GatewayMetrics gateway;
  observe::EventWriter events;
};

}  // namespace ravelin::server
