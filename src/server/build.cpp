#include "server/build.h"

#include <algorithm>
#include <chrono>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "event/resolve.h"
#include "server/build_answers.h"

namespace ravelin::server {
namespace {

// Two name servers that are away take the system's resolver ten seconds. The main loop waits, of a reload.
constexpr Duration patience_for_names = std::chrono::seconds(12);

/// Builder builds one generation; problems are collected, so that one load names them all.
class Builder {
 public:
  Builder(std::unique_ptr<config::Config> config, const Parts& parts)
      : parts_(parts), generation_(std::make_shared<proxy::Generation>(std::move(config))) {}

  Built build() {
    generation_->handshakes_per_worker = std::max<std::size_t>(1, config().limits.handshakes / parts_.workers);
    build_listeners();
    build_upstreams();
    build_routes();
    collect_never_banned();
    Built built;
    const bool is_valid = problems_.errors() == 0;
    built.may_be_later = !is_valid && problems_.errors() == unresolved_;
    built.problems = problems_.take();
    if (!is_valid) return built;
    built.listeners = std::move(listeners_);
    built.origins = std::move(origins_);
    built.generation = std::move(generation_);
    return built;
  }

 private:
  const config::Config& config() const { return *generation_->config; }

  void build_listeners() {
    for (const config::Listener& listener : config().listeners) {
      ListenerSpec spec{&listener, nullptr, {}, {}};
      if (listener.tls) {
        spec.stamps = net::Certificates::stamps(*listener.tls);
        auto loaded = net::Certificates::load(*listener.tls, listener.protocols, parts_.tickets, parts_.now);
        if (!loaded) {
          problems_.error(listener.place, loaded.error().message);
          continue;
        }
        spec.certificates = std::move(*loaded);
        for (const std::string& warning : spec.certificates->warnings()) problems_.warning(listener.place, {}, warning);
      }
      listeners_.push_back(std::move(spec));
    }
  }

  // Before anything waits for one of them.
  void resolve_names() {
    std::set<std::string> hosts;
    for (const auto& [name, section] : config().upstreams)
      for (const config::Endpoint& endpoint : section.endpoints)
        if (!endpoint.address.literal) hosts.insert(endpoint.address.host);
    resolved_ = event::resolve_all(hosts, patience_for_names);
  }

  void build_upstreams() {
    resolve_names();
    generation_->upstreams.reserve(config().upstreams.size());
    for (const auto& [name, section] : config().upstreams) {
      upstream::Upstream built;
      built.name = name;
      built.balance = section.balance;
      built.connect_timeout = section.connect_timeout;
      built.response_timeout = section.response_timeout;
      built.response_idle = section.response_idle;
      built.window = config().limits.stream_window.bytes;
      built.keepalive = section.keepalive;
      built.retries = section.retry.attempts;
      built.retry_budget = section.retry.budget.value / 100.0;
      built.protocol = section.protocol;
      if (section.proxy_protocol != config::SendProxy::off)
        built.send_proxy =
            section.proxy_protocol == config::SendProxy::v1 ? net::ProxyVersion::v1 : net::ProxyVersion::v2;
      if (section.tls) built.tls = load_tls(name, section);
      for (const config::Endpoint& endpoint : section.endpoints)
        add_endpoint(built, endpoint, server_name_of(section, endpoint));
      generation_->upstreams.push_back(std::move(built));
    }
  }

  static std::string server_name_of(const config::Upstream& upstream, const config::Endpoint& endpoint) {
    if (!upstream.tls) return {};
    if (!upstream.tls->server_name.empty()) return upstream.tls->server_name;
    return endpoint.address.literal ? endpoint.address.literal->address.to_string() : endpoint.address.host;
  }

  std::shared_ptr<const net::OriginTls> load_tls(const std::string& name, const config::Upstream& section) {
    OriginSpec spec{name, &*section.tls, nullptr, net::OriginTls::stamps(*section.tls), {}};
    auto loaded = net::OriginTls::load(*section.tls, section.protocol, parts_.now);
    if (!loaded) {
      problems_.error(section.place, loaded.error().message);
      return nullptr;
    }
    for (const std::string& warning : (*loaded)->warnings()) problems_.warning(section.place, {}, warning);
    spec.tls = *std::move(loaded);
    origins_.push_back(spec);
    return spec.tls;
  }

  // A name with several addresses is as many endpoints, each known by the name it was configured as.
  void add_endpoint(upstream::Upstream& upstream, const config::Endpoint& section, const std::string& server_name) {
    upstream::Endpoint endpoint;
    endpoint.server_name = server_name;
    endpoint.name = section.address.to_string();
    endpoint.weight = section.weight;
    endpoint.is_backup = section.is_backup;
    const auto add = [&](const SocketAddress& address) {
      endpoint.address = address;
      if (parts_.gateway != nullptr)
        endpoint.metrics = parts_.gateway->endpoint(upstream.name, endpoint.name, address.to_string());
      upstream.endpoints.push_back(endpoint);
    };
    if (section.address.literal) return add(*section.address.literal);
    const auto& addresses = resolved_.at(section.address.host);
    if (!addresses) {
      ++unresolved_;
      return problems_.error(section.place, addresses.error().message);
    }
    for (const Address& address : *addresses) add({address, section.address.port, {}});
  }

  void build_routes() {
    for (const config::ModuleEntry& entry : config().modules) {
      const Module* const module = make_module(entry);
      if (module == nullptr || entry.mode == Mode::off) continue;
      generation_->connect_hooks.push_back({entry.name, module, entry.mode});
    }
    AnswerBuilder answers(config(), problems_);
    answers.build(*generation_);
    for (std::size_t i = 0; i < config().routes.size(); ++i) {
      const config::Route& section = config().routes[i];
      answers.build(build_route(section), section, "routes[" + std::to_string(i) + "]");
    }
    if (parts_.gateway != nullptr) generation_->routeless_metrics = parts_.gateway->route("none");
  }

  void collect_never_banned() {
    std::vector<Prefix> all;
    for (const proxy::ConfiguredModule& configured : generation_->modules) {
      const PrefixSet own = configured.module->never_banned();
      all.insert(all.end(), own.prefixes().begin(), own.prefixes().end());
    }
    generation_->never_banned = PrefixSet(std::move(all));
  }

  proxy::Route& build_route(const config::Route& section) {
    proxy::Route& route = generation_->routes.emplace_back();
    route.name = section.name;
    route.place = section.place;
    if (parts_.gateway != nullptr) route.metrics = parts_.gateway->route(section.name);
    const auto& upstreams = generation_->upstreams;
    route.upstream = static_cast<std::size_t>(
        std::find_if(upstreams.begin(), upstreams.end(), [&](const auto& u) { return u.name == section.upstream; }) -
        upstreams.begin());
    route.request_headers = proxy::HeaderRules(config().request_headers, section.request_headers);
    route.response_headers = proxy::HeaderRules(config().response_headers, section.response_headers);
    route.upgrades = section.upgrade;
    if (parts_.gateway != nullptr && !section.upgrade.empty() && !section.upstream.empty())
      route.tunnels = parts_.gateway->tunnels(section.name);
    route.keeps_escaped_slashes = section.escaped_slashes == config::EscapedSlashes::keep;
    route.body_limit = section.request_body.value_or(config().limits.request_body).bytes;
    route.body_idle = section.body_idle.value_or(config().limits.body_idle);
    route.body_min_rate = section.body_min_rate.value_or(config().limits.body_min_rate).bytes;
    const auto& compression = section.compression ? *section.compression : config().compression;
    if (!compression.is_off()) add_compression(route, *compression);
    for (const config::ModuleEntry& general : config().modules) add_stage(route.pipeline, entry_for(section, general));
    return route;
  }

  void add_compression(proxy::Route& route, const config::Compression& section) {
    using proxy::Coding;
    observe::CompressionMetrics metrics;
    if (parts_.gateway != nullptr) {
      metrics = parts_.gateway->compression(
          {proxy::name_of(Coding::gzip), proxy::name_of(Coding::br), proxy::name_of(Coding::zstd)});
    }
    route.compression.emplace(section, config().limits.encoders, metrics);
  }

  static const config::ModuleEntry& entry_for(const config::Route& route, const config::ModuleEntry& general) {
    const auto own = route.modules.find(general.name);
    return own != route.modules.end() ? own->second : general;
  }

  std::vector<std::string_view> routes_with(const config::ModuleEntry& entry) const {
    std::vector<std::string_view> names;
    for (const config::Route& route : config().routes)
      for (const config::ModuleEntry& general : config().modules)
        if (&entry_for(route, general) == &entry) names.push_back(route.name);
    return names;
  }

  void add_stage(pipeline::Pipeline& pipeline, const config::ModuleEntry& entry) {
    if (entry.mode == Mode::off) return;
    pipeline::Stage stage;
    stage.module = make_module(entry);
    stage.name = entry.name;
    stage.mode = entry.mode;
    stage.on_error = entry.on_error == config::OnError::open ? pipeline::OnError::open : pipeline::OnError::closed;
    stage.timeout = entry.timeout;
    stage.place = entry.place;
    stage.counters = pipeline::make_counters(parts_.metrics, entry.name);
    if (stage.module != nullptr) pipeline.stages.push_back(std::move(stage));
  }

  // One module per entry, however many routes use it.
  const Module* make_module(const config::ModuleEntry& entry) {
    if (const auto known = made_.find(&entry); known != made_.end()) return known->second;
    const Module* module = nullptr;
    auto services = std::make_unique<Services>(Services{
        parts_.store, parts_.metrics, parts_.log, parts_.workers, config().client_identity.trusted, parts_.is_dry_run,
        entry.mode, routes_with(entry), parts_.alerts, &config().client_identity.intermediaries});
    auto built = descriptor_of(entry.name).make(*entry.section, *services);
    if (built) {
      module = built->get();
      generation_->modules.push_back({entry.name, std::move(services), std::move(*built)});
    } else {
      problems_.error(entry.place, entry.name + ": " + built.error().message);
    }
    made_.emplace(&entry, module);
    return module;
  }

  const Descriptor& descriptor_of(std::string_view name) const {
    return **std::find_if(parts_.modules.begin(), parts_.modules.end(),
                          [&](const Descriptor* descriptor) { return descriptor->name == name; });
  }

  const Parts& parts_;
  std::shared_ptr<proxy::Generation> generation_;
  std::vector<ListenerSpec> listeners_;
  std::vector<OriginSpec> origins_;
  std::map<const config::ModuleEntry*, const Module*> made_;
  config::Problems problems_;
  event::Resolved resolved_;
  std::size_t unresolved_ = 0;  // errors that are of names
};

}  // namespace

Built build(std::unique_ptr<config::Config> config, const Parts& parts) {
  return Builder(std::move(config), parts).build();
}

}  // namespace ravelin::server
