#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ravelin/address.h"
#include "ravelin/loop.h"
#include "ravelin/message.h"

namespace ravelin {

/// ClientSource says how the client's address is known.
enum class ClientSource : std::uint8_t { connection, proxy_protocol, header };

constexpr std::string_view to_string(ClientSource source) {
  switch (source) {
    case ClientSource::connection: return "connection";
    case ClientSource::proxy_protocol: return "proxy_protocol";
    case ClientSource::header: return "header";
  }
  return "";
}

/// TlsSession is what a finished handshake agreed on; `version` is empty on a plain connection.
struct TlsSession {
  std::string_view version;  // "1.2" or "1.3", static
  std::string_view cipher;   // static
  std::string server_name;   // SNI, lower-case, empty if none was sent
  std::string client_cn;     // of a verified client certificate
  bool is_resumed = false;

  bool is_on() const { return !version.empty(); }
};

/// Peer is who is at the other end: of the connection (`address`), and behind it (`client`). Limits,
/// bans, rules and logs all use `client`; only the accept hook uses `address`.
struct Peer {
  SocketAddress address;      // of the TCP connection, or what a PROXY protocol header says is behind it
  SocketAddress destination;  // what it connected to, which upstreams may be told
  Address client;             // who is asking
  Prefix client_key;          // `client` widened to client_identity.ipv6_prefix: what limits and bans count
  std::vector<Address> hops;  // trusted hops passed on the way to `client`, nearest first
  ClientSource known_by = ClientSource::connection;
  bool is_trusted_hop = false;  // the peer is in client_identity.trusted_proxies
  std::string_view listener;    // its name; lives as long as the Generation

  /// The other end of the socket: the proxy's own address, if one has said who is behind it.
  const Address& socket_address() const { return hops.empty() ? address.address : hops.front(); }
};

/// Place is a line of the configuration, for "which line is responsible".
struct Place {
  std::string_view file;  // lives as long as the Generation
  int line = 0;
  int column = 0;
};

/// Action is what came of an incident: the `event.action` of its security event.
enum class Action : std::uint8_t { detected, blocked, limited, banned, unbanned };

constexpr std::string_view to_string(Action action) {
  switch (action) {
    case Action::detected: return "detected";
    case Action::blocked: return "blocked";
    case Action::limited: return "limited";
    case Action::banned: return "banned";
    case Action::unbanned: return "unbanned";
  }
  return "";
}

/// Incident is something suspicious that a module saw, whether or not it refused the request. Other
/// modules (ban) act on it; the security event lists it.
struct Incident {
  std::string_view module;
  std::string reason;              // stable code, as in Rejection
  std::vector<std::string> rules;  // ids of the rules that matched
  std::string rule_name;           // message of the deciding rule
  int score = 0;
  std::string detail;  // masked
  /// `detected` unless the module itself did something about it; what became of the request is in
  /// the decisions.
  Action action = Action::detected;
  bool is_trial = false;  // of a module in detect mode; set when the exchange is done
};

enum class Mode : std::uint8_t { enforce, detect, off };

enum class DecisionKind : std::uint8_t { pass, skip, answer, reject, drop, detected, failed_open, failed_closed };

constexpr std::string_view to_string(DecisionKind kind) {
  switch (kind) {
    case DecisionKind::pass: return "pass";
    case DecisionKind::skip: return "skip";
    case DecisionKind::answer: return "answer";
    case DecisionKind::reject: return "reject";
    case DecisionKind::drop: return "drop";
    case DecisionKind::detected: return "detected";
    case DecisionKind::failed_open: return "failed_open";
    case DecisionKind::failed_closed: return "failed_closed";
  }
  return "";
}

/// Judged says by which of its engines a module that has several came to its verdict, for the records.
struct Judged {
  std::string_view engine{};  // static; of the waf "plan" or "library"; empty: there is only one way, or none was asked
  bool is_rechecked = false;  // another engine judges the same request again, beside it
};

/// Decision is one step of the answer to "why": who decided what, because of which line.
struct Decision {
  std::string_view
      module;  // "waf", "core": the gateway itself, "route": the one taken; lives as long as the Generation
  DecisionKind kind = DecisionKind::pass;
  std::string reason;  // stable code; empty for pass and skip
  std::string detail;
  Place place;
  Judged judged{};
};

/// LateIncident is what a module has found out about a request whose exchange may be over: an incident, with so much of
/// the request as its security event shows. Texts as in the exchange; what is secret in them is masked by who writes.
struct LateIncident {
  Incident incident;
  WallTime time{};  // of the request
  std::string request_id;
  std::string method;
  std::string host;
  std::string path;
  std::string query;
  Address client;
  std::string route;
  std::string_view engine{};  // as in Judged: the one that found it
};

/// Facts is what modules tell each other about an exchange: name to text. Names are declared in the
/// Descriptor of the module that provides them ("country").
class Facts {
 public:
  /// Empty if the fact is not known.
  std::string_view get(std::string_view name) const {
    for (const auto& [key, value] : facts_)
      if (key == name) return value;
    return {};
  }
  /// `name` must have static storage.
  void set(std::string_view name, std::string value) {
    for (auto& [key, old] : facts_) {
      if (key == name) {
        old = std::move(value);
        return;
      }
    }
    facts_.emplace_back(name, std::move(value));
  }
  auto begin() const { return facts_.begin(); }
  auto end() const { return facts_.end(); }

 private:
  std::vector<std::pair<std::string_view, std::string>> facts_;
};

/// Times of one exchange; a zero Time means that the step was not reached.
struct Times {
  Time started;    // the turn in which the head was whole: a codec knows no clock, so not its first byte
  Time inspected;  // the request's last verdict
  Time connected;  // an upstream connection was at hand
  Time response_head;
  Time finished;
};

/// Exchange is the record of one request and its response. It is passive: Flow moves it, modules
/// read it and add incidents and facts. One worker's thread only.
class Exchange {
 public:
  Exchange(Loop& loop, const Peer& peer, const TlsSession& tls) : loop_(loop), peer_(peer), tls_(tls) {}
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  Loop& loop() const { return loop_; }
  /// Who asks: the connection's peer, or this request's own if a trusted hop named its client.
  const Peer& peer() const { return own_peer_ ? *own_peer_ : peer_; }
  const TlsSession& tls() const { return tls_; }
  /// Called once by the core, before any module sees the exchange.
  void set_peer(Peer peer) { own_peer_ = std::make_unique<Peer>(std::move(peer)); }

  RequestHead& request() { return *request_; }
  const RequestHead& request() const { return *request_; }
  bool has_response() const { return response_ != nullptr; }
  ResponseHead& response() { return *response_; }
  const ResponseHead& response() const { return *response_; }
  void set_request(std::unique_ptr<RequestHead> head) { request_ = std::move(head); }
  void set_response(std::unique_ptr<ResponseHead> head) { response_ = std::move(head); }

  std::string_view id() const { return {id_, id_size_}; }
  /// At most 128 bytes are kept.
  void set_id(std::string_view id) { id_size_ = static_cast<std::uint8_t>(id.copy(id_, sizeof id_)); }

  Facts facts;
  std::vector<Incident> incidents;
  std::vector<Decision> decisions;
  Times times;

  std::string_view route;  // names live as long as the Generation
  std::string_view upstream;
  std::string_view endpoint;
  std::string reason;                     // of the refusal or failure that ended it; empty when all went well
  int refused_with = 0;                   // status of a refusal, also where gRPC has 200 in its place; 0: none
  std::string_view ended_by;              // "client", "upstream", "gateway" or "done"
  std::uint64_t request_body_bytes = 0;   // received from the client
  std::uint64_t response_body_bytes = 0;  // sent to the client
  unsigned attempts = 0;

 private:
  Loop& loop_;
  const Peer& peer_;
  const TlsSession& tls_;
  std::unique_ptr<Peer> own_peer_;
  std::unique_ptr<RequestHead> request_;
  std::unique_ptr<ResponseHead> response_;
  char id_[128];
  std::uint8_t id_size_ = 0;
};

}  // namespace ravelin
