#include "server/observation.h"

#include <utility>
#include <vector>

#include "base/version.h"
#include "observe/events.h"

namespace ravelin::server {
namespace {

void add_sinks(std::vector<observe::SinkConfig>& all, observe::EventKind kind, const config::Sinks& sinks) {
  std::size_t number = 0;
  for (const config::Sink& sink : sinks.list) {
    observe::SinkConfig made;
    made.name = std::string(to_string(kind)) + (++number == 1 ? "" : "_" + std::to_string(number));
    made.kind = kind;
    made.target = sink.is_stdout ? observe::SinkConfig::Target::standard_output : observe::SinkConfig::Target::file;
    made.path = sink.file.path;
    all.push_back(std::move(made));
  }
}

}  // namespace

Observation::Observation(unsigned worker_count, Log& log)
    : workers(worker_count),
      metrics(worker_count),
      gateway(metrics, worker_count, program_version),
      events({}, log, metrics) {}

void Observation::configure(const config::Events& section) {
  std::vector<observe::SinkConfig> sinks;
  add_sinks(sinks, observe::EventKind::access, section.access);
  add_sinks(sinks, observe::EventKind::security, section.security);
  events.set_sinks(std::move(sinks));
}

void Observation::record_ban(const Ban& ban, Action action, WallTime now) {
  metrics
      .shared_counter("ban_events_total", "Bans by jail and what was done.",
                      {{"jail", ban.jail}, {"action", std::string(to_string(action))}})
      .add();
  if (!events.wants(observe::EventKind::security)) return;
  std::string lines;
  observe::append_ban(lines, ban, action, now);
  events.submit(observe::EventKind::security, lines);
}

void Observation::write(const LateIncident& late) {
  if (!events.wants(observe::EventKind::security)) return;
  std::string lines;
  observe::append_late(lines, late);
  events.submit(observe::EventKind::security, lines);
}

}  // namespace ravelin::server
