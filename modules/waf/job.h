#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>

#include "modules/waf/evaluation.h"
#include "modules/waf/policy.h"
#include "ravelin/module.h"

namespace ravelin::waf {

class RuleInspector;

/// Job is an evaluation on its way over the offload pool and back. It may outlive inspector, exchange
/// and module: it has its own share of the policy, and `owner` is set to null by an inspector that
/// goes. `owner` and `exchange` are touched on the worker's thread only.
struct Job {
  using Run = Finding (*)(Evaluation&, const std::string&);

  Job(RuleInspector& inspector, Exchange& of, Run how);
  Job(const Job&) = delete;
  Job& operator=(const Job&) = delete;
  /// Unless it has been answered, the wait ends as a failure: the queue was full.
  ~Job();

  /// Starts the way; on the worker's thread.
  static void submit(std::unique_ptr<Job> job, Resume resume);

  RuleInspector* owner;
  Exchange* exchange;
  Run run;
  std::shared_ptr<const Policy> policy;
  std::unique_ptr<Evaluation> evaluation;
  std::string body;  // of a response
  std::optional<Resume> resume;
  std::atomic<bool> is_abandoned{false};  // nobody waits any more: do not start
  Finding finding;
  std::string failure;  // what the library threw

 private:
  void work();
  static void finish(std::unique_ptr<Job> job);
};

}  // namespace ravelin::waf
