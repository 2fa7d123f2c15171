#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "modules/waf/plan/collect.h"
#include "modules/waf/plan/memo.h"
#include "modules/waf/plan/plan.h"
#include "modules/waf/plan/run.h"

namespace ravelin::waf::plan {

/// Proof is what the plan says of a request. One-sided: clean means that libmodsecurity would match no rule that shows.
struct Proof {
  bool is_clean = false;
  std::int64_t rule = 0;   // the first that matched, if one did, or that there is doubt about
  std::string_view doubt;  // or why the plan does not know; static
};

/// Score is what all rules of phases 1 and 2 make of a request: exactly what libmodsecurity would, or not known.
struct Score {
  bool is_known = false;
  std::int64_t rule = 0;      // that the plan has doubts about, if not
  std::string_view doubt;     // and why; static
  std::span<const Hit> hits;  // rules that matched and are logged, in order; until the next request
  int anomaly = 0;            // inbound anomaly score
  int refusal = 0;            // status; 0: the request is not refused
};

/// Remembers is what a prover keeps from one request to the next.
enum class Remembers : std::uint8_t { nothing, clean_values };

/// Prover judges requests by a plan. It has room to work in that it keeps, so one per thread, for one request at a
/// time.
class Prover {
 public:
  /// `plan` has nothing unsupported.
  explicit Prover(std::shared_ptr<const Plan> plan, Remembers remembers = Remembers::clean_values,
                  std::uint32_t json_depth = 64, std::chrono::nanoseconds effort = Effort::on_loop);
  Prover(const Prover&) = delete;
  Prover& operator=(const Prover&) = delete;

  /// Whether there was no memory to scan with: then it knows nothing of any request.
  bool is_unfit() const { return is_unfit_; }
  /// Another effort than at first, from the next request on.
  void limit(std::chrono::nanoseconds effort) { run_.limit(effort); }

  /// Phases 1 and 2 of a whole request.
  Proof judge(const Request& request, Spend spend = Spend::all);
  /// The same phases, for what is not clean. Not known if the plan is unscored().
  Score score(const Request& request, Spend spend = Spend::all);

  /// Whether what this effort allows is enough to look at all of a request's values. Where it is not, the library may
  /// take seconds; the reverse does not hold.
  bool affords(const Request& request);

 private:
  void look_at_head();
  void look_at_body();
  /// Subject is a value to look into, with all the variables that have it.
  struct Subject {
    Variables variables = 0;
    Kind kind = Kind::line;
    std::string_view name;
    std::string_view value;
  };

  void look_at_collections();
  void look_at_singles(Variables variables);
  void look_at_items(Variable variable);
  void look_at_arguments(Variable all, Variable of_query, Variable of_body);
  void look_at(const Subject& subject);
  void look_into(const Subject& subject);
  Chains chains_of(const Subject& subject) const;
  void look_for(std::string_view text, ByteClasses classes, Chains chains);
  void look_for_injection(const std::vector<Use>& uses, std::string_view text, Chains chains);
  void note(const Use& use, std::string_view text, Chains chains);
  bool is_asked_later(const Step& step, std::string_view text) const;
  std::string_view kept(std::string_view text);
  void start(Purpose purpose, Spend spend);
  bool is_lost();
  bool shows(unsigned from, unsigned to);
  bool scores(unsigned from, unsigned to);
  bool shows(const Step& step, std::span<const Found> found);

  std::shared_ptr<const Plan> plan_;
  Remembers remembers_;
  Scratch scratch_;
  Values values_;
  Run run_;
  Memo memo_;
  std::vector<Found> found_;
  /// Due is a step of a score to evaluate.
  struct Due {
    unsigned step = 0;
    std::span<const Found> found;
  };
  std::vector<Due> due_;
  std::deque<std::string> kept_;  // texts of found_ that exist nowhere else
  Proof proof_;

  std::array<std::size_t, variable_count> looked_at_{};  // how many values of each variable

  Subject subject_;  // that is being looked into
  Growth growth_;
  std::vector<std::uint64_t> tried_;  // by step: the text for which it was asked last
  std::uint64_t text_number_ = 0;
  bool is_probing_ = false;  // what is found does not matter
  bool is_unfit_ = false;    // there was no memory for what the scanner needs
  bool has_failed_ = false;  // the scanner did, for this request
};

}  // namespace ravelin::waf::plan
