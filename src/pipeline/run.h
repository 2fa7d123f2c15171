#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <vector>

#include "pipeline/pipeline.h"

namespace ravelin::pipeline {

/// Outcome is what a phase came to. waiting: the Run has parked; RunEvents::on_outcome brings the
/// outcome in a later turn. answered, refused and dropped: see Run::rejection().
enum class Outcome : std::uint8_t { passed, waiting, answered, refused, dropped };

/// Phase is which hook the modules are being asked.
enum class Phase : std::uint8_t { request_head, request_body, response_head, response_body };

class RunEvents {
 public:
  virtual ~RunEvents() = default;
  /// The phase that was waiting has ended; never Outcome::waiting, never from inside a phase call.
  virtual void on_outcome(Outcome outcome) = 0;
};

/// Run takes one exchange past the modules of a pipeline: calls hooks in order, applies mode,
/// timeout and on_error, parks for `later`, records every decision. One phase at a time. Worker's
/// thread; destroying it makes every open Resume mute.
class Run {
 public:
  Run(const Pipeline& pipeline, Exchange& exchange, RunEvents& events);
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;
  ~Run();

  Outcome request_head();
  /// `chunk.bytes` must stay valid until the outcome is known, also while waiting.
  Outcome request_body(const Chunk& chunk);
  /// Only the modules that saw the request, last first. With `is_local` (the response was made here)
  /// hooks may change the head but their refusals are only recorded.
  Outcome response_head(bool is_local);
  Outcome response_body(const Chunk& chunk);
  /// Ends a wait without an outcome: the exchange is refused for another reason meanwhile.
  void abandon() { unpark(); }
  /// Calls every on_done and completes the record. Idempotent; ends a wait.
  void done();

  /// Bytes of body to keep back until the last chunk has passed; the largest wish counts.
  std::size_t request_body_hold() const;
  std::size_t response_body_hold() const;
  /// Whether any module still wants to see anything.
  bool has_inspectors() const { return active_ > 0; }
  bool is_waiting() const { return ticket_ != nullptr; }
  /// The phase that runs or ran last.
  Phase phase() const { return phase_; }
  /// How it was answered, or why it was refused or dropped; valid after that outcome.
  const Rejection& rejection() const { return *rejection_; }

 private:
  class Ticket;
  struct Entry {
    std::unique_ptr<Inspector> inspector;
    bool is_decided = false;  // a decision of this module is on record
    bool is_skipped = false;
  };

  bool is_response() const { return phase_ >= Phase::response_head; }
  std::size_t current() const { return is_response() ? cursor_ - 1 : cursor_; }
  const Stage& stage() const { return pipeline_.stages[current()]; }
  Outcome start(Phase phase, const Chunk& chunk);
  Outcome proceed();
  bool has_next() const;
  Verdict call(std::size_t index);
  Verdict call_hook(Inspector& inspector);
  std::optional<Outcome> apply(Verdict verdict);
  std::optional<Outcome> answer(Verdict verdict);
  std::optional<Outcome> refuse(Verdict verdict);
  std::optional<Outcome> fail(std::string_view code, std::string why);
  Outcome park(Verdict verdict);
  void allow(Duration allowed);
  void unpark();
  void time_out();
  void go_on(std::optional<Outcome> outcome);
  void leave(std::size_t index);
  void record(DecisionKind kind, std::string reason, std::string detail);
  Judged judged(std::size_t index) const;
  bool is_trial(const Incident& incident) const;

  const Pipeline& pipeline_;
  Exchange& exchange_;
  RunEvents& events_;
  std::vector<Entry> entries_;  // those that were asked for an inspector so far
  std::size_t active_ = 0;      // inspectors that still want to see something
  Phase phase_ = Phase::request_head;
  std::size_t cursor_ = 0;
  Chunk chunk_;
  bool is_local_ = false;
  bool is_done_ = false;
  std::unique_ptr<Rejection> rejection_;
  std::shared_ptr<Ticket> ticket_;  // the wait in progress; shared with a Resume on any thread
  std::unique_ptr<Timer> deadline_;
  Duration allowed_{};
};

}  // namespace ravelin::pipeline
