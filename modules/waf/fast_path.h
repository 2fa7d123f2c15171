#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "modules/waf/compiling_thread.h"
#include "modules/waf/coverage.h"
#include "modules/waf/plan/prover.h"
#include "modules/waf/sample.h"
#include "ravelin/log.h"
#include "ravelin/loop.h"
#include "ravelin/module.h"

namespace ravelin::waf {

/// FastPath judges requests in front of libmodsecurity, for one policy: proves them clean, or works out what the
/// library would say of them. Its plan is that of another one with the same rules, as after a reload, or is compiled by
/// the process's CompilingThread (seconds, the first time): until then, and after a judgement was found wrong, it
/// judges nothing and the library judges all. Shared by all workers; evaluations on the offload pool may outlive the
/// module.
class FastPath {
 public:
  struct Source {
    std::vector<plan::Source> texts;  // as the library was given them; given away once they are read
    std::uint64_t hash_of_files = 0;  // that operators read, when the library had read them
    std::string cache;                // directory of compiled patterns; may be empty
    std::uint32_t json_depth = 64;
    unsigned recheck_every = 0;  // one in how many requests without it the library judges again; 0: none
    bool is_watched = false;     // the library judges all the same: a wrong proof is counted, and does not end it
    std::uint64_t seed = 0;      // of which requests are judged again; a secret
    /// Set when a judgement by the same rules was found wrong, here or elsewhere.
    std::shared_ptr<std::atomic<bool>> is_doubted = std::make_shared<std::atomic<bool>>(false);
  };

  enum class State : std::uint8_t { compiling, ready, off };
  /// Status is how far it is, for people. What follows `cache` is of the compilation, when that has ended.
  struct Status {
    State state = State::compiling;
    std::string why;    // it is off
    std::string cache;  // directory of compiled patterns; may be empty
    Coverage coverage;
    Duration cpu{};  // processor time that the compilation took
    unsigned compiled_sets =
        0;  // sets of patterns that the cache did not have; grows while it is prepared for long texts
  };

  /// Return takes a prover back, to be lent again: to make one takes as long as judging some ten KiB.
  struct Return {
    FastPath* path;
    void operator()(plan::Prover* prover) const { path->take_back(std::unique_ptr<plan::Prover>(prover)); }
  };
  using Lent = std::unique_ptr<plan::Prover, Return>;

  /// `log` and `alerts`, which may be null, are used until close(). Throws std::system_error if there is no thread to
  /// be had.
  FastPath(Source source, unsigned workers, Log& log, Alerts* alerts = nullptr);
  FastPath(const FastPath&) = delete;
  FastPath& operator=(const FastPath&) = delete;
  /// What is being compiled for it is given up after the piece that runs, for which only the process's last one waits.
  ~FastPath();

  /// Whether proofs are to be had. Any thread.
  bool is_on() const { return state() == State::ready; }
  /// The worker's own prover, on its thread; only while is_on() was true in this turn.
  plan::Prover& prover(Loop& loop);
  /// One for the offload pool, that may spend so much on one request. Only once is_on() was true. Any thread.
  Lent lend_prover(Duration effort);
  /// Whether this request, which the library is spared, is one that the library is to judge again. Random,
  /// so that nobody can tell which.
  bool is_due(Loop& loop);

  /// The library judges a request otherwise than it was judged without: they differ at `rule`. Says so, and ends all
  /// fast paths with these rules but those that are watched. Any thread.
  void contradict(std::int64_t rule, std::string_view request_id);
  /// The same, with a security event.
  void contradict(std::int64_t rule, const LateIncident& late);
  std::uint64_t contradictions() const { return contradictions_.load(std::memory_order_relaxed); }
  /// Any thread.
  Status status() const;
  /// Log and alerts will not be there any more, and what is not compiled yet will not be asked for. May wait as the
  /// destructor does. On one thread.
  void close();
  /// Returns when is_on() is decided. For tests.
  void wait();

 private:
  struct PerWorker {
    std::unique_ptr<plan::Prover> prover;
    std::optional<Sample> rechecked;
  };

  struct Compiled;
  class CompiledPlans;

  /// What the compiling thread works on and leaves its result in; it may outlive the rest.
  struct Shared {
    Source source;
    std::shared_ptr<const Compiled> compiled;  // written before `state` says ready
    std::atomic<State> state{State::compiling};
    std::atomic<bool> is_unwanted{false};
    std::mutex log_lock;
    Log* log;
    Alerts* alerts;
    std::mutex status_lock;
    Status status;  // but for its state

    void compile();
    void prepare_for_long_texts();
    State compile_plan(const plan::Cache& cache);
    bool find_compiled();
    void explain(std::string why);
    void say(Level level, const std::string& message);
  };
  class Patterns;

  State state() const;
  void take_back(std::unique_ptr<plan::Prover> prover);

  std::shared_ptr<Shared> shared_;
  WorkerLocal<PerWorker> places_;
  std::mutex idle_lock_;
  std::vector<std::unique_ptr<plan::Prover>> idle_;
  std::atomic<std::uint64_t> contradictions_{0};
  std::shared_ptr<CompilingThread> thread_;  // until close()
};

/// Where compiled patterns are kept: `configured`, the service's cache directory (systemd's CACHE_DIRECTORY), or
/// the user's. Made if it is missing; empty if there is none that only this user can write to.
std::string cache_directory(const std::string& configured);

}  // namespace ravelin::waf
