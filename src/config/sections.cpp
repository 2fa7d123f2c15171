#include "config/config.h"

#include <chrono>

namespace ravelin::config {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

// Shorter than a round trip is a mistake, longer than a day is no bound.
constexpr Range wait = between(milliseconds(10), hours(24));
constexpr Range size_of_head = between(1024, 1024 * 1024);
constexpr Range size_of_body = between(0, std::int64_t{1} << 40);

constexpr std::string_view status_of_redirect =
    "301, 302, 303, 307 or 308. Clients of HTTP/1.0, which has no 307 and 308, get 302 and 301 in their place.";

// RFC 9110 section 15.4: those that send a client to its Location.
void check_redirect_status(Binder& b, std::uint16_t status) {
  if (status > 303 && status < 307) b.problem("status", "expected 301, 302, 303, 307 or 308");
}

}  // namespace

void Workers::bind_value(Binder& b) {
  if (b.word("auto", is_auto())) {
    count = 0;
    return;
  }
  b.value(count);
}

void Certificate::bind(Binder& b) {
  b.place(place);
  b.required("cert", cert, "PEM file of the certificate and its chain.");
  b.required("key", key, "PEM file of the private key.");
}

void Tls::bind(Binder& b) {
  b.required("certificates", certificates,
             "Chosen by the name that the client asks for, wildcards included; the first one is the default.");
  b.key("min_version", min_version, "The oldest TLS version that is accepted.");
  b.key("unknown_names", unknown_names, "What a client gets that asks for a name without a certificate.");
  b.not_available("client_ca");
  b.not_available("client_auth");
}

void HttpsRedirect::bind(Binder& b) {
  b.key("port", port, "Where clients find HTTPS.", between(1, 65535));
  b.key("status", status, status_of_redirect, between(301, 308));
  check_redirect_status(b, status);
}

void HttpsRedirectOrNot::bind_value(Binder& b) {
  if (b.word("false", !set)) {
    set.reset();
    return;
  }
  if (b.word("true", set == HttpsRedirect())) {
    set.emplace();
    return;
  }
  if (!set) set.emplace();
  b.value(*set);
}

void Listener::bind(Binder& b) {
  b.place(place);
  b.required("name", name, "Its name in metrics and events.");
  b.required("bind", bind_to, "Where to listen; a list binds several.");
  b.key("protocols", protocols,
        "What is spoken; by default both with TLS, and http/1.1 without. Clients choose by ALPN; one without it speaks "
        "http/1.1.");
  b.key("tls", tls, "Makes it a TLS listener.");
  b.key("redirect_to_https", redirect_to_https,
        "Of a plain listener: what would reach a route is sent to the same URL at HTTPS, but for routes below "
        "/.well-known/acme-challenge/ and for clients that came to a trusted proxy by HTTPS. `true` is "
        "{port: 443, status: 308}.");
  b.key("proxy_protocol", proxy_protocol,
        "Which peers are proxies that begin each connection with a PROXY protocol header, version 1 or 2; by default "
        "none.");
}

void ProxyProtocol::bind(Binder& b) {
  b.required(
      "from", from,
      "The proxies: blocks, or named sets as in `client_identity.trusted_proxies`; `unix` is whoever connects to a "
      "unix socket. Their connections must begin with a header, all others must not.");
}

void TrustedProxy::bind_value(Binder& b) {
  b.place(place);
  b.value(text);
}

void ClientIdentity::bind(Binder& b) {
  b.key("trusted_proxies", trusted_proxies,
        "Peers whose word on the client's address is taken: blocks, `cloudflare`, `private`, `loopback`, or NAME for "
        "the blocks in lists/NAME.txt.");
  b.key("headers", headers,
        "Where a trusted peer names the client; the first one that is present counts. Origins get "
        "`X-Forwarded-For` and `X-Real-IP` as the gateway writes them anew, and none of the others.");
  b.key("ipv6_prefix", ipv6_prefix, "How many bits of an IPv6 address are one client, for limits and bans.",
        between(32, 128));
}

void Limits::bind(Binder& b) {
  b.key("request_head", request_head, "The head of a request, as received; 431 beyond.", size_of_head);
  b.key("request_fields", request_fields,
        "Header fields of a request; 431 beyond. HTTP/2 clients may send twice as many cookies besides, a field each.",
        between(1, 10000));
  b.key("request_uri", request_uri, "The target of a request; 414 beyond.", between(64, 1024 * 1024));
  b.key("request_body", request_body, "The body of a request; 413 beyond. Routes may set their own.", size_of_body);
  b.key("stream_window", stream_window,
        "Body bytes received and not yet passed on, per stream and direction; of an upload over HTTP/2 whose origin "
        "keeps up with it up to 256 KiB.",
        between(16 * 1024, 16 * 1024 * 1024));
  b.key("response_backlog", response_backlog,
        "Bytes of responses that one connection has not taken, over all its streams, at least `stream_window`. Beyond, "
        "origins of HTTP/1.1 are read 4 KiB at a time for each.",
        between(4 * 1024, 1024 * 1024 * 1024));
  b.key("handshake_timeout", handshake_timeout, "From the connection to the end of the TLS handshake.", wait);
  b.key("head_timeout", head_timeout, "From a request's first byte to the end of its head; 408 beyond.", wait);
  b.key("body_idle", body_idle, "Between bytes of a request's body; 408 beyond. Routes may set their own.", wait);
  b.key("body_min_rate", body_min_rate,
        "Bytes per second that a request's body must keep up after its first 10 s; 0 is no bound.",
        between(0, std::int64_t{1} << 30));
  b.key("response_idle", response_idle, "How long a client may not read its response.", wait);
  b.key("response_min_rate", response_min_rate,
        "Bytes per second that a client must take of its response, over each minute in which there is something to "
        "take; 0 is no bound.",
        between(0, std::int64_t{1} << 30));
  b.key("keepalive_idle", keepalive_idle, "How long a connection stays open without a request.", wait);
  b.key("keepalive_requests", keepalive_requests, "Requests on one connection before it is closed.",
        between(1, 1'000'000'000));
  b.key("streams_per_connection", streams_per_connection, "Concurrent requests on one HTTP/2 connection.",
        between(1, 10000));
  b.key("flood_points", flood_points,
        "How much of what costs and brings nothing (resets, PING, SETTINGS, empty frames) one HTTP/2 connection may "
        "send without working; then it is closed with ENHANCE_YOUR_CALM. A reset takes 4 points, a PING 2; each "
        "finished request gives 4 back.",
        between(100, 20'000));
  b.key("client_connections", client_connections, "Connections of all clients.", between(1, 10'000'000));
  b.key("connections_per_client", connections_per_client,
        "Connections of one client. Not for trusted proxies and over unix sockets, where one peer stands for many.",
        between(1, 10'000'000));
  b.key("handshakes", handshakes,
        "TLS handshakes under way, of all clients; beyond, the one that has taken longest is ended.",
        between(1, 1'000'000));
  b.key("tunnel_idle", tunnel_idle,
        "How long a tunnel (WebSocket), or a call whose response has begun before its request has ended (gRPC), may be "
        "without a byte in either direction.",
        wait);
  b.key("encoders", encoders,
        "Responses that one worker compresses at a time; further ones are sent as they came. Each takes up to 2 MiB.",
        between(1, 1'000'000));
}

void CompressionLevel::bind(Binder& b) {
  b.key("gzip", gzip, "The level of gzip.", between(1, 9));
  b.key("br", br, "The level of Brotli.", between(1, 8));
  b.key("zstd", zstd, "The level of Zstandard.", between(1, 9));
}

void Compression::bind(Binder& b) {
  b.key("codings", codings,
        "What responses may be coded with; of those that a client likes equally the first is taken.");
  b.key("types", types,
        "Media types that are worth it; `text/*` is all of that kind. Event streams only if `text/event-stream` itself "
        "is listed.");
  b.key("min_size", min_size, "Bodies known to be smaller are sent as they came.", size_of_body);
  b.key("level", level, "How hard each coding tries.");
}

void Endpoint::bind(Binder& b) {
  b.place(place);
  b.shorthand("address", address, "ADDRESS:PORT, NAME:PORT or unix:PATH.");
  b.key("weight", weight, "Its share of the requests, relative to the others.", between(1, 1000));
  b.key("backup", is_backup, "Used only when no other endpoint is available.");
}

void Retry::bind(Binder& b) {
  b.key("attempts", attempts, "Further tries after one that failed before a byte of the answer; 0 is none.",
        between(0, 10));
  b.key("budget", budget, "Retries at most, as a share of the upstream's requests.");
}

void UpstreamTls::bind(Binder& b) {
  b.key("verify", verify, "Whether the certificate must be trusted and be for the server's name.");
  b.key("ca", ca, "PEM file of the authorities to trust; the system's if not given.");
  b.key("server_name", server_name, "The name asked for (SNI) and verified; the endpoint's own if not given.");
  b.key("certificate", certificate, "The certificate that the gateway shows, if it is asked for one.");
  b.key("min_version", min_version, "The oldest TLS version that is accepted.");
}

void Upstream::bind(Binder& b) {
  b.place(place);
  b.key("balance", balance, "How an endpoint is chosen.");
  b.key("protocol", protocol, "What its endpoints speak; `h2` by prior knowledge, or with `tls` by ALPN.");
  b.key("tls", tls, "Speaks TLS with its endpoints; `{}` for the defaults.");
  b.key("proxy_protocol", proxy_protocol, "The PROXY protocol header that tells its endpoints the client's address.");
  b.required("endpoints", endpoints, "Its servers.");
  b.key("connect_timeout", connect_timeout, "To an established connection.", wait);
  b.key("response_timeout", response_timeout, "From the end of the request to the head of the response; 504 beyond.",
        wait);
  b.key("response_idle", response_idle, "Between bytes of the response's body.", wait);
  b.key("keepalive", keepalive, "Idle connections kept per worker, divided among the endpoints; at least one each.",
        between(0, 100000));
  b.key("retry", retry, "When a request is tried again.");
  b.not_available("health");
  b.not_available("outlier");
  b.not_available("sticky");
}

void HeaderRules::bind(Binder& b) {
  b.key("set", set, "Replaces every field of that name.");
  b.key("add", add, "Adds a field.");
  b.key("remove", remove, "Removes every field of that name.");
}

void ModuleEntry::bind(Binder& b) {
  b.place(place);
  b.key("mode", mode, "`detect` records what it would have refused; `off` does not run it.");
  b.key("timeout", timeout,
        "How long it may take to decide. Waiting for a thread does not count, up to sixty times as long.",
        between(milliseconds(1), seconds(60)));
  b.key("on_error", on_error, "Whether a request passes (`open`) or is refused (`closed`) when the module fails.");
  if (section == nullptr) return;
  section->place = place;
  section->bind(b);
}

void Match::bind(Binder& b) {
  b.key("host", host, "A host name; `*.example.com` is any name below example.com. Any host if not given.");
  b.key("path", path, "Exactly this path, in its canonical form. Parameters after ';' are ignored.");
  b.key("path_prefix", path_prefix,
        "Paths that start with this text, in its canonical form. Parameters after ';' are ignored.");
  b.key("method", method, "One of these methods; any if not given.");
}

void Respond::bind(Binder& b) {
  b.key("status", status, "Its status.", between(200, 599));
  b.key("body", body, "Its content as text.");
  b.key("file", file, "Its content is this file, of 1 MiB at most, read when the configuration is loaded.");
  b.key("content_type", content_type,
        "Its media type; by default that of the file's name, and `text/plain; charset=utf-8` for `body`.");
  b.key("headers", headers, "Further fields; their values may have variables.");
  if (!body.empty() && !file.is_empty()) b.problem("", "'body' and 'file' exclude each other");
  const bool has_content = !body.empty() || !file.is_empty();
  if (has_content && (status == 204 || status == 205 || status == 304))
    b.problem("status", "a response of this status has no content");
  if (!has_content && !content_type.empty())
    b.problem("content_type", "there is no content: 'body' or 'file' gives it");
}

void Redirect::bind(Binder& b) {
  b.shorthand("to", to,
              "Where to: a URL, or a path on the same host. ${scheme}, ${host}, ${path} and ${query} are those of the "
              "request; the query is dropped where `to` does not name it.");
  b.key("status", status, status_of_redirect, between(301, 308));
  check_redirect_status(b, status);
}

void Rewrite::bind(Binder& b) {
  b.key("prefix", prefix, "Stands in the place of the route's `match.path_prefix`.");
  b.key("regex", regex,
        "A regular expression (PCRE2) for the canonical path. A path that it does not match stays as it is.");
  b.key(
      "to", to,
      "The new path, where `regex` matches: $1 to $9 are its groups, $0 all that matched, $$ is a dollar sign. With a "
      "'?' it gives the query too; otherwise the client's is kept.");
  if (prefix.empty() && regex.empty()) {
    b.problem("", "expected {prefix: /new/} or {regex: '^/old/(.*)$', to: '/new/$1'}");
  } else if (!prefix.empty() && !regex.empty()) {
    b.problem("", "'prefix' and 'regex' exclude each other");
  } else if (!prefix.empty() && !to.empty()) {
    b.problem("to", "goes with 'regex', not with 'prefix'");
  } else if (prefix.empty() && to.empty()) {
    b.problem("", "'regex' needs 'to', the new path");
  }
}

void Store::bind(Binder& b) {
  b.key("snapshot", snapshot, "File of the bans that survive a restart; `off` for none.");
  b.not_available("redis");
}

void Sink::bind(Binder& b) {
  b.place(place);
  b.key("file", file, "A file that is appended to; SIGUSR1 opens it anew.");
  b.key("stdout", is_stdout, "Standard output.");
  for (const char* later : {"syslog", "logstash", "elasticsearch", "loki"}) b.not_available(later);
  if (is_stdout != file.is_empty()) b.problem("", "expected one of {file: PATH} and {stdout: true}");
}

void Sinks::bind_value(Binder& b) {
  if (b.word("off", list.empty())) {
    list.clear();
    return;
  }
  b.value(list);
}

void Events::bind(Binder& b) {
  b.key("access", access, "One record per request; `off` for none.");
  b.key("security", security, "One record per refusal or detection; `off` for none.");
}

void Admin::bind(Binder& b) {
  b.key("bind", bind_to,
        "Where /healthz, /readyz, /metrics and what the commands ask for are served, to be read; `off` for nowhere.");
  b.key("socket", socket, "The socket that the commands use.");
}

Place Config::place_of(std::string_view path) const {
  std::string at(path);
  while (true) {
    const auto found = origins.find(at);
    if (found != origins.end()) return found->second;
    if (at.empty()) return files.empty() ? Place{} : Place{files.front().name, 1, 1};
    const std::size_t end = at.find_last_of(".[");
    at.resize(end == std::string::npos ? 0 : end);
  }
}

}  // namespace ravelin::config
