#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/endpoint_address.h"
#include "ravelin/address.h"
#include "ravelin/schema.h"

/// The configuration as plain structs, one per section of the file. What a member holds before
/// reading is its default. Immutable once loaded; every `Place` points into Config::files.
namespace ravelin::config {

/// OrOff is a value that the word `off` switches off; then it holds nothing.
template <class T>
struct OrOff {
  std::optional<T> set;

  bool is_off() const { return !set.has_value(); }
  const T& operator*() const { return *set; }
  const T* operator->() const { return &*set; }
  void bind_value(Binder& b) {
    if (b.word("off", is_off())) {
      set.reset();
      return;
    }
    if (!set) set.emplace();
    b.value(*set);
  }
};

/// Workers is the number of threads; 0 is `auto`, one per core.
struct Workers {
  std::uint32_t count = 0;
  bool is_auto() const { return count == 0; }
  void bind_value(Binder& b);
};

enum class Protocol : std::uint8_t { h2, http11 };
constexpr auto enum_names(Protocol) {
  return std::array{EnumName<Protocol>{"h2", Protocol::h2}, EnumName<Protocol>{"http/1.1", Protocol::http11}};
}

enum class TlsVersion : std::uint8_t { tls12, tls13 };
constexpr auto enum_names(TlsVersion) {
  return std::array{EnumName<TlsVersion>{"1.2", TlsVersion::tls12}, EnumName<TlsVersion>{"1.3", TlsVersion::tls13}};
}

/// UnknownNames says what a handshake for a name without a certificate gets.
enum class UnknownNames : std::uint8_t { use_default, refuse };
constexpr auto enum_names(UnknownNames) {
  return std::array{EnumName<UnknownNames>{"default", UnknownNames::use_default},
                    EnumName<UnknownNames>{"refuse", UnknownNames::refuse}};
}

struct Certificate {
  FilePath cert;
  FilePath key;
  Place place;
  void bind(Binder& b);
};

struct Tls {
  std::vector<Certificate> certificates;
  TlsVersion min_version = TlsVersion::tls12;
  UnknownNames unknown_names = UnknownNames::use_default;
  void bind(Binder& b);
};

/// HttpsRedirect sends the clients of a plain listener to HTTPS.
struct HttpsRedirect {
  std::uint16_t port = 443;
  std::uint16_t status = 308;
  void bind(Binder& b);
  friend bool operator==(const HttpsRedirect&, const HttpsRedirect&) = default;
};

/// HttpsRedirectOrNot is `true`, `false` or the settings of a redirect.
struct HttpsRedirectOrNot {
  std::optional<HttpsRedirect> set;
  void bind_value(Binder& b);
};

/// TrustedProxy is one item of client_identity.trusted_proxies, or of a listener's proxy_protocol.from, as
/// written: a block or a set's name.
struct TrustedProxy {
  std::string text;
  Place place;
  void bind_value(Binder& b);
};

/// ProxyProtocol says which peers of a listener begin with a PROXY protocol header.
struct ProxyProtocol {
  std::vector<TrustedProxy> from;
  PrefixSet peers;              // `from` with named sets resolved
  bool has_unix_peers = false;  // `from` has the word `unix`: whoever connects to a unix socket
  void bind(Binder& b);
};

struct Listener {
  std::string name;
  std::vector<SocketAddress> bind_to;  // key `bind`
  std::vector<Protocol> protocols;     // never empty once loaded
  std::optional<Tls> tls;
  HttpsRedirectOrNot redirect_to_https;
  std::optional<ProxyProtocol> proxy_protocol;
  Place place;
  void bind(Binder& b);
};

struct ClientIdentity {
  std::vector<TrustedProxy> trusted_proxies;
  PrefixSet trusted;                 // trusted_proxies with named sets resolved
  PrefixSet intermediaries;          // peers of all listeners' proxy_protocol, and the networks of CDNs
  std::vector<std::string> headers;  // as written; the first one present names the client
  std::uint32_t ipv6_prefix = 64;
  void bind(Binder& b);
};

struct Limits {
  ByteSize request_head{16 * 1024};
  std::uint32_t request_fields = 100;
  ByteSize request_uri{8 * 1024};
  ByteSize request_body{1024 * 1024};
  ByteSize stream_window{64 * 1024};
  ByteSize response_backlog{256 * 1024};
  Duration handshake_timeout = std::chrono::seconds(10);
  Duration head_timeout = std::chrono::seconds(10);
  Duration body_idle = std::chrono::seconds(30);
  ByteSize body_min_rate{500};  // per second, after the first 10 s; 0: none
  Duration response_idle = std::chrono::seconds(15);
  ByteSize response_min_rate{50};  // per second, over each minute; 0: none
  Duration keepalive_idle = std::chrono::seconds(60);
  std::uint64_t keepalive_requests = 1000;
  Duration tunnel_idle = std::chrono::hours(1);
  std::uint32_t streams_per_connection = 100;
  std::uint32_t flood_points = 1000;  // what one HTTP/2 connection may waste in a row
  std::uint32_t client_connections = 10000;
  std::uint32_t connections_per_client = 100;
  std::uint32_t handshakes = 5000;
  std::uint32_t encoders = 64;  // at a time, per worker
  void bind(Binder& b);
};

/// Coding is a content coding (RFC 9110 section 8.4.1) that responses can be given.
enum class Coding : std::uint8_t { gzip, br, zstd };
constexpr std::size_t codings_in_all = 3;
constexpr auto enum_names(Coding) {
  return std::array{EnumName<Coding>{"gzip", Coding::gzip}, EnumName<Coding>{"br", Coding::br},
                    EnumName<Coding>{"zstd", Coding::zstd}};
}

/// CompressionLevel is how hard each coding tries, on the scale of its library. Above the ranges that
/// bind() allows, time and memory grow out of proportion.
struct CompressionLevel {
  std::uint32_t gzip = 5;
  std::uint32_t br = 5;
  std::uint32_t zstd = 3;
  void bind(Binder& b);
};

struct Compression {
  std::vector<Coding> codings{Coding::zstd, Coding::br, Coding::gzip};  // preferred ones first
  std::vector<std::string> types{"text/*",
                                 "application/javascript",
                                 "application/json",
                                 "application/manifest+json",
                                 "application/problem+json",
                                 "application/rss+xml",
                                 "application/wasm",
                                 "application/xhtml+xml",
                                 "application/xml",
                                 "font/otf",
                                 "font/ttf",
                                 "image/svg+xml"};  // lower-case once loaded
  ByteSize min_size{1024};
  CompressionLevel level;
  void bind(Binder& b);
};

enum class Balance : std::uint8_t { round_robin, least_requests };
constexpr auto enum_names(Balance) {
  return std::array{EnumName<Balance>{"round_robin", Balance::round_robin},
                    EnumName<Balance>{"least_requests", Balance::least_requests}};
}
constexpr auto words_not_available(Balance) { return std::array<std::string_view, 2>{"random_two", "hash("}; }

enum class UpstreamProtocol : std::uint8_t { http11, h2 };
constexpr auto enum_names(UpstreamProtocol) {
  return std::array{EnumName<UpstreamProtocol>{"http/1.1", UpstreamProtocol::http11},
                    EnumName<UpstreamProtocol>{"h2", UpstreamProtocol::h2}};
}

/// SendProxy says which PROXY protocol header a connection to an upstream begins with.
enum class SendProxy : std::uint8_t { off, v1, v2 };
constexpr auto enum_names(SendProxy) {
  return std::array{EnumName<SendProxy>{"off", SendProxy::off}, EnumName<SendProxy>{"v1", SendProxy::v1},
                    EnumName<SendProxy>{"v2", SendProxy::v2}};
}

struct UpstreamTls {
  bool verify = true;
  FilePath ca;              // empty: the system's
  std::string server_name;  // empty: the endpoint's name
  std::optional<Certificate> certificate;
  TlsVersion min_version = TlsVersion::tls12;
  void bind(Binder& b);
};

struct Endpoint {
  EndpointAddress address;
  std::uint32_t weight = 1;
  bool is_backup = false;
  Place place;
  void bind(Binder& b);
};

struct Retry {
  std::uint32_t attempts = 1;  // beyond the first try
  Percent budget{10};          // of the upstream's requests
  void bind(Binder& b);
};

struct Upstream {
  Balance balance = Balance::least_requests;
  UpstreamProtocol protocol = UpstreamProtocol::http11;
  std::optional<UpstreamTls> tls;
  SendProxy proxy_protocol = SendProxy::off;
  std::vector<Endpoint> endpoints;
  Duration connect_timeout = std::chrono::seconds(3);
  Duration response_timeout = std::chrono::seconds(30);
  Duration response_idle = std::chrono::seconds(60);
  std::uint32_t keepalive = 64;
  Retry retry;
  Place place;
  void bind(Binder& b);
};

/// HeaderRules changes a head. Names are as written in the file: lower-case them where they are
/// compiled. Values may hold variables, `${client.ip}`, all known ones once loaded.
struct HeaderRules {
  std::map<std::string, std::string> set;
  std::map<std::string, std::string> add;
  std::vector<std::string> remove;
  bool is_empty() const { return set.empty() && add.empty() && remove.empty(); }
  void bind(Binder& b);
};

enum class OnError : std::uint8_t { open, closed };
constexpr auto enum_names(OnError) {
  return std::array{EnumName<OnError>{"open", OnError::open}, EnumName<OnError>{"closed", OnError::closed}};
}

/// ModuleEntry is one module's section, with the keys that every module has.
struct ModuleEntry {
  std::string name;
  std::unique_ptr<Section> section;  // none if the module has no keys of its own
  Mode mode = Mode::enforce;
  Duration timeout = std::chrono::milliseconds(500);
  OnError on_error = OnError::closed;
  Place place;
  void bind(Binder& b);
};

/// Match says which requests a route takes; what is empty matches all.
struct Match {
  std::string host;         // lower-case; "*.example.com" is any name below example.com
  std::string path;         // exactly this; excludes path_prefix
  std::string path_prefix;  // this and all that starts with it
  std::vector<std::string> method;
  void bind(Binder& b);
};

/// Respond is an answer from the configuration: `body` or the content of `file`, or nothing.
struct Respond {
  std::uint16_t status = 200;
  std::string body;
  FilePath file;
  std::string content_type;  // made from the file's name if not given
  std::map<std::string, std::string> headers;
  void bind(Binder& b);
};

/// Redirect answers with another place to ask. `to` may hold the variables of header rules that are
/// part of a URL.
struct Redirect {
  std::string to;
  std::uint16_t status = 302;
  void bind(Binder& b);
};

/// Rewrite changes the path that the upstream is asked for: `prefix` stands in the place of the
/// route's path_prefix, or `to` in the place of a path that `regex` matches.
struct Rewrite {
  std::string prefix;
  std::string regex;
  std::string to;
  void bind(Binder& b);
};

/// ErrorPages is files by status ("404") or class of statuses ("5xx").
using ErrorPages = std::map<std::string, FilePath>;

enum class EscapedSlashes : std::uint8_t { refuse, keep };
constexpr auto enum_names(EscapedSlashes) {
  return std::array{EnumName<EscapedSlashes>{"refuse", EscapedSlashes::refuse},
                    EnumName<EscapedSlashes>{"keep", EscapedSlashes::keep}};
}

struct Route {
  std::string name;  // made from the match if not given; unique
  Match match;
  // One of these three answers.
  std::string upstream;
  std::optional<Respond> respond;
  std::optional<Redirect> redirect;
  std::string canonical_host;  // lower-case
  std::optional<Rewrite> rewrite;
  ErrorPages error_pages;
  std::map<std::string, ModuleEntry> modules;  // overrides; each complete, the global keys included
  HeaderRules request_headers;
  HeaderRules response_headers;
  std::optional<ByteSize> request_body;
  std::optional<Duration> body_idle;
  std::optional<ByteSize> body_min_rate;
  EscapedSlashes escaped_slashes = EscapedSlashes::refuse;
  std::vector<std::string> upgrade{"websocket"};  // lower-case
  std::optional<OrOff<Compression>> compression;  // complete, the global keys included
  Place place;
};

struct Store {
  OrOff<FilePath> snapshot{FilePath{"/var/lib/ravelin/store"}};
  void bind(Binder& b);
};

/// Sink is where events go: a file, or standard output.
struct Sink {
  FilePath file;
  bool is_stdout = false;
  Place place;
  void bind(Binder& b);
};

/// Sinks of one kind of event; none if switched off.
struct Sinks {
  std::vector<Sink> list;
  void bind_value(Binder& b);
};

struct Events {
  Sinks access{{Sink{{"/var/log/ravelin/access.jsonl"}, false, {}}}};
  Sinks security{{Sink{{"/var/log/ravelin/security.jsonl"}, false, {}}}};
  void bind(Binder& b);
};

struct Admin {
  OrOff<SocketAddress> bind_to{SocketAddress{Address::v4({127, 0, 0, 1}), 9901, {}}};  // key `bind`
  FilePath socket{"/run/ravelin/admin.sock"};
  void bind(Binder& b);
};

/// SourceFile is a file the configuration was read from: its name as the operator gave it, and the
/// directory that relative paths in it start from.
struct SourceFile {
  std::string name;
  std::string directory;
};

/// Config is one load of the configuration.
struct Config {
  Workers workers;
  Duration drain_timeout = std::chrono::seconds(30);
  Duration drain_delay{};
  std::vector<Listener> listeners;
  ClientIdentity client_identity;
  Limits limits;
  std::map<std::string, Upstream> upstreams;
  std::string via = "ravelin";  // what the gateway calls itself in Via; "off": it does not
  HeaderRules request_headers;
  HeaderRules response_headers;
  ErrorPages error_pages;
  OrOff<Compression> compression;
  std::vector<ModuleEntry> modules;  // in order of evaluation, no name twice
  std::vector<Route> routes;         // in order of the file
  Store store;
  Events events;
  Admin admin;

  std::deque<SourceFile> files;          // a deque: places view the names
  std::map<std::string, Place> origins;  // where each value stands, by path ("limits.head_timeout")

  /// The place of `path`, or of the nearest section around it.
  Place place_of(std::string_view path) const;
};

}  // namespace ravelin::config
