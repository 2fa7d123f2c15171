#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/config.h"
#include "connection/connection.h"
#include "http/limits.h"
#include "observe/gateway_metrics.h"
#include "pipeline/pipeline.h"
#include "proxy/encode.h"
#include "proxy/error_pages.h"
#include "proxy/fixed_response.h"
#include "proxy/header_rules.h"
#include "proxy/identity.h"
#include "proxy/redirect.h"
#include "ravelin/module.h"
#include "routing/rewrite.h"
#include "routing/router.h"
#include "upstream/balancer.h"
#include "upstream/upstream.h"

namespace ravelin::proxy {

/// Route is what to do with the requests that a configured route matches, ready to use.
struct Route {
  std::string_view name;
  Place place;
  std::size_t upstream = 0;  // index into Generation::upstreams; beyond them if the route is answered here
  std::optional<FixedResponse> respond;
  std::optional<RouteRedirect> redirect;
  std::string canonical_host;      // empty: any
  bool is_acme_challenge = false;  // it stays reachable without TLS (RFC 8555 section 8.3)
  routing::Rewrite rewrite;
  ErrorPages error_pages;
  pipeline::Pipeline pipeline;
  HeaderRules request_headers;
  HeaderRules response_headers;
  std::vector<std::string> upgrades;  // protocols that connections may be switched to, lower-case
  bool keeps_escaped_slashes = false;
  std::uint64_t body_limit = 0;  // bytes
  Duration body_idle{};
  std::uint64_t body_min_rate = 0;  // bytes per second; 0: any
  std::optional<Compression> compression;
  mutable observe::RouteMetrics metrics;  // handles; each worker counts in its own cells
  mutable observe::TunnelMetrics tunnels;

  bool may_upgrade_to(std::string_view protocol) const {
    return std::find(upgrades.begin(), upgrades.end(), protocol) != upgrades.end();
  }
};

/// ConnectHook is a module's say at accept.
struct ConnectHook {
  std::string_view name;
  const Module* module = nullptr;
  Mode mode = Mode::enforce;
};

/// ConfiguredModule is a module and the services it was made with.
struct ConfiguredModule {
  std::string_view name;  // of its kind
  std::unique_ptr<Services> services;
  std::unique_ptr<Module> module;
};

/// Generation is everything built from one load of the configuration. Immutable, shared by all
/// workers; flows pin it, so what they hold views of stays.
struct Generation {
  explicit Generation(std::unique_ptr<config::Config> loaded);
  /// The page for a refusal of `route`, which may be null; null if there is none.
  const ErrorPage* find_error_page(const Route* route, int status) const;

  std::uint64_t number = 0;
  std::unique_ptr<config::Config> config;
  Identity identity;
  http::Limits client_limits;
  connection::Deadlines client_deadlines;
  std::vector<upstream::Upstream> upstreams;
  std::size_t handshakes_per_worker = 0;
  std::vector<ConfiguredModule> modules;
  std::vector<ConnectHook> connect_hooks;
  PrefixSet never_banned;                                                   // the union of what the modules say
  std::vector<std::pair<std::string_view, HttpsRedirect>> https_redirects;  // by listener
  ErrorPages error_pages;
  routing::Router router;
  std::vector<Route> routes;                        // in the order of config->routes
  mutable observe::RouteMetrics routeless_metrics;  // of requests that no route took
};

/// LiveGeneration is one generation as one worker uses it: how many of its flows pin it, and the
/// balancers of its upstreams. Worker's thread.
struct LiveGeneration {
  std::shared_ptr<const Generation> generation;
  std::vector<std::unique_ptr<upstream::Balancer>> balancers;  // in the order of generation->upstreams
  std::size_t pins = 0;
};

/// Pin keeps a generation in use on this worker.
class Pin {
 public:
  explicit Pin(LiveGeneration& live) : live_(&live) { ++live.pins; }
  Pin(const Pin&) = delete;
  Pin& operator=(const Pin&) = delete;
  ~Pin() { --live_->pins; }

  const Generation& operator*() const { return *live_->generation; }
  const Generation* operator->() const { return live_->generation.get(); }
  LiveGeneration& live() const { return *live_; }

 private:
  LiveGeneration* live_;
};

}  // namespace ravelin::proxy
