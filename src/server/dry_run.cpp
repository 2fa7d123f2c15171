#include "server/dry_run.h"

#include <utility>

#include "event/event_loop.h"
#include "net/ticket_keys.h"
#include "observe/registry.h"
#include "server/build.h"
#include "store/memory_store.h"

namespace ravelin::server {

Checked dry_run(const std::string& path, config::Known modules, const config::Environment& environment, Log& log) {
  config::Loaded loaded = config::load(path, modules, environment);
  Checked checked{false, std::move(loaded.problems)};
  if (!loaded.is_valid()) return checked;
  auto loop = event::EventLoop::make({});  // for the time of day
  if (!loop) {
    checked.problems.push_back({config::Severity::error, path, 0, 0, loop.error().message});
    return checked;
  }
  store::MemoryStore store({}, log);
  observe::Registry metrics(1);
  net::TicketKeys tickets;
  const Parts parts{modules, store, metrics, nullptr, log, tickets, 1, (*loop)->wall(), true};
  const Built built = build(std::move(loaded.config), parts);
  checked.problems.insert(checked.problems.end(), built.problems.begin(), built.problems.end());
  checked.is_valid = built.is_valid();
  return checked;
}

}  // namespace ravelin::server
