#pragma once

#include <modsecurity/rule_message.h>
#include <modsecurity/transaction.h>

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "modules/waf/plan/prover.h"
#include "unit/modules/waf/plan/collect_reference.h"
#include "unit/modules/waf/plan/policy_text.h"

namespace ravelin::waf::plan {

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

  Proof proof(const OwnRequest& request) { return prover_->judge(View(request).request()); }

  /// Rules that the library says have matched.
  std::set<int> matched(const OwnRequest& request) {
    std::string id = "judged";
    modsecurity::Transaction transaction(&ravelin::waf::library(), &library_.rules(), id.data(), nullptr);
    transaction.processConnection("192.0.2.1", 1024, "0.0.0.0", 80);
    transaction.processURI(request.uri.c_str(), request.method.c_str(), request.version.c_str());
    for (const auto& [name, value] : request.fields) transaction.addRequestHeader(name, value);
    transaction.processRequestHeaders();
    if (!request.body.empty())
      transaction.appendRequestBody(reinterpret_cast<const unsigned char*>(request.body.data()), request.body.size());
    transaction.processRequestBody();
    std::set<int> ids;
    for (const auto& message : transaction.m_rulesMessages) ids.insert(static_cast<int>(message.m_ruleId));
    return ids;
  }

 private:
  std::vector<Source> sources_;
  LibraryRules library_;
  std::string trouble_;
  std::shared_ptr<const Plan> plan_;
  std::unique_ptr<Prover> prover_;
};

inline OwnRequest get(std::string uri) {
  OwnRequest request;
  request.uri = std::move(uri);
  request.fields = {{"Host", "example.com"}, {"User-Agent", "Test"}, {"X-Note", "a"}, {"x-note", "b"}};
  return request;
}

}  // namespace ravelin::waf::plan
