#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/config.h"
#include "net/origin_tls.h"
#include "net/proxy_protocol.h"
#include "observe/gateway_metrics.h"
#include "ravelin/address.h"
#include "ravelin/loop.h"

namespace ravelin::upstream {

using config::Balance;

/// Endpoint is one address of an upstream.
struct Endpoint {
  std::string name;  // as configured: "10.0.1.10:80"
  SocketAddress address;
  std::string server_name;  // with TLS: what it is asked for as, and its certificate is for
  unsigned weight = 1;
  bool is_backup = false;                    // used only when no other endpoint may be
  mutable observe::EndpointMetrics metrics;  // handles; each worker counts in its own cells
};

/// Upstream is a named origin group. Immutable, part of a Generation.
struct Upstream {
  std::string name;
  Balance balance = Balance::least_requests;
  config::UpstreamProtocol protocol = config::UpstreamProtocol::http11;
  std::shared_ptr<const net::OriginTls> tls;    // none: plain
  std::optional<net::ProxyVersion> send_proxy;  // connections begin with the client's address
  std::vector<Endpoint> endpoints;
  Duration connect_timeout = std::chrono::seconds(3);
  Duration response_timeout = std::chrono::seconds(30);  // to the response head
  Duration response_idle = std::chrono::seconds(60);     // between bytes of the body
  std::size_t window = 64 * 1024;                        // bytes of a response received and not yet passed on
  std::size_t keepalive = 64;                            // idle connections kept per worker, by all endpoints
  unsigned retries = 1;
  double retry_budget = 0.1;  // retries as a share of requests
};

}  // namespace ravelin::upstream
