#include "server/dry_run.h"

#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "event/event_loop.h"
#include "net/ticket_keys.h"
#include "observe/registry.h"
#include "server/build.h"
#include "store/memory_store.h"

namespace ravelin::server {
namespace {

/// Collector keeps what modules warn of while they are made, as problems: `--strict` heeds them.
class Collector final : public Log {
 public:
  Collector(std::string file, Log& next) : file_(std::move(file)), next_(next) {}
  void write(Level level, std::string_view message) override {
    if (level != Level::warning) return next_.write(level, message);
    const std::lock_guard lock(mutex_);
    warnings_.push_back({config::Severity::warning, file_, 0, 0, std::string(message)});
  }
  std::vector<config::Problem> take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(warnings_, {});
  }

 private:
  const std::string file_;
  Log& next_;
  std::mutex mutex_;  // rules may be compiled by another thread
  std::vector<config::Problem> warnings_;
};

}  // namespace

Checked dry_run(const std::string& path, config::Known modules, const config::Environment& environment, Log& log) {
  config::Loaded loaded = config::load(path, modules, environment);
  Checked checked{false, std::move(loaded.problems)};
  if (!loaded.is_valid()) return checked;
  auto loop = event::EventLoop::make({});  // for the time of day
  if (!loop) {
    checked.problems.push_back({config::Severity::error, path, 0, 0, loop.error().message});
    return checked;
  }
  Collector collector(path, log);
  store::MemoryStore store({}, collector);
  observe::Registry metrics(1);
  net::TicketKeys tickets;
  const Parts parts{modules, store, metrics, nullptr, collector, tickets, 1, (*loop)->wall(), true};
  const Built built = build(std::move(loaded.config), parts);
  for (const auto& problems : {built.problems, collector.take()})
    checked.problems.insert(checked.problems.end(), problems.begin(), problems.end());
  checked.is_valid = built.is_valid();
  return checked;
}

}  // namespace ravelin::server
