#pragma once

#include <array>
#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "observe/code_counter.h"
#include "observe/reason_counters.h"
#include "observe/registry.h"
#include "ravelin/exchange.h"

namespace ravelin::observe {

/// TunnelMetrics counts the connections that were switched to another protocol on one route.
struct TunnelMetrics {
  Occupancy open;
  Counter opened;
  Counter bytes_from_client;
  Counter bytes_from_upstream;
};

/// RouteMetrics counts what came to one route; held by the Generation's route.
struct RouteMetrics {
  std::array<CodeCounter, 3> requests;  // by Version
  Histogram duration;

  /// Counts a finished exchange.
  void count(const Exchange& exchange);
};

/// ListenerMetrics says in what state the connections of one listener are; each is in one at a time.
struct ListenerMetrics {
  Occupancy handshaking;
  Occupancy active;
  Occupancy idle;
};

/// Avoidance says until when each worker passes one endpoint over: told by the workers, read by the scrape.
class Avoidance {
 public:
  explicit Avoidance(unsigned workers) : until_(workers) {}
  void avoid(const Loop& loop, Time until) {
    until_[loop.worker()].store(until.time_since_epoch().count(), std::memory_order_relaxed);
  }
  /// Whether some worker gives the endpoint requests.
  bool is_used(Time now) const;

 private:
  std::vector<std::atomic<std::int64_t>> until_;  // by worker
};

/// EndpointMetrics counts the responses of one endpoint; 0 for an attempt that got none.
struct EndpointMetrics {
  CodeCounter requests;
  Avoidance* avoidance = nullptr;  // process lifetime; null: nobody asks
};

/// CodingCounters counts the bytes of bodies before and after one content coding.
struct CodingCounters {
  Counter in;
  Counter out;
};

/// CompressionMetrics counts what response compression does.
struct CompressionMetrics {
  std::array<CodingCounters, 3> codings;  // in the order of the names given to GatewayMetrics::compression()
  Counter exhausted;                      // responses sent as they came, for want of an encoder
};

enum class HandshakeResult : std::uint8_t { ok, resumed, failed, timeout };

/// GatewayMetrics registers the metrics that the operators' contract names and no module owns, and hands out
/// typed handles. Asking again for the same names gives the same series. Lives as long as the process;
/// functions that take a Loop are for that worker, the others for any thread at load.
class GatewayMetrics {
 public:
  GatewayMetrics(Registry& registry, unsigned workers, std::string_view version);

  RouteMetrics route(std::string_view name);
  TunnelMetrics tunnels(std::string_view route);
  ListenerMetrics listener(std::string_view name);
  EndpointMetrics endpoint(std::string_view upstream, std::string_view endpoint, std::string_view address);
  CompressionMetrics compression(const std::array<std::string_view, 3>& codings);
  /// `is_healthy` is asked at each scrape; register it within a load, see Registry.
  void upstream_healthy(std::string_view upstream, std::string_view endpoint, Function<bool()> is_healthy);
  /// When a certificate ends; asked and registered as upstream_healthy.
  void certificate(std::string_view listener, std::string_view file, Function<WallTime()> not_after);
  /// Whether the shared store can be reached; asked at each scrape.
  void store_up(Function<bool()> is_up);

  /// `version` is "1.2", "1.3", or empty when the handshake did not get that far.
  void handshake(const Loop& loop, std::string_view version, HandshakeResult result);
  /// Counts a refusal. For the labels of this and the next see ReasonCounters.
  void refused(const Loop& loop, std::string_view module, std::string_view reason) {
    refused_.add(loop, module, reason);
  }
  /// Counts an exchange that ended before its response was whole.
  void cut(const Loop& loop, std::string_view ended_by, std::string_view reason) { cut_.add(loop, ended_by, reason); }
  void full_turn(const Loop& loop) { full_turns_.add(loop); }
  void full_backlog(const Loop& loop) { full_backlogs_.add(loop); }
  /// The last load of the configuration: whether it succeeded, and when it was.
  void reloaded(bool is_success, WallTime at);

 private:
  CodeTable& table(const std::string& name, const std::string& help, const Labels& labels);

  Registry& registry_;
  const unsigned workers_;
  ReasonCounters refused_;
  ReasonCounters cut_;
  Counter full_turns_;
  Counter full_backlogs_;
  std::mutex mutex_;
  std::map<std::pair<std::string, Labels>, std::unique_ptr<CodeTable>> tables_;
  std::array<std::array<Counter, 4>, 3> handshakes_;            // by version, result
  std::map<std::array<std::string, 3>, Avoidance> avoidances_;  // by upstream, endpoint, address
  std::atomic<bool> is_reload_success_{false};
  std::atomic<std::int64_t> reload_time_{0};  // nanoseconds of UTC
};

}  // namespace ravelin::observe
