#include "modules/waf/evaluation.h"

#include <modsecurity/intervention.h>
#include <modsecurity/rule_message.h>
#include <modsecurity/transaction.h>

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <iterator>
#include <utility>

#include "modules/waf/engine_rules.h"
#include "modules/waf/library.h"
#include "modules/waf/mask.h"
#include "modules/waf/plan/ascii.h"
#include "modules/waf/plan/cpu_time.h"
#include "modules/waf/policy.h"

namespace ravelin::waf {
namespace {

using modsecurity::RuleMessage;
using modsecurity::Transaction;

std::string_view between(std::string_view text, std::string_view before, std::string_view after) {
  const std::size_t begin = text.find(before);
  if (begin == std::string_view::npos) return {};
  text.remove_prefix(begin + before.size());
  return text.substr(0, text.find(after));
}

Match match_of(const RuleMessage& message) {
  Match match;
  match.rule = message.m_ruleId;
  // The message's own default severity is 0, which would be an emergency.
  match.severity = message.m_rule->hasSeverity() ? message.m_severity : no_severity;
  match.message = printable(message.m_message, longest_detail);
  const std::string_view variable = between(message.m_match, "against variable `", "' (Value: `");
  if (!is_body_check(match.rule)) match.evidence = evidence_of(message.m_data, variable);
  match.is_disruptive = message.m_isDisruptive || is_body_check(match.rule);
  return match;
}

int number(modsecurity::collection::Collection& tx, const std::string& name) {
  const auto text = tx.resolveFirst(name);
  return text ? std::atoi(text->c_str()) : 0;
}

int inbound_score(modsecurity::collection::Collection& tx) {
  return plan::inbound_score([&](const std::string& name) { return number(tx, name); });
}

int outbound_score(modsecurity::collection::Collection& tx) {
  return std::max(number(tx, "outbound_anomaly_score"), number(tx, "blocking_outbound_anomaly_score"));
}

// What takes the plan longer may take the library seconds.
constexpr Duration most_rechecked = std::chrono::milliseconds(10);

const unsigned char* bytes(const std::string& text) { return reinterpret_cast<const unsigned char*>(text.data()); }

void name_processor(Transaction& transaction, BodyFormat format) {
  if (format == BodyFormat::json) {
    transaction.m_requestBodyProcessor = Transaction::JSONRequestBody;
    transaction.m_variableReqbodyProcessor.set("JSON", transaction.m_variableOffset);
  } else if (format == BodyFormat::xml) {
    transaction.m_requestBodyProcessor = Transaction::XMLRequestBody;
    transaction.m_variableReqbodyProcessor.set("XML", transaction.m_variableOffset);
  }
}

}  // namespace

Evaluation::Evaluation(const Policy& policy, Subject subject) : policy_(policy), subject_(std::move(subject)) {}
Evaluation::~Evaluation() = default;

Finding Evaluation::judge_request() {
  const First first = std::exchange(first_, {});
  if (auto finding = ask_plan_first(first)) return *std::move(finding);
  if (!planned_ || !planned_->finding) return ask_library();
  planned_->beside = Planned::Beside::finding;
  if (first.library == First::Library::decides) return ask_library();
  try {
    return ask_library();
  } catch (const std::exception&) {
    // What the library throws is no verdict; the plan has come to one.
    planned_->beside = Planned::Beside::failure;
    return *planned_->finding;
  }
}

// What decides without the library.
std::optional<Finding> Evaluation::ask_plan_first(const First& first) {
  using Library = First::Library;
  if (first.path == nullptr) return {};
  const FastPath::Lent prover = first.path->lend_prover(policy_.effort_limit());
  std::vector<plan::Line> lines;
  const plan::Request request = subject_.look(lines);
  // Of a body that ends too early it says nothing but whether it is costly.
  if (first.path->is_on() && !subject_.is_cut) planned_ = ask_for_score(*prover, request, first.scoring);
  const bool is_known = planned_ && planned_->finding;
  const bool is_left_out = first.library == Library::left_out ||
                           (first.library == Library::rechecks && is_known && planned_->cpu > most_rechecked);
  if (is_known && is_left_out) return planned_->finding;
  if (is_known || first.library == Library::decides) return {};
  const bool is_costly = planned_ && cause_of(planned_->answer) == Cause::effort;
  if (!is_costly && prover->affords(request)) return {};
  Finding costly;
  costly.is_refused = true;
  costly.is_costly = true;
  costly.status = 400;
  return costly;
}

Finding Evaluation::ask_library() {
  const Duration started = cpu_used();
  // With an id of ours the library does not construct a std::random_device, a third of its set-up.
  transaction_ = std::make_unique<Transaction>(&library(), &policy_.rules(), subject_.id.data(), nullptr);
  run_request();
  Finding finding = conclude(started);
  subject_ = {};
  return finding;
}

// The library must be asked after every phase.
void Evaluation::run_request() {
  Transaction& t = *transaction_;
  t.processConnection(subject_.client.c_str(), subject_.client_port, "0.0.0.0", subject_.server_port);
  if (is_refused()) return;
  t.processURI(subject_.uri.c_str(), subject_.method.c_str(), subject_.version.c_str());
  for (const Subject::Line& line : subject_.fields) t.addRequestHeader(line.name, line.value);
  name_processor(t, subject_.format);
  t.processRequestHeaders();
  if (is_refused()) return;
  if (!subject_.body.empty()) t.appendRequestBody(bytes(subject_.body), subject_.body.size());
  subject_.body = {};
  t.processRequestBody();
  is_refused();
}

Finding Evaluation::judge_response_head(const ResponseHead& head) {
  const Duration started = cpu_used();
  is_outbound_ = true;
  // The library looks for the type of the content among those that it inspects with regard to case.
  for (const Field& field : head.fields)
    transaction_->addResponseHeader(std::string(field.name),
                                    field.name == "content-type" ? lower_case(field.value) : std::string(field.value));
  transaction_->processResponseHeaders(head.status, "HTTP/1.1");
  is_refused();
  return conclude(started);
}

Finding Evaluation::judge_response_body(const std::string& body) {
  const Duration started = cpu_used();
  if (!body.empty()) transaction_->appendResponseBody(bytes(body), body.size());
  transaction_->processResponseBody();
  is_refused();
  return conclude(started);
}

bool Evaluation::is_refused() {
  modsecurity::ModSecurityIntervention intervention{200, 0, nullptr, nullptr, 0};
  if (transaction_->intervention(&intervention)) {
    refusal_.is_refused = true;
    refusal_.status = intervention.status;
    if (intervention.url != nullptr) refusal_.location = intervention.url;
  }
  std::free(intervention.url);
  std::free(intervention.log);
  return refusal_.is_refused;
}

Finding Evaluation::conclude(Duration started) {
  Finding finding = std::exchange(refusal_, {});
  const auto& messages = transaction_->m_rulesMessages;
  for (auto message = std::next(messages.begin(), static_cast<std::ptrdiff_t>(reported_)); message != messages.end();
       ++message)
    finding.add(match_of(*message));
  reported_ = messages.size();
  if (subject_.is_cut)
    finding.forgive_malformed();
  else if (transaction_->getRuleEngineState() == modsecurity::RulesSetProperties::EnabledRuleEngine)
    finding.refuse_malformed();  // or a rule has said for this request that rules shall not (ctl:ruleEngine)
  auto& tx = *transaction_->m_collections.m_tx_collection;
  finding.score = is_outbound_ ? outbound_score(tx) : inbound_score(tx);
  finding.cpu = cpu_used() - started;
  return finding;
}

}  // namespace ravelin::waf
