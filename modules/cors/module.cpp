#include "modules/cors/module.h"

#include <algorithm>
#include <chrono>
#include <string_view>
#include <utility>

#include "modules/cors/config.h"
#include "modules/cors/text.h"

// The server's half of CORS: https://fetch.spec.whatwg.org/#http-cors-protocol.

namespace ravelin::cors {
namespace {

using Headers = std::vector<std::pair<std::string, std::string>>;

constexpr std::string_view requested_method = "access-control-request-method";
constexpr std::string_view requested_headers = "access-control-request-headers";
constexpr std::size_t longest_origin_told = 200;  // in a detail; a host name has 253 at most

std::string join(const std::vector<std::string>& names) {
  std::string list;
  for (const std::string& name : names) list.append(list.empty() ? "" : ", ").append(name);
  return list;
}

/// Policy is a section as it is needed at each request.
class Policy {
 public:
  explicit Policy(Config config)
      : config_(std::move(config)),
        methods_(join(config_.allow_methods)),
        headers_(join(config_.allow_headers)),
        exposed_(join(config_.expose_headers)),
        max_age_(std::to_string(std::chrono::duration_cast<std::chrono::seconds>(config_.max_age).count())),
        allows_all_(config_.allows_all()),
        allows_any_header_(names_header("*")) {}

  const RequestMatch& match() const { return config_.match; }

  // A second Origin field is no browser's: which one counts would be anybody's guess.
  bool allows(const HeaderList& request) const {
    if (request.count("origin") != 1) return false;
    const std::string_view origin = *request.find("origin");
    return std::any_of(config_.allow_origins.begin(), config_.allow_origins.end(),
                       [&](const OriginPattern& pattern) { return pattern.matches(origin); });
  }

  Headers preflight_headers(const HeaderList& request) const {
    Headers headers;
    headers.emplace_back("access-control-allow-origin", allows_all_ ? "*" : *request.find("origin"));
    if (config_.allow_credentials) headers.emplace_back("access-control-allow-credentials", "true");
    if (!methods_.empty()) headers.emplace_back("access-control-allow-methods", methods_);
    std::string allowed = allowed_headers(request);
    if (!allowed.empty()) headers.emplace_back("access-control-allow-headers", std::move(allowed));
    headers.emplace_back("access-control-max-age", max_age_);
    return headers;
  }

  // One answer for everybody tells everybody, also who does not say where it comes from: a cache may
  // give it to another. Every other answer says that it depends on the origin.
  void apply(const HeaderList& request, HeaderList& response) const {
    response.remove_if([](const Field& field) { return field.name.starts_with("access-control-"); });
    if (!allows_all_) add_vary(response);
    if (!allows_all_ && !allows(request)) return;
    response.add("access-control-allow-origin", allows_all_ ? "*" : *request.find("origin"));
    if (config_.allow_credentials) response.add_view("access-control-allow-credentials", "true");
    if (!exposed_.empty()) response.add("access-control-expose-headers", exposed_);
  }

 private:
  static void add_vary(HeaderList& response) {
    for (const Field& field : response) {
      if (field.name != "vary") continue;
      Items items(field.value);
      while (const auto item = items.next()) {
        if (*item == "*" || equals_ignoring_case(*item, "origin")) return;
      }
    }
    response.add_view("vary", "Origin");
  }

  bool names_header(std::string_view name) const {
    return std::any_of(config_.allow_headers.begin(), config_.allow_headers.end(),
                       [&](const std::string& allowed) { return equals_ignoring_case(allowed, name); });
  }

  // With credentials '*' is the name of a field, so what was asked for is given back. '*' does not
  // stand for Authorization in either case.
  std::string allowed_headers(const HeaderList& request) const {
    if (!config_.allow_credentials || !allows_any_header_) return headers_;
    std::vector<std::string> names;
    Items asked(request.find(requested_headers).value_or(""));
    while (const auto name = asked.next()) {
      const bool is_free = !equals_ignoring_case(*name, "authorization") || names_header("authorization");
      if (is_free && is_token(*name)) names.emplace_back(*name);
    }
    return join(names);
  }

  Config config_;
  std::string methods_, headers_, exposed_, max_age_;
  bool allows_all_;
  bool allows_any_header_;
};

bool is_preflight(const RequestHead& request) {
  return request.method == "OPTIONS" && request.fields.has("origin") && request.fields.has(requested_method);
}

class CorsInspector final : public Inspector {
 public:
  CorsInspector(const Policy& policy, Mode mode) : policy_(policy), mode_(mode) {}

  Verdict on_request_head(Exchange& exchange) override {
    const RequestHead& request = exchange.request();
    if (!is_preflight(request)) return Verdict::pass();
    const std::pair<std::string, std::string> vary{
        "vary", "Origin, Access-Control-Request-Method, Access-Control-Request-Headers"};
    if (!policy_.allows(request.fields)) return refuse(request, vary);
    Headers headers = policy_.preflight_headers(request.fields);
    headers.push_back(vary);
    return Verdict::answer(204, "cors:preflight", std::move(headers));
  }

  // A preflight's answer is complete. 101 belongs to another protocol's handshake, and browsers do not
  // apply CORS to it. In detect mode nothing on the wire may change.
  Verdict on_response_head(Exchange& exchange) override {
    if (mode_ != Mode::enforce || exchange.response().status < 200) return Verdict::pass();
    if (!is_preflight(exchange.request())) policy_.apply(exchange.request().fields, exchange.response().fields);
    return Verdict::pass();
  }

 private:
  static Verdict refuse(const RequestHead& request, const std::pair<std::string, std::string>& vary) {
    const std::string_view origin = request.fields.find("origin")->substr(0, longest_origin_told);
    Rejection rejection;
    rejection.status = 403;
    rejection.reason = "cors:origin";
    rejection.detail = "a preflight from '" + std::string(origin) + "', which is not in allow_origins";
    rejection.headers.push_back(vary);
    return Verdict::reject(std::move(rejection));
  }

  const Policy& policy_;
  Mode mode_;
};

class CorsModule final : public Module {
 public:
  CorsModule(const Config& config, Mode mode) : policy_(config), mode_(mode) {}

  std::unique_ptr<Inspector> inspect(Exchange& exchange) const override {
    if (!policy_.match().matches(exchange.request())) return nullptr;
    return std::make_unique<CorsInspector>(policy_, mode_);
  }

 private:
  Policy policy_;
  Mode mode_;
};

std::unique_ptr<Section> make_section() { return std::make_unique<Config>(); }

Result<std::unique_ptr<Module>> make(const Section& section, const Services& services) {
  const auto& config = static_cast<const Config&>(section);
  return std::unique_ptr<Module>(std::make_unique<CorsModule>(config, services.mode));
}

}  // namespace

constinit const Descriptor descriptor{
    .name = "cors", .needs = {}, .provides = {}, .make_section = make_section, .make = make};

}  // namespace ravelin::cors
