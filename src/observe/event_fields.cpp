#include "observe/event_fields.h"

#include <string_view>

#include "base/bytes16.h"
#include "observe/masking.h"

namespace ravelin::observe {

namespace {

bool is_lower_hex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }

bool is_lower_hex16(const char* text) {
  const Bytes16 bytes = load16(text);
  const Bytes16 digits = (bytes >= all16('0')) & (bytes <= all16('9'));
  const Bytes16 letters = (bytes >= all16('a')) & (bytes <= all16('f'));
  return !is_any(~(digits | letters));
}

bool is_all_zero(std::string_view text) { return text.find_first_not_of('0') == std::string_view::npos; }

template <class Next>
void write_masked(JsonBuffer& json, std::string_view text, Next next) {
  json.literal("\"");
  std::size_t at = 0;
  while (const auto secret = next(text, at)) {
    json.text(text.substr(at, secret->begin - at));
    json.raw(mask);
    at = secret->end;
  }
  json.text(text.substr(at));
  json.literal("\",");
}

void write_http(JsonBuffer& json, const Exchange& exchange) {
  const RequestHead& request = exchange.request();
  json.literal("\"http\":{\"version\":\"");
  json.raw(to_string(request.version));
  json.literal("\",\"request\":{\"id\":");
  json.string(exchange.id());
  json.literal("\"method\":");
  json.string(request.method);
  json.literal("\"body\":{\"bytes\":");
  json.number(exchange.request_body_bytes);
  json.close('}');
  json.close('}');
  if (exchange.has_response()) {
    json.literal("\"response\":{\"status_code\":");
    json.number(exchange.response().status);
    json.literal("\"body\":{\"bytes\":");
    json.number(exchange.response_body_bytes);
    json.close('}');
    json.close('}');
  }
  json.close('}');
}

// Of a head, or of what is kept of one.
template <class Request>
void write_url(JsonBuffer& json, const Request& request) {
  json.literal("\"url\":{");
  if (!request.host.empty()) {
    json.literal("\"domain\":");
    json.string(request.host);
  }
  json.literal("\"path\":");
  write_masked(json, request.path, next_secret_in_path);
  if (!request.query.empty()) {
    json.literal("\"query\":");
    write_masked(json, request.query, next_secret_in_query);
  }
  json.close('}');
}

void write_tls(JsonBuffer& json, const TlsSession& tls) {
  if (!tls.is_on()) return;
  json.literal("\"tls\":{\"version\":\"");
  json.raw(tls.version);
  json.literal("\",");
  if (!tls.server_name.empty()) {
    json.literal("\"client\":{\"server_name\":");
    json.string(tls.server_name);
    json.close('}');
  }
  json.close('}');
}

// One pass for the two fields that are wanted.
void write_fields(JsonBuffer& json, const HeaderList& fields) {
  std::string_view agent, trace;
  for (const Field& field : fields) {
    if (field.name.size() == 10 && field.name == "user-agent") agent = field.value;
    if (field.name.size() == 11 && field.name == "traceparent") trace = trace_id(field.value);
  }
  if (!agent.empty()) {
    json.literal("\"user_agent\":{\"original\":");
    json.string(agent);
    json.close('}');
  }
  if (!trace.empty()) {
    json.literal("\"trace\":{\"id\":\"");
    json.raw(trace);
    json.literal("\"},");
  }
}

}  // namespace

std::int64_t duration_of(const Times& times) {
  if (times.started == Time{} || times.finished == Time{}) return 0;
  return (times.finished - times.started).count();
}

std::string_view trace_id(std::string_view traceparent) {
  // version "-" trace-id "-" parent-id "-" flags; a later version may go on after another dash.
  if (traceparent.size() < 55 || traceparent[2] != '-' || traceparent[35] != '-' || traceparent[52] != '-') return {};
  const std::string_view version = traceparent.substr(0, 2), trace = traceparent.substr(3, 32);
  const std::string_view parent = traceparent.substr(36, 16), flags = traceparent.substr(53, 2);
  for (const char c : {version[0], version[1], flags[0], flags[1]}) {
    if (!is_lower_hex(c)) return {};
  }
  if (!is_lower_hex16(&trace[0]) || !is_lower_hex16(&trace[16]) || !is_lower_hex16(&parent[0])) return {};
  if (version == "ff" || is_all_zero(trace) || is_all_zero(parent)) return {};
  const bool has_more = traceparent.size() > 55;
  if (has_more && (version == "00" || traceparent[55] != '-')) return {};
  return trace;
}

void write_request(JsonBuffer& json, const Exchange& exchange) {
  write_http(json, exchange);
  write_url(json, exchange.request());
  write_peer(json, exchange.peer());
  write_tls(json, exchange.tls());
  write_fields(json, exchange.request().fields);
}

void write_request(JsonBuffer& json, const LateIncident& late) {
  json.literal("\"http\":{\"request\":{\"id\":");
  json.string(late.request_id);
  json.literal("\"method\":");
  json.string(late.method);
  json.close('}');
  json.close('}');
  write_url(json, late);
  if (late.client.is_none()) return;
  json.literal("\"client\":{\"ip\":\"");
  json.address(late.client);
  json.literal("\"},");
}

void write_peer(JsonBuffer& json, const Peer& peer) {
  if (!peer.client.is_none()) {
    json.literal("\"client\":{\"ip\":\"");
    json.address(peer.client);
    json.literal("\"},");
  }
  if (!peer.socket_address().is_none()) {
    json.literal("\"source\":{\"ip\":\"");
    json.address(peer.socket_address());
    json.literal("\"},");
  }
}

void write_place(JsonBuffer& json, const Exchange& exchange) {
  if (!exchange.route.empty()) {
    json.literal("\"route\":");
    json.string(exchange.route);
  }
  if (!exchange.upstream.empty()) {
    json.literal("\"upstream\":");
    json.string(exchange.upstream);
  }
  if (!exchange.endpoint.empty()) {
    json.literal("\"endpoint\":");
    json.string(exchange.endpoint);
  }
}

void write_masked_text(JsonBuffer& json, std::string_view text) { write_masked(json, text, next_secret_in_text); }

}  // namespace ravelin::observe
