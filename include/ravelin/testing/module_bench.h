#pragma once

#include <cassert>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ravelin/module.h"
#include "ravelin/testing/bench_metrics.h"
#include "ravelin/testing/manual_loop.h"

namespace ravelin::testing {

using BenchFields = std::vector<std::pair<std::string_view, std::string_view>>;

/// BenchRequest describes a request as it is after normalisation: `path` canonical, field names
/// lower-case. The text must outlive the exchange.
struct BenchRequest {
  std::string_view method = "GET";
  std::string_view path = "/";
  std::string_view query{};
  BenchFields fields{};
  std::string_view body{};
  std::string_view client = "192.0.2.1";
  std::string_view hop{};  // the trusted proxy that it comes through, if any
  bool is_tls = true;
};

/// BenchOutcome is what became of a request that was run whole.
struct BenchOutcome {
  int status = 0;  // 0: dropped without an answer
  std::string reason;
  std::string detail;
  int retry_after_seconds = 0;
  std::vector<std::pair<std::string, std::string>> fields;  // of the response
  std::vector<Incident> incidents;
  std::vector<Decision> decisions;

  /// The first response field of this name.
  std::optional<std::string_view> field(std::string_view name) const {
    for (const auto& [key, value] : fields)
      if (key == name) return value;
    return std::nullopt;
  }
};

/// peer_from is a peer at `client`, an IPv6 one counted by its /64, behind `hop` if that is given.
inline Peer peer_from(std::string_view client, std::string_view hop = {}) {
  Peer peer;
  peer.client = Address::parse(client).value();
  peer.client_key = Prefix(peer.client, peer.client.bits() == 128 ? 64 : 32);
  peer.address.address = hop.empty() ? peer.client : Address::parse(hop).value();
  peer.address.port = 40000;
  peer.is_trusted_hop = !hop.empty();
  if (!hop.empty()) peer.known_by = ClientSource::header;
  if (!hop.empty()) peer.hops.push_back(peer.address.address);
  peer.listener = "bench";
  return peer;
}

/// BenchExchange takes one exchange past one module, hook by hook. A verdict `later` is waited for.
class BenchExchange {
 public:
  BenchExchange(ManualLoop& loop, const Module& module, const BenchRequest& request)
      : loop_(loop), module_(module), peer_(peer_from(request.client, request.hop)), record_(loop, peer_, tls_) {
    if (request.is_tls) tls_.version = "1.3";
    record_.set_id("bench-1");
    record_.route = "bench";
    record_.times.started = loop.now();
    record_.set_request(make_request(request));
  }

  Exchange& record() { return record_; }

  /// Asks the module for its inspector and calls its first hook.
  Verdict request_head() {
    inspector_ = module_.inspect(record_);
    return inspector_ ? settle(inspector_->on_request_head(record_)) : Verdict::skip();
  }
  Verdict request_body(std::string_view text, bool is_last = true) {
    record_.request_body_bytes += text.size();
    return inspector_ ? settle(inspector_->on_request_body(record_, chunk(text, is_last))) : Verdict::skip();
  }
  Verdict response_head(int status, const BenchFields& fields = {}) {
    auto head = std::make_unique<ResponseHead>();
    head->status = status;
    for (const auto& [name, value] : fields) head->fields.add(name, value);
    record_.set_response(std::move(head));
    return inspector_ ? settle(inspector_->on_response_head(record_)) : Verdict::skip();
  }
  Verdict response_body(std::string_view text, bool is_last = true) {
    record_.response_body_bytes += text.size();
    return inspector_ ? settle(inspector_->on_response_body(record_, chunk(text, is_last))) : Verdict::skip();
  }
  void done() {
    record_.times.finished = loop_.now();
    if (inspector_) inspector_->on_done(record_);
  }

 private:
  // Answered is where a `later` verdict's answer arrives.
  class Answered final : public Resume::Answer {
   public:
    void begin() override {}
    void answer(Verdict verdict) override { verdict_ = std::make_unique<Verdict>(std::move(verdict)); }
    void fail(std::string why) override { answer(Verdict::reject(503, "bench:failed", std::move(why))); }
    std::unique_ptr<Verdict> verdict_;
  };

  static Chunk chunk(std::string_view text, bool is_last) {
    return {std::as_bytes(std::span<const char>(text.data(), text.size())), is_last};
  }

  static std::unique_ptr<RequestHead> make_request(const BenchRequest& request) {
    auto head = std::make_unique<RequestHead>();
    head->method = request.method;
    head->scheme = request.is_tls ? "https" : "http";
    head->authority = head->host = "example.com";
    head->path = request.path;
    head->query = request.query;
    head->has_query = !request.query.empty();
    head->body = request.body.empty() ? BodyKind::none : BodyKind::sized;
    head->body_size = request.body.size();
    for (const auto& [name, value] : request.fields) head->fields.add(name, value);
    return head;
  }

  Verdict settle(Verdict verdict) {
    if (verdict.kind() != Verdict::Kind::later) return verdict;
    const auto answered = std::make_shared<Answered>();
    verdict.take_start()(Resume(answered));
    loop_.run();
    assert(answered->verdict_ && "the module has not answered; advance the bench's loop from its work");
    return std::move(*answered->verdict_);
  }

  ManualLoop& loop_;
  const Module& module_;
  Peer peer_;
  TlsSession tls_;
  Exchange record_;
  std::unique_ptr<Inspector> inspector_;
};

/// ModuleBench builds one module from a section's struct and takes exchanges past it, on a loop
/// whose time the test moves. Set `mode`, `trusted_proxies` and `is_dry_run` before load(). Loading
/// again is a reload: the store and the metrics stay.
class ModuleBench {
 public:
  ModuleBench(const Descriptor& descriptor, Store& store) : descriptor_(descriptor), store_(store) {}

  Result<void> load(const Section& section) {
    auto trusted = std::make_unique<PrefixSet>(trusted_proxies);  // each configuration has its own
    auto services =
        std::make_unique<Services>(Services{store_, metrics, log, 1, *trusted, is_dry_run, mode, {"bench"}});
    auto made = descriptor_.make(section, *services);
    if (!made) return std::move(made).error();
    module_ = std::move(made).value();
    services_ = std::move(services);
    trusted_ = std::move(trusted);
    return {};
  }

  const Module& module() const { return *module_; }
  /// An exchange to be taken through its hooks by hand; ends before the bench.
  BenchExchange open(const BenchRequest& request) { return BenchExchange(loop, *module_, request); }
  /// A connection's first judgement.
  Verdict connect(std::string_view address) { return module_->on_connect(loop, peer_from(address)); }

  /// Runs a request whole, as the pipeline would with this module alone: a refusal is answered in
  /// its place, or only recorded in detect mode; else the origin answers `status`.
  BenchOutcome run(const BenchRequest& request, int status = 200, const BenchFields& fields = {}) {
    BenchExchange exchange = open(request);
    Verdict verdict = exchange.request_head();
    if (verdict.kind() == Verdict::Kind::pass && !request.body.empty()) verdict = exchange.request_body(request.body);
    if (!decide(exchange.record(), verdict)) {
      verdict = exchange.response_head(status, fields);
      if (decide(exchange.record(), verdict)) replace_response(exchange.record(), verdict);
    } else if (verdict.kind() != Verdict::Kind::drop) {
      exchange.response_head(verdict.rejection().status, headers_of(verdict.rejection()));
    }
    exchange.done();
    return outcome_of(exchange.record(), verdict);
  }

  ManualLoop loop;
  BenchMetrics metrics;
  BenchLog log;
  Mode mode = Mode::enforce;
  PrefixSet trusted_proxies;
  bool is_dry_run = false;

 private:
  // Records the verdict and returns whether it ends the exchange.
  bool decide(Exchange& record, const Verdict& verdict) const {
    if (verdict.kind() == Verdict::Kind::answer) return answer(record, verdict);
    if (verdict.kind() != Verdict::Kind::reject && verdict.kind() != Verdict::Kind::drop) return false;
    const DecisionKind enforced = verdict.kind() == Verdict::Kind::reject ? DecisionKind::reject : DecisionKind::drop;
    const DecisionKind kind = mode == Mode::enforce ? enforced : DecisionKind::detected;
    record.decisions.push_back(
        {descriptor_.name, kind, verdict.rejection().reason, verdict.rejection().detail, Place{}});
    if (mode == Mode::enforce) record.reason = verdict.rejection().reason;
    return mode == Mode::enforce;
  }

  bool answer(Exchange& record, const Verdict& verdict) const {
    if (mode != Mode::enforce) return false;
    record.decisions.push_back({descriptor_.name, DecisionKind::answer, verdict.rejection().reason, {}, Place{}});
    return true;
  }

  static BenchFields headers_of(const Rejection& rejection) {
    return {rejection.headers.begin(), rejection.headers.end()};
  }

  static void replace_response(Exchange& record, const Verdict& verdict) {
    record.set_response(nullptr);
    if (verdict.kind() != Verdict::Kind::reject) return;
    record.set_response(std::make_unique<ResponseHead>());
    record.response().status = verdict.rejection().status;
    for (const auto& [name, value] : verdict.rejection().headers) record.response().fields.add(name, value);
  }

  static BenchOutcome outcome_of(const Exchange& record, const Verdict& verdict) {
    BenchOutcome outcome;
    outcome.reason = record.reason;
    outcome.incidents = record.incidents;
    outcome.decisions = record.decisions;
    if (!record.reason.empty()) {
      outcome.detail = verdict.rejection().detail;
      outcome.retry_after_seconds = verdict.rejection().retry_after_seconds;
    }
    if (!record.has_response()) return outcome;
    outcome.status = record.response().status;
    for (const Field& field : record.response().fields) outcome.fields.emplace_back(field.name, field.value);
    return outcome;
  }

  const Descriptor& descriptor_;
  Store& store_;
  std::unique_ptr<PrefixSet> trusted_;
  std::unique_ptr<Services> services_;
  std::unique_ptr<Module> module_;  // before services_ is gone
};

}  // namespace ravelin::testing
