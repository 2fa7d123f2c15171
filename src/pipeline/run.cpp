#include "pipeline/run.h"

#include <algorithm>
#include <atomic>
#include <cassert>
#include <exception>
#include <string>

namespace ravelin::pipeline {
namespace {

constexpr int most_timeouts_queued = 60;

}  // namespace

/// Ticket carries one answer from any thread to the Run's loop. `run_` is touched on the loop only.
class Run::Ticket final : public Resume::Answer, public std::enable_shared_from_this<Ticket> {
 public:
  Ticket(Run& run, Loop& loop) : run_(&run), loop_(loop) {}

  void begin() override {
    loop_.post([self = shared_from_this()] {
      if (self->run_ != nullptr) self->run_->allow(self->run_->stage().timeout);
    });
  }
  void answer(Verdict verdict) override {
    loop_.post([self = shared_from_this(), verdict = std::move(verdict)]() mutable {
      if (Run* const run = self->take_run()) run->go_on(run->apply(std::move(verdict)));
    });
  }
  void fail(std::string why) override {
    loop_.post([self = shared_from_this(), why = std::move(why)]() mutable {
      if (Run* const run = self->take_run()) run->go_on(run->fail("error", std::move(why)));
    });
  }
  void forget_run() { run_ = nullptr; }

 private:
  Run* take_run() {
    Run* const run = run_;
    if (run != nullptr) run->unpark();
    return run;
  }

  Run* run_;
  Loop& loop_;
};

Run::Run(const Pipeline& pipeline, Exchange& exchange, RunEvents& events)
    : pipeline_(pipeline), exchange_(exchange), events_(events) {
  entries_.reserve(pipeline.stages.size());
}

Run::~Run() { unpark(); }

Outcome Run::request_head() { return start(Phase::request_head, {}); }
Outcome Run::request_body(const Chunk& chunk) { return start(Phase::request_body, chunk); }
Outcome Run::response_body(const Chunk& chunk) { return start(Phase::response_body, chunk); }
Outcome Run::response_head(bool is_local) {
  is_local_ = is_local;
  return start(Phase::response_head, {});
}

Outcome Run::start(Phase phase, const Chunk& chunk) {
  assert(!is_waiting());
  phase_ = phase;
  chunk_ = chunk;
  cursor_ = is_response() ? entries_.size() : 0;
  return proceed();
}

// Responses go upwards: the cursor is one above the stage to ask. Requests go downwards: the cursor
// is the stage to ask.
bool Run::has_next() const {
  if (is_response()) return cursor_ > 0;
  return cursor_ < (phase_ == Phase::request_head ? pipeline_.stages.size() : entries_.size());
}

Outcome Run::proceed() {
  while (has_next()) {
    Verdict verdict = call(current());
    // A local answer waits for nobody.
    if (verdict.kind() == Verdict::Kind::later && is_local_) verdict = Verdict::pass();
    if (verdict.kind() == Verdict::Kind::later) return park(std::move(verdict));
    if (auto outcome = apply(std::move(verdict))) return *outcome;
  }
  return Outcome::passed;
}

// Asks one module; what it throws becomes its failure here, at the one boundary.
Verdict Run::call(std::size_t index) {
  try {
    if (index == entries_.size()) {
      entries_.push_back({pipeline_.stages[index].module->inspect(exchange_)});
      if (entries_.back().inspector == nullptr) return Verdict::pass();
      ++active_;
    }
    Inspector* const inspector = entries_[index].inspector.get();
    if (inspector == nullptr || entries_[index].is_skipped) return Verdict::pass();
    return call_hook(*inspector);
  } catch (const std::exception& error) {
    if (index == entries_.size()) entries_.emplace_back();
    return Verdict::later([why = std::string(error.what())](Resume resume) mutable { resume.fail(std::move(why)); });
  }
}

Verdict Run::call_hook(Inspector& inspector) {
  switch (phase_) {
    case Phase::request_head: return inspector.on_request_head(exchange_);
    case Phase::request_body: return inspector.on_request_body(exchange_, chunk_);
    case Phase::response_head: return inspector.on_response_head(exchange_);
    case Phase::response_body: return inspector.on_response_body(exchange_, chunk_);
  }
  return Verdict::pass();
}

// Acts on the verdict of the stage under the cursor and moves the cursor past it. An outcome ends
// the phase.
std::optional<Outcome> Run::apply(Verdict verdict) {
  switch (verdict.kind()) {
    case Verdict::Kind::pass: break;
    case Verdict::Kind::skip: leave(current()); break;
    case Verdict::Kind::answer: return answer(std::move(verdict));
    case Verdict::Kind::reject:
    case Verdict::Kind::drop: return refuse(std::move(verdict));
    case Verdict::Kind::later: return fail("error", "the module answered a wait with another wait");
  }
  cursor_ = is_response() ? cursor_ - 1 : cursor_ + 1;
  return std::nullopt;
}

// Nothing is wrong with the request, so detect mode has nothing to record.
std::optional<Outcome> Run::answer(Verdict verdict) {
  if (is_response()) return fail("error", "the module answered a request that has its response");
  if (stage().mode == Mode::detect) return apply(Verdict::pass());
  Rejection& rejection = verdict.rejection();
  record(DecisionKind::answer, rejection.reason, rejection.detail);
  rejection_ = std::make_unique<Rejection>(std::move(rejection));
  return Outcome::answered;
}

std::optional<Outcome> Run::refuse(Verdict verdict) {
  const bool is_drop = verdict.kind() == Verdict::Kind::drop;
  Rejection& rejection = verdict.rejection();
  if (stage().mode == Mode::detect || is_local_) {
    record(DecisionKind::detected, rejection.reason, rejection.detail);
    return apply(Verdict::pass());
  }
  record(is_drop ? DecisionKind::drop : DecisionKind::reject, rejection.reason, rejection.detail);
  rejection_ = std::make_unique<Rejection>(std::move(rejection));
  return is_drop ? Outcome::dropped : Outcome::refused;
}

// A module that could not judge: on_error says whether the request goes on without it. What is only
// detecting must not refuse.
std::optional<Outcome> Run::fail(std::string_view code, std::string why) {
  std::string reason = std::string(stage().name) + ":" + std::string(code);
  if (stage().on_error == OnError::open || stage().mode == Mode::detect || is_local_) {
    record(DecisionKind::failed_open, std::move(reason), std::move(why));
    return apply(Verdict::skip());
  }
  record(DecisionKind::failed_closed, reason, why);
  rejection_ = std::make_unique<Rejection>();
  rejection_->status = 503;
  rejection_->reason = std::move(reason);
  rejection_->detail = std::move(why);
  rejection_->retry_after_seconds = 1;
  return Outcome::refused;
}

// Parks first and only then starts the work: its answer may come before start returns.
Outcome Run::park(Verdict verdict) {
  ticket_ = std::make_shared<Ticket>(*this, exchange_.loop());
  allowed_ = verdict.is_offloaded() ? most_timeouts_queued * stage().timeout : stage().timeout;
  deadline_ = exchange_.loop().after(allowed_, [this] { time_out(); });
  auto start = verdict.take_start();
  Resume resume(ticket_);
  try {
    start(std::move(resume));
  } catch (const std::exception& error) {
    ticket_->fail(error.what());
  }
  return Outcome::waiting;
}

// The wait has got its thread: from here it is the module that takes its time.
void Run::allow(Duration allowed) {
  allowed_ = allowed;
  deadline_->arm(allowed);
}

void Run::unpark() {
  if (ticket_) std::exchange(ticket_, nullptr)->forget_run();
  deadline_.reset();
}

void Run::time_out() {
  const auto firing = std::move(deadline_);  // must outlive this call
  const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(allowed_).count();
  unpark();
  go_on(fail("timeout", "no verdict within " + std::to_string(milliseconds) + " ms"));
}

// A wait has ended with `outcome`, or with none: ask the next module.
void Run::go_on(std::optional<Outcome> outcome) {
  if (!outcome) outcome = proceed();
  if (*outcome != Outcome::waiting) events_.on_outcome(*outcome);
}

void Run::leave(std::size_t index) {
  if (entries_[index].inspector == nullptr || entries_[index].is_skipped) return;
  entries_[index].is_skipped = true;
  --active_;
}

void Run::record(DecisionKind kind, std::string reason, std::string detail) {
  entries_[current()].is_decided = true;
  stage().counters[kind].add(exchange_.loop());
  exchange_.decisions.push_back(
      {stage().name, kind, std::move(reason), std::move(detail), stage().place, judged(current())});
}

Judged Run::judged(std::size_t index) const {
  const Inspector* const inspector = entries_[index].inspector.get();
  return inspector == nullptr ? Judged{} : inspector->judged();
}

std::size_t Run::request_body_hold() const {
  std::size_t hold = 0;
  for (const Entry& entry : entries_)
    if (entry.inspector && !entry.is_skipped) hold = std::max(hold, entry.inspector->request_body_hold(exchange_));
  return hold;
}

std::size_t Run::response_body_hold() const {
  std::size_t hold = 0;
  for (const Entry& entry : entries_)
    if (entry.inspector && !entry.is_skipped) hold = std::max(hold, entry.inspector->response_body_hold(exchange_));
  return hold;
}

bool Run::is_trial(const Incident& incident) const {
  return std::any_of(pipeline_.stages.begin(), pipeline_.stages.end(),
                     [&](const Stage& stage) { return stage.name == incident.module && stage.mode == Mode::detect; });
}

void Run::done() {
  if (std::exchange(is_done_, true)) return;
  unpark();
  for (Incident& incident : exchange_.incidents) incident.is_trial = is_trial(incident);
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    Entry& entry = entries_[i];
    if (!entry.is_decided) {
      const Stage& stage = pipeline_.stages[i];
      const DecisionKind kind = entry.inspector ? DecisionKind::pass : DecisionKind::skip;
      stage.counters[kind].add(exchange_.loop());
      exchange_.decisions.push_back({stage.name, kind, {}, {}, stage.place, judged(i)});
    }
    if (!entry.inspector) continue;
    try {
      entry.inspector->on_done(exchange_);
    } catch (const std::exception& error) {
      const Stage& stage = pipeline_.stages[i];
      exchange_.decisions.push_back(
          {stage.name, DecisionKind::failed_open, std::string(stage.name) + ":error", error.what(), stage.place});
    }
  }
}

}  // namespace ravelin::pipeline
