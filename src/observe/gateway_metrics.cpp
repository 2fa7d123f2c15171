#include "observe/gateway_metrics.h"

#include <algorithm>
#include <utility>

namespace ravelin::observe {

namespace {

constexpr std::array<std::string_view, 3> protocols{"http/1.0", "http/1.1", "h2"};
constexpr std::array<std::string_view, 3> tls_versions{"none", "1.2", "1.3"};
constexpr std::array<std::string_view, 4> handshake_results{"ok", "resumed", "failed", "timeout"};

double seconds(std::int64_t nanoseconds) { return static_cast<double>(nanoseconds) / 1e9; }

}  // namespace

void RouteMetrics::count(const Exchange& exchange) {
  const int status = exchange.has_response() ? exchange.response().status : 0;
  requests[static_cast<std::size_t>(exchange.request().version)].add(exchange.loop(), status);
  duration.observe(exchange.loop(), exchange.times.finished - exchange.times.started);
}

bool Avoidance::is_used(Time now) const {
  return std::any_of(until_.begin(), until_.end(), [&](const auto& until) {
    return until.load(std::memory_order_relaxed) <= now.time_since_epoch().count();
  });
}

GatewayMetrics::GatewayMetrics(Registry& registry, unsigned workers, std::string_view version)
    : registry_(registry),
      workers_(workers),
      refused_(registry, workers,
               {"refused_total", "Requests and connections refused, by module and stable reason code.", "module"}),
      cut_(registry, workers,
           {"cut_total", "Exchanges that ended before their response was whole, by whom and why.", "ended_by"}),
      full_turns_(registry.counter(
          "full_turns_total", "Turns of a worker's loop that left connections to the next, as they had done enough.")),
      full_backlogs_(registry.counter(
          "full_backlogs_total", "Times that a connection had not taken limits.response_backlog of its responses.")) {
  for (std::size_t v = 0; v < tls_versions.size(); ++v) {
    for (std::size_t r = 0; r < handshake_results.size(); ++r) {
      handshakes_[v][r] =
          registry.counter("tls_handshakes_total", "TLS handshakes, by version and result.",
                           {{"version", std::string(tls_versions[v])}, {"result", std::string(handshake_results[r])}});
    }
  }
  registry.gauge("build_info", "Always 1; the version is the label.", {{"version", std::string(version)}},
                 [] { return 1.0; });
  registry.gauge("config_last_reload_success", "1 if the last load of the configuration succeeded.", {},
                 [this] { return is_reload_success_.load() ? 1.0 : 0.0; });
  registry.gauge("config_last_reload_timestamp_seconds", "When the configuration was last loaded with success.", {},
                 [this] { return seconds(reload_time_.load()); });
}

RouteMetrics GatewayMetrics::route(std::string_view name) {
  RouteMetrics route;
  for (std::size_t i = 0; i < protocols.size(); ++i) {
    route.requests[i] = CodeCounter(table("requests_total", "Requests, by route, status code and protocol.",
                                          {{"route", std::string(name)}, {"protocol", std::string(protocols[i])}}));
  }
  route.duration =
      registry_.histogram("request_duration_seconds", "From the end of a request's head to the end of its response.",
                          {{"route", std::string(name)}});
  return route;
}

TunnelMetrics GatewayMetrics::tunnels(std::string_view route) {
  const Labels labels{{"route", std::string(route)}};
  const auto bytes = [&](const char* side) {
    return registry_.counter("tunnel_bytes_total", "Bytes carried by tunnels, by whom they came from.",
                             {{"route", std::string(route)}, {"from", side}});
  };
  return {registry_.occupancy("tunnels", "Tunnels (WebSocket) open now.", labels),
          registry_.counter("tunnels_opened_total", "Tunnels (WebSocket) that were opened.", labels), bytes("client"),
          bytes("upstream")};
}

ListenerMetrics GatewayMetrics::listener(std::string_view name) {
  const auto state = [&](const char* word) {
    return registry_.occupancy("connections", "Client connections now, by listener and state.",
                               {{"listener", std::string(name)}, {"state", word}});
  };
  return {state("handshaking"), state("active"), state("idle")};
}

EndpointMetrics GatewayMetrics::endpoint(std::string_view upstream, std::string_view endpoint,
                                         std::string_view address) {
  CodeCounter requests(table("upstream_requests_total", "Attempts at an endpoint, by the status code it answered.",
                             {{"upstream", std::string(upstream)}, {"endpoint", std::string(endpoint)}}));
  const std::lock_guard lock(mutex_);
  const auto avoidance =
      avoidances_.try_emplace(std::array{std::string(upstream), std::string(endpoint), std::string(address)}, workers_);
  return {requests, &avoidance.first->second};
}

CompressionMetrics GatewayMetrics::compression(const std::array<std::string_view, 3>& codings) {
  const auto bytes = [&](std::string_view coding, const char* direction) {
    return registry_.counter("compression_bytes_total", "Bytes of bodies given to a content coding, and got from it.",
                             {{"coding", std::string(coding)}, {"direction", direction}});
  };
  CompressionMetrics metrics;
  for (std::size_t i = 0; i < codings.size(); ++i)
    metrics.codings[i] = {bytes(codings[i], "in"), bytes(codings[i], "out")};
  metrics.exhausted = registry_.counter("compression_exhausted_total",
                                        "Responses sent as they came, because limits.encoders were in use.");
  return metrics;
}

void GatewayMetrics::upstream_healthy(std::string_view upstream, std::string_view endpoint,
                                      Function<bool()> is_healthy) {
  registry_.gauge("upstream_healthy", "1 if the endpoint is given requests.",
                  {{"upstream", std::string(upstream)}, {"endpoint", std::string(endpoint)}},
                  [is_healthy = std::move(is_healthy)]() mutable { return is_healthy() ? 1.0 : 0.0; });
}

void GatewayMetrics::certificate(std::string_view listener, std::string_view file, Function<WallTime()> not_after) {
  registry_.gauge("certificate_not_after_timestamp_seconds", "When the certificate expires, in seconds of Unix time.",
                  {{"listener", std::string(listener)}, {"certificate", std::string(file)}},
                  [not_after = std::move(not_after)]() mutable {
                    return std::chrono::duration<double>(not_after().time_since_epoch()).count();
                  });
}

void GatewayMetrics::store_up(Function<bool()> is_up) {
  registry_.gauge("store_up", "1 if the store of bans and counters works.", {},
                  [is_up = std::move(is_up)]() mutable { return is_up() ? 1.0 : 0.0; });
}

void GatewayMetrics::handshake(const Loop& loop, std::string_view version, HandshakeResult result) {
  const std::size_t row = version == "1.3" ? 2 : version == "1.2" ? 1 : 0;
  handshakes_[row][static_cast<std::size_t>(result)].add(loop);
}

void GatewayMetrics::reloaded(bool is_success, WallTime at) {
  is_reload_success_ = is_success;
  if (is_success) reload_time_ = at.time_since_epoch().count();
}

CodeTable& GatewayMetrics::table(const std::string& name, const std::string& help, const Labels& labels) {
  const std::lock_guard lock(mutex_);
  auto& table = tables_[{name, labels}];
  if (!table) table = std::make_unique<CodeTable>(registry_, name, help, labels);
  return *table;
}

}  // namespace ravelin::observe
