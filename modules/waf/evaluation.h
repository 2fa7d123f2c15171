#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "modules/waf/fast_path.h"
#include "modules/waf/finding.h"
#include "modules/waf/planned.h"
#include "modules/waf/subject.h"

namespace modsecurity {
class Transaction;
}

namespace ravelin::waf {

class Policy;

/// Evaluation is one request's way through the rules: phases 1 and 2, and with inspected responses 3
/// and 4. The library's logging phase is never run; matches are read directly. May be moved between
/// threads, used by one at a time. Before it is run it holds no more than the request; then about
/// 70 KiB.
class Evaluation {
 public:
  /// `policy` must outlive it.
  Evaluation(const Policy& policy, Subject subject);
  ~Evaluation();

  /// First is how the plan is asked before the library: if it comes to a finding the library is left out, or is asked
  /// all the same, to be compared; then its finding counts, unless it throws in a recheck. What takes the plan more
  /// effort than the policy's limit is refused, unless the library decides.
  struct First {
    enum class Library : std::uint8_t { left_out, rechecks, decides };
    std::shared_ptr<FastPath> path;
    Scoring scoring = Scoring::library;
    Library library = Library::left_out;
  };
  /// Before judge_request().
  void ask_first(First first) { first_ = std::move(first); }
  /// What the plan has said then, once.
  std::optional<Planned> take_planned() { return std::exchange(planned_, {}); }
  /// Phases 1 and 2. The request is released.
  Finding judge_request();
  /// Phase 3.
  Finding judge_response_head(const ResponseHead& head);
  /// Phase 4, with as much of the body as there is.
  Finding judge_response_body(const std::string& body);

 private:
  std::optional<Finding> ask_plan_first(const First& first);
  Finding ask_library();
  void run_request();
  bool is_refused();
  Finding conclude(Duration started);

  const Policy& policy_;
  Subject subject_;
  First first_;
  std::optional<Planned> planned_;
  std::unique_ptr<modsecurity::Transaction> transaction_;
  std::size_t reported_ = 0;  // matches already handed out
  bool is_outbound_ = false;
  Finding refusal_;  // only its refusal part is used
};

}  // namespace ravelin::waf
