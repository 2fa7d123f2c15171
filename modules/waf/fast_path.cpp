#include "modules/waf/fast_path.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <exception>
#include <filesystem>
#include <utility>

#include "modules/waf/plan/cpu_time.h"

namespace ravelin::waf {
namespace {

// Patterns are code to the scanner: nobody else may put them there.
bool is_private(const std::string& directory) {
  struct stat status {};
  return ::stat(directory.c_str(), &status) == 0 && S_ISDIR(status.st_mode) && status.st_uid == ::geteuid() &&
         (status.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

constexpr std::size_t most_idle = 4;     // provers, of some 3 MiB each after long requests
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

// Patterns are compiled for as long as somebody wants them.
class FastPath::Patterns final : public plan::Cache {
 public:
  explicit Patterns(Shared& shared) : Cache(shared.source.cache), shared_(shared) {}
  Result<plan::Scanner> compile(std::span<const plan::Pattern> patterns,
                                std::span<const unsigned> numbers) const override {
    if (shared_.is_unwanted.load(std::memory_order_relaxed))
      return Error{"waf:scanner", "nobody waits for it any more"};
    return Cache::compile(patterns, numbers);
  }

 private:
  void on_compiled() const override {
    const std::lock_guard lock(shared_.status_lock);
    ++shared_.status.compiled_sets;
  }

  Shared& shared_;
};

/// Compiled is a plan, what it was made of, and what was learned as it was made.
struct FastPath::Compiled {
  std::shared_ptr<const plan::Plan> plan;
  std::vector<plan::Source> texts;
  std::uint64_t hash_of_files;
  Status status;
};

/// CompiledPlans finds the plans that somebody has, by all that they were made of. Any thread.
class FastPath::CompiledPlans {
 public:
  static CompiledPlans& of_process() {
    static auto* const only = new CompiledPlans;  // never destroyed; it owns nothing
    return *only;
  }

  std::shared_ptr<const Compiled> find(const Source& source) {
    const std::lock_guard lock(lock_);
    std::erase_if(plans_, [](const auto& plan) { return plan.expired(); });
    const auto is_text = [](const plan::Source& a, const plan::Source& b) {
      return a.file == b.file && a.text == b.text;
    };
    for (const auto& plan : plans_)
      if (auto known = plan.lock();
          known != nullptr && known->hash_of_files == source.hash_of_files &&
          std::equal(known->texts.begin(), known->texts.end(), source.texts.begin(), source.texts.end(), is_text))
        return known;
    return nullptr;
  }
  void add(const std::shared_ptr<const Compiled>& plan) {
    const std::lock_guard lock(lock_);
    plans_.push_back(plan);
  }

 private:
  std::mutex lock_;
  std::vector<std::weak_ptr<const Compiled>> plans_;
};

FastPath::FastPath(Source source, unsigned workers, Log& log, Alerts* alerts)
    : shared_(std::make_shared<Shared>()), places_(workers) {
  idle_.reserve(most_idle);
  shared_->source = std::move(source);
  shared_->log = &log;
  shared_->alerts = alerts;
  const bool is_found = shared_->find_compiled();
  if (is_found) shared_->state.store(State::ready, std::memory_order_release);
  if (is_found && shared_->compiled->plan->is_prepared()) return;
  thread_ = CompilingThread::of_process();
  if (!is_found) thread_->add([shared = shared_] { shared->compile(); });
  thread_->add_for_later([shared = shared_] { shared->prepare_for_long_texts(); });
}

// A reload of the same rules does not leave all requests to the library until they are compiled once more.
bool FastPath::Shared::find_compiled() {
  compiled = CompiledPlans::of_process().find(source);
  if (compiled == nullptr) return false;
  source.texts = {};
  const std::lock_guard lock(status_lock);
  status = compiled->status;
  return true;
}

FastPath::~FastPath() { close(); }

void FastPath::wait() { shared_->state.wait(State::compiling, std::memory_order_acquire); }

// Without memory for it there is no fast path, as there is none for rules that are not planned.
void FastPath::Shared::compile() {
  State outcome = State::off;
  try {
    if (!is_unwanted.load(std::memory_order_relaxed)) outcome = compile_plan(Patterns(*this));
  } catch (const std::exception& error) {
    explain(error.what());
    say(Level::warning, std::string("waf: no fast path: ") + error.what());
  }
  state.store(outcome, std::memory_order_release);
  state.notify_all();
}

// Without memory for them long texts take more effort.
void FastPath::Shared::prepare_for_long_texts() {
  if (compiled == nullptr) return;
  const Patterns patterns(*this);
  try {
    compiled->plan->prepare_for_long_texts(patterns);
  } catch (const std::exception& error) {
    say(Level::warning, std::string("waf: long texts will be judged slowly: ") + error.what());
  }
  patterns.clean();
}

FastPath::State FastPath::Shared::compile_plan(const plan::Cache& cache) {
  if (find_compiled()) return State::ready;  // by another one that waited with this
  const Duration started = cpu_used();
  std::vector<plan::Source> texts = std::exchange(source.texts, {});
  auto rules = plan::parse(texts);
  if (!rules) {
    explain(rules.error().message);
    say(Level::warning, "waf: no fast path: " + rules.error().message);
    return State::off;
  }
  const Outline outline(*rules);
  std::shared_ptr<const plan::Plan> plan = plan::Plan::compile(*std::move(rules), cache);
  {
    const std::lock_guard lock(status_lock);
    status.coverage = outline.compare(*plan);
    status.cpu = cpu_used() - started;
  }
  if (plan->hash_of_files() != source.hash_of_files) {
    explain("a file that an operator reads has changed since the library has read it; reload");
    say(Level::warning,
        "waf: no fast path until the next reload: a file that @pmFromFile or @ipMatchFromFile names has changed");
    return State::off;
  }
  if (!plan->unsupported().empty()) {
    explain("the policy has constructs that are not planned");
    say(Level::warning, "waf: no fast path, the library judges every request: " + plan->unsupported().front());
    return State::off;
  }
  {
    const std::lock_guard lock(status_lock);
    compiled =
        std::make_shared<const Compiled>(Compiled{std::move(plan), std::move(texts), source.hash_of_files, status});
  }
  CompiledPlans::of_process().add(compiled);
  say(Level::info, "waf: the fast path is ready");
  return State::ready;
}

void FastPath::Shared::explain(std::string why) {
  const std::lock_guard lock(status_lock);
  status.why = std::move(why);
}

void FastPath::Shared::say(Level level, const std::string& message) {
  const std::lock_guard lock(log_lock);
  if (log != nullptr) log->write(level, message);
}

plan::Prover& FastPath::prover(Loop& loop) {
  PerWorker& place = places_.get(loop);
  if (place.prover == nullptr)
    place.prover = std::make_unique<plan::Prover>(shared_->compiled->plan, plan::Remembers::clean_values,
                                                  shared_->source.json_depth);
  return *place.prover;
}

FastPath::Lent FastPath::lend_prover(Duration effort) {
  {
    const std::lock_guard lock(idle_lock_);
    if (!idle_.empty()) {
      Lent prover(idle_.back().release(), {this});
      idle_.pop_back();
      prover->limit(effort);
      return prover;
    }
  }
  return {new plan::Prover(shared_->compiled->plan, plan::Remembers::nothing, shared_->source.json_depth, effort),
          {this}};
}

void FastPath::take_back(std::unique_ptr<plan::Prover> prover) {
  const std::lock_guard lock(idle_lock_);
  if (idle_.size() < most_idle && !prover->is_unfit()) idle_.push_back(std::move(prover));
}

bool FastPath::is_due(Loop& loop) {
  PerWorker& place = places_.get(loop);
  if (!place.rechecked) place.rechecked.emplace(shared_->source.seed + loop.worker());
  return place.rechecked->takes(shared_->source.recheck_every);
}

FastPath::State FastPath::state() const {
  const Source& source = shared_->source;
  if (!source.is_watched && source.is_doubted->load(std::memory_order_acquire)) return State::off;
  return shared_->state.load(std::memory_order_acquire);
}

void FastPath::contradict(std::int64_t rule, std::string_view request_id) {
  shared_->source.is_doubted->store(true, std::memory_order_release);
  const std::uint64_t before = contradictions_.fetch_add(1, std::memory_order_relaxed);
  std::string message = "waf: request " + std::string(request_id) +
                        " was judged without libmodsecurity, which differs at rule " + std::to_string(rule);
  if (!shared_->source.is_watched && before == 0) shared_->explain(message.substr(message.find(' ') + 1));
  message += "; until the next reload libmodsecurity judges every request by the same rules";
  if (before < most_told) shared_->say(Level::error, message);
}

void FastPath::contradict(std::int64_t rule, const LateIncident& late) {
  contradict(rule, late.request_id);
  const std::lock_guard lock(shared_->log_lock);
  if (shared_->alerts != nullptr) shared_->alerts->write(late);
}

FastPath::Status FastPath::status() const {
  const std::lock_guard lock(shared_->status_lock);
  Status status = shared_->status;
  status.state = state();
  if (status.state == State::off && status.why.empty() && shared_->source.is_doubted->load(std::memory_order_acquire))
    status.why = "the same rules were judged otherwise than by libmodsecurity elsewhere in this configuration";
  status.cache = shared_->source.cache;
  return status;
}

void FastPath::close() {
  {
    const std::lock_guard lock(shared_->log_lock);
    shared_->log = nullptr;
    shared_->alerts = nullptr;
  }
  // Here, and not where a request lets go of the last share of it: the end of the thread is waited for.
  shared_->is_unwanted.store(true, std::memory_order_relaxed);
  thread_.reset();
}

}  // namespace ravelin::waf
