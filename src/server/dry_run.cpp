#include "server/dry_run.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <string>
#include <string_view>
#include <system_error>
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

// Folders that systemd makes when it starts the gateway (RuntimeDirectory= and others of the unit).
constexpr std::array<std::string_view, 3> made_at_start{"/run/ravelin", "/var/log/ravelin", "/var/lib/ravelin"};

enum class Kind : std::uint8_t { appended, made_anew };

// Why the file could not be written by who checks; empty if it could.
std::string obstacle_to(const std::string& path, Kind kind) {
  namespace fs = std::filesystem;
  std::error_code none;
  const std::string folder = fs::path(path).parent_path();
  if (fs::is_directory(path, none)) return "it is a folder";
  if (!fs::is_directory(folder, none)) {
    const bool is_made = std::find(made_at_start.begin(), made_at_start.end(), folder) != made_at_start.end();
    return is_made ? "" : folder + " is no folder";
  }
  const bool is_written_to = kind == Kind::appended && fs::exists(path, none);
  if (::access(is_written_to ? path.c_str() : folder.c_str(), W_OK) == 0) return {};
  return std::generic_category().message(errno);
}

// Records, bans and commands that would be lost, though the gateway runs.
std::vector<config::Problem> find_unwritable(const config::Config& config) {
  std::vector<config::Problem> problems;
  const auto look = [&](std::string_view key, const std::string& path, Kind kind) {
    const std::string why = path.empty() ? "" : obstacle_to(path, kind);
    const Place place = config.place_of(key);
    if (!why.empty())
      problems.push_back({config::Severity::warning, std::string(place.file), place.line, place.column,
                          std::string(key) + ": " + path + " cannot be written: " + why});
  };
  for (const config::Sink& sink : config.events.access.list) look("events.access", sink.file.path, Kind::appended);
  for (const config::Sink& sink : config.events.security.list) look("events.security", sink.file.path, Kind::appended);
  if (!config.store.snapshot.is_off()) look("store.snapshot", config.store.snapshot->path, Kind::made_anew);
  look("admin.socket", config.admin.socket.path, Kind::made_anew);
  return problems;
}

}  // namespace

Checked dry_run(const std::string& path, config::Known modules, const config::Environment& environment, Log& log) {
  config::Loaded loaded = config::load(path, modules, environment);
  Checked checked{false, std::move(loaded.problems)};
  if (!loaded.is_valid()) return checked;
  const auto unwritable = find_unwritable(*loaded.config);
  checked.problems.insert(checked.problems.end(), unwritable.begin(), unwritable.end());
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
