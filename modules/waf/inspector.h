#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "modules/waf/account.h"
#include "modules/waf/config.h"
#include "modules/waf/evaluation.h"
#include "modules/waf/fast_path.h"
#include "modules/waf/policy.h"
#include "ravelin/module.h"

namespace ravelin::waf {

struct Job;

/// RuleInspector collects a request, has it judged and turns the finding into a verdict. What the plan knows
/// is decided there and then. Of the rest, small requests are evaluated in place; what would keep the loop for more
/// than about two milliseconds goes to the offload pool. The body is collected once; the library copies it, and a
/// recheck does too.
class RuleInspector final : public Inspector {
 public:
  /// What a module has for its inspectors; lives as long as the exchange. A share of the policy is taken only for what
  /// goes to the offload pool.
  struct Means {
    std::shared_ptr<const Policy> policy;
    std::shared_ptr<FastPath> fast_path;  // null: the library judges all
    Engine engine = Engine::library;
    Scoring scoring = Scoring::library;
  };
  /// Counts of one route.
  struct Counts {
    Histogram evaluation_time;  // processor time per request, by plan and library together
    Counter proved;             // clean, the library was spared
    Counter scored;             // not clean, it was spared all the same
    Counter unproved;           // the library had to judge
    Account account;
  };

  RuleInspector(const Means& means, Counts counts);
  ~RuleInspector() override;

  Verdict on_request_head(Exchange& exchange) override;
  Verdict on_request_body(Exchange& exchange, const Chunk& chunk) override;
  Verdict on_response_head(Exchange& exchange) override;
  Verdict on_response_body(Exchange& exchange, const Chunk& chunk) override;
  std::size_t request_body_hold(const Exchange& exchange) const override;
  std::size_t response_body_hold(const Exchange& exchange) const override;
  Judged judged() const override { return judged_; }

 private:
  friend struct Job;

  Verdict refuse_large(std::uint64_t size);
  Verdict judge_request(Exchange& exchange);
  std::optional<Finding> judge_by_plan(Exchange& exchange, const plan::Request& request);
  bool may_ask_plan() const;
  void note_planned(Loop& loop, const Planned& planned);
  void count(Loop& loop, const Planned& planned);
  void recheck(Exchange& exchange, const plan::Request& request, const Finding& planned);
  void compare(const Exchange& exchange, const Finding& finding);
  Verdict judge_response(Exchange& exchange);
  Verdict judge(Exchange& exchange, bool is_small, Finding (*run)(Evaluation&, const std::string&));
  Verdict conclude(Exchange& exchange, Finding finding);

  const Means& means_;
  const std::shared_ptr<const Policy>& policy_;
  Counts counts_;
  Duration proving_{};              // time the plan took
  std::optional<Finding> planned_;  // the plan's, while the library judges (engine: shadow)
  Judged judged_;
  std::string body_;  // of the request, then of the response
  std::uint64_t body_bytes_ = 0;
  bool is_too_large_ = false;
  std::optional<std::string_view> ambiguity_;  // of the body, to be refused for behind the rules' verdict; static
  bool has_more_phases_;
  std::unique_ptr<Evaluation> evaluation_;  // null before its first phase, on the pool, and after its last
  bool is_quick_ = false;                   // the library may judge it on the loop
  Job* job_ = nullptr;                      // on the offload pool; it owns itself
};

}  // namespace ravelin::waf
