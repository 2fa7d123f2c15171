#include "modules/waf/fast_path.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <exception>
#include <filesystem>
#include <utility>

namespace ravelin::waf {
namespace {

// Patterns are code to the scanner: nobody else may put them there.
bool is_private(const std::string& directory) {
  struct stat status {};
  return ::stat(directory.c_str(), &status) == 0 && S_ISDIR(status.st_mode) && status.st_uid == ::geteuid() &&
         (status.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

constexpr std::uint64_t most_told = 10;  // of contradictions, each would look the same

std::string environment(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? std::string() : value;
}

std::string default_cache() {
  if (const std::string service = environment("CACHE_DIRECTORY"); !service.empty())
    return service.substr(0, service.find(':'));
  if (const std::string cache = environment("XDG_CACHE_HOME"); !cache.empty()) return cache + "/ravelin";
  const std::string home = environment("HOME");
  return home.empty() ? home : home + "/.cache/ravelin";
}

}  // namespace

std::string cache_directory(const std::string& configured) {
  const std::string directory = configured.empty() ? default_cache() : configured;
  if (directory.empty()) return {};
  std::error_code code;
  std::filesystem::create_directories(std::filesystem::path(directory).parent_path(), code);
  ::mkdir(directory.c_str(), 0700);
  return is_private(directory) ? directory : std::string();
}

FastPath::FastPath(Source source, unsigned workers, Log& log)
    : source_(std::move(source)), places_(workers), log_(&log), compiler_([this] { compile(); }) {}

FastPath::~FastPath() { wait(); }

void FastPath::wait() {
  if (compiler_.joinable()) compiler_.join();
}

// Without memory for it there is no fast path, as there is none for rules that are not planned.
void FastPath::compile() {
  try {
    compile_plan();
  } catch (const std::exception& error) {
    state_.store(State::off, std::memory_order_release);
    say(Level::warning, std::string("waf: no fast path: ") + error.what());
  }
}

void FastPath::compile_plan() {
  auto rules = plan::parse(source_.texts);
  if (!rules) {
    state_.store(State::off, std::memory_order_release);
    return say(Level::warning, "waf: no fast path: " + rules.error().message);
  }
  plan_ = plan::Plan::compile(*std::move(rules), plan::Cache(source_.cache));
  const bool is_ready = plan_->unsupported().empty();
  state_.store(is_ready ? State::ready : State::off, std::memory_order_release);
  if (is_ready) return say(Level::info, "waf: the fast path is ready");
  say(Level::warning, "waf: no fast path, the library judges every request: " + plan_->unsupported().front());
}

plan::Proof FastPath::judge(Loop& loop, const plan::Request& request) {
  Place& place = places_.get(loop);
  if (place.prover == nullptr)
    place.prover = std::make_unique<plan::Prover>(plan_, plan::Remembers::clean_values, source_.json_depth);
  return place.prover->judge(request);
}

bool FastPath::is_due(Loop& loop) {
  Place& place = places_.get(loop);
  if (source_.recheck_every == 0 || ++place.since_recheck < source_.recheck_every) return false;
  place.since_recheck = 0;
  return true;
}

void FastPath::contradict(std::int64_t rule, std::string_view request_id) {
  const std::uint64_t before = contradictions_.fetch_add(1, std::memory_order_relaxed);
  std::string message =
      "waf: request " + std::string(request_id) + " was taken for clean, but rule " + std::to_string(rule) + " matches";
  if (!source_.is_watched) {
    message += "; until the next reload libmodsecurity judges every request";
    state_.store(State::off, std::memory_order_release);
  }
  if (before < most_told) say(Level::error, message);
}

void FastPath::say(Level level, const std::string& message) {
  const std::lock_guard lock(log_lock_);
  if (log_ != nullptr) log_->write(level, message);
}

void FastPath::close() {
  const std::lock_guard lock(log_lock_);
  log_ = nullptr;
}

}  // namespace ravelin::waf
