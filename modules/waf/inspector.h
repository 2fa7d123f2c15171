#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "modules/waf/evaluation.h"
#include "modules/waf/policy.h"
#include "ravelin/module.h"

namespace ravelin::waf {

struct Job;

/// RuleInspector collects a request, has it evaluated and turns the finding into a verdict. Small
/// requests are evaluated in place; what would keep the loop for more than about two milliseconds
/// goes to the offload pool. The body is copied once, into the buffer that the library reads.
class RuleInspector final : public Inspector {
 public:
  /// `policy` is the module's own pointer and lives as long as the exchange; a share of it is taken only
  /// for what goes to the offload pool. `evaluation_time` counts processor time per evaluation.
  RuleInspector(const std::shared_ptr<const Policy>& policy, Histogram evaluation_time);
  ~RuleInspector() override;

  Verdict on_request_head(Exchange& exchange) override;
  Verdict on_request_body(Exchange& exchange, const Chunk& chunk) override;
  Verdict on_response_head(Exchange& exchange) override;
  Verdict on_response_body(Exchange& exchange, const Chunk& chunk) override;
  std::size_t request_body_hold(const Exchange& exchange) const override;
  std::size_t response_body_hold(const Exchange& exchange) const override;

 private:
  friend struct Job;

  Verdict refuse_large(std::uint64_t size);
  Verdict judge_request(Exchange& exchange);
  Verdict judge_response(Exchange& exchange);
  Verdict judge(Exchange& exchange, bool is_small, Finding (*run)(Evaluation&, const std::string&));
  Verdict conclude(Exchange& exchange, Finding finding);

  const std::shared_ptr<const Policy>& policy_;
  Histogram evaluation_time_;
  std::string body_;  // of the request, then of the response
  std::uint64_t body_bytes_ = 0;
  bool is_too_large_ = false;
  bool has_more_phases_;
  std::unique_ptr<Evaluation> evaluation_;  // null before its first phase, on the pool, and after its last
  Job* job_ = nullptr;                      // on the offload pool; it owns itself
};

}  // namespace ravelin::waf
