#pragma once

#include <string_view>

#include "base/json_buffer.h"
#include "ravelin/exchange.h"

namespace ravelin::observe {

/// Nanoseconds that each step of an exchange took, as `ravelin.times` and explain show them; steps
/// that were not reached are not visited. In order: inspect, connect, response (to its head), transfer.
template <class Visit>
void visit_times(const Times& times, Visit&& visit) {
  Time last = times.started;
  const auto step = [&](auto&& name, Time reached) {
    if (reached == Time{}) return;
    if (last != Time{}) visit(name, (reached - last).count());
    last = reached;
  };
  step("\"inspect\":", times.inspected);
  step("\"connect\":", times.connected);
  step("\"response\":", times.response_head);
  step("\"transfer\":", times.finished);
}

/// From the end of the head to the end; 0 while either is unknown.
std::int64_t duration_of(const Times& times);

/// The trace id of a valid traceparent (W3C Trace Context section 3.2.2), else empty.
std::string_view trace_id(std::string_view traceparent);

/// Writes what access and security lines share of the request: http, url, client, source, user_agent,
/// tls, trace. Members with commas.
void write_request(JsonBuffer& json, const Exchange& exchange);

/// Writes what a late incident has of it: http, url, client. Members with commas.
void write_request(JsonBuffer& json, const LateIncident& late);

/// Writes client and source.
void write_peer(JsonBuffer& json, const Peer& peer);

/// Writes the members of `ravelin` they share: route, upstream, endpoint.
void write_place(JsonBuffer& json, const Exchange& exchange);

/// Writes `text` with its secrets masked, as a whole string and a comma.
void write_masked_text(JsonBuffer& json, std::string_view text);

}  // namespace ravelin::observe
