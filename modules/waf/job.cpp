#include "modules/waf/job.h"

#include <exception>
#include <utility>

#include "modules/waf/inspector.h"

namespace ravelin::waf {

Job::Job(RuleInspector& inspector, Exchange& of, Run how)
    : owner(&inspector),
      exchange(&of),
      run(how),
      policy(inspector.policy_),
      evaluation(std::move(inspector.evaluation_)),
      body(std::exchange(inspector.body_, {})) {
  inspector.job_ = this;
}

Job::~Job() {
  if (owner != nullptr) owner->job_ = nullptr;
  if (resume) resume->fail("the queue of evaluations is full");
}

void Job::submit(std::unique_ptr<Job> job, Resume resume) {
  Job& that = *job;
  that.resume.emplace(std::move(resume));
  Loop& loop = that.exchange->loop();
  // Refused, the loop destroys both functions, and with them the job.
  (void)loop.offload([&that] { that.work(); }, [job = std::move(job)]() mutable { finish(std::move(job)); });
}

// On the pool. A running evaluation cannot be interrupted, so this is the last chance not to start.
void Job::work() {
  if (is_abandoned.load(std::memory_order_relaxed)) return;
  resume->begin();
  try {
    finding = run(*evaluation, body);
  } catch (const std::exception& error) {
    failure = std::string("libmodsecurity: ") + error.what();
  }
}

// Back on the worker. An answer that comes too late is ignored by Resume; the incident is kept.
void Job::finish(std::unique_ptr<Job> job) {
  RuleInspector* const inspector = std::exchange(job->owner, nullptr);
  auto resume = std::exchange(job->resume, std::nullopt);
  if (inspector == nullptr) return;
  inspector->job_ = nullptr;
  if (!job->failure.empty()) return resume->fail(std::move(job->failure));
  inspector->evaluation_ = std::move(job->evaluation);
  (*resume)(inspector->conclude(*job->exchange, std::move(job->finding)));
}

}  // namespace ravelin::waf
