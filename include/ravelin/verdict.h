#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ravelin/function.h"

namespace ravelin {

class Verdict;

/// Rejection says how a request is refused, or answered here. The pipeline and `reply` do the rest.
struct Rejection {
  int status = 403;
  std::string reason;           // stable code: "waf:942100", "limit:login", "ban:sshd"
  std::string detail;           // one line for the operator: what matched, counter values; secrets masked
  int retry_after_seconds = 0;  // 0: no Retry-After
  std::vector<std::pair<std::string, std::string>> headers;  // added to the response
};

/// Resume is the token that answers a `later` verdict. It may be used from any thread and before
/// the starter has returned; it does nothing once the exchange is gone; dropped unanswered it counts
/// as a failure of the module and follows its on_error.
class Resume {
 public:
  /// Answer is where the one answer goes; made by the pipeline. One of answer() and fail() is called,
  /// once; before it perhaps begin(). Any thread.
  class Answer {
   public:
    virtual ~Answer() = default;
    virtual void begin() = 0;
    virtual void answer(Verdict verdict) = 0;
    virtual void fail(std::string why) = 0;
  };

  explicit Resume(std::shared_ptr<Answer> answer) : answer_(std::move(answer)) {}
  Resume(Resume&&) noexcept = default;
  Resume& operator=(Resume&&) = delete;
  ~Resume();

  /// The work behind an `offloaded` verdict has got its thread: the timeout counts from now.
  void begin() { answer_->begin(); }
  /// Continues the exchange with `verdict`, which must not be another `later`.
  void operator()(Verdict verdict);
  /// Ends the wait as a failure; `why` is one sentence for the operator.
  void fail(std::string why);

 private:
  std::shared_ptr<Answer> answer_;  // crosses threads: the one shared owner in the request's life
};

/// Verdict is a hook's answer. pass: go on, ask me again at the next hook. skip: go on without me.
/// answer: this is the response, no upstream is needed. reject: answer the client with a refusal.
/// drop: close without an answer. later: wait for the Resume that `start` is given; `start` runs
/// after the pipeline has parked itself.
class Verdict {
 public:
  enum class Kind : unsigned char { pass, skip, answer, reject, drop, later };
  using Start = Function<void(Resume)>;

  static Verdict pass() { return Verdict(Kind::pass); }
  static Verdict skip() { return Verdict(Kind::skip); }
  /// Answers a request in the place of an upstream, without a body, which is not a refusal: it is
  /// recorded, but neither counted as refused nor an alert, and the exchange has no reason. For the
  /// two request hooks; in detect mode the request goes on.
  static Verdict answer(int status, std::string reason, std::vector<std::pair<std::string, std::string>> headers) {
    Verdict verdict = reject(status, std::move(reason));
    verdict.kind_ = Kind::answer;
    verdict.rejection_->headers = std::move(headers);
    return verdict;
  }
  static Verdict reject(Rejection rejection) {
    Verdict verdict(Kind::reject);
    verdict.rejection_ = std::make_unique<Rejection>(std::move(rejection));
    return verdict;
  }
  static Verdict reject(int status, std::string reason, std::string detail = {}) {
    Rejection rejection;
    rejection.status = status;
    rejection.reason = std::move(reason);
    rejection.detail = std::move(detail);
    return reject(std::move(rejection));
  }
  /// Closes the client's connection (HTTP/1.1) or resets the stream (HTTP/2); only `reason` and
  /// `detail` of the rejection are used, for the records.
  static Verdict drop(std::string reason, std::string detail = {}) {
    Verdict verdict = reject(0, std::move(reason), std::move(detail));
    verdict.kind_ = Kind::drop;
    return verdict;
  }
  static Verdict later(Start start) {
    Verdict verdict(Kind::later);
    verdict.start_ = std::make_unique<Start>(std::move(start));
    return verdict;
  }

  /// `later` for work that queues for a thread of the offload pool. The module's timeout counts from
  /// Resume::begin(): a full machine makes requests wait before it makes them fail. Waiting for the
  /// thread is a failure, too, after sixty timeouts.
  static Verdict offloaded(Start start) {
    Verdict verdict = later(std::move(start));
    verdict.is_offloaded_ = true;
    return verdict;
  }

  Kind kind() const { return kind_; }
  bool is_offloaded() const { return is_offloaded_; }
  /// Valid for answer, reject and drop.
  const Rejection& rejection() const { return *rejection_; }
  Rejection& rejection() { return *rejection_; }
  /// Valid once, for later.
  Start take_start() { return std::move(*start_); }

 private:
  explicit Verdict(Kind kind) : kind_(kind) {}

  Kind kind_;
  bool is_offloaded_ = false;
  std::unique_ptr<Rejection> rejection_;
  std::unique_ptr<Start> start_;
};

inline Resume::~Resume() {
  if (answer_) answer_->fail("the module dropped its Resume without an answer");
}
inline void Resume::operator()(Verdict verdict) {
  if (auto answer = std::exchange(answer_, nullptr)) answer->answer(std::move(verdict));
}
inline void Resume::fail(std::string why) {
  if (auto answer = std::exchange(answer_, nullptr)) answer->fail(std::move(why));
}

}  // namespace ravelin
