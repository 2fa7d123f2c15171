#pragma once

/// Start here to write a module. A module is configured policy: one object per place in the
/// configuration, immutable, shared by all workers. For each exchange it may give out an Inspector,
/// whose hooks the pipeline calls in the order of the `modules:` list (requests) and the reverse
/// (responses). A hook answers with a Verdict; acting on it, mode, timeout, on_error, counting,
/// logging and explaining are the pipeline's. See docs/writing-a-module.md.

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "ravelin/exchange.h"
#include "ravelin/log.h"
#include "ravelin/message.h"
#include "ravelin/metrics.h"
#include "ravelin/result.h"
#include "ravelin/schema.h"
#include "ravelin/store.h"
#include "ravelin/verdict.h"

namespace ravelin {

/// Raised by one with every incompatible change of include/.
/// 1: first version.
inline constexpr int module_api_version = 1;

/// Inspector is a module's state for one exchange, destroyed with it. Hooks run on the worker's
/// thread and must not block; an exception counts as a failure of the module. Each default passes.
class Inspector {
 public:
  virtual ~Inspector() = default;
  /// May change the request's fields.
  virtual Verdict on_request_head(Exchange&) { return Verdict::pass(); }
  /// Called for each piece of the body; the last one may be empty. Not called for tunnels.
  virtual Verdict on_request_body(Exchange&, const Chunk&) { return Verdict::pass(); }
  /// May change the response's fields.
  virtual Verdict on_response_head(Exchange&) { return Verdict::pass(); }
  virtual Verdict on_response_body(Exchange&, const Chunk&) { return Verdict::pass(); }
  /// Always called once, when everything about the exchange is known; cannot fail, cannot wait.
  virtual void on_done(Exchange&) {}

  /// How many bytes of the request body must be kept back from the upstream until
  /// on_request_body has passed the last chunk; asked after on_request_head. 0: the body may
  /// stream past. A body larger than this is still shown whole, chunk by chunk: the hook decides.
  virtual std::size_t request_body_hold(const Exchange&) const { return 0; }
  /// The same for the response and the client; asked after on_response_head.
  virtual std::size_t response_body_hold(const Exchange&) const { return 0; }

  /// Which engine came to the verdict, for a module that has several; asked when a decision is recorded.
  virtual Judged judged() const { return {}; }
};

/// Module is configured policy. Const after make; every function may be called from all workers.
class Module {
 public:
  virtual ~Module() = default;
  /// Judges a connection before TLS, by `peer.address` only. May not wait; reject means drop.
  virtual Verdict on_connect(Loop&, const Peer&) const { return Verdict::pass(); }
  /// The state for this exchange, or none if the module has nothing to do with it.
  virtual std::unique_ptr<Inspector> inspect(Exchange& exchange) const = 0;
  /// Addresses that no ban may cover while this module's configuration is in force. The store is given
  /// the union over all modules when, and only if, the configuration is switched to.
  virtual PrefixSet never_banned() const { return {}; }
  /// How it is doing, for GET /v1/modules/NAME: a JSON object, or empty if there is nothing to say. Asked by the main
  /// thread while workers use the module.
  virtual std::string status() const { return {}; }
};

/// Alerts writes security events about exchanges that may be over; of those that are not, the incident is enough.
/// Lives as long as the process. Any thread.
class Alerts {
 public:
  virtual ~Alerts() = default;
  virtual void write(const LateIncident& late) = 0;
};

/// Services is what a module may use of the process. Lives as long as the module. `workers` is the
/// number of worker threads, for WorkerLocal.
struct Services {
  Store& store;
  Metrics& metrics;
  Log& log;
  unsigned workers = 1;
  /// client_identity.trusted_proxies of this configuration, named sets resolved.
  const PrefixSet& trusted_proxies;
  /// Whether to build everything but leave shared state untouched (`ravelin check`).
  bool is_dry_run = false;
  /// Of the section being built. The pipeline turns a refusal in detect mode into a record; a module
  /// needs this only where it acts or counts by itself.
  Mode mode = Mode::enforce;
  /// Names of the routes that run this module, for the label `route`; as Exchange::route, and for as long.
  std::vector<std::string_view> routes{};
  /// Null where no events are written.
  Alerts* alerts = nullptr;
  /// Who else stands for many clients: the peers of listeners that begin with a PROXY protocol header, and the networks
  /// of CDNs. Null in tests that have none.
  const PrefixSet* intermediaries = nullptr;
};

/// Descriptor declares a kind of module to the gateway; one constant per kind, listed in
/// modules/builtin.cpp.
struct Descriptor {
  std::string_view name;  // its key under `modules:`
  int api_version = module_api_version;
  std::vector<std::string_view> needs;     // facts that an earlier module must provide
  std::vector<std::string_view> provides;  // facts that this one sets

  /// An empty configuration to bind: to a section of the file, or to print the reference from.
  std::unique_ptr<Section> (*make_section)() = nullptr;
  /// Builds the module. The section was read and is in range; errors here are about the world
  /// (a file that is missing), and say which and what to do.
  Result<std::unique_ptr<Module>> (*make)(const Section& section, const Services& services) = nullptr;
};

}  // namespace ravelin
