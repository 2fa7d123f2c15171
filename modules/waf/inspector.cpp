#include "modules/waf/inspector.h"

#include <algorithm>
#include <array>
#include <exception>
#include <string_view>
#include <utility>

#include "modules/waf/ambiguous_body.h"
#include "modules/waf/body.h"
#include "modules/waf/contradiction.h"
#include "modules/waf/job.h"
#include "modules/waf/plan/ascii.h"
#include "modules/waf/plan/cpu_time.h"
#include "modules/waf/subject.h"

namespace ravelin::waf {
namespace {

// Measured on a 4 GHz core at paranoia 1: a request costs 0.35 ms, each argument or cookie 70 us more,
// each KiB of them 0.8 ms, each KiB of path and other fields 0.25 ms. At most this much is evaluated on
// the loop itself, about 2 ms: all that a browser sends with a page request, 1.5 KiB of fields included. A value may
// cost the square of its length: the core rule set takes 6 ms for 1.9 KiB of "'/".
constexpr std::size_t most_inline_values = 20;
constexpr std::size_t most_inline_bytes = 2048;
constexpr std::size_t most_inline_value = 1024;
constexpr std::size_t most_inline_response = 4096;
// Of a body that is longer the plan is asked on the pool, too: it takes 150 us for a KiB of the worst. A KiB of a file
// takes 4, and the way over the pool as much as half of 256.
constexpr std::size_t most_inline_planned = 16 * 1024;
constexpr std::size_t most_inline_multipart = 512 * 1024;

bool is_small(const Load& load) {
  return load.arguments + load.cookies <= most_inline_values && load.bytes <= most_inline_bytes &&
         load.longest <= most_inline_value;
}

Verdict refuse_many(std::string_view what, std::size_t count, std::size_t limit) {
  return Verdict::reject(400, "waf:argument_limit",
                         "the request has " + std::to_string(count) + " " + std::string(what) +
                             ", more than argument_limit (" + std::to_string(limit) + ")");
}

bool is_inspected_type(std::string_view type) {
  type = type.substr(0, type.find_first_of("; \t"));
  constexpr std::array<std::string_view, 3> inspected{"text/html", "text/plain", "text/xml"};
  return std::any_of(inspected.begin(), inspected.end(),
                     [&](std::string_view one) { return equals_in_any_case(type, one); });
}

// Streams, tunnels, coded bodies and what is not text pass: holding them back would break them, and
// the rules would see nothing in them.
bool is_inspectable(const ResponseHead& head) {
  if (head.status < 200 || head.body == BodyKind::none) return false;
  if (!is_inspected_type(head.fields.find("content-type").value_or(""))) return false;
  const std::string_view coding = head.fields.find("content-encoding").value_or("identity");
  return coding.empty() || equals_in_any_case(coding, "identity");
}

}  // namespace

RuleInspector::RuleInspector(const Means& means, Counts counts)
    : means_(means), policy_(means.policy), counts_(counts), has_more_phases_(policy_->inspects_responses()) {}

RuleInspector::~RuleInspector() {
  if (job_ == nullptr) return;
  job_->owner = nullptr;
  job_->is_abandoned.store(true, std::memory_order_relaxed);
}

// With a body, all phases wait for its end: a transaction costs 70 KiB, which a client must not get
// for a hundred bytes of head. Nothing is forwarded before, so no verdict comes too late.
Verdict RuleInspector::on_request_head(Exchange& exchange) {
  RequestHead& head = exchange.request();
  if (auto blind = blind_spot(head)) return Verdict::reject(std::move(*blind));
  const Load load = load_of(head, {});
  if (load.arguments > policy_->argument_limit())
    return refuse_many("arguments", load.arguments, policy_->argument_limit());
  if (load.cookies > policy_->argument_limit()) return refuse_many("cookies", load.cookies, policy_->argument_limit());
  if (head.body == BodyKind::sized && head.body_size > policy_->body_limit()) return refuse_large(head.body_size);
  const bool has_body = head.body != BodyKind::none && head.protocol.empty();
  Verdict verdict = has_body ? Verdict::pass() : judge_request(exchange);
  if (policy_->inspects_responses()) head.fields.set("accept-encoding", "identity");
  return verdict;
}

// Called again after refuse_large() only where refusals do not end the request (mode: detect): then
// the part that was kept is judged.
Verdict RuleInspector::on_request_body(Exchange& exchange, const Chunk& chunk) {
  body_bytes_ += chunk.bytes.size();
  const std::size_t room = policy_->body_limit() - body_.size();
  body_.append(chunk.text().substr(0, std::min(room, chunk.bytes.size())));
  if (body_bytes_ > policy_->body_limit() && !is_too_large_) return refuse_large(body_bytes_);
  return chunk.is_last ? judge_request(exchange) : Verdict::pass();
}

Verdict RuleInspector::refuse_large(std::uint64_t size) {
  is_too_large_ = true;
  return Verdict::reject(413, "waf:body_limit",
                         "the request body has " + std::to_string(size) + " bytes or more, beyond body_limit (" +
                             std::to_string(policy_->body_limit()) + ")");
}

std::size_t RuleInspector::request_body_hold(const Exchange& exchange) const {
  const RequestHead& head = exchange.request();
  return head.body == BodyKind::none || !head.protocol.empty() ? 0 : policy_->body_limit();
}

Verdict RuleInspector::judge_request(Exchange& exchange) {
  const Load load = load_of(exchange.request(), body_);
  if (load.arguments > policy_->argument_limit())
    return refuse_many("arguments, or attributes of one element,", load.arguments, policy_->argument_limit());
  const bool is_multipart =
      format_of(exchange.request().fields.find("content-type").value_or("")) == BodyFormat::multipart;
  if (is_multipart && is_too_large_ && has_open_quote(body_)) body_.resize(body_.rfind('\n') + 1);  // it was cut there
  thread_local View view;
  const plan::Request& request = view.look(exchange, body_);
  if (request.format == BodyFormat::multipart && has_open_quote(body_))
    return Verdict::reject(400, "waf:malformed_body",
                           "a Content-Disposition in the body has a quote that is not closed");
  if (request.format == BodyFormat::xml && plan::may_multiply_xml(body_))
    return Verdict::reject(
        400, "waf:malformed_body",
        "the XML body declares entities or default attributes, or has an encoding that could hide them");
  // What is refused for it is said behind what the rules find, which people want to know in mode: detect, too.
  if (!is_too_large_)
    ambiguity_ = find_ambiguity(request.format, body_, exchange.request().fields.find("content-type").value_or(""));
  const bool is_long = body_.size() > (is_multipart ? most_inline_multipart : most_inline_planned);
  is_quick_ = is_small(load);
  judged_.engine = "plan";
  if (!is_long) {
    if (auto finding = judge_by_plan(exchange, request)) {
      body_ = std::string();
      return conclude(exchange, *std::move(finding));
    }
  }
  judged_.engine = "library";
  Subject subject(request, exchange.id());
  subject.body = std::exchange(body_, {});
  subject.is_cut = is_too_large_;
  evaluation_ = std::make_unique<Evaluation>(*policy_, std::move(subject));
  const bool has_path = means_.fast_path != nullptr && means_.fast_path->is_on();
  if (has_path && (is_long || (!is_quick_ && means_.engine != Engine::shadow))) {
    using Library = Evaluation::First::Library;
    const bool is_due = means_.fast_path->is_due(exchange.loop());
    const Library library = means_.engine == Engine::shadow ? Library::decides
                            : is_due                        ? Library::rechecks
                                                            : Library::left_out;
    evaluation_->ask_first({means_.fast_path, means_.scoring, library});
  }
  return judge(exchange, is_quick_, [](Evaluation& e, const std::string&) { return e.judge_request(); });
}

bool RuleInspector::may_ask_plan() const {
  return means_.fast_path != nullptr && means_.fast_path->is_on() && !is_too_large_;
}

// What the plan makes of this request, if it decides.
std::optional<Finding> RuleInspector::judge_by_plan(Exchange& exchange, const plan::Request& request) {
  if (!may_ask_plan()) return {};
  Planned planned = ask_plan(means_.fast_path->prover(exchange.loop()), request, means_.scoring);
  if (!planned.finding && (!is_quick_ || cause_of(planned.answer) == Cause::effort) &&
      means_.engine != Engine::shadow) {
    is_quick_ = false;
    proving_ += planned.cpu;
    return {};  // it is asked again on the pool
  }
  count(exchange.loop(), planned);
  if (means_.engine == Engine::shadow) {
    planned_ = std::move(planned.finding);
    return {};
  }
  if (planned.finding && means_.fast_path->is_due(exchange.loop())) recheck(exchange, request, *planned.finding);
  return std::move(planned.finding);
}

// What the plan has said on the pool.
void RuleInspector::note_planned(Loop& loop, const Planned& planned) {
  using Beside = Planned::Beside;
  count(loop, planned);
  if (planned.beside == Beside::finding) planned_ = planned.finding;
  if (planned.beside == Beside::failure) counts_.account.count(loop, Recheck::failed);
  judged_.is_rechecked = means_.engine != Engine::shadow && planned.beside != Beside::nothing;
  if (planned.finding && planned.beside != Beside::finding) judged_.engine = "plan";
}

void RuleInspector::count(Loop& loop, const Planned& planned) {
  proving_ += planned.cpu;
  counts_.account.count(loop, planned.answer, planned.cpu);
  if (planned.answer.outcome == Outcome::clean) {
    counts_.proved.add(loop);
  } else {
    (planned.finding ? counts_.scored : counts_.unproved).add(loop);
  }
}

// The library judges a request again that has been decided, where it keeps nobody waiting. If the pool is full, it does
// not.
void RuleInspector::recheck(Exchange& exchange, const plan::Request& request, const Finding& planned) {
  Subject subject(request, exchange.id());
  subject.body = request.body;
  struct Again {
    std::shared_ptr<const Policy> policy;
    std::shared_ptr<FastPath> fast_path;
    LateIncident late;
    Finding planned;
    std::unique_ptr<Evaluation> evaluation;
    std::shared_ptr<RouteSeries> series;
    Recheck result = Recheck::agreed;
  };
  auto again = std::make_shared<Again>(Again{policy_, means_.fast_path, contradiction_of(exchange), planned,
                                             std::make_unique<Evaluation>(*policy_, std::move(subject)),
                                             counts_.account.share()});
  judged_.is_rechecked = exchange.loop().offload(
      [again] {
        try {
          const Finding finding = again->evaluation->judge_request();
          if (agree(again->planned, finding)) return;
          again->result = Recheck::contradicted;
          const std::int64_t rule = disputed_rule(again->planned, finding);
          again->fast_path->contradict(rule, with(std::move(again->late), finding, rule));
        } catch (const std::exception&) {
          // What the library throws is no verdict; the request has been decided.
          again->result = Recheck::failed;
        }
      },
      [again, &loop = exchange.loop()] { Account::count(again->series.get(), loop, again->result); });
  if (!judged_.is_rechecked) counts_.account.count(exchange.loop(), Recheck::skipped);
}

// Shadow: the library's finding against the plan's.
void RuleInspector::compare(const Exchange& exchange, const Finding& finding) {
  const std::optional<Finding> planned = std::exchange(planned_, {});
  if (!planned) return;
  const bool is_agreed = agree(*planned, finding);
  counts_.account.count(exchange.loop(), is_agreed ? Recheck::agreed : Recheck::contradicted);
  if (is_agreed) return;
  const std::int64_t rule = disputed_rule(*planned, finding);
  means_.fast_path->contradict(rule, with(contradiction_of(exchange), finding, rule));
}

Verdict RuleInspector::judge(Exchange& exchange, bool is_small, Finding (*run)(Evaluation&, const std::string&)) {
  if (is_small) return conclude(exchange, run(*evaluation_, std::exchange(body_, {})));
  auto job = std::make_unique<Job>(*this, exchange, run);
  return Verdict::offloaded(
      [job = std::move(job)](Resume resume) mutable { Job::submit(std::move(job), std::move(resume)); });
}

Verdict RuleInspector::conclude(Exchange& exchange, Finding finding) {
  if (const auto planned = evaluation_ == nullptr ? std::nullopt : evaluation_->take_planned())
    note_planned(exchange.loop(), *planned);
  counts_.evaluation_time.observe(exchange.loop(), finding.cpu + std::exchange(proving_, {}));
  counts_.account.count_library(exchange.loop(), finding.cpu);
  compare(exchange, finding);
  if (is_too_large_ && finding.note.empty())
    finding.note = "only the first " + std::to_string(policy_->body_limit()) + " bytes of the body were inspected";
  if (finding.is_costly) judged_.engine = "plan";
  if (!finding.matches.empty()) exchange.incidents.push_back(incident_of(finding));
  if (!has_more_phases_ || finding.is_refused) evaluation_.reset();
  if (const auto ambiguity = std::exchange(ambiguity_, {}); ambiguity && !finding.is_refused)
    return Verdict::reject(400, "waf:malformed_body", std::string(*ambiguity));
  return verdict_of(finding);
}

Verdict RuleInspector::on_response_head(Exchange& exchange) {
  const int status = exchange.response().status;
  if (evaluation_ == nullptr || (status < 200 && status != 101)) return Verdict::pass();
  if (!is_inspectable(exchange.response())) {
    evaluation_.reset();
    return Verdict::skip();
  }
  is_too_large_ = false;
  return conclude(exchange, evaluation_->judge_response_head(exchange.response()));
}

std::size_t RuleInspector::response_body_hold(const Exchange&) const {
  return evaluation_ == nullptr ? 0 : policy_->response_limit();
}

// Judged once: at the end, or when as much as may be held is there. The rest passes unseen.
Verdict RuleInspector::on_response_body(Exchange& exchange, const Chunk& chunk) {
  if (evaluation_ == nullptr) return Verdict::skip();
  const std::size_t room = policy_->response_limit() - body_.size();
  body_.append(chunk.text().substr(0, std::min(room, chunk.bytes.size())));
  if (!chunk.is_last && body_.size() < policy_->response_limit()) return Verdict::pass();
  return judge_response(exchange);
}

Verdict RuleInspector::judge_response(Exchange& exchange) {
  has_more_phases_ = false;
  return judge(exchange, body_.size() <= most_inline_response,
               [](Evaluation& e, const std::string& body) { return e.judge_response_body(body); });
}

}  // namespace ravelin::waf
