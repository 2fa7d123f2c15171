#include "modules/ratelimit/module.h"

#include <string>
#include <vector>

#include "modules/ratelimit/config.h"
#include "modules/ratelimit/limit.h"

namespace ravelin::ratelimit {
namespace {

struct Policy {
  std::vector<Limit> limits;
  bool has_fields = false;
};

// The limit that leaves a request the least: the refusing one with the longest wait, else the one
// with the least left.
struct Tightest {
  const Limit* limit = nullptr;
  Limiter::Spent spent;

  void consider(const Limit& other, const Limiter::Spent& by_other) {
    if (limit == nullptr || is_tighter(by_other)) *this = Tightest{&other, by_other};
  }
  bool is_tighter(const Limiter::Spent& other) const {
    if (other.is_allowed != spent.is_allowed) return !other.is_allowed;
    return other.is_allowed ? other.remaining < spent.remaining : other.wait > spent.wait;
  }
};

class LimitInspector final : public Inspector {
 public:
  explicit LimitInspector(const Policy& policy) : policy_(policy) {}

  // Every limit that matches is spent from, also after one has refused, so that each counts what its
  // name says and the client hears of the longest wait.
  Verdict on_request_head(Exchange& exchange) override {
    for (const Limit& limit : policy_.limits)
      if (limit.matches(exchange.request())) tightest_.consider(limit, limit.spend(exchange));
    if (tightest_.limit == nullptr) return Verdict::skip();
    if (!tightest_.spent.is_allowed) return refuse();
    return policy_.has_fields ? Verdict::pass() : Verdict::skip();
  }

  // draft-ietf-httpapi-ratelimit-headers: q is the quota and w its seconds, r what remains; t, when
  // nothing remains, agrees with Retry-After.
  Verdict on_response_head(Exchange& exchange) override {
    if (!policy_.has_fields || tightest_.limit == nullptr || exchange.response().status < 200) return Verdict::pass();
    const Limiter::Spent& spent = tightest_.spent;
    std::string left = "\"" + tightest_.limit->name() + "\";r=" + std::to_string(spent.remaining);
    if (spent.remaining == 0) left += ";t=" + std::to_string(whole_seconds(spent.wait));
    exchange.response().fields.set("ratelimit-policy", policies(exchange.request()));
    exchange.response().fields.set("ratelimit", left);
    return Verdict::pass();
  }

 private:
  Verdict refuse() const {
    const Limit& limit = *tightest_.limit;
    const Duration wait = tightest_.spent.wait;
    const auto milliseconds = std::chrono::ceil<std::chrono::milliseconds>(wait).count();
    Rejection rejection;
    rejection.status = 429;
    rejection.reason = "limit:" + limit.name();
    rejection.detail = "beyond " + limit.terms() + "; the next is allowed in " + std::to_string(milliseconds) + " ms";
    rejection.retry_after_seconds = static_cast<int>(whole_seconds(wait));
    return Verdict::reject(std::move(rejection));
  }

  std::string policies(const RequestHead& request) const {
    std::string all;
    for (const Limit& limit : policy_.limits)
      if (limit.matches(request)) all.append(all.empty() ? "" : ", ").append(limit.policy());
    return all;
  }

  const Policy& policy_;
  Tightest tightest_;
};

class LimitModule final : public Module {
 public:
  explicit LimitModule(Policy policy) : policy_(std::move(policy)) {}

  std::unique_ptr<Inspector> inspect(Exchange&) const override { return std::make_unique<LimitInspector>(policy_); }

 private:
  Policy policy_;
};

std::unique_ptr<Section> make_section() { return std::make_unique<Config>(); }

Result<std::unique_ptr<Module>> make(const Section& section, const Services& services) {
  const auto& config = static_cast<const Config&>(section);
  Policy policy;
  policy.has_fields = config.fields && services.mode == Mode::enforce;  // a limit being tried out is not announced
  policy.limits.reserve(config.limits.size());
  for (const auto& [name, limit] : config.limits) policy.limits.emplace_back(name, limit, services);
  return std::unique_ptr<Module>(std::make_unique<LimitModule>(std::move(policy)));
}

}  // namespace

constinit const Descriptor descriptor{
    .name = "ratelimit", .needs = {}, .provides = {}, .make_section = make_section, .make = make};

}  // namespace ravelin::ratelimit
