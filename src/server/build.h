#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "config/config.h"
#include "config/load.h"
#include "config/problem.h"
#include "net/certificates.h"
#include "net/origin_tls.h"
#include "net/ticket_keys.h"
#include "observe/gateway_metrics.h"
#include "proxy/generation.h"
#include "ravelin/module.h"

namespace ravelin::server {

/// Parts is what of the process a build needs; everything outlives the generations.
struct Parts {
  config::Known modules;
  Store& store;
  Metrics& metrics;
  observe::GatewayMetrics* gateway;  // null: nothing is counted (check, simulation)
  Log& log;
  net::TicketKeys& tickets;
  unsigned workers = 1;
  WallTime now{};
  bool is_dry_run = false;   // `ravelin check`
  Alerts* alerts = nullptr;  // null: no events are written
};

/// ListenerSpec is one listener of a configuration, ready to accept: certificates read.
struct ListenerSpec {
  const config::Listener* section = nullptr;
  std::shared_ptr<const net::Certificates> certificates;  // null: plain; shared by the workers' connections
  std::vector<net::FileStamp> stamps;                     // of their files, from before they were read
  std::vector<net::FileStamp> unusable;                   // of files that could not be used, and are told of
};

/// OriginSpec is the TLS of one upstream, which is watched for new files.
struct OriginSpec {
  std::string upstream;
  const config::UpstreamTls* section = nullptr;
  std::shared_ptr<net::OriginTls> tls;
  std::vector<net::FileStamp> stamps;    // from before they were read
  std::vector<net::FileStamp> unusable;  // as above
};

/// Built is the outcome of building a configuration: the generation if every part could be built, and
/// every problem met.
struct Built {
  std::shared_ptr<proxy::Generation> generation;
  std::vector<ListenerSpec> listeners;
  std::vector<OriginSpec> origins;
  std::vector<config::Problem> problems;
  bool may_be_later = false;  // nothing is wrong but names that do not resolve, which the resolver may mend

  bool is_valid() const { return generation != nullptr; }
};

/// Builds everything that a configuration names: certificates, rule sets, addresses. It reads files
/// and waits for the resolver: never on a worker.
Built build(std::unique_ptr<config::Config> config, const Parts& parts);

}  // namespace ravelin::server
