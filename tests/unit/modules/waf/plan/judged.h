#pragma once

#include <modsecurity/rule_message.h>
#include <modsecurity/transaction.h>

#include <cstdlib>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "modules/waf/plan/prover.h"
#include "unit/modules/waf/plan/collect_reference.h"
#include "unit/modules/waf/plan/policy_text.h"

namespace ravelin::waf::plan {

/// Requests on which small policies differ: the arguments a and b, mostly, are absent, empty, 1, evil, ...
std::vector<OwnRequest> various_requests();

/// Judged is a small policy, for the library and for a prover.
class Judged {
 public:
  explicit Judged(const std::string& rules)
      : sources_(one("SecRuleEngine On\nSecRequestBodyAccess On\n" + rules + "\n")), library_(sources_) {
    auto parsed = parse(sources_);
    if (!parsed) {
      trouble_ = parsed.error().message;
      return;
    }
    plan_ = Plan::compile(std::move(*parsed), Cache(""));
    for (const std::string& why : plan_->unsupported()) trouble_ += why + "; ";
    if (trouble_.empty()) prover_ = std::make_unique<Prover>(plan_);
  }

  /// Why there is nothing to compare; empty if there is.
  std::string trouble() const { return library_.is_loaded() ? trouble_ : library_.error(); }
  const Plan& plan() const { return *plan_; }
  std::shared_ptr<const Plan> share_plan() const { return plan_; }

  Proof proof(const OwnRequest& request) { return prover_->judge(View(request).request()); }

  Score score(const OwnRequest& request) { return prover_->score(View(request).request()); }

  /// Said is what the library says of a request.
  struct Said {
    std::set<int> rules;  // that have matched
    int refusal = 0;      // status
    int anomaly = 0;      // score
  };
  Said said(const OwnRequest& request) {
    std::string id = "judged";
    modsecurity::Transaction transaction(&ravelin::waf::library(), &library_.rules(), id.data(), nullptr);
    transaction.processConnection("192.0.2.1", 1024, "0.0.0.0", 80);
    transaction.processURI(request.uri.c_str(), request.method.c_str(), request.version.c_str());
    for (const auto& [name, value] : request.fields) transaction.addRequestHeader(name, value);
    name_processor(transaction, request.format);
    transaction.processRequestHeaders();
    Said said;
    said.refusal = refusal_of(transaction);
    if (said.refusal == 0) judge_body(transaction, request, said);
    for (const auto& message : transaction.m_rulesMessages) said.rules.insert(static_cast<int>(message.m_ruleId));
    said.anomaly = inbound_score([&](const std::string& name) {
      const auto text = transaction.m_collections.m_tx_collection->resolveFirst(name);
      return text ? std::atoi(text->c_str()) : 0;
    });
    return said;
  }
  std::set<int> matched(const OwnRequest& request) { return said(request).rules; }

 private:
  static void name_processor(modsecurity::Transaction& transaction, BodyFormat format) {
    if (format != BodyFormat::json && format != BodyFormat::xml) return;
    const bool is_json = format == BodyFormat::json;
    transaction.m_requestBodyProcessor =
        is_json ? modsecurity::Transaction::JSONRequestBody : modsecurity::Transaction::XMLRequestBody;
    transaction.m_variableReqbodyProcessor.set(is_json ? "JSON" : "XML", transaction.m_variableOffset);
  }

  static void judge_body(modsecurity::Transaction& transaction, const OwnRequest& request, Said& said) {
    if (!request.body.empty())
      transaction.appendRequestBody(reinterpret_cast<const unsigned char*>(request.body.data()), request.body.size());
    transaction.processRequestBody();
    said.refusal = refusal_of(transaction);
  }

  static int refusal_of(modsecurity::Transaction& transaction) {
    modsecurity::ModSecurityIntervention intervention{200, 0, nullptr, nullptr, 0};
    const int status = transaction.intervention(&intervention) ? intervention.status : 0;
    std::free(intervention.url);
    std::free(intervention.log);
    return status;
  }

  std::vector<Source> sources_;
  LibraryRules library_;
  std::string trouble_;
  std::shared_ptr<const Plan> plan_;
  std::unique_ptr<Prover> prover_;
};

/// False if the score is not known; else it has to be what the library said.
bool expect_same(const Score& score, const Judged::Said& said, const std::string& where);

inline OwnRequest get(std::string uri) {
  OwnRequest request;
  request.uri = std::move(uri);
  request.fields = {{"Host", "example.com"}, {"User-Agent", "Test"}, {"X-Note", "a"}, {"x-note", "b"}};
  return request;
}

}  // namespace ravelin::waf::plan
